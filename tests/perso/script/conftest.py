"""Blank chips, a card that only agrees, and a way to run the lines of a script."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from simulator import VirtualCard
from sscard.keys.types import Secret
from sscard.perso.plan import run
from sscard.perso.script import CardData, Script, parse_script, run_script

HEAD = "script 1\nprofile gen2\ndialect reference\nsuite {suite}\nfor each card\n{lines}\nend\n"


@dataclass
class Agreeing:
    """A card that gives the answers it was told, then 9000; it keeps what it was sent."""

    answers: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def reset(self) -> bytes:
        self.sent.append("reset")
        return bytes.fromhex(self.answers.pop(0)) if self.answers else b""

    def transmit(self, command: bytes, /) -> bytes:
        self.sent.append(command.hex().upper())
        return bytes.fromhex(self.answers.pop(0) if self.answers else "9000")


def script_of(lines: str, suite: str = "3des") -> Script:
    """A script of these lines; the first of them is line 6."""
    return parse_script(HEAD.format(lines=lines, suite=suite))


def data_of(values: Mapping[str, str]) -> CardData:
    """A card's data with these values in hexadecimal."""
    return CardData({name: Secret(bytes.fromhex(value)) for name, value in values.items()})


@pytest.fixture
def lines() -> Callable[..., Script]:
    return script_of


@pytest.fixture
def card_values() -> Callable[..., CardData]:
    return data_of


@pytest.fixture
def sent() -> Callable[..., list[str]]:
    """What the lines of a script send to a card with these answers."""

    def run_lines(lines: str, *answers: str, suite: str = "3des", **values: str) -> list[str]:
        card = Agreeing(list(answers))
        named = {name.replace("__", "."): value for name, value in values.items()}
        run(run_script(script_of(lines, suite), data_of(named), random.Random(3).randbytes), card)
        return card.sent

    return run_lines


@pytest.fixture
def blank() -> Callable[[], VirtualCard]:
    """Makes blank chips that draw the same randomness."""
    return lambda: VirtualCard.blank("gen2-32k", random=random.Random(11).randbytes)
