"""Fees, stock, progress, numbers and single cards, from a ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select

from sscard.errors import LedgerError
from sscard.issuance.ledger import Actor, Book, Ledger, reading, transaction
from sscard.issuance.ledger.schema import BODIES, CHECKS, EVENTS, FEES
from sscard.issuance.ledger.schema.words import Movement
from sscard.issuance.order_states import OrderState
from sscard.issuance.production_states import BodyState
from sscard.issuance.reports import Period, as_json, batch_report, movements, reconcile, settle
from sscard.issuance.reports.booking import Entry, book_entry
from sscard.issuance.reports.card import card_trace
from sscard.issuance.reports.card_sheets import card_document
from sscard.issuance.reports.discrepancy import Code
from sscard.issuance.reports.numbers import all_numbers, each_number
from sscard.issuance.reports.progress import Progress, progress, progress_document, progress_page
from sscard.issuance.reports.settlement import fee_sums, fees
from sscard.issuance.reports.stock import holdings
from sscard.issuance.states import CardState
from tests.issuance.reports.history import (
    ACTOR,
    BATCH,
    KEYS,
    NOON,
    Ordered,
    Try,
    fill,
    new_ledger,
)

MADE = Ordered(OrderState.AUDITED, (Try(CardState.ISSUED, "", "L1", "S1", "1"),))
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
M = Movement


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = new_ledger(":memory:")
    yield made
    made.dispose()


@pytest.fixture
def stored(place: str) -> Iterator[Engine]:
    """The same in a file and on PostgreSQL, for queries that the databases spell differently."""
    made = new_ledger(place)
    yield made
    made.dispose()


def charge(engine: Engine, key: int, day: int, fen: int, party: str = "city") -> None:
    """A replacement fee that arises on a day of March."""
    actor = Actor(NOON.replace(day=day, hour=23, minute=59), "op7")
    row = {"id": key, "order_id": 1, "what": "replacement", "amount_fen": fen, "party": party}
    with transaction(engine) as connection:
        Book(connection, KEYS, actor).insert(FEES, [row], "charged")


def settled(engine: Engine, name: str, period: Period = MARCH, party: str | None = None) -> int:
    with transaction(engine) as connection:
        return settle(Book(connection, KEYS, ACTOR), name, period, party).amount_fen


def test_fees_belong_to_the_day_on_which_they_arose(engine: Engine) -> None:
    fill(engine, [MADE])
    for key, day in enumerate((1, 2, 3, 31), start=1):
        charge(engine, key, day, 1500)
    with reading(engine) as connection:
        two = list(fees(connection, Period(date(2026, 3, 2), date(2026, 3, 3))))
        (all_of_it,) = fee_sums(connection, MARCH)
        assert fee_sums(connection, Period(date(2026, 4, 1), date(2026, 4, 1))) == []
    assert [(fee.id, fee.at.astimezone(NOON.tzinfo).day) for fee in two] == [(2, 2), (3, 3)]
    assert two[0].card_number == "T0000001X"
    assert (all_of_it.count, all_of_it.amount_fen, all_of_it.settled_in) == (4, 6000, None)


def test_nothing_is_settled_twice(stored: Engine) -> None:
    fill(stored, [MADE])
    charge(stored, 1, 2, 1500)
    charge(stored, 2, 3, 2500, "district")
    assert settled(stored, "M-1", party="city") == 1500
    with pytest.raises(LedgerError, match="settlement M-1 exists"):
        settled(stored, "M-1")
    assert settled(stored, "M-2") == 2500
    with pytest.raises(LedgerError, match="nothing is left to settle"):
        settled(stored, "M-3")
    charge(stored, 3, 4, 700)
    assert settled(stored, "M-3") == 700, "a late fee of the period goes into the next one"
    with reading(stored) as connection:
        found = {each.settled_in: each.amount_fen for each in fee_sums(connection, MARCH)}
        events = connection.execute(select(EVENTS).where(EVENTS.c.kind == "settlement")).all()
    assert found == {"M-1": 1500, "M-2": 2500, "M-3": 700}
    assert [(event.subject, event.what) for event in events] == [
        ("M-1", "settled"),
        ("M-2", "settled"),
        ("M-3", "settled"),
    ]


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb"])
def test_a_settlement_has_a_name(engine: Engine, name: str) -> None:
    with pytest.raises(ValueError, match="a settlement has a name"):
        settled(engine, name)
    with pytest.raises(ValueError, match="before it begins"):
        Period(date(2026, 3, 2), date(2026, 3, 1))


# Stock


def book(engine: Engine, *entries: Entry) -> list[int]:
    with transaction(engine) as connection:
        opened = Book(connection, KEYS, ACTOR)
        return [book_entry(opened, each) for each in entries]


def test_a_batch_balances_when_everything_is_booked_and_counted(stored: Engine) -> None:
    fill(stored, [MADE] * 3)
    book(
        stored,
        Entry("a", "body", "L1", M.RECEIVED, 6, "maker", BATCH),
        Entry("a", "body", "L2", M.RECEIVED, 4, "maker", BATCH),
        Entry("a", "body", "L1", M.HANDED_OVER, 5, "b", BATCH),
        Entry("b", "body", "L1", M.RECEIVED, 5, "a", BATCH),
        Entry("b", "body", "L1", M.ISSUED, 3, "", BATCH),
        Entry("b", "body", "L1", M.TEST, 2, "", BATCH),
        Entry("a", "body", "L1", M.COUNTED, 9, "", BATCH),
        Entry("a", "body", "L1", M.COUNTED, 1, "", BATCH),
        Entry("a", "body", "L2", M.COUNTED, 3, "", BATCH),
        Entry("a", "body", "L2", M.RECEIVED, 1000, "maker", "another batch"),
    )
    with reading(stored) as connection:
        found = reconcile(connection, BATCH)
    (wrong,) = found.discrepancies
    assert (wrong.code, wrong.party, wrong.missing) == (Code.COUNT_DIFFERS, "a", 1)
    book(stored, Entry("a", "body", "L2", M.SPOILED, 1, "", BATCH))
    with reading(stored) as connection:
        reconcile(connection, BATCH).require_balanced()


def test_cards_under_way_are_named(engine: Engine) -> None:
    fill(engine, [MADE, Ordered(OrderState.CHIP_BOUND, (Try(CardState.RESERVED),))])
    with reading(engine) as connection:
        found = reconcile(connection, BATCH)
    assert (found.numbers.issued, found.numbers.under_way) == (1, 1)
    with pytest.raises(LedgerError, match="T00000028"):
        found.require_balanced()


def body(name: str, state: BodyState, by: str | None = None, other: str | None = None) -> dict:
    return {
        "id": name,
        "kind": "printed",
        "generation": "3",
        "lot": "L1",
        "party": "a",
        "batch": BATCH,
        "state": state,
        "destroyed_by": by,
        "destroyed_witness": other,
        "at": NOON,
    }


def test_destroyed_bodies_need_two_people(engine: Engine) -> None:
    fill(engine, [MADE])
    rows = [
        body("one", BodyState.DESTROYED, "zhao"),
        body("same", BodyState.DESTROYED, "zhao", "zhao"),
        body("two", BodyState.DESTROYED, "zhao", "qian"),
        body("waits", BodyState.SPOILED),
    ]
    with transaction(engine) as connection:
        Book(connection, KEYS, ACTOR).insert(BODIES, rows, "received")
    with reading(engine) as connection:
        report = batch_report(connection, BATCH, NOON)
    assert report.reconciliation.destruction.unsigned == ("one", "same")
    assert report.reconciliation.destruction.waiting == 1
    assert {each.body: each.signed for each in report.dead} == {
        "one": False,
        "same": False,
        "two": True,
        "waits": False,
    }
    assert not report.reconciliation.balanced


def test_stock_by_party_and_lot(engine: Engine) -> None:
    keys = book(
        engine,
        Entry("a", "chip", "L1", M.RECEIVED, 10, "maker"),
        Entry("a", "chip", "L1", M.TEST, 2),
        Entry("a", "chip", "L1", M.SPOILED, 1),
        Entry("a", "chip", "L1", M.DESTROYED, 2, signed_by="zhao、qian"),
        Entry("a", "chip", "L1", M.COUNTED, 5),
        Entry("a", "chip", "L1", M.COUNTED, 7),
        Entry("b", "body", "L9", M.RECEIVED, 1, "maker"),
    )
    assert keys == list(range(1, 8))
    with reading(engine) as connection:
        held = holdings(movements.summed(connection, movements.of_party(None)))
        only = list(movements.movements(connection, movements.of_party("b")))
    told = [(h.party, h.item, h.lot, h.remaining, h.counted, h.to_destroy) for h in held]
    assert told == [("a", "chip", "L1", 7, 7, 1), ("b", "body", "L9", 1, None, 0)]
    assert [(each.id, each.counterparty) for each in only] == [(7, "maker")]


@pytest.mark.parametrize(
    ("entry", "match"),
    [
        (("a", "body", "", M.RECEIVED, 1), "needs the other party"),
        (("a", "body", "", M.TEST, 0), "one or more"),
        (("a", "body", "", M.COUNTED, -1), "zero or more"),
        (("a", "body", "", M.SPOILED, -1), "a note that says why"),
        (("", "body", "", M.TEST, 1), "a party and an item"),
    ],
)
def test_movements_that_cannot_be(entry: tuple, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        Entry(*entry)


@pytest.mark.parametrize("signed", ["", "zhao", "zhao, zhao", "zhao，", "zhao、zhao"])
def test_two_people_sign_for_what_is_destroyed(engine: Engine, signed: str) -> None:
    with pytest.raises(LedgerError, match="两人签字"):
        book(engine, Entry("a", "body", "L1", M.DESTROYED, 1, signed_by=signed))


# Progress, numbers, one card


def test_progress_counts_people_by_round_and_region(stored: Engine) -> None:
    made, waiting = OrderState.COLLECTED, OrderState.BATCHED
    history = [
        *[Ordered(made, round="R1", region="510100")] * 3,
        Ordered(waiting, round="R1", region="510100"),
        Ordered(made, round="R1", region="510100", kind="replacement"),
        *[Ordered(OrderState.AUDITED, round="R2", region="510300")] * 2,
        Ordered(OrderState.RETURNED, round="R2", region="510300"),
    ]
    fill(stored, history)
    with reading(stored) as connection:
        found = progress(connection)
    told = {(p.round, p.region): (p.entered, p.made, p.collected, p.returned) for p in found.parts}
    assert told == {("R1", "510100"): (4, 3, 3, 0), ("R2", "510300"): (3, 2, 0, 1)}
    rows = as_json(progress_document(found))["tables"]["progress"]
    assert [(row["region"], row["R1"], row["R2"], row["total"]) for row in rows] == [
        ("510100", 3, 0, 3),
        ("510300", 0, 2, 2),
        ("合计 all", 3, 2, 5),
    ]
    assert rows[-1]["share"] == 5 / 16
    sheet = progress_page(found, NOON.date())
    assert re.findall(r">(?:510100|510300)<", sheet)
    assert "第五轮" in sheet
    more = Progress(tuple(f"R{n}" for n in range(1, 7)), found.parts)
    assert "第五轮" not in progress_page(more, NOON.date())


def test_every_number_is_accounted_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    profile = ("gen2", bytes(32))
    with Ledger.open(place, KEYS) as ledger:
        for n, wanted in enumerate((None, "D2143569X", "T00000028", None, None), start=1):
            row = ledger.reserve(
                bytes((n,)) * 32, wanted_number=wanted, batch="B1", profile=profile, at=NOON
            )
        ledger.advance(row.card_number, CardState.FAILED, NOON, reason="x (6A84)")
    engine = new_ledger(place)
    with reading(engine) as connection:
        found = all_numbers(connection)
        numbers = list(each_number(connection))
        report = batch_report(connection, "B1", NOON)
    engine.dispose()
    counts = {(each.source, each.state): each.count for each in found.cards}
    assert counts == {
        ("allocated", CardState.RESERVED): 2,
        ("allocated", CardState.FAILED): 1,
        ("file", CardState.RESERVED): 2,
    }
    assert {each.name: (each.given, each.used) for each in found.counters} == {
        "serial": (5, 5),
        "card_number": (4, 3),  # one was passed over: the office had used it
        "order": (0, 0),
    }
    assert found.complete
    assert [row[0] for row in numbers] == sorted(row[0] for row in numbers)
    assert len(numbers) == 5
    assert (report.facts.number, report.facts.profile_name, report.facts.unit) == (
        "B1",
        "gen2",
        None,
    )
    assert report.overall.ended == 1


def test_a_card_is_traced_with_its_order_body_and_checks(engine: Engine) -> None:
    lost = Try(CardState.FAILED, "write: NO_SPACE (6A84)", "L1", "S1", "1")
    fill(engine, [Ordered(OrderState.AUDITED, (lost, *MADE.tries))])
    check = {
        "id": 1,
        "batch": BATCH,
        "what": "patrol",
        "subject": "BODY-2",
        "result": "passed",
        "by": "qc1",
        "at": NOON + timedelta(hours=1),
    }
    with transaction(engine) as connection:
        opened = Book(connection, KEYS, ACTOR)
        opened.insert(BODIES, [body("BODY-2", BodyState.USED)], "received")
        opened.insert(CHECKS, [check], "checked")
    with reading(engine) as connection:
        trace = card_trace(connection, "T00000028")
        with pytest.raises(LedgerError, match="no card T9 in the ledger"):
            card_trace(connection, "T9")
    assert [step.kind for step in trace.steps] == ["card", "order", "body", "check"]
    found = as_json(card_document(trace))
    assert found["facts"]["chip_lot"] == "L1"
    assert found["facts"]["order_state"] == "已审核 audited"
    assert found["facts"]["body_state"].endswith(" used")
    assert not [name for name in found["facts"] if "hash" in name or "sealed" in name]
    assert "person" not in str(found)
    assert not {"person_hash", "personal", "bank_hash"} & {*trace.card, *trace.order, *trace.body}


def test_a_card_that_the_final_check_refused_is_lost_and_a_replaced_one_is_not(
    stored: Engine,
) -> None:
    refused = Try(CardState.WITHDRAWN, "scratched", "L1", "S1", "1", "B1", "1")
    replaced = Try(CardState.WITHDRAWN, "replaced", "L1", "S1", "1", "B1", "1")
    fill(
        stored,
        [
            Ordered(OrderState.AUDITED, (refused, *MADE.tries)),
            Ordered(OrderState.REPLACED, (replaced,)),
        ],
    )
    with reading(stored) as connection:
        report = batch_report(connection, BATCH, NOON)
    assert [(card.card_number, card.reason) for card in report.lost] == [("T0000001X", "scratched")]
    assert dict(report.cards) == {
        CardState.SPOILED: 1,
        CardState.ISSUED: 1,
        CardState.WITHDRAWN: 1,
    }
    assert (report.overall.good, report.overall.first_good, report.overall.first) == (2, 1, 2)
    assert (report.reconciliation.numbers.issued, report.reconciliation.numbers.spoiled) == (2, 1)
    assert [bar.lost for bar in report.throughput.bars] == [1]
