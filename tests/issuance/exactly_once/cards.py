"""Stand-in cards: bodies in trays, each with a log on disk of every command that reached it.

A card is a file.  Its first line says what is printed on the body, every other one is a command,
written before the card answers; what the chip is then follows from the log alone.  Cards are no
part of any computer: no crash or power cut takes anything back from them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sscard.apdu import iso7816
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.errors import TransportError
from sscard.issuance.floor import Place
from sscard.issuance.floor.body_numbers import Kind
from sscard.issuance.floor.feeding import NoMoreCards
from tests.issuance.exactly_once.faults import reach

BLANK = bytes(13)
EXCHANGE_SIZE, EXCHANGE_FID = 64, 0x001C
#: Commands of the stand-in, by instruction: the words of the log.
WORDS = {
    0x20: "TRANSPORT",
    0xD0: "ATR",
    0xD4: "KEY",
    0xDC: "PERSON",
    0xDA: "HAND",
    0xEE: "END",
    0xE2: "STORE",
    0xE6: "FINISH",
    0xDE: "CLOSE",
    0xCA: "LOOK",
}
_INS = {word: ins for ins, word in WORDS.items()}
_HARMLESS = {"RESET", "LOOK", "SELECT", "READ"}


def command(word: str, data: bytes = b"", number: int = 0) -> CommandAPDU:
    """A command of the stand-in."""
    return CommandAPDU(0x80, _INS[word], number, 0, data=data)


@dataclass(frozen=True)
class Entry:
    """One command that reached a card."""

    at: datetime
    word: str
    number: int = 0
    data: bytes = b""

    @property
    def writes(self) -> bool:
        return self.word not in _HARMLESS


@dataclass(frozen=True)
class Printed:
    """What stands on a body, and of what its chip will die: a word of the log, or nothing."""

    body: str
    face: str | None = None
    account: str | None = None
    dies_at: str | None = None
    silently: bool = False


@dataclass
class Card:
    """One body with its chip, read from its file."""

    path: Path
    printed: Printed
    log: list[Entry]

    @classmethod
    def load(cls, path: Path) -> Card:
        first, *lines = path.read_text().splitlines()
        entries = [
            Entry(datetime.fromisoformat(at), word, number, bytes.fromhex(data))
            for at, word, number, data in map(json.loads, lines)
        ]
        return cls(path, Printed(**json.loads(first)), entries)

    def found(self, word: str) -> list[Entry]:
        return [entry for entry in self.log if entry.word == word]

    def _last(self, word: str) -> bytes | None:
        return self.found(word)[-1].data if self.found(word) else None

    @property
    def touched(self) -> bool:
        return any(entry.writes for entry in self.log)

    @property
    def historical(self) -> bytes:
        return self._last("ATR") or BLANK

    @property
    def person(self) -> tuple[str, str] | None:
        """Card number and ID number in the chip."""
        data = self._last("PERSON")
        return None if data is None else tuple(data.decode().split())  # type: ignore[return-value]

    @property
    def account(self) -> str | None:
        stored = [entry.data for entry in self.found("STORE") if entry.number == 1]
        return stored[-1].decode() if stored else None

    @property
    def finished(self) -> bool:
        return bool(self.found("FINISH")) and bool(self.found("CLOSE"))

    @property
    def exchange(self) -> bytes:
        if self.found("CLOSE"):
            return b"\x5a".ljust(EXCHANGE_SIZE, b"\0")
        return self._last("HAND") or bytes(EXCHANGE_SIZE)


@dataclass
class Chip:
    """A card in a powered slot, as plans drive it."""

    card: Card
    now: Callable[[], datetime]

    def reset(self) -> bytes:
        self._reached("RESET")
        return bytes.fromhex("3B6D0000") + self.card.historical

    def transmit(self, raw: bytes, /) -> bytes:
        given = CommandAPDU.parse(raw)
        word, answer = self._answer(given)
        number = given.p1 if word in ("KEY", "STORE") else 0
        self._reached(word, number, given.data)
        if word != "SELECT" and self.card.printed.dies_at == f"{word} {number}":
            if self.card.printed.silently:
                raise TransportError("the chip is silent")
            return bytes(ResponseAPDU(b"", StatusWord(0x6581)))
        return bytes(answer())

    def _answer(self, given: CommandAPDU) -> tuple[str, Callable[[], ResponseAPDU]]:
        if given.cla == 0x80:
            word = WORDS[given.ins]
            return word, self._look if word == "LOOK" else ResponseAPDU
        if given.ins == iso7816.INS.READ_BINARY:
            return "READ", lambda: self._read(given)
        return "SELECT", ResponseAPDU

    def _look(self) -> ResponseAPDU:
        known = {"person": self.card.person, "account": self.card.account}
        return ResponseAPDU(json.dumps(known).encode())

    def _read(self, given: CommandAPDU) -> ResponseAPDU:
        beyond = not given.p1 & 0x80 and given.p1 << 8 | given.p2 >= EXCHANGE_SIZE
        if beyond:
            return ResponseAPDU(b"", StatusWord(0x6B00))
        return ResponseAPDU(self.card.exchange)

    def _reached(self, word: str, number: int = 0, data: bytes = b"") -> None:
        # Sent now; what a hanging station has sent may arrive late, and nobody can call it back.
        entry = Entry(self.now(), word, number, data)
        reach("card<")
        with self.card.path.open("a") as log:
            log.write(json.dumps([entry.at.isoformat(), word, number, data.hex()]) + "\n")
        self.card.log.append(entry)
        reach("card>")


@dataclass
class Fed:
    """A body in the slot."""

    chip: Chip

    def mark(self, kind: Kind) -> str | None:
        return self.chip.card.printed.body if kind is Kind.BARCODE else None


#: Folders of each station; a card lies in exactly one of them.
PLACES = ("in", "out", "rejected")


@dataclass
class Hall:
    """Trays of the stations, the cupboards behind them, and who carries cards between them."""

    root: Path
    now: Callable[[], datetime]
    stations: tuple[str, ...] = ("ssse", "bank")

    def __post_init__(self) -> None:
        for station in self.stations:
            for place in (*PLACES, "slot-R1", "slot-R2"):
                (self.root / station / place).mkdir(parents=True, exist_ok=True)
        for cupboard in ("stock", "semi", "finished", "dead", "strangers", "delivered", "holders"):
            (self.root / cupboard).mkdir(exist_ok=True)

    def print(self, printed: Printed) -> None:
        """A new body in stock, unless the printer has made it already."""
        known = {field: value for field, value in vars(printed).items() if value is not None}
        if self.find(printed.body) is None:
            draft = self.root / "draft"
            draft.write_text(json.dumps(known) + "\n")
            draft.rename(self.root / "stock" / f"{printed.body}.card")

    def find(self, body: str) -> Path | None:
        return next(self.root.glob(f"**/{body}.card"), None)

    def cards(self, where: str = "**") -> Iterator[Card]:
        for path in sorted(self.root.glob(f"{where}/*.card")):
            yield Card.load(path)

    def carry(self, card: Path, folder: str) -> None:
        reach("move<")
        card.rename(self.root / folder / card.name)
        reach("move>")


@dataclass
class Feeder:
    """A slot that takes cards out of its station's tray."""

    hall: Hall
    station: str
    reader: str
    _inside: Path | None = field(default=None)

    @property
    def _slot(self) -> str:
        return f"{self.station}/slot-{self.reader}"

    def feed(self) -> Any:
        tray = self.hall.root / self.station / "in"
        for path in sorted(tray.glob("*.card")):
            self.hall.carry(path, self._slot)
            self._inside = self.hall.root / self._slot / path.name
            return Fed(Chip(Card.load(self._inside), self.hall.now))
        raise NoMoreCards(f"{tray} is empty")

    def take_away(self, place: Place) -> None:
        inside, self._inside = self._inside, None
        folders = {Place.OUT: "out", Place.REJECTED: "rejected", Place.BACK: "in"}
        if inside is not None:
            self.hall.carry(inside, f"{self.station}/{folders[place]}")
