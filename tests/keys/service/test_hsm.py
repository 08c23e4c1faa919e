"""The HSM of the driver's steps: what it answers, the simulated card takes.

An oracle of plain cipher calls says what each answer has to be.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import VirtualCard
from sscard.apdu import medical, ssc
from sscard.apdu.medical_data import InitForPurchase, PurchaseInitialized
from sscard.apdu.status import StatusWord
from sscard.cos import NVM
from sscard.errors import KeyStoreError, MalformedData
from sscard.keys import SM4_SUITE
from sscard.keys.operations import KeyNotHeld
from sscard.keys.stores import load_social_security
from sscard.keys.stores.service import served
from sscard.keys.stores.service.card_seen import CardSeen
from sscard.keys.stores.service.clients import Clients, client
from sscard.keys.stores.service.hsm import Hsm, RemoteHsm
from sscard.keys.stores.service.messages import OfficeString
from sscard.keys.stores.service.refusals import Code, Refused
from sscard.keys.stores.service.token import Token
from sscard.keys.stores.service.union_strings import parse
from sscard.profiles.chips import load_chip

if TYPE_CHECKING:
    from tests.conftest import Terminal

TOKEN = "sscard-key-token-of-a-hospital"
ALL_KINDS = ["IRK", "external", "maintenance", "purchase", "transaction"]
CITY, HISTORY = "510100", "0081544C9686845101C0666779"
SEEN = CardSeen(CITY, HISTORY)
STORES = {"01": load_social_security(), "03": load_social_security(None, SM4_SUITE)}


class Oracle:
    """Derivation, proofs and MACs written out again (ssc 4), for one suite and card."""

    def __init__(self, algorithm: str, division: str = CITY) -> None:
        self.block = {"01": 8, "03": 16}[algorithm]
        city = division[:4] + "00" if division.startswith("33") else division
        self.factors = (
            f"{division[:2]}0000sh".encode(),
            f"{city}sx".encode(),
            bytes.fromhex(HISTORY)[-8:],
        )

    def encrypt(self, key: bytes, data: bytes, mode: Any = None) -> bytes:
        whole = SM4(key) if self.block == 16 else TripleDES((key * 3)[:24])
        work = Cipher(whole, mode or ECB()).encryptor()
        return work.update(data)

    def master(self, name: str, version: int) -> bytes:
        """The rule of the packaged TEST stores."""
        words = f"sscard TEST {'sm4 ' * (self.block == 16)}{name} v{version}"
        found = hashlib.sha256(words.encode()).digest()[:16]
        if self.block == 16:
            return found
        return bytes(each & 0xFE | (each & 0xFE).bit_count() % 2 ^ 1 for each in found)

    def card_key(self, name: str, version: int = 1) -> bytes:
        key = self.master(name, version)
        for factor in self.factors:
            inverse = bytes(255 - each for each in factor)
            if self.block == 16:
                key = self.encrypt(key, factor + inverse)
            else:
                left = self.encrypt(key, factor)
                short = name.startswith("STK") and factor is self.factors[-1]
                key = left if short else left + self.encrypt(key, inverse)
        return key

    def session(self, name: str, version: int, factor: bytes) -> bytes:
        return self.encrypt(self.card_key(name, version), factor.ljust(self.block, b"\0"))

    def proof(self, name: str, factor: bytes, data: bytes, version: int = 1) -> str:
        out = self.encrypt(self.session(name, version, factor), data.ljust(self.block, b"\0"))
        found = bytes(a ^ b for a, b in zip(out, out[8:], strict=False)) if out[8:] else out
        return (found + data).hex().upper()

    def mac(self, key: bytes, message: bytes) -> bytes:
        padded = message + b"\x80"
        padded += bytes(-len(padded) % self.block)
        last = self.encrypt(key, padded, CBC(bytes(self.block)))[-self.block :]
        if self.block == 8:
            return last[:4]
        words = [int.from_bytes(last[at : at + 4], "big") for at in range(0, 16, 4)]
        return (words[0] ^ words[1] ^ words[2] ^ words[3]).to_bytes(4, "big")

    def tac(self, message: bytes, version: int) -> bytes:
        key = self.card_key("DTK", version)
        if self.block == 8:
            key = bytes(a ^ b for a, b in zip(key[:8], key[8:], strict=True))
        return self.mac(key, message)


def test_the_oracle_has_the_keys() -> None:
    """Check values, so that a wrong oracle is not taken for a wrong HSM."""
    for algorithm, store in STORES.items():
        oracle = Oracle(algorithm)
        zeros = oracle.encrypt(oracle.master("IRK", 2), bytes(oracle.block))
        assert store.kcv("IRK", 2) == zeros[:3]


def step(*fields: str | bytes) -> str:
    return "".join(f"{x if isinstance(x, str) else x.hex().upper()}|" for x in fields)


@pytest.fixture(params=sorted(STORES))
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["in process", "over TLS"])
def hsm(
    request: pytest.FixtureRequest, algorithm: str, start: Callable[..., Any], way: Any
) -> Iterator[Hsm]:
    """The same, with the keys and without."""
    if request.param == "in process":
        yield Hsm(STORES[algorithm])
        return
    known = Clients((client("hospital", Token(TOKEN), ("hsm",), ALL_KINDS),))
    offered = served.ServedOperations("social-security", STORES[algorithm])
    remote = RemoteHsm(way(start(offered, known=known), TOKEN))
    yield remote
    remote.close()


@pytest.fixture
def card(request: pytest.FixtureRequest, algorithm: str, terminal: Terminal) -> Terminal:
    """The card of that algorithm, SSSE selected."""
    if algorithm == "03":
        order = request.getfixturevalue("sm4_order")
        cells = request.getfixturevalue("sm4_issued_cells")
        memory, chip = NVM(bytearray(cells)), load_chip(order.profile.chip)
        made = VirtualCard(memory, chip, random=random.Random(3).randbytes)
        terminal = type(terminal)(made, order)
    terminal.select()
    return terminal


@pytest.fixture
def seen(card: Terminal) -> CardSeen:
    return CardSeen(card.order.card_id_code[:3].hex(), card.order.historical.hex())


def show(card: Terminal, kid: int, pkey: str, version: int | None = None) -> StatusWord:
    raw = bytes.fromhex(pkey.rstrip("|"))
    return card.status(ssc.external_authenticate(kid, raw[:8], raw[8:], version=version))


def step1(card: Terminal, algorithm: str, address: str) -> str:
    return step(algorithm, address, card.challenge(), b"original")


def test_reading_the_basics(hsm: Hsm, card: Terminal, seen: CardSeen, algorithm: str) -> None:
    """The card's proof is the HSM's, ours opens SSSE/EF06 (RKSSSE, KID 0A)."""
    factor, data = bytes(range(8)), bytes(range(8, 16))
    proof = card.ok(ssc.internal_authenticate(factor, data))
    head = (seen.division, seen.historical, algorithm, card.order.card_id_code, factor, data)
    text = step(*head, card.challenge(), bytes(8))
    pkey = hsm.read_basic(text)
    internal, external, end = pkey.split("|")
    assert (bytes.fromhex(internal), end) == (proof + data, "")
    assert show(card, 0x0A, external) == StatusWord.OK
    assert hsm.read_basic(text + "510100000042|") == pkey, "a terminal's number behind it"
    assert hsm.read_basic(step(*head, "", "")) == f"{internal}||"


@pytest.mark.parametrize(
    ("directory", "address", "kid", "version"),
    [
        ("SSSE", "004D", 0x0A, 2),
        ("DF03", "0193", 0x84, 1),
        ("DF01", "0051", 0x88, 3),
        ("DF01", "009B", 0x84, 2),
    ],
)
def test_reading(
    hsm: Hsm,
    card: Terminal,
    seen: CardSeen,
    algorithm: str,
    directory: str,
    address: str,
    kid: int,
    version: int,
) -> None:
    card.select(directory)
    assert show(card, kid, hsm.read(seen, step1(card, algorithm, address)), version) == 0x9000


def test_writing(hsm: Hsm, card: Terminal, seen: CardSeen, algorithm: str) -> None:
    card.select("DF01")
    assert show(card, 0x83, hsm.write(seen, step1(card, algorithm, "0098")), 2) == 0x9000
    wrong = hsm.write(seen, step1(card, algorithm, "0098"))
    assert show(card, 0x83, wrong, 3) != StatusWord.OK, "of another version"
    other = replace(seen, division="510200")
    assert show(card, 0x83, hsm.write(other, step1(card, algorithm, "0097"))) != 0x9000


def test_a_new_pin(hsm: Hsm, card: Terminal, seen: CardSeen, algorithm: str) -> None:
    assert show(card, 0x06, hsm.reload_pin(seen, step1(card, algorithm, "0090"))) == 0x9000
    header = {"01": "842400010C", "03": "8424000114"}[algorithm]
    text = step(algorithm, "0173", card.challenge(), header, "8642097")
    command = hsm.reload_pin_message(seen, text)
    assert command.endswith("|")
    assert card.hex(command[:-1]) == "9000"
    assert card.verify("8642097") == StatusWord.OK


def test_tries_again(hsm: Hsm, card: Terminal, seen: CardSeen, algorithm: str) -> None:
    while card.verify("000000") != StatusWord.AUTHENTICATION_BLOCKED:
        pass
    assert show(card, 0x06, hsm.unblock_pin(seen, step1(card, algorithm, "0090"))) == 0x9000
    text = step(algorithm, "0173", card.challenge(), "8424000004", "")
    command = hsm.unblock_pin_message(seen, text)
    assert len(command) == 18 + 1
    assert card.hex(command[:-1]) == "9000"
    assert card.verify() == StatusWord.OK


@pytest.mark.parametrize(("index", "address"), [(1, "017F"), (3, "019C")])
def test_a_debit(
    hsm: Hsm, card: Terminal, seen: CardSeen, algorithm: str, index: int, address: str
) -> None:
    """Zero yuan, which the card debits, too."""
    terminal_number, time = bytes.fromhex("510100000042"), "20260131235959"
    card.select("DF04")
    card.verify()
    started = card.ok(medical.init_for_purchase(InitForPurchase(index, 0, 0, 0, terminal_number)))
    begun = PurchaseInitialized.parse(started)
    counter = begun.counter.to_bytes(2, "big")
    text = step(algorithm, address, begun.random, counter, bytes(12), "02", terminal_number, time)
    sequence, said, mac1, mac2, tac, end = hsm.debit(seen, text).split("|")
    assert (sequence, said, end) == ("0000" + counter.hex().upper(), time, "")
    answer = card.hex(f"B02C01000F{sequence}{time}{mac1}")
    assert answer == f"{tac}{mac2}9000"
    other = hsm.debit(seen, text, "A1B2C3D4")
    assert other.startswith("A1B2C3D4|")
    assert other.split("|")[2] != mac1


eights = st.binary(min_size=8, max_size=8)


@settings(deadline=None)  # a busy machine is no fault
@given(st.sampled_from(sorted(STORES)), st.sampled_from(["510100", "330127"]), eights, eights)
def test_every_proof_is_the_oracles(
    algorithm: str, division: str, factor: bytes, data: bytes
) -> None:
    oracle, hsm = Oracle(algorithm, division), Hsm(STORES[algorithm])
    card = CardSeen(division, HISTORY)
    card_id = bytes.fromhex(f"{division}D156000005C066677900000000")
    basic = step(division, HISTORY, algorithm, card_id, factor, data, data, factor)
    expected = [oracle.proof("IRK", factor, data), oracle.proof("RKSSSE", data, factor)]
    assert hsm.read_basic(basic) == step(*expected)
    for ask, address, name, version in (
        (hsm.read, "0194", "RK1DF03", 2),
        (hsm.write, "0099", "UK1DF01", 3),
        (hsm.reload_pin, "0090", "PUK", 1),
        (hsm.unblock_pin, "0090", "PUK", 1),
    ):
        text = step(algorithm, address, factor, data)
        assert ask(card, text) == step(oracle.proof(name, factor, data, version))


@settings(deadline=None)  # a busy machine is no fault
@given(st.sampled_from(sorted(STORES)), eights, st.text("0123456789", min_size=4, max_size=12))
def test_every_message_is_the_oracles(algorithm: str, factor: bytes, pin: str) -> None:
    oracle, hsm = Oracle(algorithm), Hsm(STORES[algorithm])
    key = oracle.session("STK", 1, factor)
    packed = bytes.fromhex(pin + "F" * (len(pin) % 2))
    plain = bytes((len(packed),)) + packed
    if len(plain) % oracle.block:
        plain += b"\x80"
        plain += bytes(-len(plain) % oracle.block)
    for ask, cipher, new, p2 in (
        (hsm.reload_pin_message, oracle.encrypt(key, plain), pin, 1),
        (hsm.unblock_pin_message, b"", "", 0),
    ):
        header = bytes((0x84, 0x24, 0, p2, len(cipher) + 4))
        command = header + cipher
        text = step(algorithm, "0173", factor, header, new)
        assert ask(SEEN, text) == step(command + oracle.mac(key, command))


@settings(deadline=None)  # a busy machine is no fault
@given(st.sampled_from(sorted(STORES)), st.integers(1, 3), st.binary(min_size=31, max_size=31))
def test_every_debit_is_the_oracles(algorithm: str, version: int, raw: bytes) -> None:
    oracle, hsm = Oracle(algorithm), Hsm(STORES[algorithm])
    rnd, counter, amounts, end = raw[:4], raw[4:6], raw[6:18], raw[18:]
    kind_terminal, time = b"\x02" + end[:6], end[6:]
    address = ("017F", "0199", "019C")[version - 1]
    factor = rnd + counter + counter
    key = oracle.session("DPK", version, factor)
    text = step(algorithm, address, rnd, counter, amounts, "02", end[:6], time)
    proven = amounts + kind_terminal
    assert hsm.debit(SEEN, text) == step(
        b"\0\0" + counter,
        time,
        oracle.mac(key, proven + time),
        oracle.mac(key, amounts),
        oracle.tac(proven + b"\0\0" + counter + time, version),
    )


GOOD = step("01", "0097", bytes(8), bytes(8))
BASIC = step(CITY, HISTORY, "01", f"{CITY}D156000005C066677900000000", *[bytes(8)] * 2, "", "")
DEBIT = step("01", "017F", bytes(4), "0001", bytes(12), "02", bytes(6), bytes(7))


@pytest.mark.parametrize(
    ("ask", "text", "said"),
    [
        ("write", "", "ends with"),
        ("write", "01|", "algorithm and key address"),
        ("write", GOOD + "00|", "6 fields|type 02"),
        ("write", GOOD.replace("0097", "97"), "4 digits"),
        ("write", GOOD.replace("0097", "0170"), "under a UK"),
        ("read", GOOD.replace("0097", "0090"), "under a RK or UK"),
        ("write", GOOD.replace("0097", "UK4DF03-local_370000"), "another area"),
        ("write", GOOD.replace("00" * 8, "00" * 7), "external data has 8 bytes"),
        ("reload_pin", GOOD, "under a PUK"),
        ("unblock_pin_message", step("01", "0090", bytes(8), "8424000004", ""), "under a STK"),
        ("debit", DEBIT.replace("017F", "0094"), "under a DPK"),
        ("debit", "01|017F|", "type 04"),
        ("debit", DEBIT.replace("|0001|", "|1|"), "card counter is not hexadecimal"),
        ("read_basic", BASIC.replace(CITY, "510200", 1), "another division"),
        ("read_basic", BASIC + "a|b|", "8 fields"),
    ],
)
def test_strings_of_another_form(hsm: Hsm, algorithm: str, ask: str, text: str, said: str) -> None:
    """On both sides of the line the reason is the same."""
    before = f"{HISTORY}|" if ask == "read_basic" else ""
    text = text.replace(f"{before}01|", f"{before}{algorithm}|", 1)
    card = () if ask == "read_basic" else (SEEN,)
    with pytest.raises((MalformedData, Refused), match=said) as caught:
        getattr(hsm, ask)(*card, text)
    if isinstance(caught.value, Refused):
        assert caught.value.code is Code.WRONG_REQUEST


def test_keys_that_are_not_there(hsm: Hsm, algorithm: str) -> None:
    for address in ("FFFF", "0000", "016F"):
        with pytest.raises(KeyNotHeld, match=address):
            hsm.write(SEEN, GOOD.replace("0097", address))
    other = {"01": "03", "03": "01"}[algorithm]
    with pytest.raises(KeyStoreError, match="another algorithm"):
        hsm.write(SEEN, GOOD.replace("01|", f"{other}|", 1))


def test_what_a_basic_read_says_of_the_card() -> None:
    output = step(CITY, "1" * 18, "X00000019", "00", "张三", HISTORY, "3.00", "1", "2", "3", "4")
    assert CardSeen.of_basic(output) == SEEN
    with pytest.raises(MalformedData, match="11 fields"):
        CardSeen.of_basic(output + "|")


@settings(deadline=None)  # a busy machine is no fault
@given(
    st.sampled_from(["read_basic", "read", "write", "reload_pin_message", "debit"]),
    st.sampled_from([GOOD, BASIC, DEBIT]) | st.text("01234|ABCDEF xé", max_size=80),
    st.data(),
)
def test_any_text_is_answered_or_raises(ask: str, text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    text = text[:at] + data.draw(st.text(max_size=3)) + text[at + 1 :]
    with suppress(MalformedData, KeyStoreError):
        arguments = (text,) if ask == "read_basic" else (SEEN, text)
        assert getattr(Hsm(STORES["01"]), ask)(*arguments).endswith("|")


def test_a_client_without_the_right(start: Callable[..., Any], way: Any, caplog: Any) -> None:
    """The log names client and key, and has no data; rights are of operation and key."""
    caplog.set_level("INFO", "sscard.keys.service")
    offered = served.ServedOperations("social-security", STORES["01"])
    known = Clients(
        (
            client("reader", Token("only-reads"), ("hsm",), ["IRK", "RKSSSE"]),
            client("station", Token("computes"), ("compute",), ["all"]),
        )
    )
    running = start(offered, known=known)
    for token, text in (("only-reads", "may not use key UK1DF01"), ("computes", "ask for hsm")):
        remote = RemoteHsm(way(running, token))
        with pytest.raises(Refused, match=text):
            remote.write(SEEN, GOOD)
        remote.close()
    remote = RemoteHsm(way(running, "only-reads"))
    remote.read_basic(BASIC)
    remote.close()
    said = [each.getMessage() for each in caplog.records]
    assert "reader hsm UK1DF01/1: not-allowed" in said
    assert "reader hsm IRK/1: ok" in said
    assert not any(HISTORY in each or "0000000000" in each for each in said)


def test_it_does_not_print_what_it_carries() -> None:
    asked = OfficeString(parse(f"02|{CITY}|{HISTORY}|" + GOOD))
    assert HISTORY not in repr(asked)
