"""New masters as components: all at once, or one by one, each custodian alone at the desk."""

from __future__ import annotations

from collections.abc import Sequence

from sscard.keys.ceremony import components
from sscard.keys.ceremony.components import Component
from sscard.keys.ceremony.desk import Desk
from sscard.keys.ceremony.errors import CeremonyError
from sscard.keys.ceremony.kinds import Kind
from sscard.keys.ceremony.label import MOST, Form
from sscard.keys.ceremony.minutes import PartSet
from sscard.keys.ceremony.sheets import Sheet
from sscard.keys.ceremony.steps import Made, MadePart
from sscard.keys.operations import KeyReference


def generate(
    desk: Desk, key: KeyReference, kind: Kind, custodians: Sequence[str]
) -> tuple[Sheet, ...]:
    """A new key as one component for each custodian; the key itself is kept nowhere.

    It is in the record before the sheets are in anybody's hands.  Raises CeremonyError, OSError.
    """
    require_total(len(custodians))
    new, made = components.make_components(kind, len(custodians), desk.random)
    part_set = _enter(desk, key, kind, tuple(zip(custodians, made, strict=True)), new.kcv)
    return tuple(sheet_of(desk, part_set, each) for each in made)


def generate_one(
    desk: Desk,
    key: KeyReference,
    kind: Kind,
    place: tuple[int, int],
    custodian: str,
    *,
    anew: bool = False,
) -> Sheet:
    """One component of a new key: ``place`` is its number and how many there will be.

    The set that was begun for this key is continued; when it is whole, or with ``anew``, a new one
    begins.  A sheet that was lost, or never written, costs its set.  Raises CeremonyError, OSError.
    """
    number, total = place
    require_total(total)
    if not 1 <= number <= total:
        raise CeremonyError(f"components are numbered 1 to {total}")
    made = components.make_component(kind, number, total, desk.random)
    begun = None if anew else desk.minutes.components_of(key)
    part_set = _enter(desk, key, kind, ((custodian, made),), None, begun)
    return sheet_of(desk, part_set, made)


def require_total(total: int) -> None:
    """Raises CeremonyError unless a set can have so many."""
    if not 2 <= total <= MOST:
        raise CeremonyError(f"a key is divided into 2 to {MOST}, not {total}")


def sheet_of(desk: Desk, part_set: PartSet, component: Component) -> Sheet:
    """The sheet for a component that is in the record."""
    return Sheet(
        part_set.key,
        part_set.kind,
        Form.COMPONENT,
        component.number,
        part_set.threshold,
        part_set.total,
        part_set.parts[component.number].custodian,
        part_set.label(desk.minutes.ceremony, component.number),
        component.value,
        part_set.kcv,
    )


def _enter(
    desk: Desk,
    key: KeyReference,
    kind: Kind,
    made: tuple[tuple[str, Component], ...],
    kcv: bytes | None,
    begun: PartSet | None = None,
) -> PartSet:
    continued = begun and begun.kcv is None and not begun.complete
    step = Made(
        key=key.name,
        version=key.version,
        kind=kind.word,
        set_number=begun.number if begun and continued else desk.minutes.next_set(),
        total=made[0][1].total,
        kcv=kcv,
        parts=tuple(
            MadePart(number=each.number, custodian=custodian, kcv=each.kcv)
            for custodian, each in made
        ),
    )
    desk.enter(step)
    return desk.minutes.set_numbered(step.set_number)
