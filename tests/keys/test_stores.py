"""The packaged TEST stores: what they hold, and that the hierarchy is what it should be."""

from __future__ import annotations

import hashlib
import hmac
import time
import tomllib
from importlib import resources
from itertools import product

import pytest
from Crypto.Cipher import DES, DES3
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4

from simulator.virtual_card import INITIAL_CERTIFICATE_MASTER
from sscard.errors import KeyStoreError
from sscard.keys import DES8, SM4_SUITE, TDES, Factors, KeyReference, cps, des, emv
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.types import HMAC256, SM4

HISTORICAL = bytes.fromhex("0081544C8686841234567890AB")
FACTORS = Factors.of("371000", HISTORICAL)

THREE_VERSIONS = (
    [
        "IRK",
        "UKSSSE",
        "RKSSSE",
        "RK1DF01",
        "RK1DF02",
        "RK1DF03",
        "RK2DF03",
        "RK1DF04",
        "DLK",
        "DPK",
        "DTK",
        "DSK",
    ]
    + [f"UK{i}DF01" for i in "123456789AB"]
    + [f"UK{i}DF02" for i in "123456"]
    + [f"UK{i}DF03" for i in "12345678"]
    + [f"UK{i}DF04" for i in "12"]
    + ["UK1DF05", "RK1DF06", "UK1DF06", "UK2DF06"]
    + [f"{kind}K{i}DF07" for kind, i in product("RU", "123")]
    + ["RKMFEF0C", "UKMFEF0D", "UK4DF04-local", "UK6DF04-local"]
    + [f"UK{i}DF03-local" for i in "4567"]
)
ONE_VERSION = [
    "STK",
    "BK",
    "PUK",
    "STKDF01",
    "STKDF02",
    "STKDF03",
    "STKDF04",
    "STKDF05",
    "STKDF06",
    "STKDF07",
    "LKDF03",
    "LKDF04",
    "LKDF06",
    "MKMF",
    "MKSSSE",
    "MKDF01",
    "MKDF02",
    "MKDF03",
    "MKDF04",
    "MKDF05",
    "MKDF06",
    "MKDF07",
    "card-authentication-code",
    "PSAM-MKDDF",
    "PSAM-MKADF",
    "PSAM-KID01",
    "PSAM-KID02",
    "PSAM-KID03",
]


def rule(name: str, version: int = 1) -> bytes:
    """The 32 bytes a TEST key is made of."""
    return hashlib.sha256(f"sscard TEST {name} v{version}".encode()).digest()


def made(name: str, version: int = 1) -> TDES:
    value = rule(name, version)[:16]
    return TDES(bytes(byte if byte.bit_count() % 2 else byte ^ 1 for byte in value))


def document(name: str) -> dict[str, dict[str, list[str]]]:
    text = (resources.files("sscard.keys.stores") / name).read_text("utf-8")
    return tomllib.loads(text)


def test_every_store_says_that_it_is_a_test_store() -> None:
    assert load_social_security().test
    assert load_exchange().test
    assert load_bank().test


def test_the_social_security_store_holds_these_keys() -> None:
    keys = document("test-ssse-3des.toml")["keys"]
    assert {name for name, versions in keys.items() if len(versions) == 3} == {*THREE_VERSIONS}
    ones = {name for name, versions in keys.items() if len(versions) == 1}
    assert ones == {*ONE_VERSION, "ledger-id-hash"}


@pytest.mark.parametrize(
    "name", ["test-ssse-3des.toml", "test-exchange-3des.toml", "test-bank.toml"]
)
def test_keys_follow_the_rule_the_file_states(name: str) -> None:
    keys = document(name)["keys"]
    made_by_rule = keys.keys() - {"KMC", "ledger-id-hash"}
    assert made_by_rule
    for key in made_by_rule:
        for version, value in enumerate(keys[key], start=1):
            assert TDES(bytes.fromhex(value)) == made(key, version), key


@pytest.mark.parametrize("name", ["test-ssse-sm4.toml", "test-exchange-sm4.toml"])
def test_sm4_keys_follow_the_rule_the_file_states(name: str) -> None:
    keys = document(name)["keys"]
    for key in keys.keys() - {"ledger-id-hash"}:
        for version, value in enumerate(keys[key], start=1):
            assert bytes.fromhex(value) == rule(f"sm4 {key}", version)[:16], key


def test_check_values_are_of_the_masters() -> None:
    store = load_social_security()
    assert store.kcv("UK1DF01", 2) == made("UK1DF01", 2).kcv
    assert store.kcv("ledger-id-hash", 1) == HMAC256(rule("ledger-id-hash")).kcv
    assert load_exchange().kcv("EK", 1) == made("EK").kcv
    assert load_bank().kcv("KMC").hex().upper() == "8BAF47"


