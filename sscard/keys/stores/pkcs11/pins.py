"""Where a token's PIN comes from: a variable, a file or a terminal, and never a command line."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sscard.errors import KeyStoreError
from sscard.keys.types import Secret


class TokenPin(Secret):
    """What opens a token; any text but an empty one."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        if not text:
            raise KeyStoreError("an empty PIN opens no token")
        super().__init__(text.encode("utf-8"))


#: Asks somebody for the PIN that the words describe.  Raises KeyStoreError.
AskPin = Callable[[str], TokenPin]


def ask_on_terminal(what: str) -> TokenPin:
    """A typed PIN.  Raises KeyStoreError where there is no terminal."""
    if not sys.stdin.isatty():
        raise KeyStoreError(f"{what}: there is no terminal to type it at")
    return TokenPin(getpass.getpass(f"{what}: "))


@dataclass(frozen=True, slots=True)
class PinSource:
    """A variable's name or a file's path; with neither somebody is asked."""

    variable: str | None = None
    file: Path | None = None

    @property
    def typed(self) -> bool:
        """Whether a person gives it, who would notice a wrong one."""
        return self.variable is None and self.file is None

    def read(self, what: str, ask: AskPin) -> TokenPin:
        """The PIN that the words describe.  Raises KeyStoreError, naming a file."""
        if self.variable is not None:
            if not os.environ.get(self.variable):
                # Its name is not repeated: somebody may have written the PIN itself there.
                raise KeyStoreError(f"{what}: the variable that the settings name is not set")
            return TokenPin(os.environ[self.variable])
        return ask(what) if self.file is None else _of_file(self.file, what)


def _of_file(file: Path, what: str) -> TokenPin:
    try:
        return TokenPin(file.read_text("utf-8").rstrip("\r\n"))
    except OSError as error:
        raise KeyStoreError(f"{what}: {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise KeyStoreError(f"{what}: {file}: not UTF-8") from None
