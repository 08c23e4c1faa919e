"""Older ledgers, brought up to the present tables in the transaction that opens them.

A crash leaves the old ledger or the new.  ``versions`` has a step per revision; ``ENV`` is what
Alembic runs.  Only an old ledger is worth importing this package for.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from sscard.issuance.ledger.keys import LedgerKeys

# Alembic keeps what it is doing in its modules: one migration at a time in a process.
_ONE = Lock()


def known(revision: str) -> bool:
    """Whether a step leads on from this revision."""
    return revision in {each.revision for each in _scripts().walk_revisions()}


def bring_up(connection: Connection, keys: LedgerKeys, to: str = "head") -> None:
    """Take every step up to a revision, inside the caller's transaction."""
    config = _config()
    config.attributes.update(connection=connection, keys=keys)
    with _ONE:
        command.upgrade(config, to)


def head() -> str | None:
    """The last revision."""
    return _scripts().get_current_head()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
