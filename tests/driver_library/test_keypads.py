"""Where PINs come from, and that none is in what these things say of themselves."""

from __future__ import annotations

import getpass
import sys
from typing import NoReturn

import pytest

from sscard.driver.configuration import PinEntry
from sscard.driver.keypads import Console, Fixed, Program, keypad
from sscard.terminal.driver import KeypadCancelled, KeypadTimeout, Prompt


def program(text: str, seconds: int = 10) -> Program:
    return Program((sys.executable, "-I", "-S", "-c", text), seconds)


def test_a_program_says_the_pin_for_a_prompt() -> None:
    tells = "import os; print(len(os.environ['SSCARD_PIN_PROMPT'].encode()), 'rest', sep='\\r\\n')"
    assert program(tells).enter(Prompt.PIN) == str(len(f"{Prompt.PIN.zh} {Prompt.PIN.en}".encode()))


@pytest.mark.parametrize("text", ["raise SystemExit(1)", "1/0"])
def test_a_program_that_fails_is_a_cancelled_entry(
    text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeypadCancelled):
        program(text).enter(Prompt.PIN)


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(KeypadCancelled, match=r"pin\.command: "):
        Program(("/nowhere/entry",), 1).enter(Prompt.PIN)


def test_a_program_that_takes_too_long() -> None:
    with pytest.raises(KeypadTimeout):
        Program((sys.executable, "-I", "-S", "-c", "input()"), 0).enter(Prompt.PIN)


def test_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(getpass, "getpass", lambda prompt: (asked.append(prompt), "123456")[1])
    assert Console().enter(Prompt.NEW_PIN) == "123456"
    assert asked == [f"{Prompt.NEW_PIN.zh} {Prompt.NEW_PIN.en}: "]


@pytest.mark.parametrize("error", [EOFError(), KeyboardInterrupt(), OSError()])
def test_no_console(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def gone(_prompt: str) -> NoReturn:
        raise error

    monkeypatch.setattr(getpass, "getpass", gone)
    with pytest.raises(KeypadCancelled):
        Console().enter(Prompt.PIN)


def test_fixed_pins() -> None:
    found = keypad(PinEntry("fixed", "123456", "654321"))
    assert found is not None
    new = {Prompt.NEW_PIN, Prompt.AGAIN}
    for each in Prompt:
        assert found.enter(each) == ("654321" if each in new else "123456")
    assert "123456" not in repr(found)
    with pytest.raises(KeypadCancelled):
        Fixed("123456").enter(Prompt.NEW_PIN)


def test_which_is_configured() -> None:
    assert keypad(PinEntry()) is None
    assert keypad(PinEntry("console")) == Console()
    assert keypad(PinEntry("command", command=("a", "b"), seconds=3)) == Program(("a", "b"), 3)
