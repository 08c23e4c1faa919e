"""Cards, their history, the counters."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_STATES = ("RESERVED", "SSSE_DONE", "ISSUED", "FAILED", "SPOILED")


def upgrade() -> None:
    """The tables of the first ledgers."""
    version = op.create_table("meta", sa.Column("schema_version", sa.Integer, nullable=False))
    op.bulk_insert(version, [{"schema_version": 1}])
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("last", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(
        counters, [{"name": each, "last": 0} for each in ("serial", "card_number", "account")]
    )
    _cards()
    _history()


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=16)


def _cards() -> None:
    op.create_table(
        "cards",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("card_number", sa.String(9), nullable=False, unique=True),
        sa.Column("serial", sa.LargeBinary(4), nullable=False, unique=True),
        sa.Column("batch_number", sa.String(32), nullable=False),
        sa.Column("profile_name", sa.String, nullable=False),
        sa.Column("profile_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("person_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("number_source", _words("number_source", "file", "allocated"), nullable=False),
        sa.Column("state", _words("state", *_STATES), nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("bank_number", sa.String(19)),
        sa.Column("account_source", _words("account_source", "file", "test")),
        sa.Column("card_id_code", sa.LargeBinary(16)),
        sa.Column("atr", sa.LargeBinary(33)),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
    for name in ("person_hash", "state", "bank_number"):
        op.create_index(f"ix_cards_{name}", "cards", [name])
    live = sa.text("state IN ('ISSUED', 'RESERVED', 'SSSE_DONE')")
    for name in ("person_hash", "bank_number"):
        op.create_index(
            f"one_live_card_per_{name}",
            "cards",
            [name],
            unique=True,
            sqlite_where=live,
            postgresql_where=live,
        )


def _history() -> None:
    op.create_table(
        "history",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("card_number", sa.String(9), sa.ForeignKey("cards.card_number"), nullable=False),
        sa.Column("from_state", _words("from_state", *_STATES)),
        sa.Column("to_state", _words("to_state", *_STATES), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("station", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
    )
    op.create_index("ix_history_card_number", "history", ["card_number"])
