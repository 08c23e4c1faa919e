"""One reader through which the cards of a line go, one after the other, in somebody's hands.

The card stays in the reader for both stations and the audit.  What is kept of it in ``cards/`` is
no image but a note of its ATR, by which the next run knows it again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sscard.apdu.card_identity import historical_bytes
from sscard.driver.reader_kinds import CardReader, OpenCard
from sscard.durable import replace_file
from sscard.errors import MalformedData, TransportError
from sscard.keys import ChipLot
from sscard.transport import CardMute, CardRemoved, NoCard

_FIRST_LINE = b"# sscard: a card that was made in a reader\n"


@dataclass(slots=True)
class CardInSlot:
    """The card in the reader, as a line's machine."""

    inside: OpenCard
    answer: bytes = b""

    def reset(self) -> bytes:
        """Power off and on; the ATR."""
        self.answer = self.inside.reset()
        return self.answer

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange."""
        return self.inside.transmit(command)

    def save(self, path: Path, /) -> None:
        """Note down which card it is; what is on it stays on it.  Raises OSError."""
        replace_file(path, _FIRST_LINE + f'atr = "{self.answer.hex().upper()}"\n'.encode())


@dataclass(slots=True)
class Slot:
    """``seconds`` is how long a card is waited for, ``tell`` says to people what to do."""

    reader: CardReader
    lot: Callable[[], ChipLot]
    seconds: float
    tell: Callable[[str], None]
    _inside: OpenCard | None = field(default=None, repr=False)

    def blank(self) -> CardInSlot:
        """A blank card of the lot, as soon as somebody has put one in.  Raises NoCard."""
        lot = self.lot()
        wanted = f"批次{lot.name}的空白卡 a blank card of lot {lot.name}"
        return self._card(lambda answer: _historical(answer) == lot.blank_historical, wanted)

    def waiting(self, kept: Path) -> CardInSlot:
        """The card that was noted down there, as soon as it is in the reader.

        Raises NoCard; MalformedData for a damaged note; TransportError for a simulated card, which
        cannot come here.
        """
        answer = noted(kept)
        return self._card(lambda other: other == answer, f"卡片 card {kept.name.partition('.')[0]}")

    def close(self) -> None:
        """Let go of the card."""
        if self._inside is not None:
            inside, self._inside = self._inside, None
            inside.close()

    def _card(self, fits: Callable[[bytes], bool], wanted: str) -> CardInSlot:
        self.close()
        asked = False
        while True:
            empty = False
            try:
                card = self._answering()
                if fits(card.answer):
                    return card
            except NoCard:
                empty = True
            except (CardMute, CardRemoved) as error:
                self.tell(str(error))
            self.close()
            if not asked:
                self.tell(f"请放入 put in: {wanted}")
                asked = True
            self._wait(wanted, empty=empty)

    def _answering(self) -> CardInSlot:
        self._inside = self.reader.connect()
        card = CardInSlot(self._inside)
        card.reset()
        return card

    def _wait(self, wanted: str, *, empty: bool) -> None:
        """Until another card is in the reader."""
        try:
            if not empty:
                self.reader.wait(self.seconds, present=False)
            self.reader.wait(self.seconds, present=True)
        except NoCard as error:
            raise NoCard(f"{error}; 等待 waited for: {wanted}") from None


def noted(kept: Path) -> bytes:
    """The ATR of the card of which this is kept.

    Raises MalformedData when it is damaged; TransportError when it is the image of a simulated
    card, or cannot be read.
    """
    try:
        raw = kept.read_bytes()
    except OSError as error:
        raise TransportError(f"{kept}: cannot be read ({error.strerror})") from None
    if not raw.startswith(_FIRST_LINE):
        raise TransportError(
            f"{kept}: 该卡是模拟卡 this half-done card is simulated: go on without --reader"
        )
    try:
        return bytes.fromhex(tomllib.loads(raw.decode())["atr"])
    except (ValueError, KeyError, TypeError):
        raise MalformedData(f"{kept}: this note of a card is damaged") from None


def require_simulated(kept: Path) -> None:
    """Raises TransportError when the card is a real one, which only a reader can go on with."""
    try:
        with kept.open("rb") as file:
            real = file.read(len(_FIRST_LINE)) == _FIRST_LINE
    except OSError as error:
        raise TransportError(f"{kept}: cannot be read ({error.strerror})") from None
    if real:
        raise TransportError(
            f"{kept}: 该卡在读卡器上制作 this half-done card was begun in a reader: go on with "
            "--reader"
        )


def _historical(answer: bytes) -> bytes:
    try:
        return historical_bytes(answer)
    except MalformedData:
        return b""
