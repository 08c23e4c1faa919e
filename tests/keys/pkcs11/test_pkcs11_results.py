"""A token computes what the software store with the same masters computes."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sscard.errors import KeyStoreError
from sscard.keys import TDES_SUITE, Factors, KeyReference, SecretKey, des
from sscard.keys.operations import AUTHENTICATION_CODE_KEY, KeyNotHeld, Mode, Request, card_request
from sscard.keys.stores import OperationsStore, SoftwareBankStore, load_bank, load_social_security
from sscard.keys.stores.pkcs11 import Pkcs11BankStore, Pkcs11Operations, open_pkcs11
from sscard.keys.stores.pkcs11.levels import City, Levels
from sscard.keys.stores.pkcs11.masters import of_suite
from sscard.keys.stores.pkcs11.opening import open_pkcs11_bank
from sscard.keys.stores.pkcs11.token import KeyToken
from sscard.keys.stores.store_file import StoreFile

FACTORS = Factors.of("510100", bytes.fromhex("0081544C9686845101C0666779"))
UK1 = KeyReference("UK1DF01", 2)
CITY_KEY = KeyReference(AUTHENTICATION_CODE_KEY, 1)
SOFTWARE = load_social_security()
real = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="session")
def references(test_masters: Callable[[str], StoreFile]) -> list[KeyReference]:
    return [each for each in test_masters("ssse-3des").keys if each.name != "ledger-id-hash"]


def stk_sizes(references: list[KeyReference]) -> dict[str, int]:
    return {each.name: 8 for each in references if each.name.startswith("STK")}


def test_all_keys_of_a_card(operations: Pkcs11Operations, references: list[KeyReference]) -> None:
    assert len(references) > 150
    sizes = stk_sizes(references)
    assert operations.suite is TDES_SUITE
    expected = SOFTWARE.card_keys(references, FACTORS, sizes=sizes)
    assert operations.card_keys(references, FACTORS, sizes=sizes) == expected


def test_all_keys_of_many_cards(
    operations: Pkcs11Operations, references: list[KeyReference]
) -> None:
    chosen, sizes, draw = references[::5], stk_sizes(references), random.Random(7).randbytes
    cards = [Factors.of(city, draw(13)) for city in ("510100", "330108") for _ in range(3)]
    for card, keys in zip(cards, operations.derive_many(chosen, cards, sizes=sizes), strict=True):
        assert dict(keys) == SOFTWARE.card_keys(chosen, card, sizes=sizes)


@real
@given(st.from_regex(r"[0-9]{6}", fullmatch=True), st.binary(min_size=13, max_size=13))
def test_any_card(operations: Pkcs11Operations, city: str, historical: bytes) -> None:
    factors = Factors.of(city, historical)
    assert operations.card_keys([UK1], factors) == SOFTWARE.card_keys([UK1], factors)


def test_check_values_of_every_level(
    operations: Pkcs11Operations, test_masters: Callable[[str], StoreFile]
) -> None:
    for reference, key in test_masters("ssse-3des").keys.items():
        assert operations.kcv(*reference) == key.kcv
    chain = (FACTORS.province, FACTORS.city, FACTORS.card)
    for levels, size in ((1, 16), (2, 16), (3, 16), (3, 8)):
        value = operations.kcv("STK", 1, chain[:levels], size=size)
        assert value == SOFTWARE.kcv("STK", 1, chain[:levels], size=size)
    with pytest.raises(ValueError, match="3 factors, not 4"):
        operations.kcv("STK", 1, (*chain, FACTORS.card))


@real
@given(st.sampled_from(Mode), st.binary(min_size=8, max_size=8), st.binary(max_size=40))
def test_operations_under_a_cards_key(
    operations: Pkcs11Operations, mode: Mode, challenge: bytes, data: bytes
) -> None:
    data = data[:8].ljust(8) if mode is Mode.AUTHENTICATE else data
    factor = challenge[:4] if mode is Mode.LOAD_MAC else challenge
    name = {Mode.LOAD_MAC: "MKDF01", Mode.TAC: "DTK"}.get(mode, "UK1DF01")
    request = card_request(KeyReference(name, 1), FACTORS, mode, data, factor)
    assert operations.compute(request) == SOFTWARE.compute(request)


@real
@given(st.binary(max_size=40), st.one_of(st.just(b""), st.binary(min_size=4, max_size=4)))
def test_the_citys_mac_in_the_token(
    operations: Pkcs11Operations, data: bytes, challenge: bytes
) -> None:
    chain = (FACTORS.province, FACTORS.city)
    request = Request(CITY_KEY, chain, Mode.LOAD_MAC, data, challenge)
    assert operations.compute(request) == SOFTWARE.compute(request)


def test_the_authentication_code_and_the_ledgers_hash(operations: Pkcs11Operations) -> None:
    store = OperationsStore(operations, {}, "token")
    code = bytes.fromhex("510100D156000005C0666779")
    assert store.authentication_code("510100", code) == SOFTWARE.authentication_code("510100", code)
    number = "110101199003070038"
    assert operations.person_hash(number) == SOFTWARE.person_hash(number)


def test_what_no_store_does_no_token_does(operations: Pkcs11Operations) -> None:
    chain = (FACTORS.province, FACTORS.city)
    for request in (
        Request(UK1, chain, Mode.LOAD_MAC, bytes(12)),
        Request(UK1, chain[:1], Mode.MAC, bytes(12), bytes(8)),
        Request(CITY_KEY, chain, Mode.MAC, bytes(12), bytes(8)),
    ):
        with pytest.raises(KeyStoreError, match="no key above is ever used"):
            operations.compute(request)
    for request in (
        Request(CITY_KEY, chain, Mode.LOAD_MAC, bytes(12), bytes(8)),
        card_request(UK1, FACTORS, Mode.AUTHENTICATE, bytes(3), bytes(8)),
    ):
        with pytest.raises(KeyStoreError, match=request.key.name):
            operations.compute(request)
    with pytest.raises(ValueError, match="no keys of 24 bytes"):
        operations.card_keys([UK1], FACTORS, sizes={"UK1DF01": 24})


def test_keys_that_are_not_there(operations: Pkcs11Operations) -> None:
    missing = KeyReference("UK1DF01", 9)
    for ask in (
        lambda: operations.kcv(*missing),
        lambda: operations.card_keys([missing], FACTORS),
        lambda: operations.compute(card_request(missing, FACTORS, Mode.MAC, b"", bytes(8))),
    ):
        with pytest.raises(KeyNotHeld, match="token ssse: no key UK1DF01 version 9"):
            ask()


def test_a_key_of_another_kind(operations: Pkcs11Operations) -> None:
    with pytest.raises(KeyStoreError, match="ledger-id-hash version 1 is no 3des key"):
        operations.card_keys([KeyReference("ledger-id-hash", 1)], FACTORS)


def test_many_threads(operations: Pkcs11Operations, references: list[KeyReference]) -> None:
    """A module that is told of no threads may be called by one at a time only."""
    cities = ["110101", "330106", "510100", "650100"]
    cards = {city: Factors.of(city, bytes(13)) for city in cities}
    found: dict[str, Any] = {}

    def work(city: str) -> None:
        for _ in range(3):
            found[city] = operations.card_keys(references[:30], cards[city])

    threads = [threading.Thread(target=work, args=(city,)) for city in cities]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for city in cities:
        assert found[city] == SOFTWARE.card_keys(references[:30], cards[city])


def derived_objects(token: KeyToken) -> int:
    """Session objects of this process in the token."""
    from pkcs11 import Attribute

    return len(list(token.session.get_objects({Attribute.TOKEN: False})))


def test_few_keys_of_cities_are_kept(
    ssse: Any, open_token: Callable[[Any], KeyToken], references: list[KeyReference]
) -> None:
    token, at = open_token(ssse), (FACTORS.province, FACTORS.city)
    before, levels = derived_objects(token), Levels(token, kept=4)
    made = {each: levels.ecb(City(each, *at), bytes(8)) for each in references[:6]}
    assert derived_objects(token) == before + 4
    assert all(levels.ecb(City(each, *at), bytes(8)) == value for each, value in made.items())
    assert derived_objects(token) == before + 4


def test_what_is_used_is_kept(
    ssse: Any, open_token: Callable[[Any], KeyToken], references: list[KeyReference]
) -> None:
    levels, at = Levels(open_token(ssse), kept=4), (FACTORS.province, FACTORS.city)
    used = levels.city(City(references[0], *at))
    for other in references[1:4]:
        levels.city(City(other, *at))
        assert levels.city(City(references[0], *at)) is used


def test_equal_cities_of_two_provinces(operations: Pkcs11Operations) -> None:
    other = Factors(b"330000sh", FACTORS.city, FACTORS.card)
    for factors in (FACTORS, other):
        assert operations.card_keys([UK1], factors) == SOFTWARE.card_keys([UK1], factors)


@pytest.mark.parametrize("scheme", ["emv-cps-1.1", "visa2"])
def test_session_keys_of_the_bank(
    bank: Pkcs11BankStore, test_masters: Callable[[str], StoreFile], scheme: str
) -> None:
    software = SoftwareBankStore(test_masters("bank"), scheme)
    store = Pkcs11BankStore(bank._token, test=True, scheme=scheme)
    draw = random.Random(3).randbytes
    for _ in range(5):
        keydata, sequence = draw(10), draw(2)
        expected = software.session_keys(keydata, sequence)
        found = store.session_keys(keydata, sequence)
        for use in ("enc", "mac", "dek", "rmac"):
            assert getattr(found, use) == getattr(expected, use)


def test_a_token_whose_document_says_the_scheme(
    bank: Pkcs11BankStore, with_keys: Callable[..., Any], test_masters: Callable[[str], StoreFile]
) -> None:
    masters = test_masters("bank")
    keys = of_suite(bank._token, masters.keys)
    named = {**with_keys("visa2 bank", keys), "kind": "bank", "scheme": "visa2"}
    keydata, sequence = bytes(range(10)), bytes(2)
    found = open_pkcs11_bank(named, "T").session_keys(keydata, sequence)
    assert found == SoftwareBankStore(masters, "visa2").session_keys(keydata, sequence)
    with pytest.raises(KeyStoreError, match="T: scheme must be one of"):
        open_pkcs11_bank({**named, "scheme": "visa"}, "T")


def test_debit_keys_and_check_values_of_the_bank(bank: Pkcs11BankStore) -> None:
    software = load_bank()
    pans = ("6228000100001117", "62280001", "6228000100001117123")
    for purpose, pan in product(("ac", "mac", "enc"), pans):
        assert bank.udk(purpose, pan, "01") == software.udk(purpose, pan, "01")
    for name in ("KMC", "IMK-AC", "IMK-MAC", "IMK-ENC"):
        assert bank.kcv(name) == software.kcv(name)


def test_what_the_bank_refuses(bank: Pkcs11BankStore) -> None:
    with pytest.raises(ValueError, match="ac, mac, enc"):
        bank.udk("dac", "6228000100001117", "01")
    with pytest.raises(ValueError, match="8 to 19 digits"):
        bank.udk("ac", "622800010000111F", "01")
    with pytest.raises(ValueError, match="10 bytes"):
        bank.session_keys(bytes(9), bytes(2))
    with pytest.raises(ValueError, match="no such scheme: x"):
        Pkcs11BankStore(bank._token, test=True, scheme="x")
    with pytest.raises(KeyNotHeld, match="token bank: no key KMC version 2"):
        bank.kcv("KMC", 2)
    with pytest.raises(KeyStoreError, match=r"SM4-IMK-AC: CKM_SM4_ECB_ENCRYPT_DATA has no number"):
        bank.sm4_udk("ac", "6228000100001117", "01")
    for name, size, message in (("KMC", 8, "does not carry"), ("TK", 7, "whole blocks of 8")):
        with pytest.raises(KeyStoreError, match=message):
            bank.translate(KeyReference(name, 1), bytes(size), bytes(10), bytes(2))
    with pytest.raises(KeyNotHeld, match="token bank: no key TK version 2"):
        bank.translate(KeyReference("TK", 2), bytes(8), bytes(10), bytes(2))
    with pytest.raises(KeyStoreError, match="TK: does not make MACs"):
        bank.transport_mac(KeyReference("TK", 1), b"")


def test_nothing_of_a_card_stays_in_the_token(bank: Pkcs11BankStore) -> None:
    before = derived_objects(bank._token)
    bank.session_keys(bytes(10), bytes(2))
    bank.udk("ac", "6228000100001117", "01")
    bank.kcv("KMC")
    assert derived_objects(bank._token) == before


def test_the_left_half_is_single_des(
    operations: Pkcs11Operations, test_masters: Callable[[str], StoreFile]
) -> None:
    key: SecretKey = test_masters("ssse-3des").key(*CITY_KEY)
    for factor in (FACTORS.province, FACTORS.city):
        key = TDES_SUITE.diversify(key, factor)
    city = City(CITY_KEY, FACTORS.province, FACTORS.city)
    single = des.cbc_encrypt(TDES_SUITE.key(key.reveal()[:8]), bytes(range(16)))
    assert operations._levels.left_cbc(city, bytes(range(16)), bytes(8)) == single[-8:]


def test_a_hash_key_of_another_kind(with_keys: Callable[..., Any]) -> None:
    key = TDES_SUITE.key(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    named = with_keys("odd hash", {KeyReference("ledger-id-hash", 1): key})
    with pytest.raises(KeyStoreError, match="ledger-id-hash version 1 is no hash key"):
        open_pkcs11(named, "t.toml").person_hash("1")
