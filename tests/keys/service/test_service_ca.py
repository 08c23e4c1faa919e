"""A CA behind the key service: its answers are those at hand, and nobody else learns them."""

from __future__ import annotations

import base64
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.errors import KeyStoreError, MalformedData
from sscard.issuance.ca.authority import RequestRefused
from sscard.issuance.ca.certificate_authority import CertificateAuthority
from sscard.issuance.ca.load import load_authority, packaged_authority, packaged_issuing
from sscard.issuance.ca.register import AnotherKey
from sscard.issuance.ca.remote import RemoteAuthority
from sscard.issuance.ca.served import ServedAuthority
from sscard.issuance.ca.store import public_certificates
from sscard.issuance.ca.trusted import Trusted
from sscard.keys import KeyReference
from sscard.keys.sm2_keys import generate
from sscard.keys.stores import load_social_security
from sscard.keys.stores.service import requests, served, tls
from sscard.keys.stores.service.client import RemoteOperations
from sscard.keys.stores.service.clients import Clients, client, entry
from sscard.keys.stores.service.connection import Service
from sscard.keys.stores.service.conversation import Conversation
from sscard.keys.stores.service.messages import Certify, CheckValue, Hello
from sscard.keys.stores.service.refusals import Code, Refused
from sscard.keys.stores.service.token import Token
from sscard.keys.x509 import CertificateRequest

ROOT = Path(__file__).parents[3]
TOKEN = "sscard-key-token-of-the-certifier"
KIOSK = "sscard-key-token-of-a-kiosk"
KNOWN = Clients(
    (
        client("certifier", Token(TOKEN), ["certify"], ["all"]),
        client("kiosk-7", Token(KIOSK), ["compute", "kcv"], ["all"]),
    )
)
NAME = "诸葛验收"
PUBLICS = [generate(random.Random(seed).randbytes).public for seed in range(3)]


def request_for(**changes: Any) -> CertificateRequest:
    values = {
        "card_id": "510100D15600000500BF7C7A48FB4966",
        "name": NAME,
        "city": "510100",
        "card_number": "X00000019",
        "public": PUBLICS[0],
        "issued_on": date(2026, 5, 1),
    }
    return CertificateRequest(**(values | changes))


FIRST = request_for()


@pytest.fixture(scope="module")
def test_ca() -> CertificateAuthority:
    return packaged_authority()


@pytest.fixture(scope="module")
def trusted(test_ca: CertificateAuthority) -> Trusted:
    return public_certificates(test_ca.secrets)


