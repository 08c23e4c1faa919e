"""Where the driver gets PINs: the console, a program, or a fixed TEST PIN for simulated cards."""

from __future__ import annotations

import getpass
import os
import subprocess
from dataclasses import dataclass, field

from sscard.driver.configuration import PinEntry
from sscard.terminal.driver import Keypad, KeypadCancelled, KeypadTimeout, Prompt

#: What a program that asks for a PIN finds in its environment: what is asked for.
PROMPT_VARIABLE = "SSCARD_PIN_PROMPT"
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Console:
    """The terminal that the program was started from."""

    def enter(self, prompt: Prompt, /) -> str:
        """What is typed; it is not shown.  Raises KeypadCancelled at the end of input."""
        try:
            return getpass.getpass(f"{_words(prompt)}: ")
        except (EOFError, KeyboardInterrupt):
            raise KeypadCancelled("取消输入 cancelled") from None
        except OSError:
            raise KeypadCancelled("没有控制台 no console to ask at") from None


@dataclass(frozen=True, slots=True)
class Fixed:
    """TEST PINs: the first for whatever is asked for, ``new`` for new PINs."""

    pin: str = field(repr=False)
    new: str = field(default="", repr=False)

    def enter(self, prompt: Prompt, /) -> str:
        """Raises KeypadCancelled where a new PIN is asked for and there is none."""
        found = self.new if prompt in (Prompt.NEW_PIN, Prompt.AGAIN) else self.pin
        if not found:
            raise KeypadCancelled("取消输入 the configuration has no new_pin")
        return found


@dataclass(frozen=True, slots=True)
class Program:
    """A program that asks the holder: its first line of output is the PIN.

    What is asked for stands in the variable ``SSCARD_PIN_PROMPT``.
    """

    words: tuple[str, ...]
    seconds: int

    def enter(self, prompt: Prompt, /) -> str:
        """Raises KeypadTimeout; KeypadCancelled where it ends with another code than 0, or not."""
        environment = {**os.environ, PROMPT_VARIABLE: _words(prompt)}
        try:
            done = subprocess.run(  # noqa: S603 - the configuration's own program, without a shell
                self.words,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                timeout=self.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise KeypadTimeout("输入超时 no PIN in time") from None
        except OSError as error:
            raise KeypadCancelled(f"pin.command: {error.strerror}") from None
        if done.returncode:
            raise KeypadCancelled("取消输入 cancelled")
        first = done.stdout[:_LONGEST].decode("ascii", "replace").partition("\n")[0]
        return first.rstrip("\r")


def keypad(entry: PinEntry) -> Keypad | None:
    """The keypad that is configured; None where there is none."""
    if entry.source == "console":
        return Console()
    if entry.source == "fixed":
        return Fixed(entry.pin, entry.new_pin)
    if entry.source == "command":
        return Program(entry.command, entry.seconds)
    return None


def _words(prompt: Prompt) -> str:
    return f"{prompt.zh} {prompt.en}"
