"""Real sockets with TLS: strangers, slow and loud clients, threads, and services that go away."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count, repeat
from pathlib import Path
from typing import Any

import pytest

from sscard.errors import KeyStoreError
from sscard.keys import SM4_SUITE, Factors, KeyReference
from sscard.keys.operations import Mode, Request
from sscard.keys.stores import load_social_security
from sscard.keys.stores.service import served, tls, wire
from sscard.keys.stores.service.client import RemoteBankStore, RemoteOperations
from sscard.keys.stores.service.connection import Service
from sscard.keys.stores.service.refusals import Code, Refused
from sscard.keys.stores.service.server import Limits, Listen
from sscard.keys.stores.service.token import Token

Start = Callable[..., Any]
Way = Callable[..., Any]
FACTORS = Factors.of("510100", bytes.fromhex("0081544C9686845101C0666779"))
IRK = KeyReference("IRK", 1)


def social() -> served.ServedOperations:
    return served.ServedOperations("social-security", load_social_security())


class Slow(served.ServedOperations):
    """A store that takes its time, and knows whether two threads were in it at once."""

    def __init__(self, seconds: float) -> None:
        super().__init__("social-security", load_social_security())
        self.seconds = seconds
        self.asked = threading.Event()
        self.inside = self.most = 0

    def answer(self, asked: Any) -> Any:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.asked.set()
        time.sleep(self.seconds)
        self.inside -= 1
        return super().answer(asked)


class Raw:
    """A TLS connection without any manners."""

    def __init__(self, running: Any, certificate: Path) -> None:
        plain = socket.create_connection(("127.0.0.1", running.port), 5)
        context = tls.client_context(certificate)
        self.socket = context.wrap_socket(plain, server_hostname="127.0.0.1")

    def hello(self, token: str) -> dict[str, Any]:
        self.send({"id": 0, "operation": "hello", "protocol": 1, "token": token})
        return self.read()

    def send(self, document: object) -> None:
        self.socket.sendall(json.dumps(document).encode() + b"\n")

    def read(self) -> Any:
        """The next line; None when the service has hung up."""
        line = b""
        while not line.endswith(b"\n"):
            part = self.socket.recv(4096)
            if not part:
                return None
            line += part
        return json.loads(line)

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def raw(certified: Any) -> Iterator[Callable[[Any], Raw]]:
    all_: list[Raw] = []

    def make(running: Any) -> Raw:
        all_.append(Raw(running, certified.certificate))
        return all_[-1]

    yield make
    for each in all_:
        each.close()


def test_a_wrong_token(social: Any, way: Way) -> None:
    with pytest.raises(Refused, match=r"127\.0\.0\.1:\d+: the service knows no client") as caught:
        RemoteOperations(way(social, "sscard-key-token-of-nobody"), "social-security")
    assert caught.value.code is Code.WRONG_TOKEN


def test_a_right_that_is_missing(social: Any, way: Way, tokens: dict[str, str]) -> None:
    remote = RemoteOperations(way(social, tokens["terminal"]), "social-security")
    with pytest.raises(Refused, match="kiosk-7 may not ask for card_keys"):
        remote.card_keys([IRK], FACTORS)
    with pytest.raises(Refused, match="kiosk-7 may not use key STK"):
        remote.kcv("STK", 1)
    assert remote.kcv("IRK", 1) == load_social_security().kcv("IRK", 1)
    remote.close()


def test_another_kind_of_keys(social: Any, bank: Any, way: Way, tokens: dict[str, str]) -> None:
    with pytest.raises(KeyStoreError, match="has bank keys, not social-security keys"):
        RemoteOperations(way(bank, tokens["bank"]), "social-security")
    with pytest.raises(KeyStoreError, match="has social-security keys, not bank keys"):
        RemoteBankStore(way(social))


def test_nobody_there(way: Way, social: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = way(social)
        away = type(nobody)("127.0.0.1", taken.getsockname()[1], nobody.token, nobody.context)
        with pytest.raises(KeyStoreError, match="no connection: Connection refused"):
            RemoteOperations(away, "social-security")


def test_a_certificate_that_is_not_trusted(
    social: Any, way: Way, make_certified: Any, tmp_path: Path
) -> None:
    other = tls.client_context(make_certified(tmp_path).certificate)
    with pytest.raises(KeyStoreError, match="its certificate is not trusted: self-signed"):
        RemoteOperations(way(social, context=other), "social-security")


def test_a_certificate_of_another_machine(
    start: Start, way: Way, make_certified: Any, tmp_path: Path
) -> None:
    other = make_certified(tmp_path, ("keys.example",))
    running, trusted = start(social(), own=other), tls.client_context(other.certificate)
    with pytest.raises(KeyStoreError, match="not trusted: IP address mismatch"):
        RemoteOperations(way(running, context=trusted), "social-security")


def test_no_older_tls(social: Any, certified: Any) -> None:
    context = tls.client_context(certified.certificate)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("127.0.0.1", social.port), 5) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain, server_hostname="127.0.0.1")


def test_plain_tcp_only_on_this_machine(start: Start, way: Way) -> None:
    running = start(social(), plain=True)
    remote = RemoteOperations(way(running, context=None), "social-security")
    assert remote.kcv("IRK", 1)
    remote.close()
    with pytest.raises(ValueError, match="loopback address only"):
        Listen("0.0.0.0", 0, None)
    with pytest.raises(ValueError, match="loopback address only"):
        Listen("keys.example", 0, None)


def test_no_token_leaves_the_machine_without_tls(
    social: Any, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "is_loopback", lambda address: False)
    with pytest.raises(KeyStoreError, match="without TLS only on this machine"):
        RemoteOperations(way(social, context=None), "social-security")


def test_a_line_without_an_end(social: Any, raw: Any, tokens: dict[str, str]) -> None:
    loud = raw(social)
    loud.hello(tokens["station"])
    loud.socket.sendall(b"x" * (wire.LONGEST_LINE + 1))
    assert loud.read() == {
        "id": 0,
        "error": {"code": "too-long", "text": "a line has at most 65536 bytes"},
    }
    assert loud.read() is None


def test_the_longest_line(social: Any, raw: Any, tokens: dict[str, str]) -> None:
    asked = b'{"id":3,"operation":"kcv","key":["IRK",1]}'
    for spaces, answer in ((0, "result"), (1, "error")):
        one = raw(social)
        one.hello(tokens["station"])
        line = asked.ljust(wire.LONGEST_LINE - 1 + spaces) + b"\n"
        one.socket.sendall(line)
        assert answer in one.read()


def test_a_line_without_an_end_before_any_greeting(social: Any, raw: Any) -> None:
    loud = raw(social)
    loud.socket.sendall(b"x" * (wire.LONGEST_LINE + 1))
    assert loud.read()["error"]["code"] == "too-long"
    assert loud.read() is None


@pytest.mark.parametrize("garbage", [b"\n", b"\xff\xfe\n", b"[" * 60_000 + b"\n", b"null\n"])
def test_garbage(social: Any, raw: Any, tokens: dict[str, str], garbage: bytes) -> None:
    for greeted in (False, True):
        one = raw(social)
        if greeted:
            assert one.hello(tokens["station"])["service"]["client"] == "station-1"
        one.socket.sendall(garbage)
        assert one.read()["error"]["code"] == "malformed"
        assert one.read() is None


def test_no_tls_at_all(social: Any, way: Way) -> None:
    with socket.create_connection(("127.0.0.1", social.port), 5) as plain:
        plain.sendall(b'{"id":0,"operation":"hello"}\n')
        assert b"{" not in plain.recv(100)
    with pytest.raises(KeyStoreError, match="no greeting"):
        RemoteOperations(way(social, context=None), "social-security")


def test_slow_clients_are_cut_off(
    start: Start, raw: Any, tokens: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    running = start(social(), limits=Limits(greeting=0.2, idle=0.3, line=0.2))
    silent = raw(running)
    assert silent.read() is None, "no greeting"
    trickling = raw(running)
    trickling.hello(tokens["station"])
    with suppress(OSError):  # the letters that come after the end
        for _ in range(8):
            trickling.socket.sendall(b"x")
            time.sleep(0.05)
    idle = raw(running)
    idle.hello(tokens["station"])
    assert idle.read() is None, "no question"
    assert caplog.messages.count("connection from 127.0.0.1: too slow, or idle") == 3


def test_an_idle_client_comes_back_by_itself(start: Start, way: Way) -> None:
    running = start(social(), limits=Limits(idle=0.1))
    remote = RemoteOperations(way(running), "social-security")
    for _ in range(3):
        time.sleep(0.3)
        assert remote.kcv("IRK", 1)
    remote.close()


def test_who_does_not_take_answers_is_cut_off(
    start: Start, raw: Any, tokens: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Others are served meanwhile, and the service does not keep answers without end."""
    running = start(social(), limits=Limits(line=0.3))
    deaf, other = raw(running), raw(running)
    for each in (deaf, other):
        each.hello(tokens["station"])
    keys = [["IRK", 1]] * 512
    asked = {"id": 1, "operation": "card_keys", "keys": keys, "factors": ["00" * 8] * 3}
    deaf.socket.settimeout(0.2)
    sent = count()
    with suppress(OSError):  # no more room, or cut off already
        while next(sent) < 2_000:
            deaf.send(asked)
    assert next(sent) < 2_000
    other.send({"id": 2, "operation": "kcv", "key": ["IRK", 1]})
    assert other.read()["id"] == 2
    until(lambda: "connection from 127.0.0.1: too slow, or idle" in caplog.messages)


