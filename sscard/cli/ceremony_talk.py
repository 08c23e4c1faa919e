"""Questions and answers of a ceremony: on a terminal without echo, or from a pipe, line by line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from getpass import getpass
from typing import TypeVar

import typer

from sscard.cli.ending import INTERRUPTED
from sscard.keys.ceremony.errors import CeremonyError, WrongEntry
from sscard.keys.ceremony.people import PersonalPassphrase

T = TypeVar("T")


def say(text: str, *, color: str | None = None) -> None:
    """A line for the people at the desk, on stderr: stdout is for results."""
    typer.secho(text, fg=color, err=True)


def ask(question: str) -> str:
    """What somebody types, in sight.  Raises CeremonyError at the end of the input."""
    typer.echo(f"{question}: ", err=True, nl=False)
    return _line()


def ask_hidden(question: str) -> str:
    """What somebody types out of sight.  Raises CeremonyError at the end of the input."""
    if not sys.stdin.isatty():
        return _line()
    try:
        return getpass(f"{question}: ", stream=sys.stderr)
    except EOFError:
        raise _ended() from None


def until_right(question: Callable[[], T]) -> T:
    """Ask until the answer is right; each wrong one is named and costs nothing."""
    while True:
        try:
            return question()
        except WrongEntry as wrong:
            say(f"请重输 type again: {wrong}", color="red")


def passphrase(name: str) -> PersonalPassphrase:
    """Somebody's passphrase.  Raises WrongEntry for one that is too short."""
    return PersonalPassphrase(ask_hidden(f"{name} 的口令 passphrase"))


def new_passphrase(name: str) -> PersonalPassphrase:
    """A passphrase that somebody chooses, twice.  Raises WrongEntry."""
    first = PersonalPassphrase(ask_hidden(f"{name} 设定口令 choose a passphrase"))
    if PersonalPassphrase(ask_hidden(f"{name} 再输一次 once more")) != first:
        raise WrongEntry(f"{name}: these were two different passphrases")
    return first


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C ends with 130: what is in record and store is whole, what was typed is gone."""
    try:
        yield
    except KeyboardInterrupt:
        say("\n已中断 interrupted: nothing is half-done; run the same command again")
        raise typer.Exit(INTERRUPTED) from None


def _line() -> str:
    line = sys.stdin.readline()
    if not line:
        raise _ended()
    return line.rstrip("\r\n")


def _ended() -> CeremonyError:
    return CeremonyError("the input ended before the ceremony did: nothing is half-done")
