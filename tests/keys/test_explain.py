"""Explained keys against the chain computed with other libraries, and what must not be in them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib import resources
from typing import Any

import pytest
from Crypto.Cipher import DES, DES3
from gmssl import sm4 as gmssl_sm4

from sscard.errors import KeyStoreError
from sscard.keys import SM4_SUITE, SUITES, TDES_SUITE, Factors
from sscard.keys.explain import Explanation, explain
from sscard.keys.key_table import KEYS
from sscard.keys.roots import MINISTRY_ROOTS
from sscard.keys.stores import load_social_security

CODE = bytes.fromhex("639900D15600000500BF7C7A48FB4966")
HISTORY = bytes.fromhex("00814E43238697159900BF7C7A")
#: Written out from ssc 4: "63" 0000 "sh", "639900" "sx", T6 to TD.
FACTORS = ("3633303030307368", "3633393930307378", "8697159900BF7C7A")


def sm4(key: bytes, data: bytes) -> bytes:
    cipher = gmssl_sm4.CryptSM4()
    cipher.set_key(key, gmssl_sm4.SM4_ENCRYPT)
    return bytes(cipher.one_round(cipher.sk, list(data)))


def inverse(factor: bytes) -> bytes:
    return bytes(0xFF - byte for byte in factor)


def triple_chain(root: bytes, size: int) -> list[bytes]:
    """The keys of every level in 3DES, the root first."""
    keys = [root]
    for factor in map(bytes.fromhex, FACTORS):
        cipher = DES3.new(keys[-1], DES3.MODE_ECB)
        keys.append(cipher.encrypt(factor) + cipher.encrypt(inverse(factor)))
    return [*keys[:-1], keys[-1][:size]]


def triple_kcv(key: bytes) -> bytes:
    if len(key) == 8:
        return DES.new(key, DES.MODE_ECB).encrypt(bytes(8))[:3]
    return DES3.new(key, DES3.MODE_ECB).encrypt(bytes(8))[:3]


def root(suite: str, name: str, version: int) -> bytes:
    text = (resources.files("sscard.keys.stores") / f"test-ssse-{suite}.toml").read_text("utf-8")
    return bytes.fromhex(tomllib.loads(text)["keys"][name][version - 1])


def values(found: Explanation) -> list[bytes]:
    return [found.root_kcv, *(step.after for step in found.steps)]


@pytest.mark.parametrize(
    ("name", "version", "size"), [("UK1DF01", 1, 16), ("UK1DF01", 3, 16), ("STKDF04", 1, 8)]
)
def test_3des_recomputed(name: str, version: int, size: int) -> None:
    found = explain(load_social_security(), name, version, CODE, HISTORY)
    chain = triple_chain(root("3des", name, version), size)
    assert values(found) == [triple_kcv(key) for key in chain]
    assert [step.before for step in found.steps] == values(found)[:-1]
    assert found.kcv == values(found)[-1]


def test_sm4_recomputed() -> None:
    found = explain(load_social_security(None, SM4_SUITE), "STKDF04", 1, CODE, HISTORY)
    key = root("sm4", "STKDF04", 1)
    expected = [sm4(key, bytes(16))[:3]]
    for factor in map(bytes.fromhex, FACTORS):
        key = sm4(key, factor + inverse(factor))
        expected.append(sm4(key, bytes(16))[:3])
    assert values(found) == expected


def test_factors_and_what_they_are_made_of() -> None:
    found = explain(load_social_security(), "UK1DF01", 1, CODE, HISTORY)
    assert [step.factor.hex().upper() for step in found.steps] == list(FACTORS)
    assert [step.made for step in found.steps] == [
        '"63" + "0000" + "sh": first two digits of city 639900',
        '"639900" + "sx": the six digits of the city',
        "T6 to TD: last 8 of the 13 historical bytes",
    ]
    assert [step.operation for step in found.steps] == ["3DES(f) ‖ 3DES(NOT f)"] * 3


def test_zhejiang() -> None:
    code = bytes.fromhex("330106") + CODE[3:]
    found = explain(load_social_security(), "UK1DF01", 1, code, HISTORY)
    assert found.steps[1].factor == b"330100sx"
    assert "00 in Zhejiang" in found.steps[1].made


def test_an_stk_is_one_block_in_3des_and_whole_in_sm4() -> None:
    for suite, last in (("3des", "3DES(f)"), ("sm4", "SM4(f ‖ NOT f)")):
        found = explain(load_social_security(None, SUITES[suite]), "STK", 1, CODE, HISTORY)
        assert found.steps[2].operation == last


@pytest.mark.parametrize(
    ("name", "in_psam"),
    [
        ("IRK", [True, True, True]),
        ("UK6DF01", [False, True, True]),
        ("UK1DF01", [False, False, True]),
        ("RK1DF01", [False, False, False]),  # no source has its usage byte
        ("MKDF01", [False, False, False]),
    ],
)
def test_which_steps_a_psam_does(name: str, in_psam: list[bool]) -> None:
    found = explain(load_social_security(), name, 1, CODE, HISTORY)
    assert [step.in_psam for step in found.steps] == in_psam


@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.name)
def test_every_key_of_the_store_is_what_the_card_gets(suite: Any) -> None:
    store, factors = load_social_security(None, suite), Factors.of("639900", HISTORY)
    explained = 0
    for key in KEYS:
        try:
            store.kcv(key.name, 1)
        except KeyStoreError:
            continue
        card_key = store.card_key(key.name, 1, factors, size=key.size_in(suite.block))
        assert explain(store, key.name, 1, CODE, HISTORY).kcv == card_key.kcv
        explained += 1
    assert explained == 79


class Asked:
    """A store that notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int, int]] = []
        self.suite, self.roots = TDES_SUITE, MINISTRY_ROOTS

    def kcv(
        self, name: str, version: int, factors: Sequence[bytes] = (), *, size: int = 16
    ) -> bytes:
        self.asked.append((name, version, len(factors), size))
        return bytes((len(factors), 0, size))


