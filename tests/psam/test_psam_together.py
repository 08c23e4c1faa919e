"""A PSAM made here and a user card made here, in the two slots of one terminal.

Whatever the cards compute, pycryptodome and gmssl compute too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from simulator import Protocol, VirtualCard
from sscard.apdu import iso7816, medical, ssc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.medical_data import (
    CreditForLoad,
    InitForLoad,
    LoadInitialized,
    Purse,
    TransactionType,
)
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.errors import KeyStoreError, NotVerified
from sscard.perso.plan import run
from sscard.profiles import load_profile
from sscard.terminal.psam import (
    Amounts,
    Paid,
    PsamKeys,
    UserCard,
    authenticate_card,
    enter_directory,
    open_psam,
    protect,
    purchase,
    recognise,
    run_both,
    show_key,
)

if TYPE_CHECKING:
    from tests.psam.conftest import Made, Slot

TIME = bytes.fromhex("20260131235959")
FACTOR, DATA = bytes(range(8)), bytes(range(8, 16))
PROVINCE, CITY = b"510000sh", b"510100sx"
PIN = bytes.fromhex("123456")


class Till:
    """Both cards with power, the user card recognised, the PSAM open."""

    def __init__(self, user: VirtualCard, slot: Slot) -> None:
        self.user, self.slot, self.psam = user, slot, slot.card
        self.card: UserCard = run(recognise(), user)
        self.info = run(open_psam(slot.order.suite), self.psam)
        self.keys = PsamKeys(slot.order.suite)
        self.directories = {
            each.name: each.df_name
            for each in load_profile(
                {"3des": "gen2", "sm4": "gen3"}[slot.order.suite.name]
            ).directories
        }

    def both(self, plan: Any) -> Any:
        return run_both(plan, self.user, self.psam)

    def ask(self, command: CommandAPDU) -> ResponseAPDU:
        return ResponseAPDU.parse(self.user.transmit(bytes(command)))

    def enter(self, directory: str) -> None:
        self.both(enter_directory(self.directories[directory]))

    def key(self, name: str, version: int = 1) -> bytes:
        """The card's own key, by the other libraries."""
        oracle = self.slot.oracle
        return oracle.below(oracle.root(name, version), PROVINCE, CITY, self.card.historical[5:])

    def load(self, amount: int) -> None:
        """Put money on the card, as a host would; DF04 is selected and the PIN shown."""
        oracle, terminal = self.slot.oracle, bytes(6)
        answer = self.ask(medical.init_for_load(InitForLoad(1, amount, terminal)))
        begun = LoadInitialized.parse(answer.require("init for load"))
        counter = begun.counter.to_bytes(2, "big")
        session = oracle.session(self.key("DLK"), begun.random + counter + b"\x80\0")
        mac2 = oracle.mac(session, amount.to_bytes(4, "big") + b"\1" + terminal + TIME)
        self.ask(medical.credit_for_load(CreditForLoad(TIME, mac2))).require("credit")

    def ready_to_pay(self, amount: int = 50_000) -> None:
        self.enter("DF04")
        self.ask(iso7816.verify(PIN)).require("PIN")
        self.load(amount)

    def pay(self, amounts: Amounts) -> Paid:
        paid: Paid = self.both(purchase(self.card, self.info, amounts, TIME))
        return paid

    def balance(self, purse: Purse) -> int:
        data = self.ask(medical.get_balance(purse)).require("balance")
        return int.from_bytes(data, "big")


@pytest.fixture
def till(user: VirtualCard, slot: Slot) -> Till:
    return Till(user, slot)


@pytest.fixture
def elsewhere(user: VirtualCard, made: Made, make_psam: Callable[..., Made]) -> Till:
    """The same card in front of a terminal of another city of another province."""
    numbers = replace(made.order.numbers, city="371000")
    return Till(user, make_psam(made.suite, numbers).slot())


def test_the_terminal_knows_both(till: Till) -> None:
    assert till.card.city == "510100"
    assert till.info.terminal.hex() == "510100000042"
    assert till.info.public.serial.hex() == "00008684510100000007"
    assert till.info.historical.hex().upper() == "0081544C008684510100000007"
    assert till.info.counter == 0
    assert till.info.application.valid_to.hex() == "20360101"


def test_the_card_proves_itself_to_the_psam(till: Till) -> None:
    till.both(authenticate_card(till.card, till.keys, FACTOR, DATA))
    assert till.keys.known["IRK"] == (0x67, 0x08)
    stranger = replace(till.card, historical=bytes(13))
    with pytest.raises(NotVerified, match="city and its number"):
        till.both(authenticate_card(stranger, till.keys, FACTOR, DATA))


