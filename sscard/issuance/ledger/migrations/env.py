"""What Alembic runs: the steps on the connection, and in the transaction, of whoever opens."""

from alembic import context

# Without the declared tables: a step names what it makes, whatever conventions they have.
context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