def test_only_check_values_are_asked_for() -> None:
    store = Asked()
    explain(store, "STK", 1, CODE, HISTORY)
    assert store.asked == [
        ("STK", 1, 0, 16),
        ("STK", 1, 1, 16),
        ("STK", 1, 2, 16),
        ("STK", 1, 3, 8),
    ]


def test_notes() -> None:
    def notes(name: str, history: bytes = HISTORY) -> str:
        return "; ".join(explain(Asked(), name, 1, CODE, history).notes)

    assert notes("IRK") == ""
    assert "its own root" in notes("UK1DF01")
    assert "市级 city (PSAM 28,42)" in notes("UK1DF01")
    assert "the issuing area makes the root" in notes("RKMFEF0C")
    assert "also called UKMF" in notes("UKSSSE")
    assert "00BF7C7A, is not that of the historical bytes, 00BF7C7B" in notes(
        "IRK", HISTORY[:-1] + b"\x7b"
    )


@pytest.mark.parametrize(
    ("code", "history"),
    [
        (CODE[:-1], HISTORY),
        (CODE[:3] + b"\xd1\x56\0\0\6" + CODE[8:], HISTORY),
        (b"\x63\x99\x0a" + CODE[3:], HISTORY),
        (CODE, HISTORY[:-1]),
    ],
)
def test_what_is_no_card(code: bytes, history: bytes) -> None:
    with pytest.raises(ValueError):
        explain(Asked(), "IRK", 1, code, history)


def test_what_is_no_key() -> None:
    for name, version in (("UKXDF01", 1), ("UK1DF01", 4)):
        with pytest.raises(KeyStoreError):
            explain(load_social_security(), name, version, CODE, HISTORY)


def test_no_key_is_in_it() -> None:
    found = repr(explain(load_social_security(), "IRK", 1, CODE, HISTORY))
    for key in triple_chain(root("3des", "IRK", 1), 16):
        for at in range(13):
            assert key[at : at + 4].hex() not in found.lower()
            assert repr(key[at : at + 4])[2:-1] not in found