def test_the_proofs_are_those_of_other_libraries(till: Till) -> None:
    """The PSAM's answer for an EXTERNAL AUTHENTICATE, key by key."""
    oracle = till.slot.oracle
    for name in ("UKSSSE", "RKSSSE", "UK3DF01", "UK6DF01", "RK1DF03", "LKDF04", "BK", "PUK"):
        proof = run(till.keys.authentication(name, till.card.factors, FACTOR, DATA), till.psam)
        assert proof == oracle.proof(till.key(name), FACTOR, DATA), name


def test_every_key_that_a_card_has_for_terminals(till: Till) -> None:
    """Directory by directory; no source gives PSAMs the LK of DF06 (ssc 3.4)."""
    shown = 0
    for directory in load_profile("gen2").directories:
        till.enter(directory.name)
        for key in directory.keys:
            if key.type in ("external", "lock") and key.name != "LKDF06":
                till.both(show_key(till.card, till.keys, key.name))
                shown += 1
    assert shown == 49
    till.enter("DF06")
    with pytest.raises(KeyStoreError, match="no PSAM holds the key LKDF06"):
        till.both(show_key(till.card, till.keys, "LKDF06"))


def test_a_file_is_read_and_written_after_the_psam_showed_the_keys(till: Till) -> None:
    """DF03/EF06: read after RK1DF03, updated after UK2DF03 (ssc 2.4, 3.4)."""
    till.enter("DF03")
    reading = iso7816.read_record(1, sfi=6)
    assert till.ask(reading).sw == StatusWord.SECURITY_NOT_SATISFIED
    till.both(show_key(till.card, till.keys, "RK1DF03"))
    record = till.ask(reading).require("read")
    changed = record[:-1] + bytes((record[-1] ^ 1,))
    writing = iso7816.update_record(1, changed, sfi=6)
    assert till.ask(writing).sw == StatusWord.SECURITY_NOT_SATISFIED
    till.both(show_key(till.card, till.keys, "UK2DF03"))
    till.ask(writing).require("update")
    assert till.ask(reading).require("read") == changed


def test_an_update_with_a_mac_made_by_the_psam(till: Till) -> None:
    """DF01/EF08: UK3DF01 shown, and the command protected under STKDF01."""
    till.enter("DF01")
    for name in ("RK1DF01", "UK3DF01"):
        till.both(show_key(till.card, till.keys, name))
    record = till.ask(iso7816.read_record(1, sfi=8)).require("read")
    command = iso7816.update_record(1, record[:-1] + bytes((record[-1] ^ 1,)), sfi=8)
    secured = till.both(protect(till.card, till.keys, "STKDF01", command))
    assert secured.cla == 0x04
    till.ask(secured).require("update with a MAC")
    assert till.ask(secured).sw == StatusWord.NO_CHALLENGE, "a MAC serves once"
    secured = till.both(protect(till.card, till.keys, "STKDF02", command))
    assert till.ask(secured).sw == StatusWord.MAC_WRONG, "another directory's STK"


@pytest.mark.parametrize("size", [0, 7, 58, 59, 66, 200, 251])
def test_macs_of_any_length(till: Till, size: int) -> None:
    """Long ones go to the PSAM in parts: what it takes at once is 64 or 128 bytes."""
    oracle, command = till.slot.oracle, CommandAPDU(0x00, 0xD6, 0x85, 0x00, bytes(range(size)))
    made = run(till.keys.protected("STK", till.card.factors, FACTOR, command), till.psam)
    session = oracle.session(oracle.stk(till.key("STK")), FACTOR)
    text = bytes((0x04, 0xD6, 0x85, 0x00, size + 4)) + command.data
    assert made.data == command.data + oracle.mac(session, text)


def test_a_blocked_pin_is_unblocked_with_the_psam(till: Till) -> None:
    """PUK shown, MAC of the STK: what iUnblockPIN does with a PSAM (ssc 7 [S])."""
    for _ in range(7):
        blocked = till.ask(iso7816.verify(bytes.fromhex("999999"))).sw
    assert blocked == StatusWord.AUTHENTICATION_BLOCKED
    till.both(show_key(till.card, till.keys, "PUK"))
    till.ask(till.both(protect(till.card, till.keys, "STK", ssc.unblock_pin()))).require("unblock")
    till.ask(iso7816.verify(PIN)).require("PIN")


