"""Flows and topologies: the shipped ones, and files with mistakes in them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from sscard.errors import ProfileError
from sscard.issuance.order_states import MAIN, TRANSITIONS, OrderState
from sscard.issuance.orders.flow import load_flow, packaged_flows
from sscard.issuance.orders.topology import NumbersCome, Topologies, load_topology
from tests.issuance.orders.office import CITY, EARLY, RURAL, TOPOLOGIES

GOOD = """
name = "own"
letter = "H"
zh = "自"
en = "own"
source = "issuance 3"
mark = "assumed"
body = "blank"
[paths]
before-chip = [
  "ENTERED", "VERIFIED", "BATCHED", "BANK_REQUESTED", "BANK_MATCHED", "CHIP_BOUND", "SSSE_DONE",
  "HANDED_OVER", "PSE_DONE", "HANDOVER_CLOSED", "AUDITED", "DELIVERED", "COLLECTED",
]
"""


def test_the_seven_flows_are_there() -> None:
    assert sorted(load_flow(name).letter for name in packaged_flows()) == list("ABCDEFG")


@pytest.mark.parametrize("name", packaged_flows())
def test_each_way_is_whole(name: str) -> None:
    flow = load_flow(name)
    for way in flow.paths.values():
        assert (way[0], way[-1]) == (OrderState.ENTERED, OrderState.COLLECTED)
        assert set(pairwise(way)) <= set(TRANSITIONS)
        assert set(way) <= MAIN


def test_bank_first_asks_before_the_chip_and_bank_after_never() -> None:
    first = load_flow("bank-first").path(load_topology("city-bank"))
    assert first.index(OrderState.BANK_MATCHED) < first.index(OrderState.CHIP_BOUND)
    after = load_flow("bank-after").path(load_topology("rural-bank"))
    assert OrderState.BANK_REQUESTED not in after
    assert load_flow("instant").path(load_topology("rural-bank"))[2] is OrderState.CHIP_BOUND


@pytest.mark.parametrize(
    ("bank", "flow", "begins", "again"),
    [
        (CITY, "bank-first", "BANK_MATCHED", "BATCHED"),
        (EARLY, "bank-first", "BANK_MATCHED", "BANK_MATCHED"),
        (RURAL, "bank-after", "BATCHED", "BATCHED"),
        (CITY, "instant", "VERIFIED", "VERIFIED"),
    ],
)
def test_where_a_card_begins_and_another_one(bank: str, flow: str, begins: str, again: str) -> None:
    found, topology = load_flow(flow), TOPOLOGIES[bank]
    assert found.begins_card(topology).name == begins
    assert found.again_from(topology).name == again
    assert found.allows(topology, OrderState.SPOILED, found.again_from(topology))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("BATCHED", "CHIP_BOUND"),  # the bank is to be asked first
        ("VERIFIED", "CHIP_BOUND"),
        ("SSSE_DONE", "AUDITED"),
        ("AUDITED", "COLLECTED"),
        ("BATCHED", "AUDITED"),
        ("SPOILED", "BANK_MATCHED"),  # the number does not serve again
        ("SPOILED", "VERIFIED"),
        ("CHIP_BOUND", "BATCHED"),
        ("COLLECTED", "ENTERED"),
    ],
)
def test_the_first_flow_takes_no_short_cut(before: str, after: str) -> None:
    flow, city = load_flow("bank-first"), TOPOLOGIES[CITY]
    assert not flow.allows(city, OrderState(before), OrderState(after))


def test_a_flow_without_a_way_for_the_bank_is_refused() -> None:
    with pytest.raises(
        ProfileError, match="bank-first: bank 测试农村商业银行 gives its numbers after"
    ):
        load_flow("bank-first").path(load_topology("rural-bank"))


def test_faces_are_printed_when_everything_on_them_is_known() -> None:
    assert TOPOLOGIES[CITY].prints_from is OrderState.BANK_MATCHED
    assert TOPOLOGIES[RURAL].prints_from is OrderState.BATCHED


def test_a_bank_without_a_topology_has_the_default() -> None:
    assert Topologies.of("rural-bank")["any"].numbers is NumbersCome.AFTER_PERSONALIZATION


def test_a_flow_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_flow(path).letter == "H"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"ENTERED", ', "", "goes from ENTERED to COLLECTED"),
        (', "COLLECTED"', "", "goes from ENTERED to COLLECTED"),
        ('"VERIFIED", ', "", "ENTERED cannot become BATCHED"),
        ('"HANDED_OVER", ', "", "SSSE_DONE cannot become PSE_DONE"),
        ('"PSE_DONE",', '"PSE_DONE", "PSE_DONE",', "a state is there twice"),
        ('"CHIP_BOUND", "SSSE_DONE",', "", "a card is bound"),
        ('"VERIFIED"', '"VERIFYED"', "before-chip.1"),
        ("before-chip", "sometime", "paths.sometime"),
        ('body = "blank"', 'body = "paper"', "body"),
        ("zh =", "zn =", "zh"),
        ("[paths]", "[paths", "own.toml"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    path = tmp_path / "own.toml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(ProfileError, match=r"own\.toml") as caught:
        load_flow(path)
    assert place in str(caught.value)


@pytest.mark.parametrize("name", ["nosuch", "nosuch.toml"])
def test_what_is_not_there_is_said(name: str) -> None:
    with pytest.raises(ProfileError, match="nosuch"):
        load_flow(name)
