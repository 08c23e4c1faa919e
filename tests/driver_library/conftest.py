"""A desk on disk: images of a card and a PSAM of its city, and a configuration that names them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sscard.pytest_plugin.cards import Cards, Wanted
from tests.certified_card import uncertified

#: Invented.
HOLDER = {
    "id_number": "110101199003070038",
    "name": "诸葛验收",
    "sex": "1",
    "birth_date": "1990-03-07",
    "phone": "13987654321",
}


@dataclass(frozen=True)
class Desk:
    """A folder with ``holder.card``, ``till.card`` and ``driver.toml``."""

    folder: Path

    @property
    def configuration(self) -> Path:
        return self.folder / "driver.toml"

    @property
    def log(self) -> str:
        return (self.folder / "driver.log").read_text(encoding="utf-8")

    def configured(self, text: str, readers: str = "") -> Path:
        """Another configuration; without ``readers`` card and PSAM are in theirs."""
        usual = 'contact = "sim:holder.card"\npsam = "sim:till.card"\n'
        head = f'device = "终端设备号"\n[readers]\n{readers or usual}[log]\nfile = "driver.log"\n'
        self.configuration.write_text(head + text, encoding="utf-8")
        return self.configuration


@pytest.fixture(autouse=True)
def _any_disk_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images are written through to the disk; no power fails here."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Cards:
    return Cards(tmp_path_factory.mktemp("cards"))


@pytest.fixture
def new_desk(made: Cards, tmp_path: Path) -> Callable[[int], Desk]:
    """A desk for a card of this generation, which has no certificates yet."""

    def new(generation: int) -> Desk:
        wanted = Wanted.of(f"gen{generation}", holder=HOLDER)
        card = made.user_card(wanted, ())
        if card.card.certificates is not None:
            uncertified(card)
        card.save(tmp_path / "holder.card")
        made.psam(wanted)
        shutil.copy(made.folder / f"psam-gen{generation}.card", tmp_path / "till.card")
        desk = Desk(tmp_path)
        desk.configured('[pin]\nsource = "fixed"\npin = "123456"\nnew_pin = "246802"\n')
        return desk

    return new


@pytest.fixture
def desk(new_desk: Callable[[int], Desk]) -> Desk:
    """For a card of the second generation."""
    return new_desk(2)