def test_not_even_without_tls_are_answers_kept(start: Start, tokens: dict[str, str]) -> None:
    """A connection that is cut off gives its place back, though its answers were never taken."""
    running = start(social(), limits=Limits(line=0.2, connections=1), plain=True)
    asked = {"id": 1, "operation": "card_keys", "keys": [["IRK", 1]] * 512}
    line = json.dumps({**asked, "factors": ["00" * 8] * 3}).encode() + b"\n"
    hello = {"id": 0, "operation": "hello", "protocol": 1, "token": tokens["station"]}
    with socket.create_connection(("127.0.0.1", running.port), 0.2) as deaf:
        with suppress(OSError):
            for part in (json.dumps(hello).encode() + b"\n", *repeat(line, 2_000)):
                deaf.sendall(part)
        plain = Service("127.0.0.1", running.port, Token(tokens["station"]), None, 5.0)
        until(lambda: reached(plain))


def test_as_many_connections_as_allowed(
    start: Start, raw: Any, way: Way, tokens: dict[str, str]
) -> None:
    running = start(social(), limits=Limits(connections=2))
    first, second = raw(running), raw(running)
    for each in (first, second):
        each.hello(tokens["station"])
    with pytest.raises(KeyStoreError, match=r"no greeting|no TLS"):
        RemoteOperations(way(running), "social-security")
    second.close()
    until(lambda: reached(way(running)))


