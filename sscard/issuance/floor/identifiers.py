"""What says which card body is in the slot: scanners, people, the position in a tray."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sscard.errors import MalformedData
from sscard.issuance.floor.body_numbers import Kind, NumberRule
from sscard.issuance.floor.feeding import Fed
from sscard.issuance.floor.mismatches import Mismatch, Mismatched


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at the card body has given."""

    kind: Kind
    number: str


class BodyIdentifier(Protocol):
    """One way to read the number of the body in a slot."""

    @property
    def kind(self) -> Kind:
        """What it reads."""
        ...

    def read(self, fed: Fed) -> str:
        """What is there, as it was read.  Raises MalformedData when nothing can be read."""
        ...


@runtime_checkable
class Marked(Protocol):
    """A simulated card body, on which its numbers stand."""

    def mark(self, kind: Kind) -> str | None:
        """The number of this kind on the body, or of its place in the tray."""
        ...


@dataclass(frozen=True, slots=True)
class SimulatedIdentifier:
    """Reads what stands on a simulated card body."""

    kind: Kind

    def read(self, fed: Fed) -> str:
        """The mark.  Raises MalformedData for a body without it."""
        number = fed.mark(self.kind) if isinstance(fed, Marked) else None
        if number is None:
            raise MalformedData(f"no {self.kind.value[1]} on this card body")
        return number


@dataclass(frozen=True, slots=True)
class Reads:
    """All that is read of a body: one way is enough, two must name the same body."""

    ways: tuple[tuple[BodyIdentifier, NumberRule], ...]

    def of(self, fed: Fed) -> Sequence[Reading]:
        """Every reading.  Raises Mismatched for what cannot be read, or reads against its rule."""
        return [Reading(way.kind, _number(way, rule, fed)) for way, rule in self.ways]


def _number(way: BodyIdentifier, rule: NumberRule, fed: Fed) -> str:
    try:
        return rule.number(way.read(fed))
    except MalformedData as error:
        raise Mismatched(Mismatch.UNREAD, detail=str(error)) from None
