"""The string forms of an office's HSM: what they answer, the simulated card accepts."""

from __future__ import annotations

import hmac
import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import VirtualCard
from sscard.apdu import medical, ssc
from sscard.apdu.medical_data import (
    CreditForLoad,
    DebitForPurchase,
    InitForLoad,
    InitForPurchase,
    LoadInitialized,
    PurchaseInitialized,
    PurchaseReceipt,
    TransactionType,
)
from sscard.apdu.status import StatusWord
from sscard.channel import medical as channel
from sscard.channel.medical import Load
from sscard.cos import NVM
from sscard.errors import KeyStoreError, MalformedData
from sscard.keys import SM4_SUITE, Factors
from sscard.keys.operations import KeyNotHeld, KeyOperations
from sscard.keys.stores import load_social_security
from sscard.keys.stores.service.client import RemoteOperations
from sscard.keys.stores.service.union_strings import LONGEST, answer
from sscard.profiles.chips import load_chip

if TYPE_CHECKING:
    from tests.conftest import Terminal

TERMINAL = bytes.fromhex("510100000042")
TIME = bytes.fromhex("20260131235959")
ALGORITHM = {"3des": "01", "sm4": "03"}


class Middleware:
    """A program between the card and the HSM: it passes strings on and knows no key."""

    def __init__(self, terminal: Terminal, operations: KeyOperations) -> None:
        self.card = terminal
        self.operations = operations
        order = terminal.order
        self.division = order.card_id_code[:3].hex()
        self.history = order.historical.hex()
        self.card_id = order.card_id_code.hex().upper()
        self.algorithm = ALGORITHM[operations.suite.name]

    def ask(self, type_: str, *fields: str | bytes) -> list[str]:
        texts = [each if isinstance(each, str) else each.hex().upper() for each in fields]
        found = answer(self.operations, "".join(f"{each}|" for each in (type_, *texts)))
        assert found.endswith("|")
        return found[:-1].split("|")

    def about(self) -> tuple[str, str, str]:
        return self.division, self.history, self.algorithm


@pytest.fixture(params=["3des at hand", "3des behind a service", "sm4 at hand"])
def middleware(request: pytest.FixtureRequest, terminal: Terminal) -> Middleware:
    if request.param == "3des behind a service":
        remote: RemoteOperations = request.getfixturevalue("operations")
        return Middleware(terminal, remote)
    if request.param == "sm4 at hand":
        return Middleware(
            request.getfixturevalue("sm4_terminal"), load_social_security(None, SM4_SUITE)
        )
    return Middleware(terminal, load_social_security())


@pytest.fixture
def sm4_terminal(terminal: Terminal, sm4_issued_cells: bytes, sm4_order: Any) -> Terminal:
    chip = load_chip(sm4_order.profile.chip)
    card = VirtualCard(NVM(bytearray(sm4_issued_cells)), chip, random=random.Random(3).randbytes)
    return type(terminal)(card, sm4_order)


def authenticate(card: Terminal, kid: int, proof: str) -> StatusWord:
    """EXTERNAL AUTHENTICATE with ``auth8 ‖ raw8``, as it came."""
    raw = bytes.fromhex(proof)
    assert len(raw) == 16
    return card.status(ssc.external_authenticate(kid, raw[:8], raw[8:]))


def test_01_reads_the_card(middleware: Middleware) -> None:
    """The card's own proof is the HSM's; ours is accepted for the RKSSSE (KID 0A)."""
    card, factor, data = middleware.card, bytes(range(8)), bytes(range(8, 16))
    card.select()
    proof = card.ok(ssc.internal_authenticate(factor, data))
    challenge = card.challenge()
    internal, external = middleware.ask(
        "01", *middleware.about(), middleware.card_id, factor, data, challenge, bytes(8)
    )
    assert bytes.fromhex(internal) == proof + data
    assert authenticate(card, 0x0A, external) == StatusWord.OK


def test_01_of_cards_that_ask_for_no_proof(middleware: Middleware) -> None:
    found = middleware.ask(
        "01", *middleware.about(), middleware.card_id, bytes(8), bytes(8), "", ""
    )
    assert len(found) == 2
    assert (len(found[0]), found[1]) == (32, "")


@pytest.mark.parametrize(("address", "kid"), [("004C", 0x0A), ("0090", 0x06), ("0094", 0x04)])
def test_02_proves_a_key(middleware: Middleware, address: str, kid: int) -> None:
    middleware.card.select()
    challenge, data = middleware.card.challenge(), b"original"
    (proof,) = middleware.ask("02", *middleware.about(), address, challenge, data)
    assert authenticate(middleware.card, kid, proof) == StatusWord.OK
    (wrong,) = middleware.ask("02", *middleware.about(), address, challenge, data)
    middleware.card.challenge()
    assert authenticate(middleware.card, kid, wrong) != StatusWord.OK, "another challenge"


