"""Batch reports from a ledger, against plain Python over the history that filled it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.errors import LedgerError
from sscard.issuance.ledger import reading
from sscard.issuance.ledger.verification import Head
from sscard.issuance.ledger.verify import verify
from sscard.issuance.order_states import OrderState
from sscard.issuance.reports.batch import BatchReport
from sscard.issuance.reports.batch_queries import batch_report
from sscard.issuance.reports.yields import By, Yield
from sscard.issuance.states import CardState
from tests.issuance.reports.history import BATCH, KEYS, NOON, Ordered, Try, fill, new_ledger

LOST = {CardState.FAILED, CardState.SPOILED}
REASONS = ("write: NO_SPACE (6A84)", "select: FILE_NOT_FOUND (6A82)", "interrupted half-done")


@st.composite
def tries(draw: st.DrawFn) -> tuple[Try, ...]:
    """Cards of one order: lost ones first, then one that is good or under way, or none."""
    places = st.sampled_from(["", "S1", "S2"])
    found = []
    for lost in [*draw(st.lists(st.just(True), max_size=3)), False]:
        after = [*LOST] if lost else [CardState.ISSUED, CardState.RESERVED, CardState.SSSE_DONE]
        if not lost and draw(st.booleans()):
            break
        state = draw(st.sampled_from(after))
        at_bank = state is not CardState.RESERVED and draw(st.booleans())
        found.append(
            Try(
                state,
                draw(st.sampled_from(REASONS)) if lost else "",
                draw(st.sampled_from(["", "L1", "L2"])),
                draw(places),
                draw(st.sampled_from(["1", "2"])),
                "B1" if at_bank else "",
                "3" if at_bank else "",
                draw(st.integers(0, 500)),
            )
        )
    return tuple(found)


histories = st.lists(
    st.builds(
        Ordered,
        st.sampled_from([OrderState.BATCHED, OrderState.AUDITED, OrderState.RETURNED]),
        tries(),
        st.sampled_from([None, "PHOTO_QUALITY", "ID_DUPLICATE"]),
    ),
    max_size=12,
)


def report_of(history: list[Ordered]) -> BatchReport:
    engine = new_ledger(":memory:")
    fill(engine, history)
    try:
        with reading(engine) as connection:
            return batch_report(connection, BATCH, NOON)
    finally:
        engine.dispose()


Passed = Callable[[Try], bool | None]


def counted(history: list[Ordered], name: Callable[[Try], str], good: Passed) -> dict[str, tuple]:
    """By name: cards ended, good ones, first cards, good first cards.  One card at a time."""
    found: dict[str, list[int]] = {}
    for order in history:
        for n, card in enumerate(order.tries):
            passed = good(card)
            if passed is None:
                continue
            row = found.setdefault(name(card), [0, 0, 0, 0])
            row[0] += 1
            row[1] += passed
            if n == 0:
                row[2] += 1
                row[3] += passed
    return {key: tuple(row) for key, row in found.items()}


def whole(card: Try) -> bool | None:
    if card.state in (CardState.RESERVED, CardState.SSSE_DONE):
        return None
    return card.state is CardState.ISSUED


def first_station(card: Try) -> bool | None:
    if not card.station or card.state is CardState.RESERVED:
        return None
    return card.state not in LOST or card.bank_station != ""


def bank(card: Try) -> bool | None:
    return whole(card) if card.bank_station else None


def told(found: Yield) -> tuple[int, int, int, int]:
    return found.ended, found.good, found.first, found.first_good


@settings(max_examples=25, deadline=None)
@given(histories)
def test_yields_are_those_of_the_cards_one_by_one(history: list[Ordered]) -> None:
    report = report_of(history)
    ways = {
        By.LOT: (lambda card: card.lot, whole),
        By.STATION: (lambda card: card.station, first_station),
        By.READER: (lambda card: f"{card.station} / {card.reader}", first_station),
        By.BANK_STATION: (lambda card: card.bank_station, bank),
        By.BANK_READER: (lambda card: f"{card.bank_station} / {card.bank_reader}", bank),
    }
    for by, (name, good) in ways.items():
        found = {each.name: told(each) for each in report.yields if each.by is by}
        assert found == counted(history, name, good), by
    everything = counted(history, lambda card: "all", whole).get("all", (0, 0, 0, 0))
    assert told(report.overall) == everything


@settings(max_examples=20, deadline=None)
@given(histories)
def test_counts_and_causes_are_those_of_the_cards_one_by_one(history: list[Ordered]) -> None:
    report = report_of(history)
    cards = [card for order in history for card in order.tries]
    assert dict(report.cards) == Counter(card.state for card in cards)
    assert dict(report.orders) == Counter(order.state for order in history)
    aside = Counter(o.reason or "" for o in history if o.state is OrderState.RETURNED)
    assert dict(report.returned) == aside
    lost = Counter(card.reason for card in cards if card.state in LOST)
    assert {loss.reason: loss.cards for loss in report.losses} == lost
    words = Counter({"6A84": lost[REASONS[0]], "6A82": lost[REASONS[1]], "": lost[REASONS[2]]})
    assert {loss.status_word: loss.cards for loss in report.losses} == +words
    ended = sum(whole(card) is not None for card in cards)
    assert all(loss.ended == ended for loss in report.losses)
    assert sum(bar.good for bar in report.throughput.bars) == sum(whole(c) is True for c in cards)
    assert sum(bar.lost for bar in report.throughput.bars) == lost.total()


@settings(max_examples=8, deadline=None)
@given(histories)
def test_each_lost_card_is_told_with_its_events(history: list[Ordered]) -> None:
    report = report_of(history)
    assert report.lost_total == len(report.lost)
    assert len(report.lost) == sum(loss.cards for loss in report.losses)
    for card in report.lost:
        assert [step.subject for step in card.steps] == [card.card_number]
        assert card.steps[0].what == "reserved"
        assert card.steps[0].operator == "op7"


def test_a_batch_is_told_with_its_unit_and_the_head_of_the_ledger(place: str) -> None:
    engine = new_ledger(place)
    late = NOON.hour * 60 - 1  # minutes from noon to the last one of the day, in CHINA
    fill(engine, [Ordered(OrderState.AUDITED, (Try(CardState.ISSUED, minute=late),))])
    with reading(engine) as connection:
        with pytest.raises(LedgerError, match="no batch B9 in the ledger"):
            batch_report(connection, "B9", NOON)
        report = batch_report(connection, BATCH, NOON + timedelta(hours=1))
    assert (report.facts.unit_name, report.facts.expected) == ("第三中学", 1)
    assert report.head.seq > 4
    verified = verify(engine, KEYS, expected=Head.parse(str(report.head)))
    assert verified.head == report.head
    assert not verified.findings
    (bar,) = report.throughput.bars
    assert bar.at.astimezone(NOON.tzinfo) == NOON.replace(hour=23, minute=59)
    engine.dispose()
