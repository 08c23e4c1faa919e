"""A real terminal's reads (ssc 9.1, trace A), replayed on a card that holds the same data."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator import VirtualCard
from sscard.apdu import atr, iso7816
from sscard.keys import ChipLot
from sscard.perso import social_security
from sscard.perso.order import CardOrder
from sscard.perso.plan import run

if TYPE_CHECKING:
    from tests.conftest import Terminal

TRACE = tomllib.loads((Path(__file__).parents[1] / "vectors/trace-a.toml").read_text("utf-8"))


@pytest.fixture(scope="module", params=["order", "sm4_order"], ids=["gen2", "gen3"])
def card(request: pytest.FixtureRequest, clone: Callable[..., Terminal]) -> Terminal:
    """Personalized as any card, with the trace's historical bytes; then EF05 is written over."""
    order: CardOrder = request.getfixturevalue(request.param)
    historical = bytes.fromhex(TRACE["historical"])
    blank = ChipLot("trace A", historical[:7] + bytes(6), "1", order.lot.transport)
    order = replace(order, lot=blank, historical=historical)
    virtual = VirtualCard.blank(order.profile.chip, lot=blank)
    run(social_security.personalize(order, os.urandom), virtual)
    terminal = type(clone())(virtual, order)
    terminal.select()
    assert terminal.show("UKSSSE") == 0x9000
    for template in order.profile.directory("SSSE").file(0xEF05).record_templates():
        if template.element.name in TRACE["data"]:
            element = template.element
            record = element.framed(element.encode(TRACE["data"][element.name]))
            terminal.ok(iso7816.update_record(template.number, record, sfi=5))
    terminal.card.reset()
    return terminal


def test_the_historical_bytes_are_the_trace_s(card: Terminal) -> None:
    assert atr.historical_bytes(card.card.reset()).hex().upper() == TRACE["historical"]


def test_every_answer_is_the_trace_s_or_a_named_difference(card: Terminal) -> None:
    """The third generation answers as the real card did, the second but for the algorithm."""
    gen2 = card.order.profile.name == "gen2"
    for exchange in TRACE["exchange"]:
        wanted = exchange.get("here", exchange["answer"]) if gen2 else exchange["answer"]
        assert card.hex(exchange["command"]) == wanted, exchange["source"]


@pytest.mark.parametrize("exchange", TRACE["exchange"], ids=lambda each: each["source"])
def test_a_difference_has_a_reason_and_is_one(exchange: dict[str, Any]) -> None:
    assert exchange["source"]
    assert ("here" in exchange) == ("difference" in exchange)
    assert exchange.get("here") != exchange["answer"]


def test_the_whole_file_at_once(card: Terminal) -> None:
    """The other form field software uses (ssc 1.3 [T]): all seven records, 64 bytes."""
    card.select()
    answer = card.hex("00A4020002EF05") and card.hex("00B2010540")
    assert len(answer) == 2 * (64 + 2)
    for exchange in TRACE["exchange"]:
        if exchange["command"].startswith("00B2"):
            assert exchange["answer"][:-4] in answer