@pytest.fixture(scope="module")
def running(start: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    register = tmp_path_factory.mktemp("ca") / "ca.register"
    return start(ServedAuthority(packaged_issuing(register)), known=KNOWN)


@pytest.fixture
def remote(running: Any, way: Callable[..., Any], trusted: Trusted) -> Iterator[RemoteAuthority]:
    found = RemoteAuthority(way(running, TOKEN), trusted)
    yield found
    found.close()


def test_what_is_answered_at_hand(remote: RemoteAuthority, test_ca: CertificateAuthority) -> None:
    found = remote.answer(FIRST)
    assert found.texts() == test_ca.answer(FIRST).texts()
    assert (remote.test, remote.root, remote.issuers) == (True, test_ca.root, test_ca.issuers)
    at = datetime(2026, 6, 1, tzinfo=UTC)
    found.require_for(FIRST, root=remote.root, issuers=remote.issuers, at=at)
    assert remote.answer(FIRST).texts() == found.texts()


def test_threads_share_one_way(remote: RemoteAuthority, test_ca: CertificateAuthority) -> None:
    asked = [request_for(card_id=f"{at:032X}", public=PUBLICS[at % 3]) for at in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(remote.answer, asked))
    assert [e.texts() for e in found] == [test_ca.answer(e).texts() for e in asked]


def test_names_of_people_are_what_they_are(
    remote: RemoteAuthority, test_ca: CertificateAuthority
) -> None:
    """Private code points, wide spaces and joiners: by file they go through as well."""
    rare = request_for(name="诸\ue863\u3000𠮷\u200d收", card_id="CC" * 16)
    assert remote.answer(rare).texts() == test_ca.answer(rare).texts()
    for text in ("诸葛\x00", "诸葛\ud800", "诸" * 513):
        with pytest.raises(RequestRefused, match="no text of up to 512 characters") as caught:
            remote.answer(request_for(name=text, card_id="BB" * 16))
        assert "诸" not in str(caught.value)


def test_another_key_and_what_nobody_certifies(remote: RemoteAuthority) -> None:
    card = "EE" * 16
    remote.answer(request_for(card_id=card))
    with pytest.raises(AnotherKey, match="answered for another key"):
        remote.answer(request_for(card_id=card, public=PUBLICS[1]))
    with pytest.raises(RequestRefused, match="990000") as caught:
        remote.answer(request_for(city="990000", card_id="DD" * 16))
    assert NAME not in str(caught.value)
    assert remote.answer(request_for(card_id=card)).admin_pin  # the connection goes on


def test_who_may_not(running: Any, way: Callable[..., Any], trusted: Trusted) -> None:
    with pytest.raises(Refused, match="no client with this token") as caught:
        RemoteAuthority(way(running, "sscard-key-token-of-nobody"), trusted)
    assert caught.value.code is Code.WRONG_TOKEN
    kiosk = RemoteAuthority(way(running, KIOSK), trusted)
    with pytest.raises(Refused, match="kiosk-7 may not ask for certify") as caught:
        kiosk.answer(FIRST)
    assert caught.value.code is Code.NOT_ALLOWED
    with pytest.raises(Refused, match="does not offer kcv"):
        kiosk._link.ask(CheckValue(KeyReference("IRK", 1)), (3,))
    kiosk.close()


def test_another_house(
    running: Any, start: Any, way: Callable[..., Any], trusted: Trusted, social: Any
) -> None:
    """A CA has no card keys, and a key store certifies nobody."""
    with pytest.raises(KeyStoreError, match="has social-security keys, not ca keys"):
        RemoteAuthority(way(social), trusted)
    with pytest.raises(KeyStoreError, match="has ca keys, not social-security keys"):
        RemoteOperations(way(running, TOKEN), "social-security")
    store = served.ServedOperations("social-security", load_social_security())
    talk = Conversation(store, KNOWN, "192.0.2.7")
    talk.say(requests.build(0, Hello(1, Token(TOKEN))))
    answer = talk.say(requests.build(1, Certify(FIRST)))
    assert b"does not offer certify" in answer


def test_a_service_that_goes_away(
    start: Any, way: Callable[..., Any], trusted: Trusted, test_ca: CertificateAuthority
) -> None:
    first = start(ServedAuthority(test_ca), known=KNOWN)
    remote = RemoteAuthority(way(first, TOKEN), trusted)
    remote.answer(FIRST)
    first.stop()
    with pytest.raises(KeyStoreError, match=r"key service 127\.0\.0\.1:\d+: no connection"):
        remote.answer(FIRST)
    start(ServedAuthority(test_ca), known=KNOWN, port=first.port)
    assert remote.answer(FIRST).texts() == test_ca.answer(FIRST).texts()
    remote.close()


class Liar:
    """A service that answers, and not with an answer."""

    def __init__(self, ca: CertificateAuthority, change: Callable[[list[Any]], None]) -> None:
        self._honest, self._change = ServedAuthority(ca), change
        self.kind, self.suite, self.roots = "ca", None, self._honest.roots
        self.test = True

    def answer(self, asked: Any) -> Any:
        values = list(self._honest.answer(asked))
        self._change(values)
        return tuple(values)


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values.pop(),
        lambda values: values.append(b""),
        lambda values: values.__setitem__(2, b"no envelope"),
        lambda values: values.__setitem__(3, b"123"),
        lambda values: values.__setitem__(3, b"\xff" * 8),
        lambda values: values.__setitem__(4, b"short"),
    ],
)
def test_an_answer_that_is_none(
    start: Any, way: Any, trusted: Trusted, test_ca: CertificateAuthority, change: Any
) -> None:
    running = start(Liar(test_ca, change), known=KNOWN)
    remote = RemoteAuthority(way(running, TOKEN), trusted)
    with pytest.raises(KeyStoreError, match="answered with something else"):
        remote.answer(FIRST)
    remote.close()
    running.stop()


def test_nothing_secret_is_logged(
    running: Any,
    way: Callable[..., Any],
    trusted: Trusted,
    caplog: pytest.LogCaptureFixture,
    test_ca: CertificateAuthority,
) -> None:
    caplog.set_level("DEBUG")
    remote = RemoteAuthority(way(running, TOKEN), trusted)
    texts = remote.answer(FIRST).texts()
    errors = []
    for asked in (request_for(public=PUBLICS[1]), request_for(city="990000", card_id="AA" * 16)):
        with pytest.raises(RequestRefused) as caught:
            remote.answer(asked)
        errors.append(str(caught.value))
    shown = [*caplog.messages, *errors, repr(remote), repr(Certify(FIRST)), repr(test_ca)]
    remote.close()
    log = "\n".join(caplog.messages)
    assert "certifier certify: ok" in log
    assert "certifier certify: another-key" in log
    assert "certifier certify: wrong-request" in log
    assert FIRST.card_id not in log
    secrets = [NAME, TOKEN, *texts.values(), base64.b64decode(texts["JMMY"]).hex()]
    assert [each for each in secrets for text in shown if each.lower() in text.lower()] == []


