"""A real pcscd with Debian's virtual readers, which does not disturb one that runs already."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest

ROOT = Path(__file__).parents[2]
DRIVERS = Path("/usr/lib/pcsc/drivers/serial")
TOOLS = ("pcscd", "opensc-tool", "pcsc_scan", "unshare", "nsenter")
#: Users other than root are root in a namespace of their own, where the system lets them.
_OWN_ROOT = ("--user", "--map-root-user")
_PATIENCE = 10.0
#: Seconds that a command may take; all cases through pcscd take minutes.
PATIENCE = 600


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Inside:
    """What runs beside a private pcscd.  ``own_root``: in a user namespace of its own, too."""

    pid: int
    own_root: bool

    def command(self, *words: object) -> list[str]:
        user = ["--user", "--preserve-credentials"] if self.own_root else []
        namespaces = [f"--target={self.pid}", "--mount", "--net", *user, f"--wd={ROOT}"]
        return ["nsenter", *namespaces, "--", *map(str, words)]

    def run(self, *words: object, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            capture_output=True,
            encoding="utf-8",
            env=environment(),
            timeout=PATIENCE,
            check=False,
            **options,
        )

    def sscard(self, *words: object) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "sscard", *words)

    def each(self, *commands: Sequence[object]) -> list[Ended]:
        """Exit code, stdout and stderr of ``sscard`` with these arguments, one after the other."""
        words = json.dumps([list(map(str, each)) for each in commands])
        done = self.run(sys.executable, ROOT / "tests/system/commands.py", input=words)
        assert done.returncode == 0, done.stderr
        return [Ended(*each) for each in json.loads(done.stdout)]

    def scenario(self, name: str) -> dict[str, Any]:
        """What a function of ``scenarios.py`` found out."""
        done = self.run(sys.executable, ROOT / "tests/system/scenarios.py", name)
        assert done.returncode == 0, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    @contextmanager
    def simulated(self, *words: object) -> Iterator[subprocess.Popen[str]]:
        """``sscard simulate`` while the block runs, its first card in the first slot.

        The first card is there when the reader says so.
        """
        command = self.command(sys.executable, "-m", "sscard", "simulate", *words)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL}
        with subprocess.Popen(command, encoding="utf-8", env=environment(), **pipes) as running:
            try:
                seen = self.sscard("reader", "wait", 0, "--timeout", 20)
                assert seen.returncode == 0, seen.stderr
                yield running
            finally:
                running.communicate("end\n", timeout=20)
        gone = self.sscard("reader", "wait", 0, "--removed", "--timeout", 20)
        assert gone.returncode == 0, gone.stderr


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "120"}


@pytest.fixture(scope="session")
def tools(absent: Callable[[str], NoReturn]) -> None:
    """Everything that the tests with readers need."""
    if find_spec("smartcard") is None:
        absent("pyscard")
    for tool in TOOLS:
        if shutil.which(tool) is None:
            absent(tool)
    if not list(DRIVERS.glob("libifdvpcd*")):
        absent("vsmartcard-vpcd")


@pytest.fixture(scope="session")
def unshared(tools: None, absent: Callable[[str], NoReturn]) -> tuple[str, ...]:
    """What starts a program in namespaces of its own."""
    ways = [("unshare", "--mount", "--net", *more, "--") for more in ((), _OWN_ROOT)]
    for way in ways:
        if not subprocess.run([*way, "true"], capture_output=True, check=False).returncode:
            return way
    return absent("the right to make namespaces (root, or user namespaces for everybody)")


@pytest.fixture(scope="session")
def new_pcscd(unshared: tuple[str, ...]) -> Callable[..., Any]:
    """Makes a pcscd, with these arguments, as a context."""

    @contextmanager
    def started(*arguments: str) -> Iterator[Inside]:
        script = str(ROOT / "tests/system/private_pcscd.py")
        command = [*unshared, sys.executable, script, *arguments]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as pcscd:
            inside = Inside(pcscd.pid, own_root=_OWN_ROOT[0] in unshared)
            try:
                _await_service(pcscd, inside)
                yield inside
            finally:
                pcscd.terminate()

    return started


@pytest.fixture(scope="session")
def pcscd(new_pcscd: Callable[..., Any]) -> Iterator[Inside]:
    """One with two empty virtual readers, for all tests."""
    with new_pcscd() as inside:
        yield inside


def _await_service(pcscd: subprocess.Popen[bytes], inside: Inside) -> None:
    """The socket that it listens on, seen through its own root."""
    until = time.monotonic() + _PATIENCE
    socket = Path(f"/proc/{inside.pid}/root/run/pcscd/pcscd.comm")
    while not socket.exists():
        assert pcscd.poll() is None, "pcscd ended"
        assert time.monotonic() < until, "pcscd does not listen"
        os.sched_yield()
