"""Whether every number that was ever given is accounted for: issued, given up, or reserved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Select, exists, func, select

from sscard.issuance.ledger.schema.cards import CARDS, COUNTERS
from sscard.issuance.ledger.schema.orders import ORDERS
from sscard.issuance.order_states import FINAL_ORDERS
from sscard.issuance.reports import words
from sscard.issuance.reports.sheet import Cell, Column, Report, Sheet
from sscard.issuance.states import CardState


@dataclass(frozen=True, slots=True)
class NumberCount:
    """Card numbers from one source (the office's file, or allocated here) in one state."""

    source: str
    state: CardState
    count: int


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter of the ledger and how many of its numbers are on cards or orders."""

    name: str
    given: int
    used: int

    @property
    def unused(self) -> int:
        """Numbers that were passed over because a file had brought them before."""
        return self.given - self.used


@dataclass(frozen=True, slots=True)
class AllNumbers:
    """Card numbers by source and state, numbers of orders without a card yet, and counters."""

    cards: tuple[NumberCount, ...]
    #: Numbers of the office that wait on a living order for their card.
    wanted: int
    counters: tuple[Counter, ...]

    @property
    def complete(self) -> bool:
        """Whether every serial and every order number that was given is there."""
        return not any(each.unused for each in self.counters if each.name != "card_number")


def all_numbers(connection: Connection) -> AllNumbers:
    """Count every number of the ledger."""
    kind = (CARDS.c.number_source, CARDS.c.state)
    cards = select(*kind, func.count()).group_by(*kind).order_by(*kind)
    on_card = exists().where(CARDS.c.card_number == ORDERS.c.wanted_number)
    living = ORDERS.c.state.not_in(sorted(FINAL_ORDERS))
    waiting = select(func.count()).where(ORDERS.c.wanted_number.is_not(None), living, ~on_card)
    return AllNumbers(
        tuple(NumberCount(*row) for row in connection.execute(cards)),
        int(connection.execute(waiting).scalar_one()),
        tuple(_counters(connection)),
    )


def each_number(connection: Connection) -> Iterator[tuple[Cell, ...]]:
    """Every card number with what became of it, as the cells of ``EACH``; streamed."""
    query = select(
        CARDS.c.card_number,
        CARDS.c.number_source,
        CARDS.c.state,
        CARDS.c.reason,
        CARDS.c.batch_number,
        CARDS.c.reserved_at,
        CARDS.c.changed_at,
    ).order_by(CARDS.c.card_number)
    options = {"yield_per": 2000}
    for row in connection.execute(query, execution_options=options):
        yield (row[0], row[1], row.state.name, row.reason, *row[4:])


EACH = (
    Column("card_number", "卡号", "card number", "id"),
    Column("source", "来源", "from"),
    Column("state", "状态", "state", "code"),
    Column("reason", "原因", "reason"),
    Column("batch", "批次", "batch", "id"),
    Column("reserved_at", "占号", "taken", "time"),
    Column("changed_at", "最后变化", "last change", "time"),
)


def numbers_document(found: AllNumbers) -> Report:
    """The counts as tables."""
    return Report("numbers", "号码核对", "Numbers", (), (_cards(found), _counted(found)))


def _counters(connection: Connection) -> Iterator[Counter]:
    allocated = select(func.count()).where(CARDS.c.number_source == "allocated")
    used: dict[str, Select[int]] = {
        "serial": select(func.count()).select_from(CARDS),
        "card_number": allocated,
        "order": select(func.count()).select_from(ORDERS),
    }
    query = select(COUNTERS.c.name, COUNTERS.c.last).order_by(COUNTERS.c.name)
    for name, last in connection.execute(query).all():
        if name in used:
            yield Counter(name, last, connection.execute(used[name]).scalar_one())


def _cards(found: AllNumbers) -> Sheet:
    columns = (
        Column("source", "来源", "from"),
        Column("state", "状态", "state", "code"),
        Column("zh", "含义", "meaning"),
        Column("count", "数量", "count", "count"),
    )
    sources = {"file": "局方 file", "allocated": "自编 allocated"}
    rows = [
        (sources[each.source], each.state.name, words.chinese(each.state), each.count)
        for each in found.cards
    ]
    if found.wanted:
        rows.append((sources["file"], "WANTED", "申领单已有号，未制卡", found.wanted))
    return Sheet("numbers", "卡号", "Card numbers", columns, tuple(rows))


def _counted(found: AllNumbers) -> Sheet:
    columns = (
        Column("counter", "计数器", "counter", "code"),
        Column("given", "已发号", "given", "count"),
        Column("used", "已使用", "in use", "count"),
        Column("unused", "跳过", "passed over", "count"),
    )
    rows = tuple((each.name, each.given, each.used, each.unused) for each in found.counters)
    note = (
        "序列号和申领单不应有跳过；卡号跳过的是局方已用的号",
        "Serials and orders pass none over; card numbers pass over those an office's file had",
    )
    return Sheet("counters", "计数器", "Counters", columns, rows, note)