FIELDS = ("KSBM", "XM", "AAB301", "KH", "QMGY", "AFLAG", "FKRQ")
broken = st.one_of(
    st.none(),
    st.integers(),
    st.lists(st.text(max_size=3), max_size=3),
    st.dictionaries(st.sampled_from(FIELDS), st.one_of(st.text(max_size=20), st.integers())),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=20),
)


@settings(max_examples=60, deadline=None)
@given(broken)
def test_whatever_is_sent_instead_of_a_request(sent: object) -> None:
    envelope = requests.parse(
        requests.wire.build({"id": 1, "operation": "certify", "request": sent})
    )
    with pytest.raises(Refused) as caught:
        envelope.asked()
    assert caught.value.code is Code.WRONG_REQUEST


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60))
def test_a_request_arrives_as_it_was(name: str) -> None:
    asked = Certify(replace(FIRST, name=name))
    assert requests.parse(requests.build(1, asked)).asked() == asked


@pytest.fixture
def station_file(tmp_path: Path, running: Any, certified: Any, trusted: Trusted) -> Path:
    """What a station has in place of a CA."""
    (tmp_path / "ca.pem").write_text(trusted.pem())
    (tmp_path / "token").write_text(TOKEN + "\n")
    path = tmp_path / "station-ca.toml"
    path.write_text(
        'kind = "ca"\ncertificates = "ca.pem"\n[service]\nhost = "127.0.0.1"\n'
        f"port = {running.port}\nca = '{certified.certificate}'\ntoken_file = \"token\"\n"
    )
    return path


def test_a_service_file_leads_there(station_file: Path, test_ca: CertificateAuthority) -> None:
    found = load_authority(station_file)
    assert isinstance(found, RemoteAuthority)
    assert found.answer(FIRST).texts() == test_ca.answer(FIRST).texts()
    found.close()


def test_the_command(
    tmp_path: Path, certified: Any, trusted: Trusted, test_ca: CertificateAuthority
) -> None:
    """``sscard ca serve`` as a process, from its first line to SIGTERM."""
    (tmp_path / "clients.toml").write_text("\n".join(map(entry, KNOWN.known)))
    words = (
        *("ca", "serve", "--clients", tmp_path / "clients.toml", "--listen", "127.0.0.1:0"),
        *("--certificate", certified.certificate, "--key", certified.key),
    )
    with subprocess.Popen(
        [sys.executable, "-m", "sscard", *map(str, words)],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    ) as process:
        assert process.stderr
        log = ""
        while (listening := re.search(r"listening on 127\.0\.0\.1:(\d+), ca keys", log)) is None:
            line = process.stderr.readline()
            assert line, log
            log += line
        context = tls.client_context(certified.certificate)
        way = Service("127.0.0.1", int(listening[1]), Token(TOKEN), context, 10.0)
        remote = RemoteAuthority(way, trusted)
        found = remote.answer(FIRST)
        remote.close()
        process.send_signal(signal.SIGTERM)
        log += process.communicate(timeout=20)[1]
    assert process.returncode == 0
    assert found.texts() == test_ca.answer(FIRST).texts()
    assert "TEST KEYS (ca)" in log
    assert "certifier certify: ok" in log
    secrets = [NAME, TOKEN, FIRST.card_id, *found.texts().values()]
    assert [each for each in secrets if each in log] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('certificates = "ca.pem"\n', "", "certificates names a PEM file"),
        ('"ca.pem"', "1", "certificates names a PEM file"),
        ('"ca.pem"', '"token"', "token: no certificates in PEM"),
        ('"ca.pem"', '"none.pem"', "none.pem: No such file"),
        ('"ca"\n', '"bank"\n', "no ca key store"),
        ('kind = "ca"', 'kind = "ca"\nsecret = "00"', "secret: belongs to a CA"),
        ("host", "hots", r"\[service\] has ca, host"),
    ],
)
def test_what_is_wrong_with_a_service_file_is_named(
    station_file: Path, old: str, new: str, said: str
) -> None:
    station_file.write_text(station_file.read_text().replace(old, new))
    with pytest.raises((KeyStoreError, MalformedData), match=said):
        load_authority(station_file)
