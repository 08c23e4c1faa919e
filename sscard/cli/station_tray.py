"""Trays of simulated card bodies: ``DIR/in``, and what becomes of them in ``out`` and ``rejected``.

A body is a card image, and beside it in ``NAME.body`` the numbers that stand on it.  Some readers,
also of other processes, may take cards from one tray: taking one is renaming it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sscard.durable import replace_file
from sscard.errors import MalformedData
from sscard.issuance.floor import Fed, NoMoreCards, Place
from sscard.issuance.floor.body_numbers import Kind

if TYPE_CHECKING:
    from simulator.persistence import PersistentCard

IN = "in"
_FOLDERS = {Place.OUT: "out", Place.REJECTED: "rejected", Place.BACK: IN}
_CARD, _BODY = ".card", ".body"


@dataclass(frozen=True, slots=True)
class SimulatedBody:
    """A card body in a simulated slot.  ``marks`` are what stands on it."""

    chip: PersistentCard
    marks: Mapping[str, str | int]

    def mark(self, kind: Kind) -> str | None:
        """The number of this kind on the body, or of its place in the tray."""
        found = self.marks.get(kind.name.lower())
        return None if found is None else str(found)


@dataclass(slots=True)
class TrayFeeder:
    """One slot at a tray; ``slot`` is its name, another one for each reader and station."""

    tray: Path
    slot: str
    tell: Callable[[str], None]
    _opened: ExitStack | None = field(default=None, repr=False)
    _name: str = ""

    def __post_init__(self) -> None:
        for each in {*_FOLDERS.values(), self._slot.name}:
            (self.tray / each).mkdir(parents=True, exist_ok=True)
        for left in sorted(self._slot.glob(f"*{_CARD}")):
            self._name = left.stem
            self._move(self._slot, self.tray / _FOLDERS[Place.REJECTED])
            self.tell(
                f"{self.slot}: {self._name}: 上次中断时在卡槽内 was in the slot when the last run "
                "died: rejected"
            )

    @property
    def _slot(self) -> Path:
        return self.tray / f"slot-{self.slot.replace('/', '-')}"

    def feed(self) -> Fed:
        """The next body of the tray.  Raises NoMoreCards, MalformedData, TransportError."""
        from simulator.persistence import Persist, kept

        if not self._take():
            raise NoMoreCards(f"{self.tray}: 料盘已空 the tray is empty")
        image = self._slot / f"{self._name}{_CARD}"
        with ExitStack() as opening:
            card = opening.enter_context(kept(image, Persist.EACH_COMMAND))
            card.power_on()
            marks = _marks(image.with_suffix(_BODY))
            self._opened = opening.pop_all()
        return SimulatedBody(card, marks)

    def take_away(self, place: Place) -> None:
        """Into the folder for it.  Raises OSError, TransportError."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()
        if self._name:
            self._move(self._slot, self.tray / _FOLDERS[place])
            self._name = ""

    def _take(self) -> bool:
        """The first card that no other reader takes before us."""
        for card in sorted((self.tray / IN).glob(f"*{_CARD}")):
            self._name = card.stem
            try:
                self._move(card.parent, self._slot)
            except FileNotFoundError:
                continue
            return True
        self._name = ""
        return False

    def _move(self, here: Path, there: Path) -> None:
        (here / f"{self._name}{_CARD}").rename(there / f"{self._name}{_CARD}")
        body = here / f"{self._name}{_BODY}"
        if body.exists():
            body.rename(there / body.name)


def put_into_tray(
    tray: Path, name: str, save: Callable[[Path], None], marks: Mapping[str, str | int]
) -> None:
    """A new body in the tray; the image comes last, so that no reader takes half of it."""
    folder = tray / IN
    folder.mkdir(parents=True, exist_ok=True)
    lines = (f"{key} = {_toml(value)}\n" for key, value in marks.items())
    replace_file(folder / f"{name}{_BODY}", "".join(lines).encode())
    save(folder / f"{name}{_CARD}")


def _toml(value: str | int) -> str:
    return str(value) if isinstance(value, int) else f'"{value}"'


def _marks(path: Path) -> Mapping[str, str | int]:
    try:
        text = path.read_bytes().decode()
        return {k: v for k, v in tomllib.loads(text).items() if isinstance(v, str | int)}
    except FileNotFoundError:
        return {}
    except (ValueError, OSError):
        raise MalformedData(f"{path}: 卡体文件损坏 this file of a card body is damaged") from None