def test_02_knows_local_keys_by_name(middleware: Middleware) -> None:
    """Without the area that made it: a store has the keys of one."""
    data, factor = bytes(range(8)), bytes(range(8, 16))
    area = f"{middleware.division[:2]}0000"
    (proof,) = middleware.ask("02", *middleware.about(), f"RKMFEF0C_{area}", factor, data)
    suite, order = middleware.operations.suite, middleware.card.order
    store = load_social_security(None, suite)
    factors = Factors.of(order.numbers.city, order.historical)
    session = suite.session_key(store.card_key("RKMFEF0C", 1, factors), factor)
    assert bytes.fromhex(proof) == suite.authentication_data(session, data) + data
    with pytest.raises(KeyNotHeld, match="no key RKMFEF0E version 1"):
        middleware.ask("02", *middleware.about(), f"RKMFEF0E_{area}", factor, data)
    for city in (area, f"{middleware.division[:4]}00", middleware.division):
        assert middleware.ask("02", *middleware.about(), f"UK4DF03-local_{city}", factor, data)
    for other in ("990000", f"{middleware.division[:2]}9700", f"{middleware.division[:4]}97"):
        with pytest.raises(MalformedData, match="of another area than the card's") as caught:
            middleware.ask("02", *middleware.about(), f"UK4DF03-local_{other}", factor, data)
        assert other not in str(caught.value)


@pytest.mark.parametrize("new", ["8642097", "1234", "123456789012", "1234567890123456"])
def test_03_sets_a_new_pin(middleware: Middleware, new: str) -> None:
    card, long = middleware.card, len(new) > 6
    size = "14" if middleware.algorithm == "03" else "14" if long and len(new) > 14 else "0C"
    card.select()
    assert card.show("PUK") == StatusWord.OK
    command = middleware.ask(
        "03", *middleware.about(), "0173", card.challenge(), f"84240001{size}", new
    )[0]
    assert card.hex(command) == "9000"
    assert card.verify(new) == StatusWord.OK


def test_03_takes_the_pin_away(middleware: Middleware) -> None:
    card, size = middleware.card, "14" if middleware.algorithm == "03" else "0C"
    card.select()
    card.show("PUK")
    header = f"84240001{size}"
    (command,) = middleware.ask("03", *middleware.about(), "0173", card.challenge(), header, "")
    assert len(command) == (50 if size == "14" else 34), "as the specification's text has it"
    assert card.hex(command) == "9000"
    assert card.hex("00200000") == "9000"


def test_03_unblocks(middleware: Middleware) -> None:
    card = middleware.card
    card.select()
    while card.verify("000000") != StatusWord.AUTHENTICATION_BLOCKED:
        pass
    card.show("PUK")
    challenge = card.challenge()
    (command,) = middleware.ask("03", *middleware.about(), "0173", challenge, "8424000004", "")
    assert len(command) == 18
    assert card.hex(command) == "9000"
    assert card.verify() == StatusWord.OK


def load(middleware: Middleware, amount: int) -> None:
    """Money first; an HSM's string for it is not known, so the test computes it."""
    card, suite = middleware.card, middleware.operations.suite
    begun = LoadInitialized.parse(card.ok(medical.init_for_load(InitForLoad(1, amount, TERMINAL))))
    loaded = Load(begun.random, begun.counter, begun.balance, amount, TERMINAL)
    session = channel.load_session(suite, suite.key(card.key("DLK")), loaded)
    mac2 = channel.load_mac2(suite, session, loaded, TIME)
    card.ok(medical.credit_for_load(CreditForLoad(TIME, mac2)))


@pytest.mark.parametrize(("index", "address"), [(1, "017F"), (2, "0199"), (3, "019C")])
def test_04_debits(middleware: Middleware, index: int, address: str) -> None:
    card, three, counter = middleware.card, (5, 6, 7), 0xA1B2C3D4
    card.select("DF04")
    card.verify()
    load(middleware, 5)
    command = medical.init_for_purchase(InitForPurchase(index, *three, TERMINAL))
    begun = PurchaseInitialized.parse(card.ok(command))
    sequence, time, mac1, mac2, tac = middleware.ask(
        "04",
        middleware.division,
        middleware.history,
        counter.to_bytes(4, "big"),
        middleware.algorithm,
        address,
        begun.random,
        begun.counter.to_bytes(2, "big"),
        b"".join(each.to_bytes(4, "big") for each in three),
        bytes((TransactionType.PURCHASE,)),
        TERMINAL,
        TIME,
    )
    assert (sequence, time) == ("A1B2C3D4", "20260131235959")
    debit = DebitForPurchase(counter, TIME, bytes.fromhex(mac1))
    receipt = PurchaseReceipt.parse(card.ok(medical.debit_for_purchase(debit)))
    assert hmac.compare_digest(receipt.mac2, bytes.fromhex(mac2))
    assert hmac.compare_digest(receipt.tac, bytes.fromhex(tac))


