"""Bodies, stock, stations, leases, checks, fees."""

import sqlalchemy as sa
from alembic import op

from sscard.issuance.ledger.migrations.tables_3.columns import BIG, words


def create() -> None:
    """All of them."""
    _bodies()
    _stock()
    _stations()
    _leases()
    _checks()
    _fees()


def _bodies() -> None:
    op.create_table(
        "bodies",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("kind", words("body_kind", "printed", "blank", "premade"), nullable=False),
        sa.Column("generation", sa.String(16), nullable=False),
        sa.Column("lot", sa.String(64), nullable=False),
        sa.Column("party", sa.String(16), nullable=False),
        sa.Column("batch", sa.String(32)),
        sa.Column("order_id", sa.BigInteger()),
        sa.Column("bank_hash", sa.LargeBinary(32)),
        sa.Column("bank_sealed", sa.LargeBinary()),
        sa.Column(
            "state",
            words(
                "body_state",
                "RECEIVED",
                "BOUND",
                "USED",
                "SPOILED",
                "DESTROYED",
                "TEST",
                "HANDED_OVER",
                "RETURNED",
            ),
            nullable=False,
        ),
        sa.Column("destroyed_by", sa.String(64)),
        sa.Column("destroyed_witness", sa.String(64)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.number"], name="fk_bodies_batch"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_bodies_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_bodies"),
        sa.UniqueConstraint("bank_hash", name="uq_bodies_bank_hash"),
    )
    op.create_index("ix_bodies_batch", "bodies", ["batch"])
    op.create_index("ix_bodies_lot", "bodies", ["lot"])
    op.create_index("ix_bodies_order_id", "bodies", ["order_id"])
    op.create_index("ix_bodies_state", "bodies", ["state"])


def _stock() -> None:
    op.create_table(
        "stock",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("party", sa.String(16), nullable=False),
        sa.Column("batch", sa.String(32)),
        sa.Column("item", sa.String(16), nullable=False),
        sa.Column("lot", sa.String(64), nullable=False),
        sa.Column(
            "movement",
            words(
                "movement",
                "RECEIVED",
                "ISSUED",
                "HANDED_OVER",
                "REJECTED",
                "TEST",
                "SPOILED",
                "DESTROYED",
                "COUNTED",
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("counterparty", sa.String(64)),
        sa.Column("signed_by", sa.String(64)),
        sa.Column("note", sa.Text()),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stock"),
    )
    op.create_index("ix_stock_batch", "stock", ["batch"])


def _stations() -> None:
    op.create_table(
        "stations",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("kind", words("station_kind", "ssse", "bank", "instant", "line"), nullable=False),
        sa.Column(
            "state",
            words("station_state", "RUNNING", "STOPPED", "TAKEN_OUT", "HALTED"),
            nullable=False,
        ),
        sa.Column("reason", sa.String()),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_stations"),
    )


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("order_id", BIG, autoincrement=False, nullable=False),
        sa.Column("station", sa.String(64), nullable=False),
        sa.Column("reader", sa.String(64), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_leases_order_id"),
        sa.PrimaryKeyConstraint("order_id", name="pk_leases"),
    )
    op.create_index("ix_leases_station", "leases", ["station"])


def _checks() -> None:
    op.create_table(
        "checks",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("batch", sa.String(32)),
        sa.Column(
            "what",
            words("check_kind", "first_article", "patrol", "final", "general_test"),
            nullable=False,
        ),
        sa.Column("subject", sa.String(64)),
        sa.Column("result", words("check_result", "passed", "failed"), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.number"], name="fk_checks_batch"),
        sa.PrimaryKeyConstraint("id", name="pk_checks"),
    )
    op.create_index("ix_checks_batch", "checks", ["batch"])


def _fees() -> None:
    op.create_table(
        "fees",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(16), nullable=False),
        sa.Column("settled_in", sa.String(64)),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_fees_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_fees"),
    )
    op.create_index("ix_fees_order_id", "fees", ["order_id"])