def level(key: bytes, factor: bytes) -> bytes:
    ecb = DES3.new(key, DES3.MODE_ECB)
    return ecb.encrypt(factor) + ecb.encrypt(bytes(byte ^ 0xFF for byte in factor))


def chain(root: bytes, *factors: bytes) -> bytes:
    for factor in factors:
        root = level(root, factor)
    return root


def test_a_card_key_is_the_whole_chain() -> None:
    root = made("IRK", 3).reveal()
    expected = chain(root, b"370000sh", b"371000sx", HISTORICAL[5:])
    assert load_social_security().card_key("IRK", 3, FACTORS) == TDES(expected)


def test_a_line_protection_key_ends_in_8_bytes() -> None:
    city = chain(made("STK").reveal(), b"370000sh", b"371000sx")
    expected = DES3.new(city, DES3.MODE_ECB).encrypt(HISTORICAL[5:])
    assert load_social_security().card_key("STK", 1, FACTORS, size=8) == DES8(expected)


def test_many_keys_are_the_single_ones() -> None:
    store = load_social_security()
    wanted = [KeyReference("STK", 1), KeyReference("IRK", 1), KeyReference("UK1DF01", 3)]
    for city in ("371000", "330106", "371000"):
        factors = Factors.of(city, HISTORICAL)
        keys = store.card_keys(wanted, factors, sizes={"STK": 8})
        assert list(keys) == wanted
        for reference, key in keys.items():
            size = 8 if reference.name == "STK" else 16
            assert key == store.card_key(*reference, factors, size=size)
    assert store.card_keys([], FACTORS) == {}


def test_keys_differ_by_name_version_city_and_card() -> None:
    store = load_social_security()
    other_card = Factors.of("371000", HISTORICAL[:-1] + b"\0")
    keys = [
        store.card_key("UK1DF01", 1, FACTORS),
        store.card_key("UK2DF01", 1, FACTORS),
        store.card_key("UK1DF01", 2, FACTORS),
        store.card_key("UK1DF01", 1, Factors.of("371100", HISTORICAL)),
        store.card_key("UK1DF01", 1, other_card),
    ]
    assert len({key.reveal() for key in keys}) == len(keys)


def test_exchange_key() -> None:
    expected = chain(made("EK").reveal(), b"370000sh", b"371000sx", HISTORICAL[5:])
    assert load_exchange().card_key("EK", 1, FACTORS) == TDES(expected)


def test_authentication_code() -> None:
    data = bytes.fromhex("371000D15600000512345678")
    key = chain(made("card-authentication-code").reveal(), b"370000sh", b"371000sx")
    left, right = (DES.new(half, DES.MODE_ECB) for half in (key[:8], key[8:]))
    mac = DES.new(key[:8], DES.MODE_CBC, bytes(8)).encrypt(data + b"\x80\0\0\0")[-8:]
    code = left.encrypt(right.decrypt(mac))[:4]
    assert load_social_security().authentication_code("371000", data) == code
    assert load_exchange().authentication_code("371000", data) is None
    with pytest.raises(ValueError, match="12 bytes"):
        load_social_security().authentication_code("371000", bytes(16))


def test_lot() -> None:
    lot = load_social_security().lot("TEST-GEN2")
    assert lot.blank_historical == bytes.fromhex("0081544C868684000000000000")
    assert lot.cos_version == "REF 1.0"
    assert lot.transport == made("transport TEST-GEN2")
    with pytest.raises(KeyStoreError, match="no chip lot GEN9"):
        load_social_security().lot("GEN9")


def test_blank_cards_have_the_certificate_master_of_their_lot() -> None:
    lot = load_social_security(None, SM4_SUITE).lot("TEST-GEN3")
    assert lot.certificate_master == SM4(INITIAL_CERTIFICATE_MASTER)
    assert load_social_security().lot("TEST-GEN2").certificate_master is None


def test_person_hash() -> None:
    expected = hmac.new(rule("ledger-id-hash"), b"11010519491231002X", hashlib.sha256).digest()
    assert load_social_security().person_hash("11010519491231002X") == expected
    with pytest.raises(KeyStoreError, match="ledger-id-hash"):
        load_exchange().person_hash("11010519491231002X")


@pytest.mark.parametrize(("name", "version"), [("NONE", 1), ("IRK", 4), ("IRK", 0)])
def test_keys_that_are_not_there(name: str, version: int) -> None:
    store = load_social_security()
    for ask in (
        lambda: store.kcv(name, version),
        lambda: store.card_key(name, version, FACTORS),
        lambda: store.card_keys([KeyReference(name, version)], FACTORS),
    ):
        with pytest.raises(KeyStoreError, match=f"no key {name} version {version}"):
            ask()


