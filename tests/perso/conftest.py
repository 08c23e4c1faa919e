"""A reader with one card in it, in front of which a station works; a finished card to audit."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.cos import NVM
from sscard.dialects import Chip
from sscard.errors import TransportError
from sscard.perso import audit, handover, social_security
from sscard.perso.findings import Finding
from sscard.perso.order import CardOrder
from sscard.perso.plan import run

TRANSPORT = "80E00300"


@dataclass
class Station:
    """A reader with one card in it, which counts, and can be unplugged at a command."""

    card: VirtualCard
    unplug_at: int = -1
    sent: list[str] = field(default_factory=list)
    held: list[tuple[bytes, ...]] = field(default_factory=list)
    answer: Callable[[str, bytes], bytes] = lambda command, answer: answer

    def reset(self) -> bytes:
        self.send("power up")
        return self.answer("power up", self.card.reset())

    def transmit(self, command: bytes) -> bytes:
        self.send(command.hex().upper())
        return self.answer(self.sent[-1], self.card.transmit(command))

    def send(self, what: str) -> None:
        if len(self.sent) == self.unplug_at:
            raise TransportError("the reader is gone")
        self.sent.append(what)

    def personalize(self, order: CardOrder) -> None:
        run(social_security.personalize(order, random.Random(5).randbytes), self)

    def tries(self) -> int:
        return sum(command.startswith(TRANSPORT) for command in self.sent)


@pytest.fixture(scope="session")
def station(order: CardOrder) -> Callable[..., Station]:
    """Makes a reader with a blank chip of the order's lot in it, or another."""

    def make(
        chip: str | Chip = "gen2-32k",
        *,
        card: VirtualCard | None = None,
        blank: dict[str, Any] | None = None,
        **settings: Any,
    ) -> Station:
        seeded = random.Random(6).randbytes
        settings_of_chip = {"lot": order.lot, "random": seeded, **(blank or {})}
        return Station(card or VirtualCard.blank(chip, **settings_of_chip), **settings)

    return make


@dataclass
class Audited:
    """A finished card, what it should be, and what the wire makes of its answers."""

    card: VirtualCard
    wanted: CardOrder
    answer: Callable[[bytes, bytes], bytes] = lambda command, answer: answer
    sent: list[bytes] = field(default_factory=list)

    def reset(self) -> bytes:
        self.sent.append(b"")
        return self.answer(b"", self.card.reset())

    def transmit(self, command: bytes) -> bytes:
        self.sent.append(command)
        return self.answer(command, self.card.transmit(command))

    def findings(self) -> tuple[Finding, ...]:
        return run(audit.audit(self.wanted, random.Random(7).randbytes), self)

    def wrong(self) -> list[str]:
        """What the audit finds to be wrong."""
        return [finding.subject for finding in self.findings() if not finding.agrees]


@pytest.fixture(scope="session")
def audited(clone: Callable[..., Any], order: CardOrder) -> Callable[..., Audited]:
    """Makes a finished card in front of the audit; ``wanted`` is what it should be."""
    closed = clone().card
    run(handover.close(order.profile, order.exchange), closed)
    cells = bytes(closed.card.nvm.cells)

    def make(wanted: CardOrder = order, **settings: Any) -> Audited:
        card = VirtualCard(NVM(bytearray(cells)), closed.chip, random=random.Random(8).randbytes)
        return Audited(card, wanted, **settings)

    return make
