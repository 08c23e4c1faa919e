"""Keys, MACs and TACs of medical transactions, recomputed from ssc 5.2 with other libraries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from Crypto.Cipher import DES, DES3
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4
from hypothesis import given
from hypothesis import strategies as st

from sscard.channel import medical
from sscard.channel.medical import Load, Purchase
from sscard.keys import SM4_SUITE, SUITES, TDES_SUITE

DLK = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
DPK = bytes.fromhex("1F2E3D4C5B6A798897A6B5C4D3E2F101")
DTK = bytes.fromhex("404142434445464748494A4B4C4D4E4F")

amounts = st.integers(0, 0x7FFFFFFF)
counters = st.integers(0, 0xFFFF)
fours, terminals, times = (st.binary(min_size=size, max_size=size) for size in (4, 6, 7))
loads = st.builds(Load, fours, counters, amounts, amounts, terminals)
purchases = st.builds(
    Purchase,
    fours,
    counters,
    amounts,
    amounts,
    amounts,
    terminals,
    st.integers(0, 0xFFFFFFFF),
    times,
)
TIME = bytes.fromhex("20260131235959")
LOAD = Load(bytes(4), 1, 100, 50, bytes(6))
PURCHASE = Purchase(bytes(4), 1, 1, 2, 3, bytes(6), 0x00010002, TIME)


def n(value: int, size: int = 4) -> bytes:
    return value.to_bytes(size, "big")


def sm4(key: bytes, block: bytes) -> bytes:
    engine = CryptSM4()
    engine.set_key(key, SM4_ENCRYPT)
    return bytes(engine.one_round(engine.sk, list(block)))


def xor(*parts: bytes) -> bytes:
    folded = 0
    for part in parts:
        folded ^= int.from_bytes(part, "big")
    return folded.to_bytes(len(parts[0]), "big")


class TripleDes:
    """The left column of ssc 4 with pycryptodome."""

    tac_key = xor(DTK[:8], DTK[8:])

    def session(self, key: bytes, eight: bytes) -> bytes:
        return DES3.new(key, DES3.MODE_ECB).encrypt(eight)

    def mac(self, key: bytes, text: bytes) -> bytes:
        text += b"\x80" + bytes(7 - len(text) % 8)
        return DES.new(key, DES.MODE_CBC, bytes(8)).encrypt(text)[-8:-4]


class Sm4:
    """The right column with gmssl."""

    tac_key = DTK

    def session(self, key: bytes, eight: bytes) -> bytes:
        return sm4(key, eight + bytes(8))

    def mac(self, key: bytes, text: bytes) -> bytes:
        text += b"\x80" + bytes(15 - len(text) % 16)
        chain = bytes(16)
        for at in range(0, len(text), 16):
            chain = sm4(key, xor(chain, text[at : at + 16]))
        return xor(chain[:4], chain[4:8], chain[8:12], chain[12:])


SIDES = [
    pytest.param("3des", TripleDes(), id="3des"),
    pytest.param("sm4", Sm4(), id="sm4"),
]


@pytest.mark.parametrize(("name", "other"), SIDES)
@given(load=loads, time=times)
def test_load(name: str, other: TripleDes | Sm4, load: Load, time: bytes) -> None:
    suite = SUITES[name]
    session = medical.load_session(suite, suite.key(DLK), load)
    theirs = other.session(DLK, load.random + n(load.counter, 2) + b"\x80\x00")
    assert session == suite.key(theirs)
    text = n(load.balance) + n(load.amount) + b"\1" + load.terminal
    assert medical.load_mac1(suite, session, load) == other.mac(theirs, text)
    text = n(load.amount) + b"\1" + load.terminal + time
    assert medical.load_mac2(suite, session, load, time) == other.mac(theirs, text)
    text = n(load.balance + load.amount) + n(load.counter, 2) + text
    tac = medical.load_tac(suite, suite.key(DTK), load, time)
    assert tac == other.mac(other.tac_key, text)


@pytest.mark.parametrize(("name", "other"), SIDES)
@given(purchase=purchases)
def test_purchase(name: str, other: TripleDes | Sm4, purchase: Purchase) -> None:
    suite, terminal_counter = SUITES[name], n(purchase.terminal_counter)
    session = medical.purchase_session(suite, suite.key(DPK), purchase)
    theirs = other.session(DPK, purchase.random + n(purchase.counter, 2) + terminal_counter[2:])
    assert session == suite.key(theirs)
    three = n(purchase.account) + n(purchase.self_paid) + n(purchase.pool)
    text = three + b"\2" + purchase.terminal + purchase.time
    assert medical.purchase_mac1(suite, session, purchase) == other.mac(theirs, text)
    assert medical.purchase_mac2(suite, session, purchase) == other.mac(theirs, three)
    text = three + b"\2" + purchase.terminal + terminal_counter + purchase.time
    tac = medical.purchase_tac(suite, suite.key(DTK), purchase)
    assert tac == other.mac(other.tac_key, text)


@pytest.mark.parametrize(
    "change",
    [
        lambda: replace(LOAD, random=bytes(3)),
        lambda: replace(LOAD, counter=0x10000),
        lambda: replace(LOAD, amount=-1),
        lambda: replace(LOAD, terminal=bytes(7)),
        lambda: replace(LOAD, balance=0xFFFFFFFF),  # there is no room for the amount
        lambda: replace(PURCHASE, pool=1 << 32),
        lambda: replace(PURCHASE, terminal_counter=1 << 32),
        lambda: replace(PURCHASE, time=bytes(8)),
        lambda: medical.load_mac2(TDES_SUITE, TDES_SUITE.key(bytes(8)), LOAD, bytes(6)),
        lambda: medical.load_tac(SM4_SUITE, SM4_SUITE.key(DTK), LOAD, bytes(8)),
    ],
)
def test_what_does_not_fit(change: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="have"):
        change()


def test_amounts_are_not_shown() -> None:
    shown = repr(replace(LOAD, amount=7654321)) + repr(replace(PURCHASE, pool=7654321))
    assert "7654321" not in shown
