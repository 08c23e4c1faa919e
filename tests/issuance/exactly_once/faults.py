"""Places at which a run can be cut, counted one by one.

``reach`` is called on both sides of every commit, every statement that writes, every sync and write
of the database, every file operation of ``sscard.durable``, every card command and every card that
is moved.  What happens there is the hook's to say; without one nothing does.
"""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from sscard.errors import TransportError

#: Kinds of places.  "<" is before it happens, ">" after it and before anybody knows.
DATABASE = ("commit<", "commit>", "write<", "write>")
CARD = ("card<", "card>")
MOVES = ("move<", "move>")
FILES = ("file<", "file>")
DISK = ("sync<", "sync>", "page<")
ALL = (*DATABASE, *CARD, *MOVES, *FILES, *DISK)

Hook = Callable[[str], None]
_hook: list[Hook] = []


def reach(kind: str) -> None:
    """The run is at a place of this kind now."""
    if _hook:
        _hook[0](kind)


@contextmanager
def hooked(hook: Hook) -> Iterator[None]:
    """The hook hears of every place inside the block."""
    _hook[:] = [hook]
    try:
        yield
    finally:
        _hook.clear()


def counted(kinds: tuple[str, ...], act: Callable[[int, str], None]) -> Hook:
    """A hook that numbers the places of these kinds from 1."""
    numbers = count(1)

    def hook(kind: str) -> None:
        if kind in kinds:
            act(next(numbers), kind)

    return hook


def kill() -> None:
    """kill -9: nothing of this process happens any more."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail(kind: str) -> None:
    """What a full disk, a lost server or a pulled card makes of the place."""
    if kind in CARD:
        raise TransportError("no answer")
    if kind in FILES:
        raise OSError(28, "No space left on device")
    if kind in DATABASE:
        raise sqlite3.OperationalError("database or disk is full")


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        return _both_sides(sql, lambda: super(_Cursor, self).execute(sql, *parameters))

    def executemany(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        return _both_sides(sql, lambda: super(_Cursor, self).executemany(sql, *parameters))


def _both_sides(sql: str, call: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
    writes = sql.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE")
    if writes:
        reach("write<")
    answer = call()
    if writes:
        reach("write>")
    return answer


class _Connection(sqlite3.Connection):
    def cursor(self, _factory: Any = None) -> sqlite3.Cursor:  # type: ignore[override]
        return super().cursor(_Cursor)

    def commit(self) -> None:
        if not self.in_transaction:
            return
        reach("commit<")
        super().commit()
        reach("commit>")


def watch_database() -> None:
    """Every connection to SQLite that SQLAlchemy opens from now on reaches its places."""

    @event.listens_for(Engine, "do_connect")
    def connect(dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
        if dialect.name == "sqlite":
            options["factory"] = _Connection


def watch_files() -> None:
    """So do ``os.fsync``, ``os.replace``, ``os.link`` and ``Path.unlink``, of lists and images."""

    def guarded(call: Callable[..., Any]) -> Callable[..., Any]:
        def both_sides(*arguments: Any, **named: Any) -> Any:
            reach("file<")
            answer = call(*arguments, **named)
            reach("file>")
            return answer

        return both_sides

    os.fsync, os.replace, os.link = map(guarded, (os.fsync, os.replace, os.link))
    Path.unlink = guarded(Path.unlink)  # type: ignore[method-assign]
