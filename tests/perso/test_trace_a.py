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
from sscard.cos import Protocol
from sscard.keys import ChipLot
from sscard.perso import social_security
from sscard.perso.order import CardOrder
from sscard.perso.plan import run

if TYPE_CHECKING:
    from tests.conftest import Terminal

TRACE = tomllib.loads((Path(__file__).parents[1] / "vectors/trace-a.toml").read_text("utf-8"))

#: The test person (conftest.py), in the bytes of tags 08 and 09, padded with 00 as in the trace.
PERSON = {
    "id_number": b"110101199003070038".hex().upper(),
    "name": "诸葛验收".encode("gbk").ljust(30, b"\0").hex().upper(),
}


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


def test_over_the_antenna_it_answers_with_the_trace_s_ats(card: Terminal) -> None:
    """The second generation has no antenna; there a reset shows the ATR."""
    answer = card.card.power_on(Protocol.CONTACTLESS).hex().upper()
    assert answer == (TRACE["ats"] if is_gen3(card) else "3B6D0000" + TRACE["historical"])


@pytest.mark.parametrize("protocol", [Protocol.CONTACTLESS, Protocol.T1])
def test_every_answer_is_the_trace_s_or_a_named_difference(
    card: Terminal, protocol: Protocol
) -> None:
    """The third generation answers as the real card did, the second but for the algorithm."""
    session = 0
    for exchange in TRACE["exchange"]:
        if exchange.get("session", 1) != session:
            session = exchange.get("session", 1)
            card.card.power_on(protocol)
            card.select()
        answer = replayed(card, exchange)
        if "like" in exchange:
            assert (len(answer), answer[-4:]) == (len(exchange["answer"]), "9000")
        else:
            assert answer == wanted(card, exchange), exchange["source"]


def test_every_line_of_the_trace_is_replayed() -> None:
    """Line 2 is the answer to line 1."""
    lines = [int(each["source"].split()[3].strip(",")) for each in TRACE["exchange"]]
    assert lines == [1, *range(3, 22)]


def test_the_cardholder_s_data_need_the_key_that_the_terminal_shows(card: Terminal) -> None:
    card.card.power_on(Protocol.CONTACTLESS)
    card.select()
    assert card.hex("00A4020002EF06") == "9000"
    for exchange in TRACE["exchange"]:
        if exchange["source"] in ("ssc 9.1 line 18", "ssc 9.1 line 19", "ssc 9.1 line 20"):
            refused = "6982" if is_gen3(card) else wanted(card, exchange)
            assert card.hex(exchange["command"]) == refused


def is_gen3(card: Terminal) -> bool:
    return card.order.profile.name == "gen3"


def replayed(card: Terminal, exchange: dict[str, Any]) -> str:
    """The card's answer; a key is shown with a cryptogram of the card's own."""
    if "key" in exchange:
        return f"{card.show(exchange['key']):04X}"
    return card.hex(exchange["command"])


def wanted(card: Terminal, exchange: dict[str, Any]) -> str:
    answer = exchange["answer"] if is_gen3(card) else exchange.get("here", exchange["answer"])
    return answer.format_map(PERSON)


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
    reads = [each for each in TRACE["exchange"] if each["command"].startswith("00B20")]
    of_ef05 = [each for each in reads if int(each["command"][4:6], 16) <= 7]
    assert len(of_ef05) == 5
    for exchange in of_ef05:
        assert exchange["answer"][:-4] in answer
