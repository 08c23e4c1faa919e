"""The conformance suite over a card in this process, right or wrong."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from wrong_cards.right_cards import PERSON, RightCard, right_card

from simulator import Protocol, VirtualCard
from simulator.faults import FaultyNVM, PowerLoss, Torn
from sscard.conformance import Bench, Case, Result, StoreKeys, Verdict, cases_for, run
from sscard.cos import NVM
from sscard.keys import SUITES
from sscard.keys.stores import load_social_security

#: How a card is reached, in the order in which it is judged.
WAYS = ("T=1", "T=0", "contactless")
_PROTOCOLS = {"T=1": Protocol.T1, "T=0": Protocol.T0, "contactless": Protocol.CONTACTLESS}
OWN = ("sscard",)
CAUGHT = frozenset({Verdict.FAILED, Verdict.BROKEN})


class InReader:
    """The card as a run meets it: over one protocol, its power cut where it is asked for."""

    def __init__(self, card: VirtualCard, way: str) -> None:
        self._card = card
        self._protocol = _PROTOCOLS[way]

    def reset(self) -> bytes:
        """Power off and on."""
        self._card.power_off()
        return self._card.power_on(self._protocol)

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange."""
        return self._card.transmit(command)
