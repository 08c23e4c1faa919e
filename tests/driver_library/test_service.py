"""The service on loopback: calls, and whatever else somebody sends to its port."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sscard.driver.frames import Call, answer_frame
from sscard.driver.service import HOST, Limits, Service, asked
from sscard.errors import TransportError

LOG = logging.Logger("driver")
LOG.addHandler(logging.NullHandler())
REFUSED = answer_frame(-14, b"")


class Echo:
    """Answers with the arguments that it was given."""

    def call(self, name: str, args: Sequence[bytes | int]) -> tuple[int, bytes]:
        return len(args), b"|".join([name.encode(), *(str(each).encode() for each in args)])


@contextmanager
def serving(limits: Limits | None = None, log: logging.Logger = LOG) -> Iterator[int]:
    service = Service(Echo(), 0, log, limits)
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        yield service.port
    finally:
        service.stop()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(Limits(call=2.0)) as found:
        yield found


def said(port: int, data: bytes) -> bytes:
    """Everything that the service answers to these bytes."""
    got = b""
    with socket.create_connection((HOST, port), 5) as line, suppress(OSError):
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        while part := line.recv(1 << 16):
            got += part
    return got


def test_calls_one_after_the_other(port: int) -> None:
    for number in range(50):
        assert asked(port, Call("f", (number, b"x"))) == (2, f"f|{number}|b'x'".encode())


def test_many_clients_at_once(port: int) -> None:
    found: list[tuple[int, bytes]] = []
    threads = [
        threading.Thread(target=lambda: found.append(asked(port, Call("f", (1,)))))
        for _ in range(20)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [(1, b"f|1")] * 20


def test_a_long_argument(port: int) -> None:
    code, out = asked(port, Call("f", (bytes(65_535),)))
    assert (code, len(out)) == (1, len(str(bytes(65_535))) + 2)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST /iReadCardBas HTTP/1.1\r\n\r\n",
        bytes(64),
        Call("f", (1,)).frame().replace(b"SSD\1", b"SSD\2"),
        Call("f", (b"a",)).frame().replace(b"s\0", b"t\0"),
    ],
)
def test_what_is_no_call_is_refused(port: int, data: bytes) -> None:
    assert said(port, data) in (REFUSED, b"")  # a reset takes the answer away
    assert asked(port, Call("f")) == (0, b"f")


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + body


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=80),
        st.binary(max_size=60).map(lambda rest: len(rest).to_bytes(4, "big") + rest),
        st.binary(max_size=60).map(
            lambda rest: (4 + len(rest)).to_bytes(4, "big") + b"SSD\1" + rest
        ),
    )
)
def test_no_bytes_end_the_service(port: int, data: bytes) -> None:
    said(port, data)
    assert asked(port, Call("f")) == (0, b"f")


def test_who_says_nothing_is_not_waited_for() -> None:
    with serving(Limits(call=0.05)) as port, socket.create_connection((HOST, port), 5) as silent:
        silent.sendall(b"\0\0\0")
        assert asked(port, Call("f")) == (0, b"f")
        with suppress(ConnectionError):
            assert silent.recv(1) == b""


def test_no_time_is_left() -> None:
    with serving(Limits(call=0.0)) as port:
        for _ in range(2):
            assert said(port, Call("f").frame()) == b""


def test_a_port_that_is_taken(port: int) -> None:
    with pytest.raises(TransportError, match=rf"127\.0\.0\.1:{port}: "):
        Service(Echo(), port, LOG)


def test_nobody_is_there() -> None:
    with serving() as port:
        pass
    with pytest.raises(TransportError, match=str(port)):
        asked(port, Call("f"))


def test_only_this_computer_reaches_it(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        with suppress(OSError):
            way.connect(("192.0.2.1", 9))  # nothing is sent
        own = way.getsockname()[0]
    if own not in ("127.0.0.1", "0.0.0.0"):
        with pytest.raises(OSError), socket.create_connection((own, port), 2):
            pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    service = Service(Echo(), 0, LOG)
    with service.ended_by_signals():
        os.kill(os.getpid(), number)
        service.run()
    assert signal.getsignal(number) is before
