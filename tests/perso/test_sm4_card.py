"""The same plans make a card that computes with SM4 on the chip of the third generation."""

from __future__ import annotations

import random
import tomllib
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from simulator import VirtualCard
from sscard.apdu import ssc
from sscard.channel import wrap_enciphered
from sscard.cos import NVM
from sscard.errors import KeyStoreError, NotVerified
from sscard.keys import SM4, SM4_SUITE
from sscard.keys.stores import load_exchange, load_social_security
from sscard.perso import audit, handover
from sscard.perso.order import CardOrder, prepare
from sscard.perso.plan import run
from sscard.profiles import Profile
from sscard.profiles.chips import load_chip

if TYPE_CHECKING:
    from tests.conftest import Terminal


@pytest.fixture(scope="module")
def cells(sm4_issued_cells: bytes, sm4_order: CardOrder) -> bytes:
    """The card with its hand-over area closed."""
    chip = load_chip("gen3-80k")
    card = VirtualCard(NVM(bytearray(sm4_issued_cells)), chip, random=random.Random(4).randbytes)
    card.power_on()
    run(handover.close(sm4_order.profile, sm4_order.exchange), card)
    return bytes(card.card.nvm.cells)


@pytest.fixture
def card(cells: bytes) -> VirtualCard:
    return VirtualCard(
        NVM(bytearray(cells)), load_chip("gen3-80k"), random=random.Random(5).randbytes
    )


@pytest.fixture
def sm4_terminal(card: VirtualCard, sm4_order: CardOrder, terminal: Terminal) -> Terminal:
    return type(terminal)(card, sm4_order)


def test_every_key_is_an_sm4_key(sm4_order: CardOrder) -> None:
    keys = [*sm4_order.keys.values(), sm4_order.exchange, sm4_order.lot.transport]
    assert {type(key) for key in keys} == {SM4}


def test_the_audit_proves_it(card: VirtualCard, sm4_order: CardOrder) -> None:
    findings = run(audit.audit(sm4_order, random.Random(6).randbytes), card)
    audit.require(findings)
    assert len(findings) > 150


def test_the_audit_finds_another_key(card: VirtualCard, sm4_order: CardOrder) -> None:
    key = next(iter(sm4_order.keys))
    wrong = {**sm4_order.keys, key: SM4(bytes(range(16)))}
    with pytest.raises(NotVerified, match=key.name):
        audit.require(run(audit.audit(replace(sm4_order, keys=wrong), bytes), card))


def test_a_new_pin_travels_in_one_block_of_16_bytes(sm4_terminal: Terminal) -> None:
    """84 24 00 01 14: LD and PIN, padded to 16 bytes, and the MAC (ssc 4 [S][T length])."""
    sm4_terminal.select()
    assert sm4_terminal.show("PUK") == 0x9000
    command = wrap_enciphered(
        ssc.reload_pin(bytes.fromhex("654321")),
        SM4_SUITE,
        SM4(sm4_terminal.key("STK")),
        sm4_terminal.challenge(16),
    )
    assert bytes(command)[:5].hex() == "8424000114"
    assert sm4_terminal.status(command) == 0x9000
    assert sm4_terminal.verify("654321") == 0x9000
    assert sm4_terminal.hex("842400010C" + "00" * 12) == "6700", "a block of DES"


@pytest.mark.parametrize(("size", "sw"), [(4, "9000"), (8, "9000"), (16, "9000"), (12, "6700")])
def test_challenges(sm4_terminal: Terminal, size: int, sw: str) -> None:
    sm4_terminal.select()
    assert sm4_terminal.hex(f"00840000{size:02X}").endswith(sw)


def test_a_store_of_another_cipher_is_refused(sm4_profile: Profile, order: CardOrder) -> None:
    for suites in ((None, SM4_SUITE), (SM4_SUITE, None)):
        social, exchange = suites
        with pytest.raises(KeyStoreError, match="for 3des, profile gen3 for sm4"):
            prepare(
                sm4_profile,
                {},
                order.numbers,
                store=load_social_security(None, social) if social else load_social_security(),
                exchange=load_exchange(None, exchange) if exchange else load_exchange(),
                lot="TEST-GEN3",
            )


def test_both_test_stores_know_a_person_by_one_hash() -> None:
    number = "110101199003070038"
    hashes = {load_social_security(None, suite).person_hash(number) for suite in (SM4_SUITE,)}
    assert hashes == {load_social_security().person_hash(number)}


def test_the_packaged_stores_hold_the_same_names() -> None:
    folder = files("sscard.keys.stores")
    for kind in ("ssse", "exchange"):
        old, new = (
            tomllib.loads((folder / f"test-{kind}-{suite}.toml").read_text("utf-8"))["keys"]
            for suite in ("3des", "sm4")
        )
        assert {k: len(v) for k, v in old.items()} == {k: len(v) for k, v in new.items()}
        assert not [name for name in old if old[name] == new[name] and name != "ledger-id-hash"]
