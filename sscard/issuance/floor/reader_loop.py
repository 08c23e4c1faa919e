"""One reader of a station, step by step: no thread, no time, everything else given to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from sscard.errors import MalformedData, SscardError, TransportError
from sscard.issuance.floor.feeding import Fed, Feeder, NoMoreCards, Place
from sscard.issuance.floor.mismatches import Mismatched
from sscard.issuance.floor.states import ENDED, Happening, ReaderState, after
from sscard.issuance.floor.stop_rules import Failures
from sscard.issuance.floor.work import CardFailed, Claim, Craft, LineMustHalt


@dataclass(frozen=True, slots=True)
class View:
    """What people see of a reader.  ``card`` is a card number or a body's, ``why`` a reason."""

    name: str
    state: ReaderState
    card: str = ""
    why: str = ""
    made: int = 0
    failed: int = 0


class Hall(Protocol):
    """What all readers of a station share: the line, the gates, the people."""

    def over(self) -> str | None:
        """Why no reader may begin a card: the line is halted, the station cannot go on."""
        ...

    def wants(self, reader: str) -> bool:
        """Whether this reader may have one more card: False when those under way are the last."""
        ...

    def hold(self, reader: str) -> str | None:
        """Why this reader may not begin a card yet."""
        ...

    def made(self, reader: str, claim: Claim) -> None:
        """A card was made."""
        ...

    def lost(self, reader: str) -> None:
        """What the reader was let begin came to nothing."""
        ...

    def halt(self, reader: str, reason: str) -> None:
        """Stop the whole line."""
        ...

    def stop(self, reader: str, reason: str) -> None:
        """Stop this station: it is set up wrongly, or has lost its ledger."""
        ...

    def mismatch(self, reader: str, found: Mismatched) -> None:
        """Write down that a card was not what the ledger says."""
        ...

    def taken_out(self, reader: str, reason: str) -> None:
        """Write down that a reader was taken out."""
        ...

    def told(self, view: View) -> None:
        """Show it."""
        ...

    def pause(self) -> None:
        """A moment until the next look."""
        ...


@dataclass(slots=True)
class Reader:
    """``step`` until it says that there is no other."""

    name: str
    feeder: Feeder
    craft: Craft
    hall: Hall
    failures: Failures
    state: ReaderState = ReaderState.IDLE
    made: int = 0
    failed: int = 0
    why: str = ""
    _fed: Fed | None = field(default=None, repr=False)
    _claim: Claim | None = None
    _place: Place = Place.BACK

    def step(self) -> bool:
        """One step through the table; whether there is another."""
        happening = _STEPS[self.state](self)
        before, self.state = self.state, after(self.state, happening)
        if self.state is not before:
            self.hall.told(self.view)
        elif happening is Happening.NOTHING:
            self.hall.pause()
        return not (self.state in ENDED or self.state is ReaderState.IDLE)

    @property
    def view(self) -> View:
        """How it stands."""
        card = self._claim.subject if self._claim else ""
        return View(self.name, self.state, card, self.why, self.made, self.failed)

    def _begin(self) -> Happening:
        return Happening.BEGIN

    def _wait(self) -> Happening:
        self._claim = None
        if (happening := self._may_not_begin(Happening.HOLD)) is not None:
            return happening
        self.why = ""
        try:
            self._fed = self.feeder.feed()
        except NoMoreCards as end:
            return self._ended(str(end))
        except (TransportError, MalformedData) as error:
            self.why = str(error)
            self._fed = None
            return Happening.CARD
        return Happening.NOTHING if self._fed is None else Happening.CARD

    def _held(self) -> Happening:
        return self._may_not_begin(Happening.NOTHING) or Happening.SIGNED

    def _may_not_begin(self, held: Happening) -> Happening | None:
        """What keeps this reader from its next card; None when nothing does."""
        try:
            if (reason := self.hall.over()) is not None:
                return self._halted(reason)
            if not self.hall.wants(self.name):
                return self._ended("")
            if (reason := self.hall.hold(self.name)) is None:
                return None
        except SscardError as error:  # the ledger is away, a check has failed
            return self._broken(error)
        self.why = reason
        return held

    def _identify(self) -> Happening:
        if self._fed is None:
            return self._bad(self.why, Happening.UNREADABLE)
        try:
            self._claim = self.craft.begin(self._fed, self.name)
        except NoMoreCards:
            self._let_go(Place.BACK)
            return self._ended("")
        except CardFailed as error:
            return self._bad(str(error), Happening.UNREADABLE)
        except Mismatched as found:
            return self._mismatch(found)
        except SscardError as error:
            self._let_go(Place.BACK)
            return self._broken(error)
        return Happening.BOUND

    def _work(self) -> Happening:
        if self._fed is None or self._claim is None:
            raise ValueError("a reader works on a card with a job")
        try:
            self.craft.make(self._claim, self._fed)
        except CardFailed as error:
            return self._bad(str(error), Happening.FAILED)
        except LineMustHalt as error:
            self.hall.halt(self.name, str(error))
            self._bad(str(error), Happening.HALT)
            self._let_go(Place.REJECTED)
            return Happening.HALT
        except Mismatched as found:
            return self._mismatch(found)
        except SscardError as error:
            self._let_go(Place.REJECTED)
            return self._broken(error)
        return self._good(self._claim)

    def _good(self, claim: Claim) -> Happening:
        self.failures.made()
        self.made += 1
        self._place = Place.OUT
        try:
            self.hall.made(self.name, claim)
        except SscardError as error:  # the card is good; what cannot be written down is its check
            self._let_go(Place.OUT)
            return self._broken(error)
        return Happening.MADE

    def _done(self) -> Happening:
        self._let_go(self._place)
        if (reason := self.failures.out) is None:
            return Happening.NEXT
        self.why = f"{reason}: {self.why}"
        self.hall.taken_out(self.name, self.why)
        return Happening.OUT

    def _bad(self, why: str, happening: Happening) -> Happening:
        self.failures.failed()
        self.failed += 1
        self.why, self._place = why, Place.REJECTED
        self.hall.lost(self.name)
        return happening

    def _mismatch(self, found: Mismatched) -> Happening:
        self.why = str(found)
        self.hall.lost(self.name)
        self.hall.mismatch(self.name, found)
        self._let_go(Place.REJECTED)
        return Happening.MISMATCH

    def _broken(self, error: SscardError) -> Happening:
        self.hall.stop(self.name, str(error))
        return self._halted(str(error))

    def _halted(self, reason: str) -> Happening:
        self.why = reason
        self.hall.lost(self.name)
        return Happening.HALT

    def _ended(self, why: str) -> Happening:
        self.why = why
        self.hall.lost(self.name)
        return Happening.END

    def _let_go(self, place: Place) -> None:
        self._fed = None
        try:
            self.feeder.take_away(place)
        except (TransportError, OSError) as error:
            self.hall.stop(self.name, str(error))


_STEPS: Mapping[ReaderState, Callable[[Reader], Happening]] = MappingProxyType(
    {
        ReaderState.IDLE: Reader._begin,
        ReaderState.WAITING: Reader._wait,
        ReaderState.HELD: Reader._held,
        ReaderState.IDENTIFYING: Reader._identify,
        ReaderState.WORKING: Reader._work,
        ReaderState.DONE: Reader._done,
    }
)
