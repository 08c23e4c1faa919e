"""Who does what with one bank: when its numbers come, who makes the cards, where cards go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import unique
from pathlib import Path
from typing import Literal, Self

from sscard.issuance.coded import Coded
from sscard.issuance.declared import Declared, load, packaged
from sscard.issuance.order_states import OrderState

_PACKAGED = "sscard.issuance.orders.topologies"


@unique
class NumbersCome(Coded):
    """When the bank's card number is known (issuance 2)."""

    BEFORE_PRINTING = ("before-printing", "印刷前", "before the face is printed")
    BEFORE_CHIP = ("before-chip", "芯片初始化前", "before the chip is initialized")
    AFTER_PERSONALIZATION = ("after-personalization", "个人化后", "after the bank's station")
    ON_THE_BLANK = ("on-the-blank", "预制卡自带", "printed on a pre-made blank")


class Topology(Declared):
    """One bank's way.  ``reuses_number``: its number serves again after a spoiled card."""

    bank: str
    zh: str
    en: str
    source: str
    mark: str
    numbers: NumbersCome
    reuses_number: bool
    makes_cards: Literal["supplier", "integrator", "bank"]
    ssse_cards_to: Literal["bank", "supplier"]  # behind the social-security station
    finished_cards_to: Literal["office", "unit", "window"]

    @property
    def prints_from(self) -> OrderState:
        """The state from which everything that is on the face is known."""
        first = self.numbers is NumbersCome.BEFORE_PRINTING
        return OrderState.BANK_MATCHED if first else OrderState.BATCHED


def packaged_topologies() -> tuple[str, ...]:
    """Names of the topologies that come with sscard."""
    return packaged(_PACKAGED)


def load_topology(name: str | Path) -> Topology:
    """A packaged topology by its name, or the one in a ``.toml`` file.  Raises ProfileError."""
    return load(Topology, _PACKAGED, name, what="topology")


@dataclass(frozen=True, slots=True)
class Topologies:
    """The topology of each bank; a bank without one has the ``default``."""

    default: Topology
    of_bank: Mapping[str, Topology] = field(default_factory=dict)

    @classmethod
    def of(cls, default: str | Path = "city-bank", others: Iterable[str | Path] = ()) -> Self:
        """``default`` and ``others`` are names of packaged ones or ``.toml`` files."""
        found = [load_topology(each) for each in (default, *others)]
        return cls(found[0], {each.bank: each for each in found})

    def __getitem__(self, bank: str) -> Topology:
        return self.of_bank.get(bank, self.default)
