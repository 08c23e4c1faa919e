"""The files that came and went."""

import sqlalchemy as sa
from alembic import op

from sscard.issuance.ledger.migrations.tables_3.columns import BIG, once, words


def create() -> None:
    """All of them."""
    _lists()


def _lists() -> None:
    op.create_table(
        "lists",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("direction", words("direction", "in", "out"), nullable=False),
        sa.Column("layout", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(32)),
        sa.Column("party", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_by", sa.String(64)),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lists"),
    )
    once("each_list_comes_once", "lists", "sha256", "direction = 'in'")
    op.create_index("ix_lists_batch", "lists", ["batch"])