def test_bank_session_keys() -> None:
    kmc = TDES(bytes(range(0x40, 0x50)))
    keydata, sequence = bytes.fromhex("6228000FFFFF12345678"), b"\0\1"
    keys = load_bank().session_keys(keydata, sequence)
    expected = cps.session_keys(cps.card_keys(kmc, keydata), sequence)
    for use in ("enc", "mac", "dek", "rmac"):
        zeros = des.ecb_encrypt(getattr(keys, use), bytes(8))
        assert zeros == des.ecb_encrypt(getattr(expected, use), bytes(8))


@pytest.mark.parametrize("purpose", ["ac", "mac", "enc"])
def test_bank_udk(purpose: str) -> None:
    expected = emv.udk(made(f"IMK-{purpose.upper()}"), "6228000100001117", "01")
    assert load_bank().udk(purpose, "6228000100001117", "01") == expected


@pytest.mark.parametrize("purpose", ["ac", "mac", "enc"])
def test_bank_sm4_udk(purpose: str) -> None:
    """One block Y, NOT Y under the issuer key (pboc 3), computed by gmssl itself."""
    imk = rule(f"sm4 SM4-IMK-{purpose.upper()}")[:16]
    y = bytes.fromhex("2800010000111701")
    cipher = CryptSM4()
    cipher.set_key(imk, SM4_ENCRYPT)
    block = cipher.one_round(cipher.sk, list(y + bytes(byte ^ 0xFF for byte in y)))
    assert load_bank().sm4_udk(purpose, "6228000100001117", "01") == SM4(bytes(block))


def test_sm4_keys_of_the_bank_follow_the_rule_the_file_states() -> None:
    keys = document("test-bank.toml")["sm4_keys"]
    assert keys.keys() == {"SM4-IMK-AC", "SM4-IMK-MAC", "SM4-IMK-ENC"}
    for key, (value,) in keys.items():
        assert bytes.fromhex(value) == rule(f"sm4 {key}")[:16], key


def test_bank_purposes() -> None:
    for ask in (load_bank().udk, load_bank().sm4_udk):
        with pytest.raises(ValueError, match="ac, mac, enc"):
            ask("dac", "6228000100001117", "01")


def test_data_go_from_the_transport_key_to_that_of_the_session() -> None:
    keydata, sequence = bytes.fromhex("6228000FFFFF12345678"), b"\0\1"
    plain = bytes(range(40))
    carried = DES3.new(made("TK").reveal(), DES3.MODE_ECB).encrypt(plain)
    dek = bytes.fromhex("041147588F960448120F4A6AB5809FAE")  # of pboc 1.10
    found = load_bank().translate(KeyReference("TK", 1), carried, keydata, sequence)
    assert DES3.new(dek, DES3.MODE_ECB).decrypt(found) == plain


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("KMC", 8, "KMC: does not carry data"),
        ("IMK-AC", 8, "IMK-AC: does not carry data"),
        ("TK", 9, "TK: data are whole blocks"),
        ("TK", 0, "TK: data are whole blocks"),
    ],
)
def test_what_is_not_translated(name: str, size: int, message: str) -> None:
    with pytest.raises(KeyStoreError, match=message):
        load_bank().translate(KeyReference(name, 1), bytes(size), bytes(10), bytes(2))
    with pytest.raises(KeyStoreError, match="no key TK version 2"):
        load_bank().translate(KeyReference("TK", 2), bytes(8), bytes(10), bytes(2))


def test_the_mac_of_what_came() -> None:
    """ISO/IEC 9797-1 algorithm 3, padding 2, step by step."""
    key = made("TK-MAC").reveal()
    block = bytes(8)
    padded = b"a record of some length" + b"\x80"
    for at in range(0, len(padded), 8):
        block = DES.new(key[:8], DES.MODE_ECB).encrypt(
            bytes(a ^ b for a, b in zip(block, padded[at : at + 8], strict=True))
        )
    block = DES.new(key[8:], DES.MODE_ECB).decrypt(block)
    expected = DES.new(key[:8], DES.MODE_ECB).encrypt(block)
    store = load_bank()
    assert store.transport_mac(KeyReference("TK-MAC", 1), padded[:-1]) == expected
    with pytest.raises(KeyStoreError, match="TK: does not make MACs"):
        store.transport_mac(KeyReference("TK", 1), b"")


def test_a_batch_costs_little_more_than_its_ciphers() -> None:
    store = load_social_security()
    wanted = [KeyReference(name, v) for name, v in product(THREE_VERSIONS, (1, 2, 3))]
    encrypt = des.ecb_encryptor(TDES(bytes(range(16))))
    store.card_keys(wanted, FACTORS)
    assert _best(lambda: store.card_keys(wanted, FACTORS)) < 8 * _best(
        lambda: [encrypt(FACTORS.card + FACTORS.card) for _ in wanted]
    )


def _best(work: object) -> float:
    assert callable(work)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
