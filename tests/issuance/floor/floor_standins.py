"""Stand-ins for what a reader is surrounded by: nothing waits, nothing is written down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sscard.errors import SscardError
from sscard.issuance.floor.body_numbers import Kind
from sscard.issuance.floor.feeding import Fed, NoMoreCards, Place
from sscard.issuance.floor.gates import Check, Verdict, What
from sscard.issuance.floor.mismatches import Mismatched
from sscard.issuance.floor.reader_loop import Reader, View
from sscard.issuance.floor.states import ReaderState
from sscard.issuance.floor.stop_rules import Failures, StopRules
from sscard.issuance.floor.work import Claim

STARTED = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass
class VirtualTime:
    """A clock that only tests move."""

    at: datetime = STARTED

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class Card:
    """A card body with marks on it."""

    name: str
    marks: dict[Kind, str] = field(default_factory=dict)

    def mark(self, kind: Kind) -> str | None:
        return self.marks.get(kind)

    @property
    def chip(self) -> Card:
        return self

    def reset(self) -> bytes:
        return b""

    def transmit(self, command: bytes, /) -> bytes:
        return b"\x90\x00"


@dataclass
class TrayOf:
    """Cards, pauses (None) and errors, fed one after the other."""

    cards: list[Card | SscardError | None]
    taken: list[tuple[str, Place]] = field(default_factory=list)
    inside: str = ""

    def feed(self) -> Fed | None:
        if not self.cards:
            raise NoMoreCards("tray: empty")
        card = self.cards.pop(0)
        if card is None:
            return None
        if isinstance(card, SscardError):
            self.inside = "mute"
            raise card
        self.inside = getattr(card, "name", "bare")
        return card

    def take_away(self, place: Place) -> None:
        self.taken.append((self.inside, place))


@dataclass
class Bench:
    """A craft whose cards come to what ``ends`` says: None is a card that is made."""

    ends: dict[str, SscardError]
    starts: dict[str, SscardError] = field(default_factory=dict)
    worked: list[str] = field(default_factory=list)

    def begin(self, fed: Fed, reader: str, /) -> Claim:
        if not isinstance(fed, Card):
            raise TypeError
        if (error := self.starts.get(fed.name)) is not None:
            raise error
        return Claim(fed.name)

    def make(self, claim: Claim, fed: Fed, /) -> None:
        self.worked.append(claim.subject)
        if (error := self.ends.get(claim.subject)) is not None:
            raise error


@dataclass
class QuietHall:
    """A hall that writes down what it is told."""

    over_with: str | None = None
    holds: list[str | None] = field(default_factory=list)
    cards: int = 1000
    said: list[tuple[str, ...]] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    pauses: int = 0

    def over(self) -> str | None:
        return self.over_with

    def wants(self, reader: str) -> bool:
        return self.cards > 0

    def hold(self, reader: str) -> str | None:
        return self.holds.pop(0) if self.holds else None

    def made(self, reader: str, claim: Claim) -> None:
        self.cards -= 1
        self.said.append(("made", claim.subject))

    def lost(self, reader: str) -> None:
        self.said.append(("lost",))

    def halt(self, reader: str, reason: str) -> None:
        self.over_with = reason
        self.said.append(("halt", reason))

    def stop(self, reader: str, reason: str) -> None:
        self.said.append(("stop", reason))

    def mismatch(self, reader: str, found: Mismatched) -> None:
        self.said.append(("mismatch", found.mismatch.name))

    def taken_out(self, reader: str, reason: str) -> None:
        self.said.append(("taken out", reason))

    def told(self, view: View) -> None:
        self.views.append(view)

    def pause(self) -> None:
        self.pauses += 1

    @property
    def states(self) -> list[ReaderState]:
        return [view.state for view in self.views]


@dataclass
class Notebook:
    """A check book in memory."""

    now: VirtualTime
    known: list[Check] = field(default_factory=list)

    def checks(self) -> Sequence[Check]:
        return tuple(self.known)

    def demand(self, what: What, subject: str) -> None:
        self.known.append(Check(what, Verdict.DUE, subject, self.now()))

    def sign(self, verdict: Verdict) -> None:
        last = self.known.pop()
        self.known.append(Check(last.what, verdict, last.subject, last.at, self.now()))


def reader(
    cards: Iterable[Card | SscardError | None],
    bench: Bench | None = None,
    hall: QuietHall | None = None,
    rules: StopRules | None = None,
) -> Reader:
    """A reader with this tray."""
    return Reader(
        "R1",
        TrayOf(list(cards)),
        bench or Bench({}),
        hall or QuietHall(),
        Failures(rules or StopRules()),
    )


def run(each: Reader) -> None:
    """All its steps; a loop that does not end fails the test."""
    for _ in range(10_000):
        if not each.step():
            return
    raise TimeoutError("the reader goes on and on")
