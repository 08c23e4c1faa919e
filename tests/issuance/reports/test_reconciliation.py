"""Reconciliation against a warehouse in which every single piece is somewhere."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.errors import LedgerError
from sscard.issuance.ledger.schema.words import Movement
from sscard.issuance.production_states import BodyState
from sscard.issuance.reports.discrepancy import Code
from sscard.issuance.reports.reconciliation import (
    Booked,
    Destruction,
    Numbers,
    Reconciliation,
    Seen,
    reconciled,
)

CLEAN = (Numbers(0, 0, 0, 0), Destruction())
CHAIN = ("integrator", "bank", "office")
ENDS = (Movement.REJECTED, Movement.SPOILED, Movement.TEST, Movement.ISSUED)
M = Movement


def warehouse(seed: int, pieces: int) -> list[Booked]:
    """Every piece walks down the chain until it stops; each stop and hand-over is booked."""
    rng = random.Random(seed)
    booked: Counter[tuple[str, Movement, str]] = Counter()
    left: Counter[str] = Counter()
    for _ in range(pieces):
        giver = "supplier"
        for party in CHAIN:
            booked[party, M.RECEIVED, giver] += 1
            fate = rng.random()
            if fate < 0.7 and party != CHAIN[-1]:
                booked[party, M.HANDED_OVER, CHAIN[CHAIN.index(party) + 1]] += 1
                giver = party
                continue
            if fate < 0.9:
                booked[party, rng.choice(ENDS), ""] += 1
            else:
                left[party] += 1
            break
    moves = [Booked(party, "body", what, other, n) for (party, what, other), n in booked.items()]
    parties = {each.party for each in moves}
    return moves + [Booked(party, "body", M.COUNTED, "", left[party]) for party in parties]


def of(booked: list[Booked]) -> Reconciliation:
    issued = sum(each.quantity for each in booked if each.movement is M.ISSUED)
    return reconciled("B1", booked, (), Numbers(issued, 0, 0, 0), Destruction())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_a_warehouse_that_books_everything_balances(seed: int, pieces: int) -> None:
    found = of(warehouse(seed, pieces))
    assert found.balanced
    found.require_balanced()
    for line in found.lines:
        ends = line.issued + line.handed_over + line.rejected + line.test
        assert ends + line.remaining == line.received
        assert line.remaining == line.counted
    assert sum(line.received for line in found.lines if line.party == "integrator") == pieces


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60), st.data())
def test_one_wrong_booking_is_found_where_it_is(
    seed: int, pieces: int, data: st.DataObject
) -> None:
    booked = warehouse(seed, pieces)
    n = data.draw(st.integers(0, len(booked) - 1))
    wrong = booked[n]
    by = data.draw(st.sampled_from([-1, 1, 5]))
    if wrong.quantity + by < 0:
        by = 1
    booked[n] = replace(wrong, quantity=wrong.quantity + by)
    found = of(booked)
    assert not found.balanced
    named = {each.party for each in found.discrepancies}
    named |= {each.more for each in found.discrepancies if each.code is Code.TRANSFER_DIFFERS}
    assert wrong.party in named
    sides = {wrong.party, wrong.counterparty}
    assert all({each.party, each.more} & sides for each in found.discrepancies)
    with pytest.raises(LedgerError, match=f"B1 does not balance:(.|\n)*{wrong.party}"):
        found.require_balanced()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(5, 60), st.sampled_from(CHAIN))
def test_a_party_that_does_not_count_is_told_to(seed: int, pieces: int, party: str) -> None:
    booked = [
        each
        for each in warehouse(seed, pieces)
        if (each.party, each.movement) != (party, M.COUNTED)
    ]
    found = of(booked)
    silent = [line for line in found.lines if line.party == party and line.remaining]
    assert [each.code for each in found.discrepancies] == [Code.NOT_COUNTED for _ in silent]
    assert found.balanced is not bool(silent)


def test_the_message_names_party_item_and_what_is_missing() -> None:
    found = of(
        [
            Booked("integrator", "body", M.RECEIVED, "supplier", 10),
            Booked("integrator", "body", M.HANDED_OVER, "bank", 8),
            Booked("integrator", "body", M.COUNTED, "", 1),
            Booked("bank", "body", M.RECEIVED, "integrator", 7),
            Booked("bank", "body", M.ISSUED, "", 9),
        ]
    )
    with pytest.raises(LedgerError) as caught:
        found.require_balanced()
    text = str(caught.value)
    for words in (
        "批次 B1 对账不平 batch B1 does not balance:",
        "integrator：卡体账面结余 2，盘点 1，缺 1",
        "integrator: card bodies: 2 must remain by the books, 1 were counted: 1 missing",
        "bank：卡体入库 7，支出 9，多 2",
        "bank: card bodies: 7 were received and 9 went out: 2 too many",
        "integrator 移交 bank 的卡体 8，bank 登记收到 7，缺 1",
        "integrator handed over 8 card bodies to bank, which received 7: 1 missing",
    ):
        assert words in text
    assert [each.code for each in found.discrepancies] == [
        Code.MORE_THAN_RECEIVED,
        Code.COUNT_DIFFERS,
        Code.TRANSFER_DIFFERS,
    ]


def test_what_a_supplier_without_books_delivers_is_one_sided() -> None:
    assert of(
        [Booked("a", "chip", M.RECEIVED, "maker", 5), Booked("a", "chip", M.TEST, "", 5)]
    ).balanced


def test_where_nobody_books_the_bodies_themselves_are_the_books() -> None:
    seen = [
        Seen("integrator", BodyState.RECEIVED, 2),
        Seen("integrator", BodyState.USED, 5),
        Seen("integrator", BodyState.SPOILED, 1),
        Seen("integrator", BodyState.TEST, 1),
        Seen("bank", BodyState.USED, 3),
    ]
    found = reconciled("B1", [], seen, *CLEAN)
    assert found.balanced
    told = {line.party: (line.received, line.remaining, line.rejected) for line in found.lines}
    assert told == {"integrator": (9, 2, 1), "bank": (3, 0, 0)}


@pytest.mark.parametrize(
    ("state", "code"),
    [(BodyState.SPOILED, Code.DEAD_NOT_BOOKED), (BodyState.USED, Code.ALIVE_NOT_BOOKED)],
)
def test_what_the_stations_saw_and_nobody_booked(state: BodyState, code: Code) -> None:
    booked = [
        Booked("a", "body", M.RECEIVED, "maker", 5),
        Booked("a", "body", M.HANDED_OVER, "b", 4),
        Booked("b", "body", M.RECEIVED, "a", 4),
        Booked("b", "body", M.COUNTED, "", 4),
        Booked("a", "body", M.COUNTED, "", 1),
    ]
    assert of(booked).balanced
    found = reconciled("B1", booked, [Seen("a", state, 4), Seen("b", state, 3)], *CLEAN)
    assert [(each.code, each.found) for each in found.discrepancies] == [(code, 7)]
    assert not found.balanced


def test_bodies_may_lie_on_another_shelf_than_the_stations_know() -> None:
    booked = [
        Booked("a", "body", M.RECEIVED, "maker", 5),
        Booked("a", "body", M.HANDED_OVER, "b", 5),
        Booked("b", "body", M.RECEIVED, "a", 5),
        Booked("b", "body", M.SPOILED, "", 1),
        Booked("b", "body", M.ISSUED, "", 4),
    ]
    seen = [Seen("a", BodyState.USED, 4), Seen("a", BodyState.SPOILED, 1)]
    assert reconciled("B1", booked, seen, Numbers(4, 1, 0, 0), Destruction()).balanced
    (wrong,) = reconciled("B1", booked, seen, Numbers(3, 2, 0, 0), Destruction()).discrepancies
    assert (wrong.code, wrong.expected, wrong.found) == (Code.ISSUED_DIFFERS, 3, 4)


def test_cards_under_way_and_unsigned_destruction_stop_the_batch() -> None:
    numbers = Numbers(5, 1, 0, 2, ("T0000001X", "T00000028"))
    found = reconciled("B1", [], [], numbers, Destruction(3, ("BODY-7",)))
    assert numbers.taken == 8
    blocks = {each.code: each.blocks for each in found.discrepancies}
    assert blocks == {Code.UNDER_WAY: True, Code.UNSIGNED: True, Code.WAITS_FOR_SHREDDER: False}
    with pytest.raises(LedgerError, match=r"T0000001X, T00000028(.|\n)*BODY-7"):
        found.require_balanced()
    only_waiting = reconciled("B1", [], [], Numbers(5, 1, 0, 0), Destruction(3))
    assert only_waiting.balanced


def test_more_destroyed_than_dead() -> None:
    found = of(
        [
            Booked("a", "body", M.RECEIVED, "maker", 5),
            Booked("a", "body", M.SPOILED, "", 1),
            Booked("a", "body", M.DESTROYED, "", 2),
            Booked("a", "body", M.COUNTED, "", 4),
        ]
    )
    assert [each.code for each in found.discrepancies] == [Code.DESTROYED_ALIVE]
    assert not found.balanced
