"""Column types and indexes that several tables of revision 0003 have."""

import sqlalchemy as sa
from alembic import op

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def words(name: str, *allowed: str) -> sa.Enum:
    """A word out of these."""
    return sa.Enum(*allowed, name=name, native_enum=False, create_constraint=True, length=16)


def once(name: str, table: str, column: str, where: str) -> None:
    """A column that is unique among the rows of this kind."""
    rows = sa.text(where)
    op.create_index(name, table, [column], unique=True, sqlite_where=rows, postgresql_where=rows)