def test_a_purchase_from_end_to_end(till: Till) -> None:
    till.ready_to_pay()
    paid = till.pay(Amounts(1_250, 300, 9_000))
    oracle, bought = till.slot.oracle, paid.purchase
    amounts = b"".join(each.to_bytes(4, "big") for each in (1_250, 300, 9_000))
    terminal = bytes.fromhex("510100000042")
    assert (bought.counter, bought.terminal_counter, bought.terminal) == (0, 0, terminal)
    tail = bought.counter.to_bytes(2, "big") + b"\0\0"
    session = oracle.session(till.key("DPK"), bought.random + tail)
    tac = oracle.tac(till.key("DTK"), amounts + b"\2" + terminal + bytes(4) + TIME)
    assert paid.tac == tac
    assert till.slot.order.compute(paid.tac_request(till.card.factors)) == tac
    proof = medical.get_transaction_proof(TransactionType.PURCHASE, 0)
    mac2 = oracle.mac(session, amounts)
    assert till.ask(proof).require("proof") == mac2 + tac
    assert till.balance(Purse.ACCOUNT) == 50_000 - 1_250
    assert (till.balance(Purse.SELF_PAID), till.balance(Purse.POOL)) == (300, 9_000)
    assert till.slot.counter() == 1


def test_mac1_is_that_of_another_library(till: Till) -> None:
    random, oracle = bytes.fromhex("A1B2C3D4"), till.slot.oracle
    amounts = bytes.fromhex("000000010000000200000003")
    factor = till.card.factors.card
    head = bytes((oracle.algorithm,))
    asked = random + b"\0\x05" + amounts + b"\2" + TIME + b"\2" + head + factor
    answer = till.psam.transmit(bytes.fromhex("8070010024") + asked)
    session = oracle.session(till.key("DPK", 2), random + b"\0\x05" + b"\0\0")
    text = amounts + b"\2" + bytes.fromhex("510100000042") + TIME
    assert answer == bytes(4) + oracle.mac(session, text) + b"\x90\0"
    assert (
        till.psam.transmit(bytes.fromhex("8072000004") + oracle.mac(session, amounts)) == b"\x90\0"
    )


def test_both_counters_go_on(till: Till) -> None:
    till.ready_to_pay()
    found = [till.pay(Amounts(100, 0, 0)).purchase for _ in range(3)]
    assert [each.counter for each in found] == [0, 1, 2]
    assert [each.terminal_counter for each in found] == [0, 1, 2]
    assert till.balance(Purse.ACCOUNT) == 49_700


def test_a_terminal_of_another_city(elsewhere: Till) -> None:
    """It can tell that the card is genuine; it cannot show a key of its city, nor sell."""
    elsewhere.both(authenticate_card(elsewhere.card, elsewhere.keys, FACTOR, DATA))
    with pytest.raises(StatusError) as refused:
        elsewhere.both(show_key(elsewhere.card, elsewhere.keys, "UKSSSE"))
    assert refused.value.sw & 0xFFF0 == 0x63C0
    elsewhere.enter("DF04")
    elsewhere.both(show_key(elsewhere.card, elsewhere.keys, "RK1DF04"))  # the ministry's
    elsewhere.ask(iso7816.verify(PIN)).require("PIN")
    elsewhere.load(1_000)
    with pytest.raises(StatusError, match="card: DEBIT") as refused:
        elsewhere.pay(Amounts(100, 0, 0))
    assert refused.value.sw == StatusWord.TRANSACTION_MAC_WRONG
    assert elsewhere.balance(Purse.ACCOUNT) == 1_000
    assert elsewhere.slot.counter() == 1, "the number is used up"


@pytest.mark.parametrize("levels", [2, 3])
def test_terminals_with_keys_of_other_levels(
    user: VirtualCard, make_psam: Callable[..., Made], made: Made, levels: int
) -> None:
    """The same keys higher up: the terminal finds how many factors the PSAM wants."""
    till = Till(user, make_psam(made.suite, at_least=levels).slot())
    for _ in range(2):  # the second time it knows
        till.both(show_key(till.card, till.keys, "UKSSSE"))
        assert till.keys.known["UKSSSE"] == (0x08 | levels << 5, 0x12)
    till.ready_to_pay()
    till.pay(Amounts(100, 0, 0))
    assert till.balance(Purse.ACCOUNT) == 49_900


def test_versions_of_keys(user: VirtualCard, made: Made, make_psam: Callable[..., Made]) -> None:
    """A PSAM has one version of each key, and says which; a card has all three."""
    till = Till(user, make_psam(made.suite, key_version=3).slot())
    assert till.info.application.key_version == 3
    till.both(show_key(till.card, till.keys, "UKSSSE", version=3))
    with pytest.raises(StatusError):
        till.both(show_key(till.card, till.keys, "UKSSSE"))
    till.ready_to_pay()
    till.pay(Amounts(100, 0, 0))


def test_a_card_is_recognised_on_every_way_to_it(user: VirtualCard) -> None:
    """The ATS tells as much as the ATR, and nothing of the card's number is in the repr."""
    known = run(recognise(), user)
    antenna = [Protocol.CONTACTLESS] if user.chip.ats else []
    for protocol in (Protocol.T1, *antenna):
        user.power_on(protocol)
        found = run(recognise(), user)
        assert found == known
        assert repr(known.identification) not in repr(found)
