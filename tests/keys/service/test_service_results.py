"""A store behind a service answers what it answers at hand: all keys, both suites, both sides."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest

from sscard.errors import KeyStoreError
from sscard.keys import SUITES, TDES, Factors, KeyReference
from sscard.keys.operations import KeyNotHeld, Mode, Request, card_request
from sscard.keys.stores import OperationsStore, load_bank, load_exchange, load_social_security
from sscard.keys.stores.service import served
from sscard.keys.stores.service.client import RemoteBankStore, RemoteOperations
from sscard.keys.stores.service.refusals import Code, Refused

FACTORS = Factors.of("510100", bytes.fromhex("0081544C9686845101C0666779"))
CHALLENGE, DATA = bytes(range(8)), bytes(range(8, 16))
KEYDATA, SEQUENCE = bytes.fromhex("6228000FFFFF12345678"), b"\0\1"


def held(name: str) -> list[KeyReference]:
    text = (resources.files("sscard.keys.stores") / name).read_text("utf-8")
    keys = tomllib.loads(text)["keys"]
    return [KeyReference(key, at + 1) for key, all_ in keys.items() for at in range(len(all_))]


@pytest.mark.parametrize("suite", SUITES)
def test_all_card_keys_in_one_request(
    suite: str, start: Callable[..., Any], way: Callable[..., Any]
) -> None:
    local = load_social_security(None, SUITES[suite])
    running = start(served.ServedOperations("social-security", local))
    remote = RemoteOperations(way(running), "social-security")
    wanted = [each for each in held(f"test-ssse-{suite}.toml") if each.name != "ledger-id-hash"]
    sizes = {each.name: 8 for each in wanted if each.name.startswith("STK")}
    sizes = sizes if suite == "3des" else {}
    assert (remote.suite.name, remote.test) == (suite, True)
    found = remote.card_keys(iter(wanted), FACTORS, sizes=sizes)
    assert found == local.card_keys(wanted, FACTORS, sizes=sizes)
    assert list(found) == wanted
    assert len(wanted) > 130
    for name, version in held(f"test-ssse-{suite}.toml"):
        assert remote.kcv(name, version) == local.kcv(name, version)
    chain = (FACTORS.province, FACTORS.city, FACTORS.card)
    assert remote.kcv("UK1DF01", 2, chain) == found[KeyReference("UK1DF01", 2)].kcv
    remote.close()


@pytest.mark.parametrize("mode", Mode)
def test_every_operation(operations: RemoteOperations, mode: Mode) -> None:
    local = load_social_security()
    factor = CHALLENGE[:4] if mode is Mode.LOAD_MAC else CHALLENGE
    name = {Mode.LOAD_MAC: "MKDF01", Mode.TAC: "DTK"}.get(mode, "UK1DF01")
    asked = card_request(KeyReference(name, 1), FACTORS, mode, DATA, factor)
    assert operations.compute(asked) == local.compute(asked)


def test_what_else_a_station_asks(operations: RemoteOperations) -> None:
    """The authentication code, the ledger's hash, and lots, which stay with the client."""
    local = load_social_security()
    lots = {"TEST-GEN2": local.lot("TEST-GEN2")}
    store = OperationsStore(operations, lots, "remote")
    data = bytes.fromhex("371000D15600000512345678")
    assert store.authentication_code("371000", data) == local.authentication_code("371000", data)
    assert store.person_hash("11010519491231002X") == local.person_hash("11010519491231002X")
    assert store.lot("TEST-GEN2") is lots["TEST-GEN2"]


def test_a_key_that_is_not_there_is_known_as_such(
    operations: RemoteOperations, start: Callable[..., Any], way: Callable[..., Any]
) -> None:
    """So that a card without an authentication code stays a card without one (decision 13)."""
    with pytest.raises(KeyNotHeld, match=r"127\.0\.0\.1:\d+: .*no key IRK version 4"):
        operations.kcv("IRK", 4)
    running = start(served.ServedOperations("exchange", load_exchange()))
    remote = RemoteOperations(way(running), "exchange")
    store = OperationsStore(remote, {}, "remote")
    assert store.authentication_code("371000", bytes(12)) is None
    assert store.card_key("EK", 1, FACTORS) == load_exchange().card_key("EK", 1, FACTORS)
    remote.close()


def test_a_bank_s_keys(bank_store: RemoteBankStore) -> None:
    local = load_bank()
    assert bank_store.test
    assert bank_store.session_keys(KEYDATA, SEQUENCE) == local.session_keys(KEYDATA, SEQUENCE)
    for purpose in ("ac", "mac", "enc"):
        found = bank_store.udk(purpose, "6228000100001117", "01")
        assert isinstance(found, TDES)
        assert found == local.udk(purpose, "6228000100001117", "01")
        assert bank_store.sm4_udk(purpose, "6228000100001117", "01") == local.sm4_udk(
            purpose, "6228000100001117", "01"
        )
    assert bank_store.kcv("KMC").hex().upper() == "8BAF47"
    tk, mac = KeyReference("TK", 1), KeyReference("TK-MAC", 1)
    translated = bank_store.translate(tk, bytes(range(48)), KEYDATA, SEQUENCE)
    assert translated == local.translate(tk, bytes(range(48)), KEYDATA, SEQUENCE)
    assert bank_store.transport_mac(mac, b"record") == local.transport_mac(mac, b"record")
    with pytest.raises(KeyStoreError, match="does not carry data"):
        bank_store.translate(KeyReference("KMC", 1), bytes(8), KEYDATA, SEQUENCE)


REFUSALS: dict[str, tuple[Callable[[Any], object], Code]] = {
    "a master": (
        lambda remote: remote.compute(
            Request(KeyReference("IRK", 1), (), Mode.MAC, DATA, CHALLENGE)
        ),
        Code.REFUSED,
    ),
    "a city's key": (
        lambda remote: remote.compute(
            Request(KeyReference("IRK", 1), (DATA, DATA), Mode.MAC, DATA, CHALLENGE)
        ),
        Code.REFUSED,
    ),
    "a challenge of 5 bytes": (
        lambda remote: remote.compute(
            card_request(KeyReference("IRK", 1), FACTORS, Mode.MAC, DATA, bytes(5))
        ),
        Code.REFUSED,
    ),
    "a size that no key has": (
        lambda remote: remote.card_keys([KeyReference("IRK", 1)], FACTORS, sizes={"IRK": 9}),
        Code.REFUSED,
    ),
    "too much data": (
        lambda remote: remote.compute(
            card_request(KeyReference("IRK", 1), FACTORS, Mode.MAC, bytes(1025), CHALLENGE)
        ),
        Code.WRONG_REQUEST,
    ),
    "a number with a line feed": (
        lambda remote: remote.person_hash("1101\n"),
        Code.WRONG_REQUEST,
    ),
    "a number of half a character": (
        lambda remote: remote.person_hash("1101\ud800"),
        Code.WRONG_REQUEST,
    ),
}


@pytest.mark.parametrize(("ask", "code"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_refused(
    operations: RemoteOperations, ask: Callable[[Any], object], code: Code
) -> None:
    with pytest.raises(Refused) as caught:
        ask(operations)
    assert caught.value.code is code
    assert operations.kcv("IRK", 1) == load_social_security().kcv("IRK", 1), "and it goes on"


def test_a_request_that_no_line_holds(operations: RemoteOperations) -> None:
    many = [KeyReference("UK1DF01-and-a-long-name", version) for version in range(10_000)]
    with pytest.raises(KeyStoreError, match="at most 65536 bytes"):
        operations.card_keys(many, FACTORS)
    assert operations.kcv("IRK", 1)
