"""A desk in a hospital: card, PSAM, keypad and an office's HSM, all with TEST keys."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest

from simulator import PsamCard, VirtualCard
from simulator.faults import FaultyCard
from sscard.errors import TransportError
from sscard.keys import SUITES
from sscard.keys.stores import load_social_security
from sscard.keys.stores.service.hsm import Hsm
from sscard.perso import psam
from sscard.perso.plan import run
from sscard.perso.psam import PsamNumbers
from sscard.profiles import Profile, load_profile
from sscard.profiles.chips import load_psam_chip
from sscard.pytest_plugin.cards import Cards, Wanted
from sscard.terminal.driver import Driver, Prompt, Terminal

#: Invented; a name that runs on in 4E, and a value or two in other files.
HOLDER: Mapping[str, str] = MappingProxyType(
    {
        "id_number": "110101199003070038",
        "name": "张三",
        "sex": "1",
        "birth_date": "1990-03-07",
        "phone": "13987654321",
    }
)
PIN = "123456"
#: Bytes that one transaction of a card's memory has room for.
_PIECE = 256
GENERATIONS = (1, 2, 3)


@cache
def loaded(spec: str) -> Profile:
    return load_profile(spec)


def profile_of(generation: int) -> Profile:
    return loaded(f"gen{generation}")


class Pad:
    """A keypad whose holder types these, one after the other."""

    def __init__(self, *typed: str | Exception) -> None:
        self.typed = list(typed)
        self.asked: list[Prompt] = []

    def enter(self, prompt: Prompt) -> str:
        self.asked.append(prompt)
        typed = self.typed.pop(0)
        if isinstance(typed, Exception):
            raise typed
        return typed


class Watched:
    """A connection that keeps the commands, and may answer some of them itself.

    ``instead`` gives, for what a command begins with, the answer in hexadecimal: none is no answer.
    """

    def __init__(self, inner: Any, instead: Mapping[str, str] | None = None) -> None:
        self.inner, self.instead = inner, dict(instead or {})
        self.commands: list[bytes] = []
        self.powered = False

    def reset(self) -> bytes:
        answer: bytes = self.inner.reset()
        self.powered = True
        return answer

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        found = [each for each in self.instead if command.startswith(bytes.fromhex(each))]
        if not found:
            answer: bytes = self.inner.transmit(command)
            return answer
        if not self.instead[found[0]]:
            raise TransportError("no answer")
        return bytes.fromhex(self.instead[found[0]])

    def power_off(self) -> None:
        self.powered = False
        self.inner.power_off()

    def sent(self, ins: int) -> int:
        """How many commands with data of this instruction."""
        return sum(each[1] == ins and len(each) > 5 for each in self.commands)


class Desk:
    """What a test needs: driver, what is in its readers, and the words for this card."""

    def __init__(self, generation: int, card: Any, psam: Any, region: str = "") -> None:
        self.generation, self.region = generation, region
        self.profile = self.tables(generation)
        self.card, self.psam = Watched(card), Watched(psam)
        self.raw = card
        suite = SUITES[self.profile.suite]
        self.hsm = Hsm(load_social_security(None, suite))
        self.pad = Pad()
        self.with_()

    def with_(self, **changes: Any) -> Driver:
        """A new driver; ``changes`` are other arguments of the terminal."""
        given: dict[str, Any] = {
            "profiles": self.tables,
            "clock": lambda: datetime(2026, 11, 22, 16, 30, 5),
            "contact": self.card,
            "psam": self.psam,
            "keypad": self.pad,
            "device": "终端设备号",
        }
        self.terminal = Terminal(**(given | changes))
        self.driver = Driver(self.terminal)
        return self.driver

    def tables(self, generation: int) -> Profile:
        """Of that generation, in the desk's region."""
        return loaded(f"gen{generation}{self.region}")

    def answering(self, instead: Mapping[str, str]) -> Driver:
        """A driver before a card that answers what begins so otherwise."""
        return self.with_(contact=Watched(self.raw, instead))

    def other_psam(
        self,
        city: str = "639900",
        drop: Iterable[str] = (),
        version: int = 1,
        levels: int = 1,
        without: str = "",
    ) -> PsamCard:
        """A PSAM of another city, without some keys or a directory's, of another version or with
        higher roots.
        """
        kept_directories = tuple(d for d in self.profile.directories if d.name != without)
        profile = self.profile.model_copy(update={"directories": kept_directories})
        store = load_social_security(None, SUITES[self.profile.suite])
        chip = f"psam-{self.profile.suite}-16k"
        numbers = PsamNumbers(city, 1, 1, date(2026, 1, 1), date(2036, 1, 1))
        lot = load_psam_chip(chip).lot
        order = psam.prepare(profile, numbers, store, lot, key_version=version)
        kept = (load for load in order.loads if load.key.name not in set(drop))
        raised = (
            load._replace(usage=load.usage & 0x1F | max(levels, load.usage >> 5) << 5)
            for load in kept
        )
        order = replace(order, loads=tuple(raised))
        card = PsamCard.blank(chip, lot=order.lot)
        run(psam.make(order, os.urandom), card)
        card.power_off()
        return card

    def types(self, *typed: str | Exception) -> None:
        """What the holder will type."""
        self.pad.typed = list(typed)

    @property
    def info(self) -> str:
        """pCardInfo."""
        code, output = self.with_().iReadCardBas(1)
        assert code == 0
        fields = output.split("|")
        return f"{fields[3]}|{fields[2]}|"


@pytest.fixture(scope="session")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Cards:
    return Cards(tmp_path_factory.mktemp("driver"))


def _desk(cards: Cards, generation: int, region: str = "") -> Desk:
    wanted = Wanted.of(f"gen{generation}{region}", holder=HOLDER)
    psam = None if region else cards.psam(wanted)
    card = cards.user_card(wanted, ())
    _before_its_certificates(card)
    return Desk(generation, card, psam, region)


def _before_its_certificates(card: FaultyCard) -> None:
    """The certificate application as the chip's maker left it."""
    operating: Any = card.card
    if operating.certificates is None:
        return
    base = operating.certificates.partition.base
    lot = load_social_security(None, SUITES[card.chip.suite]).lot(card.chip.lot)
    blank: Any = VirtualCard.blank(card.chip, lot=lot).card
    new = blank.certificates.partition
    content = bytes(new.nvm.image[new.base : new.base + new.size])
    for at in range(0, new.size, _PIECE):
        operating.nvm.write(base + at, content[at : at + _PIECE])
        operating.nvm.commit()


@pytest.fixture
def new_desk(cards: Cards) -> Callable[..., Desk]:
    """A desk for a card of this generation and region, as it comes from the line."""
    return lambda generation, region="": _desk(cards, generation, region)


@pytest.fixture(params=GENERATIONS, ids=lambda each: f"gen{each}")
def desk(request: pytest.FixtureRequest, cards: Cards) -> Desk:
    """For each generation."""
    return _desk(cards, request.param)


@pytest.fixture
def desk2(cards: Cards) -> Desk:
    """For the second."""
    return _desk(cards, 2)
