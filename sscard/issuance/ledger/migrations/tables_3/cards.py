"""Cards, counters, and the check of the keys."""

import sqlalchemy as sa
from alembic import op

from sscard.issuance.ledger.migrations.tables_3.columns import once, words


def create() -> None:
    """All of them."""
    _meta()
    _counters()
    _cards()


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("key_check", sa.LargeBinary(32), nullable=False),
    )


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )


def _cards() -> None:
    op.create_table(
        "cards",
        sa.Column("card_number", sa.String(9), nullable=False),
        sa.Column("serial", sa.LargeBinary(4), nullable=False),
        sa.Column("batch_number", sa.String(32), nullable=False),
        sa.Column("profile_name", sa.String(), nullable=False),
        sa.Column("profile_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("person_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("number_source", words("number_source", "file", "allocated"), nullable=False),
        sa.Column(
            "state",
            words("state", "RESERVED", "SSSE_DONE", "ISSUED", "FAILED", "SPOILED", "WITHDRAWN"),
            nullable=False,
        ),
        sa.Column("reason", sa.String()),
        sa.Column("bank_hash", sa.LargeBinary(32)),
        sa.Column("bank_sealed", sa.LargeBinary()),
        sa.Column("account_source", words("account_source", "file", "test")),
        sa.Column("card_id_code", sa.LargeBinary(16)),
        sa.Column("atr", sa.LargeBinary(33)),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("layers", sa.Text()),
        sa.Column("order_id", sa.BigInteger()),
        sa.Column("body", sa.String(64)),
        sa.Column("chip_lot", sa.String(64)),
        sa.Column("cos_version", sa.String(64)),
        sa.Column("blank_atr", sa.LargeBinary(33)),
        sa.Column("uid", sa.LargeBinary(10)),
        sa.Column("operator", sa.String(64)),
        sa.Column("station", sa.String(64)),
        sa.Column("reader", sa.String(64)),
        sa.Column("bank_station", sa.String(64)),
        sa.Column("bank_reader", sa.String(64)),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("kcvs", sa.Text()),
        sa.Column("software", sa.Text()),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("card_number", name="pk_cards"),
        sa.UniqueConstraint("serial", name="uq_cards_serial"),
    )
    op.create_index("ix_cards_bank_hash", "cards", ["bank_hash"])
    op.create_index("ix_cards_batch_number", "cards", ["batch_number"])
    op.create_index("ix_cards_body", "cards", ["body"])
    op.create_index("ix_cards_order_id", "cards", ["order_id"])
    op.create_index("ix_cards_person_hash", "cards", ["person_hash"])
    op.create_index("ix_cards_state", "cards", ["state"])
    once(
        "one_live_card_per_bank_hash",
        "cards",
        "bank_hash",
        "state IN ('ISSUED', 'RESERVED', 'SSSE_DONE')",
    )
    once(
        "one_live_card_per_person_hash",
        "cards",
        "person_hash",
        "state IN ('ISSUED', 'RESERVED', 'SSSE_DONE')",
    )
