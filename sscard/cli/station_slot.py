"""A reader in which a person changes the cards of a station."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sscard.cli.slot import CardInSlot
from sscard.driver.reader_kinds import CardReader
from sscard.issuance.floor import Fed, NoMoreCards, Place
from sscard.transport import NoCard

#: Seconds of one look, short enough for Ctrl-C.
_LOOK = 0.5


@dataclass(frozen=True, slots=True)
class BodyInHand:
    """A card that somebody put in."""

    chip: CardInSlot


@dataclass(slots=True)
class SlotFeeder:
    """``slot`` is the reader's name at this station, ``tell`` says to people what to do.

    A card counts once: before the next it has to be taken out.
    """

    reader: CardReader
    slot: str
    tell: Callable[[str], None]
    #: Nobody takes the card out: a simulated one, or one behind TCP.
    stays: bool = False
    _inside: CardInSlot | None = field(default=None, repr=False)
    _used: bool = False
    _asked: bool = False

    def feed(self) -> Fed | None:
        """The card that is in now, if it is another.  Raises TransportError, NoMoreCards."""
        if self._used and not self._taken_out():
            return None
        self._used = False
        try:
            self.reader.wait(_LOOK, present=True)
            self._used, self._asked = True, False  # also one that does not answer has to go
            self._inside = CardInSlot(self.reader.connect())
        except NoCard:
            self._used = False
            self._ask()
            return None
        self._inside.reset()
        return BodyInHand(self._inside)

    def take_away(self, place: Place) -> None:
        """Have somebody take it out, and say where it belongs."""
        inside, self._inside = self._inside, None
        if inside is not None:
            inside.inside.close()
        if self._used:
            zh, en = place.value
            self.tell(f"{self.slot}: 请取出 take the card out: {zh} {en}")

    def _taken_out(self) -> bool:
        try:
            self.reader.wait(_LOOK, present=False)
        except NoCard as error:
            if self.stays:
                raise NoMoreCards(str(error)) from None
            return False
        return True

    def _ask(self) -> None:
        if not self._asked:
            self.tell(f"{self.slot}: 请放卡 put a card in")
            self._asked = True
