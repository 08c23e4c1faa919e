"""Which files a card was made after."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """A column that old cards leave empty."""
    op.execute("ALTER TABLE cards ADD COLUMN layers TEXT")
    op.execute("UPDATE meta SET schema_version = 2")