def test_strangers_keep_no_client_out(
    start: Start, raw: Any, way: Way, tokens: dict[str, str]
) -> None:
    running = start(social(), limits=Limits(connections=3))
    known = raw(running)
    known.hello(tokens["station"])
    silent = [raw(running) for _ in range(4)]
    remote = RemoteOperations(way(running), "social-security")
    assert remote.kcv("IRK", 1)
    known.send({"id": 1, "operation": "kcv", "key": ["IRK", 1]})
    assert known.read()["result"], "who has greeted keeps the place"
    with pytest.raises((ConnectionError, ssl.SSLError, AssertionError)):
        assert silent[0].read(), "the oldest stranger gave way"
    remote.close()


def reached(service: Any) -> bool:
    try:
        RemoteOperations(service, "social-security").close()
    except KeyStoreError:
        return False
    return True


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_many_threads_and_two_clients(start: Start, way: Way) -> None:
    """One store, one thread in it at a time, and every answer with its question."""
    slow = Slow(0.0005)
    running = start(slow)
    both = [RemoteOperations(way(running), "social-security") for _ in range(2)]
    local = load_social_security()
    wanted = [(name, version) for name in ("IRK", "RKSSSE", "UK1DF01") for version in (1, 2, 3)]

    def ask(at: int) -> bool:
        name, version = wanted[at % len(wanted)]
        return both[at % 2].kcv(name, version) == local.kcv(name, version)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(200)))
    assert slow.most == 1
    for each in both:
        each.close()


def test_a_service_that_is_started_again(start: Start, way: Way) -> None:
    first = start(social())
    remote = RemoteOperations(way(first), "social-security")
    before = remote.kcv("IRK", 1)
    first.stop()
    with pytest.raises(KeyStoreError, match="no connection: Connection refused"):
        remote.kcv("IRK", 1)
    start(social(), port=first.port)
    assert remote.kcv("IRK", 1) == before
    remote.close()


def test_another_store_in_its_place(start: Start, way: Way) -> None:
    first = start(social())
    remote = RemoteOperations(way(first), "social-security")
    first.stop()
    other = load_social_security(None, SM4_SUITE)
    start(served.ServedOperations("social-security", other), port=first.port)
    with pytest.raises(KeyStoreError, match="another store answers there now"):
        remote.kcv("IRK", 1)


def test_answers_under_way_are_given_when_it_ends(start: Start, way: Way) -> None:
    slow = Slow(0.3)
    running = start(slow)
    remote = RemoteOperations(way(running), "social-security")
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(remote.kcv, "IRK", 1)
        assert slow.asked.wait(5)
        running.stop()
        assert waiting.result(5) == load_social_security().kcv("IRK", 1)
    remote.close()


def test_no_answer_in_time_is_not_asked_again(start: Start, way: Way) -> None:
    slow = Slow(0.5)
    running = start(slow)
    remote = RemoteOperations(way(running, timeout=0.2), "social-security")
    with pytest.raises(KeyStoreError, match=r"no answer in 0\.2 s"):
        remote.kcv("IRK", 1)
    slow.seconds = 0
    time.sleep(0.5)
    assert remote.kcv("UK1DF01", 1) == load_social_security().kcv("UK1DF01", 1), "not the IRK's"
    assert slow.most == 1
    remote.close()


