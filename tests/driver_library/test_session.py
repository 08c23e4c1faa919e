"""Whatever happens inside, a call ends in a code; nothing is too long; the log knows nobody."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

import pytest

from sscard.driver.session import BROKEN, TOO_LONG, Session
from sscard.errors import KeyStoreError, SscardError, TransportError
from sscard.terminal.driver import ErrorCode
from sscard.transport.errors import NoReader

SECRET = "张三110101199003070038"


class Scripted:
    """A driver that does what it is told."""

    def __init__(self, act: Callable[[], tuple[int, bytes]]) -> None:
        self.act = act
        self.calls: list[tuple[str, tuple[bytes | int, ...]]] = []

    def call(self, name: str, args: Sequence[bytes | int]) -> tuple[int, bytes]:
        self.calls.append((name, tuple(args)))
        return self.act()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def log(told: list[str]) -> logging.Logger:
    class Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record.getMessage())

    logger = logging.Logger("driver", logging.INFO)
    logger.addHandler(Told())
    return logger


def session(
    log: logging.Logger, act: Callable[[], tuple[int, bytes]], longest: int = 1024
) -> Session:
    return Session(Scripted(act), (), log, longest=longest)


def failing(error: BaseException) -> Callable[[], tuple[int, bytes]]:
    def act() -> tuple[int, bytes]:
        raise error

    return act


def test_what_the_driver_says_goes_through(log: logging.Logger, told: list[str]) -> None:
    driver = Scripted(lambda: (0, SECRET.encode("gbk")))
    found = Session(driver, (), log, longest=1024).call("iReadCardBas", (1,))
    assert found == (0, SECRET.encode("gbk"))
    assert driver.calls == [("iReadCardBas", (1,))]
    assert told[0].startswith("iReadCardBas: 0, ")
    assert SECRET not in "".join(told)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ZeroDivisionError(SECRET), BROKEN),
        (RecursionError(SECRET), BROKEN),
        (KeyStoreError("hsm: no key"), BROKEN),
        (SscardError("x"), BROKEN),
        (TransportError("no answer"), ErrorCode.READER),
        (NoReader("none"), ErrorCode.READER),
    ],
)
def test_no_error_escapes(
    log: logging.Logger, told: list[str], error: Exception, code: ErrorCode
) -> None:
    assert session(log, failing(error)).call("iReadCard", (1,)) == (int(code), b"")
    assert type(error).__name__ in told[0]
    assert "test_session.py" in told[0]
    assert SECRET not in "".join(told)


def test_ctrl_c_is_the_programs(log: logging.Logger) -> None:
    broken = session(log, failing(KeyboardInterrupt()))
    for _ in range(2):  # the lock is free again
        with pytest.raises(KeyboardInterrupt):
            broken.call("iReadCardBas", (1,))


def test_the_longest_answer_has_room_for_its_nul(log: logging.Logger, told: list[str]) -> None:
    assert session(log, lambda: (0, b"x" * 1023)).call("iReadCard", ())[1] == b"x" * 1023
    assert session(log, lambda: (0, b"x" * 1024)).call("iReadCard", ()) == (int(TOO_LONG), b"")
    assert "answers.longest is 1024" in "".join(told)


def test_a_strangers_name_is_not_in_the_log(log: logging.Logger, told: list[str]) -> None:
    session(log, lambda: (-13, b"")).call(SECRET, ())
    assert SECRET not in "".join(told)
    assert told[-1].startswith("unknown function: -13")


def test_calls_come_one_after_the_other(log: logging.Logger) -> None:
    inside, most = [0], [0]

    def act() -> tuple[int, bytes]:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        threading.Event().wait(0.001)
        inside[0] -= 1
        return 0, b""

    shared = session(log, act)
    threads = [
        threading.Thread(target=lambda: [shared.call("a", ()) for _ in range(5)]) for _ in range(6)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert most == [1]


def test_closing_lets_readers_go(log: logging.Logger) -> None:
    class Reader:
        gone = False

        def power_off(self) -> None:
            self.gone = True

    reader = Reader()
    Session(Scripted(lambda: (0, b"")), (reader,), log, longest=256).close()
    assert reader.gone
