"""Rounds, units, batches, orders."""

import sqlalchemy as sa
from alembic import op

from sscard.issuance.ledger.migrations.tables_3.columns import BIG, once, words


def create() -> None:
    """All of them."""
    _rounds()
    _units()
    _batches()
    _orders()


def _rounds() -> None:
    op.create_table(
        "rounds",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("age_limit", sa.Integer()),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("general_test", sa.Text()),
        sa.Column("tested_at", sa.DateTime(timezone=True)),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_rounds"),
    )


def _units() -> None:
    op.create_table(
        "units",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("town", sa.String()),
        sa.Column("centre", sa.String()),
        sa.Column("address", sa.String()),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_units"),
    )


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("round", sa.String(32), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("flow", sa.String(16), nullable=False),
        sa.Column("bank", sa.String(64), nullable=False),
        sa.Column("profile_name", sa.String(), nullable=False),
        sa.Column("profile_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("layers", sa.Text()),
        sa.Column(
            "state", words("batch_state", "OPEN", "AT_BANK", "IN_WORK", "CLOSED"), nullable=False
        ),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.String()),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["round"], ["rounds.name"], name="fk_batches_round"),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name="fk_batches_unit"),
        sa.PrimaryKeyConstraint("number", name="pk_batches"),
    )
    op.create_index("ix_batches_round", "batches", ["round"])
    op.create_index("ix_batches_state", "batches", ["state"])
    op.create_index("ix_batches_unit", "batches", ["unit"])


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("batch", sa.String(32)),
        sa.Column("unit", sa.String(32)),
        sa.Column("position", sa.Integer()),
        sa.Column("round", sa.String(32), nullable=False),
        sa.Column("flow", sa.String(16), nullable=False),
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("bank", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("person_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("personal", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state",
            words(
                "order_state",
                "ENTERED",
                "VERIFIED",
                "BATCHED",
                "BANK_REQUESTED",
                "BANK_MATCHED",
                "CHIP_BOUND",
                "SSSE_DONE",
                "HANDED_OVER",
                "PSE_DONE",
                "HANDOVER_CLOSED",
                "AUDITED",
                "DELIVERED",
                "COLLECTED",
                "RETURNED",
                "SPOILED",
                "FAILED",
                "LOST",
                "REPLACED",
                "OVERDUE",
                "RECOVERED",
                "CANCELLED",
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String()),
        sa.Column("wanted_number", sa.String(9)),
        sa.Column("card_number", sa.String(9)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("bank_hash", sa.LargeBinary(32)),
        sa.Column("bank_sealed", sa.LargeBinary()),
        sa.Column("stripe_sealed", sa.LargeBinary()),
        sa.Column("replaces", sa.BigInteger()),
        sa.Column("bank_since", sa.Date()),
        sa.Column(
            "social_state",
            words("social_state", "INACTIVE", "ACTIVE", "SUSPENDED", "ENDED"),
            nullable=False,
        ),
        sa.Column(
            "account_state",
            words("account_state", "INACTIVE", "ACTIVE", "SUSPENDED", "ENDED"),
            nullable=False,
        ),
        sa.Column("pin_state", words("pin_state", "INITIAL", "CHANGED"), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True)),
        sa.Column("collected_at", sa.DateTime(timezone=True)),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.number"], name="fk_orders_batch"),
        sa.ForeignKeyConstraint(
            ["card_number"], ["cards.card_number"], name="fk_orders_card_number"
        ),
        sa.ForeignKeyConstraint(["replaces"], ["orders.id"], name="fk_orders_replaces"),
        sa.ForeignKeyConstraint(["round"], ["rounds.name"], name="fk_orders_round"),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name="fk_orders_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        sa.UniqueConstraint("batch", "position", name="uq_orders_batch_position"),
    )
    op.create_index("ix_orders_bank_hash", "orders", ["bank_hash"])
    op.create_index("ix_orders_batch", "orders", ["batch"])
    op.create_index("ix_orders_card_number", "orders", ["card_number"])
    op.create_index("ix_orders_person_hash", "orders", ["person_hash"])
    op.create_index("ix_orders_replaces", "orders", ["replaces"])
    op.create_index("ix_orders_round", "orders", ["round"])
    op.create_index("ix_orders_state", "orders", ["state"])
    op.create_index("ix_orders_unit", "orders", ["unit"])
    op.create_index("ix_orders_wanted_number", "orders", ["wanted_number"])
    once(
        "one_live_order_per_bank_hash",
        "orders",
        "bank_hash",
        "(state NOT IN ('CANCELLED', 'REPLACED', 'RETURNED'))",
    )
    once(
        "one_live_order_per_person_hash",
        "orders",
        "person_hash",
        "(state NOT IN ('CANCELLED', 'REPLACED', 'RETURNED'))",
    )
    once(
        "one_live_order_per_wanted_number",
        "orders",
        "wanted_number",
        "(state NOT IN ('CANCELLED', 'REPLACED', 'RETURNED'))",
    )