class Cutting(served.ServedOperations):
    """A service whose line breaks before the answer: the first ``times`` times."""

    def __init__(self, times: int) -> None:
        super().__init__("social-security", load_social_security())
        self.times = times
        self.asked: list[object] = []

    def answer(self, asked: Any) -> Any:
        self.asked.append(asked)
        if len(self.asked) <= self.times:
            raise ConnectionResetError
        return super().answer(asked)


def test_a_question_whose_answer_was_lost_is_asked_once_more(start: Start, way: Way) -> None:
    """All questions are pure computations: nothing happens twice."""
    once, always = Cutting(1), Cutting(100)
    remote = RemoteOperations(way(start(once)), "social-security")
    assert remote.kcv("IRK", 1) == load_social_security().kcv("IRK", 1)
    assert len(once.asked) == 2
    remote.close()
    remote = RemoteOperations(way(start(always)), "social-security")
    with pytest.raises(KeyStoreError, match="the connection was lost"):
        remote.kcv("IRK", 1)
    assert len(always.asked) == 2
    remote.close()


class Impostor:
    """Something that greets and then answers whatever it likes."""

    def __init__(self, answer: bytes) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self._answer = answer
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def _work(self) -> None:
        service = {"protocol": 1, "client": "c", "kind": "social-security", "suite": "3des"}
        greeting = {"id": 0, "service": {**service, "test": True}}
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rwb") as lines:
            for answer in (json.dumps(greeting).encode() + b"\n", self._answer):
                lines.readline()
                lines.write(answer)
                lines.flush()

    def close(self) -> None:
        self.listener.close()
        self._thread.join(5)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b'{"id":7,"result":["000000"]}\n', "an answer to another question"),
        (b'{"id":1,"result":["0000"]}\n', "answered with something else"),
        (b'{"id":1,"result":["000000","000000"]}\n', "answered with something else"),
        (b'{"id":1,"result":[0]}\n', "result is not"),
        (b"garbage\n", "no JSON object"),
        (b'{"id":1,"error":{"code":"new","text":""}}\n', "unknown code"),
        (b'{"id":1,"service":{"protocol":2}}\n', "another version"),
        (b"x" * 70_000 + b"\n", "the connection was lost|no connection"),
    ],
)
def test_answers_that_are_none(way: Way, answer: bytes, said: str) -> None:
    other = Impostor(answer)
    remote = RemoteOperations(way(other, context=None), "social-security")
    other.listener.close()
    with pytest.raises(KeyStoreError, match=said):
        remote.kcv("IRK", 1)
    remote.close()
    other.close()


def test_an_address_that_is_not_free(start: Start, social: Any) -> None:
    with pytest.raises(KeyStoreError, match=r"cannot listen on 127\.0\.0\.1"):
        start(social, port=social.port)


def test_certificates_that_are_none(tmp_path: Path, certified: Any, make_certified: Any) -> None:
    other = make_certified(tmp_path)
    empty = tmp_path / "empty"
    empty.write_text("")
    for certificate, key in ((empty, other.key), (certified.certificate, other.key)):
        with pytest.raises(KeyStoreError, match="no certificate and its private key"):
            tls.server_context(certificate, key)
    with pytest.raises(KeyStoreError, match="No such file"):
        tls.server_context(tmp_path / "none", other.key)
    with pytest.raises(KeyStoreError, match="no certificates"):
        tls.client_context(empty)
    with pytest.raises(KeyStoreError, match="No such file"):
        tls.client_context(tmp_path / "none")


class Leaky(served.ServedOperations):
    """A store with a bug: its errors hold what it holds."""

    def answer(self, asked: Any) -> Any:
        raise TypeError("a bug")


def test_a_bug_ends_the_connection_and_not_the_service(
    start: Start, way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    running = start(Leaky("social-security", load_social_security()))
    for _ in range(2):
        remote = RemoteOperations(way(running), "social-security")
        with pytest.raises(KeyStoreError, match="the connection was lost"):
            remote.kcv("IRK", 1)
        remote.close()


def test_nothing_secret_is_logged_or_shown(
    start: Start, way: Way, tokens: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    running = start(social())
    service = way(running)
    remote = RemoteOperations(service, "social-security")
    keys = remote.card_keys([IRK, KeyReference("UK1DF01", 2)], FACTORS)
    asked = Request(IRK, (b"12345678",) * 3, Mode.AUTHENTICATE, b"87654321", b"ABCDEFGH")
    proof = remote.compute(asked)
    shown = repr(remote) + repr(service) + repr(running.service) + caplog.text
    secrets = [key.reveal() for key in keys.values()]
    secrets += [proof, tokens["station"].encode(), b"12345678", b"87654321", FACTORS.card]
    for each in secrets:
        assert each.hex() not in shown.lower()
        assert repr(each)[2:-1] not in shown
    assert "station-1 card_keys IRK/1 and 1 more: ok" in caplog.messages
    remote.close()
