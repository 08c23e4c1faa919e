"""The wrong cards as they are listed in ``mutants.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from simulator import VirtualCard
from wrong_cards import (  # noqa: F401 their mutants are declared by the import
    blocking,
    certificates,
    files,
    firewall,
    keys,
    medical,
    pin,
    rights,
    sealing,
    selecting,
    tearing,
)
from wrong_cards.hands import ALTERATIONS, Hands
from wrong_cards.host import repeated
from wrong_cards.orders import LEFT_OPEN, ORDERS
from wrong_cards.right_cards import card_of, personalized, right_card

LIST = Path(__file__).parents[1] / "mutants.toml"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong card.  ``script`` tells it from the right one by itself, see ``host``."""

    id: str
    what: str
    #: "cos": the card OS is altered; "order": what was ordered of the personalization.
    made: str
    script: tuple[str, ...]
    #: Patterns of the script's last answer.
    right: str
    wrong: str
    generations: tuple[str, ...] = ("gen2",)
    #: How the card is reached when the suite judges it.
    way: str = "T=1"
    #: Patterns of case ids: each must have a case that fails.
    caught: tuple[str, ...] = ()
    #: The groups that may fail: no case outside them does.
    groups: tuple[str, ...] = ()
    #: Whether the same cases fail by what every card must answer, without our model's exact values.
    neutral: bool = True

    @contextmanager
    def card(self, generation: str) -> Iterator[VirtualCard]:
        """The wrong card, without power; the card OS is the right one again afterwards."""
        right = right_card(generation)
        if self.made == "order":
            yield card_of(_personalized(self.id, generation), right.chip)
            return
        with pytest.MonkeyPatch.context() as patch:
            card = right.copy()
            ALTERATIONS[self.id](Hands(card, patch))
            yield card


def mutants() -> tuple[Mutant, ...]:
    """All of them, in the order of the list."""
    return tuple(map(_mutant, _document()["mutant"]))


def controls() -> tuple[str, ...]:
    """Cases that hold on every wrong card but those that they are named for."""
    return tuple(_document()["controls"])


def without_mutant() -> Mapping[str, str]:
    """Groups of cases that catch no mutant, and why."""
    return dict(_document()["without_mutant"])


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(LIST.read_text(encoding="utf-8"))


def _mutant(listed: dict[str, Any]) -> Mutant:
    values = {name: tuple(v) if isinstance(v, list) else v for name, v in listed.items()}
    values |= {name: repeated(listed[name]) for name in ("right", "wrong")}
    return Mutant(**values)


@cache
def _personalized(id_: str, generation: str) -> bytes:
    right = right_card(generation)
    return personalized(ORDERS[id_](right.order), right, close=id_ not in LEFT_OPEN)
