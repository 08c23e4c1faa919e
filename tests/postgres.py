"""A PostgreSQL server of the tests' own: no TCP port, nothing that outlives them.

``from tests.postgres import postgres_server, postgres_url`` in a conftest gives its tests the
fixtures.  A server per test process, an own database per test.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import pytest

_DEBIAN = Path("/usr/lib/postgresql")
_TOOLS = ("initdb", "pg_ctl", "postgres")


@dataclass
class Server:
    """A running server with its socket in ``folder``."""

    folder: Path
    tools: Path
    user: str | None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self, *, durable: bool = False) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "50",
            "fsync": "on" if durable else "off",
            "shared_buffers": "32MB",
            "lc_messages": "C",
        }
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        log = ("-l", self.folder / "log")
        self.run("pg_ctl", "-D", self.data, "-w", *log, "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        self.run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def new_database(self) -> str:
        """The address of an empty database."""
        import psycopg

        name = f"ledger{next(self._numbers)}"
        address = f"host={self.folder} user=sscard dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql+psycopg://sscard@/{name}?host={self.folder}"

    def run(self, tool: str, *words: object) -> None:
        options: dict[str, Any] = {"user": self.user, "group": self.user} if self.user else {}
        command = [str(self.tools / tool), *map(str, words)]
        ended = subprocess.run(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            check=False,
            timeout=120,
            extra_groups=[] if self.user else None,
            **options,
        )
        assert ended.returncode == 0, f"{tool}: {self.log()}"

    def log(self) -> str:
        log = self.folder / "log"
        return log.read_text() if log.exists() else "no log"


def tools() -> Path | None:
    """Where the programs of the server are."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(_DEBIAN.glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    whole = (path for path in folders if all((path / tool).exists() for tool in _TOOLS))
    return next(whole, None)


def new_server(absent: Callable[[str], NoReturn], *, durable: bool = False) -> Server:
    """A server that runs; its folder is the caller's to remove."""
    if find_spec("psycopg") is None:
        absent("psycopg")
    found = tools()
    if found is None:
        absent("PostgreSQL")
    user = None
    if os.geteuid() == 0:  # the server refuses to be root
        user = "postgres"
        if user not in {each.pw_name for each in pwd.getpwall()}:
            absent("a user postgres")
    folder = Path(tempfile.mkdtemp(prefix="sscard-pg-"))  # a socket's path is short
    if user:
        shutil.chown(folder, user, user)
    server = Server(folder, found, user)
    words: Sequence[str] = ("-A", "trust", "-U", "sscard", "-E", "UTF8", "--locale=C")
    server.run("initdb", "-D", server.data, *words, *(() if durable else ("--no-sync",)))
    server.start(durable=durable)
    return server


@pytest.fixture(scope="session")
def postgres_server(absent: Callable[[str], NoReturn]) -> Iterator[Server]:
    """A server for this test process; nothing on its disk is meant to last."""
    server = new_server(absent)
    yield server
    server.stop()
    shutil.rmtree(server.folder)


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    """An empty database."""
    return postgres_server.new_database()