DIVISION, HISTORY = "370100", "0081544C9686843701C0666779"
CARD = f"{DIVISION}|{HISTORY}|01|"
READ = f"01|{CARD}{DIVISION}D1560000050123456700000000|{'00' * 8}|{'00' * 8}|||"
PROOF = f"02|{CARD}0097|{'00' * 8}|{'00' * 8}|"
MESSAGE = f"03|{CARD}0173|{'00' * 8}|842400010C|123456|"
DEBIT = (
    f"04|{DIVISION}|{HISTORY}|00000001|01|017F|00000000|0001|{'00' * 12}|02|{'00' * 6}|{'00' * 7}|"
)


def test_these_are_answered() -> None:
    for request in (READ, PROOF, PROOF.replace("0097", "0092"), MESSAGE, DEBIT):
        assert answer(load_social_security(), request)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ("", "ends with"),
        (READ[:-1] + "x", "ends with"),
        (READ * 9, f"{LONGEST} characters"),
        ("05|", "types 01, 02, 03, 04"),
        (READ + "more|", "type 01 has 8 fields"),
        (READ.replace("370100D1", "370200D1"), "another division"),
        (READ.replace(HISTORY, HISTORY[:-2]), "historical bytes has 13 bytes"),
        (READ.replace(HISTORY, HISTORY[:-1] + " "), "historical bytes"),
        (READ.replace("01|370100|", "01|3701GG|"), "division is not hexadecimal"),
        (READ.replace(DIVISION, "AABBCC"), "a city code has 6 digits"),
        (READ.replace(f"{'00' * 8}|||", f"{'00' * 8}|{'00' * 8}||"), "external data"),
        (MESSAGE.replace("0173", "73"), "a key address"),
        (MESSAGE.replace("0173", "IRK"), "a key address"),
        (MESSAGE.replace("842400010C", "8424000104"), "length in the command header"),
        (MESSAGE.replace("842400010C", "8424000004"), "without a new PIN"),
        (MESSAGE.replace("842400010C", "841600000C"), "a PIN reload"),
        (MESSAGE.replace("123456", "12345x"), "4 to 16 decimal digits"),
        (MESSAGE.replace("00" * 8, "00" * 5), "factor has 4 or 8 bytes"),
        (MESSAGE.replace("00" * 8, "00" * 16), "factor has 4 or 8 bytes"),
        (DEBIT.replace("017F", "0170"), "that is purchase"),
        (DEBIT.replace("017F", "00B2"), "that is purchase"),
        *(
            (PROOF.replace("0097", other), "that is external or lock")
            for other in (
                "0170",
                "0173",
                "017F",
                "00B2",
                "00B5",
                "card-authentication-code_370100",
                "ledger-id-hash_370100",
            )
        ),
        *(
            (MESSAGE.replace("0173", other), "that is maintenance")
            for other in ("0097", "004C", "0090", "0170", "017F")
        ),
        (DEBIT.replace("|02|", "|2|"), "transaction type"),
    ],
)
def test_requests_of_another_form(request_: str, said: str) -> None:
    with pytest.raises(MalformedData, match=said):
        answer(load_social_security(), request_)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (READ.replace("|01|", "|03|"), "for 3des"),
        (MESSAGE.replace("0173", "0FFF"), "address 0FFF"),
    ],
)
def test_requests_that_these_keys_do_not_serve(request_: str, said: str) -> None:
    with pytest.raises(KeyStoreError, match=said):
        answer(load_social_security(), request_)


STORE = load_social_security()


@given(
    st.text("01234|ABCDEF xé", max_size=120) | st.sampled_from([READ, MESSAGE, DEBIT]), st.data()
)
def test_any_text_is_answered_or_raises(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    for request in (text, text[:at] + data.draw(st.text(max_size=3)) + text[at + 1 :]):
        with suppress(MalformedData, KeyStoreError):
            assert answer(STORE, request).endswith("|")


def test_no_new_pin_is_repeated() -> None:
    with pytest.raises(MalformedData) as caught:
        answer(STORE, MESSAGE.replace("123456", "918273645x"))
    assert "918273645" not in str(caught.value)


def test_levels_are_those_of_the_division() -> None:
    """The HSM gets the city from the division: another city's card proves nothing."""
    factors = Factors.of(DIVISION, bytes.fromhex(HISTORY))
    key = STORE.card_key("IRK", 1, factors)
    suite = STORE.suite
    proof = suite.authentication_data(suite.session_key(key, bytes(8)), bytes(8))
    assert answer(STORE, READ).startswith(proof.hex().upper())
