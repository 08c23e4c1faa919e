"""Guarded rows and chained events; accounts sealed; history becomes events.

The events about old history have no hash of a row: nobody knows what it was then.  A last event,
"brought up", has the hash of each card as it was found.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from sscard.issuance.ledger import events
from sscard.issuance.ledger.canonical import spelling
from sscard.issuance.ledger.events import Actor, Chained, Happened
from sscard.issuance.ledger.keys import LedgerKeys
from sscard.issuance.ledger.migrations import tables_3
from sscard.issuance.ledger.schema.types import UtcTime

revision = "0003"
down_revision = "0002"

_INDEXES = {
    "cards": (
        "ix_cards_person_hash",
        "ix_cards_state",
        "ix_cards_bank_number",
        "one_live_card_per_person_hash",
        "one_live_card_per_bank_number",
    ),
    "history": ("ix_history_card_number",),
    "counters": (),
    "meta": (),
}
_COUNTERS = ("order", "stock", "list", "fee", "check")
_PAGE = 500


def _kept() -> tuple[sa.Column[Any], ...]:
    """Columns that stay as they are."""
    return (
        sa.Column("card_number", sa.String),
        sa.Column("serial", sa.LargeBinary),
        sa.Column("batch_number", sa.String),
        sa.Column("profile_name", sa.String),
        sa.Column("profile_sha256", sa.LargeBinary),
        sa.Column("person_hash", sa.LargeBinary),
        sa.Column("number_source", sa.String),
        sa.Column("state", sa.String),
        sa.Column("reason", sa.String),
        sa.Column("account_source", sa.String),
        sa.Column("card_id_code", sa.LargeBinary),
        sa.Column("atr", sa.LargeBinary),
        sa.Column("reserved_at", UtcTime),
        sa.Column("changed_at", UtcTime),
        sa.Column("layers", sa.Text),
    )


_OLD = sa.Table(
    "cards_2",
    sa.MetaData(),
    sa.Column("id", sa.Integer),
    sa.Column("bank_number", sa.String),
    *_kept(),
)
_NEW = sa.Table(
    "cards",
    sa.MetaData(),
    sa.Column("bank_hash", sa.LargeBinary),
    sa.Column("bank_sealed", sa.LargeBinary),
    sa.Column("event", sa.BigInteger),
    *_kept(),
)
_HISTORY = sa.Table(
    "history_2",
    sa.MetaData(),
    sa.Column("id", sa.Integer),
    sa.Column("card_number", sa.String),
    sa.Column("from_state", sa.String),
    sa.Column("to_state", sa.String),
    sa.Column("at", UtcTime),
    sa.Column("station", sa.String),
    sa.Column("note", sa.String),
)


def upgrade() -> None:
    """New tables beside the old, everything carried over, the old ones gone."""
    keys: LedgerKeys = context.config.attributes["keys"]
    connection, now = op.get_bind(), datetime.now(UTC)
    for name, indexes in _INDEXES.items():
        for index in indexes:
            op.drop_index(index, name)
        op.rename_table(name, f"{name}_2")
    tables_3.create()
    op.execute("INSERT INTO counters (name, last) SELECT name, last FROM counters_2")
    added = sa.table("counters", sa.column("name"), sa.column("last"))
    op.bulk_insert(added, [{"name": each, "last": 0} for each in _COUNTERS])
    meta = sa.table("meta", sa.column("schema_version"), sa.column("key_check", sa.LargeBinary))
    op.bulk_insert(meta, [{"schema_version": 3, "key_check": keys.check}])
    chain = events.begin(connection, keys, now)
    _carry_history(connection, chain)
    chain.goes_on(Actor(now))
    _carry_cards(connection, chain, keys)
    for name in ("history_2", "cards_2", "counters_2", "meta_2"):
        op.drop_table(name)


def _carry_history(connection: sa.Connection, chain: Chained) -> None:
    for page in _pages(connection, _HISTORY):
        for row in page:
            chain.goes_on(Actor(row.at, station=row.station))
            what = "advanced" if row.from_state else "reserved"
            states = row.from_state or "", row.to_state
            facts = {"note": row.note} if row.note else {}
            chain.add(Happened("card", row.card_number, what, *states, facts))
        chain.write()


def _carry_cards(connection: sa.Connection, chain: Chained, keys: LedgerKeys) -> None:
    spelled, kept = spelling(_NEW), [column.name for column in _kept()]
    for page in _pages(connection, _OLD):
        cards = []
        for row in page:
            card = {name: row._mapping[name] for name in kept}
            card |= {"bank_hash": None, "bank_sealed": None, "event": chain.following}
            if row.bank_number is not None:
                place = f"cards/{row.card_number}/bank_number"
                card["bank_hash"] = keys.number_hash(row.bank_number)
                card["bank_sealed"] = keys.seal(row.bank_number, place)
            chain.add(
                Happened("card", row.card_number, "brought up"), spelled.whole(spelled.values(card))
            )
            cards.append(card)
        connection.execute(sa.insert(_NEW), cards)
        chain.write()


def _pages(connection: sa.Connection, table: sa.Table) -> Iterator[list[Any]]:
    last, query = 0, sa.select(table).order_by(table.c.id).limit(_PAGE)
    while page := list(connection.execute(query.where(table.c.id > last))):
        yield page
        last = page[-1].id
