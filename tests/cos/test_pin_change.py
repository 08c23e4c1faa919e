"""CHANGE PIN with the old one; unblock and reload after the PUK, under the STK of SSSE."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from Crypto.Cipher import DES

from sscard.apdu import ssc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusWord
from sscard.channel import wrap, wrap_enciphered
from sscard.keys import DES8, TDES_SUITE

if TYPE_CHECKING:
    from tests.conftest import Terminal

TRIES = 6
OLD, NEW = "123456", "8642097"


def packed(pin: str) -> bytes:
    return bytes.fromhex(pin + "F" * (len(pin) % 2))


@pytest.fixture
def ssse(terminal: Terminal) -> Terminal:
    terminal.select()
    return terminal


def block(terminal: Terminal) -> None:
    while terminal.verify("000000") != StatusWord.AUTHENTICATION_BLOCKED:
        pass


def secured(terminal: Terminal, command: CommandAPDU) -> CommandAPDU:
    """The command as a terminal with the STK of SSSE sends it."""
    seal = wrap_enciphered if command.p2 else wrap
    return seal(command, TDES_SUITE, DES8(terminal.key("STK")), terminal.challenge())


def test_the_holder_changes_the_pin(ssse: Terminal) -> None:
    assert ssse.hex("805E010008123456FF8642097F") == "9000"
    assert ssse.verify(OLD) == 0x63C0 | TRIES - 1
    assert ssse.verify(NEW) == StatusWord.OK
    ssse.card.reset()
    ssse.select()
    assert ssse.verify(NEW) == StatusWord.OK


def test_a_wrong_old_pin_costs_a_try_and_a_right_one_gives_them_back(ssse: Terminal) -> None:
    wrong = ssc.change_pin(packed("111111"), packed(NEW))
    for left in (5, 4, 3):
        assert ssse.status(wrong) == 0x63C0 | left
    assert ssse.status(ssc.change_pin(packed(OLD), packed(NEW))) == StatusWord.OK
    assert ssse.hex("00200000") == f"63C{TRIES}"
    block(ssse)
    assert ssse.status(ssc.change_pin(packed(NEW), packed(OLD))) == 0x6983


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ("12345686420970", "6A80"),  # nothing between old and new
        ("123456FF86", "6700"),
        ("123456FF8A42", "6A80"),
        ("123456FF86FF42", "6A80"),
        ("12FF8642", "6700"),
    ],
)
def test_the_form_is_checked_before_a_try_is_used(ssse: Terminal, data: str, answer: str) -> None:
    assert ssse.hex(f"805E0100{len(data) // 2:02X}{data}") == answer
    assert ssse.hex("00200000") == f"63C{TRIES}"
    assert ssse.verify(OLD) == StatusWord.OK


def test_the_puk_gives_the_tries_back(ssse: Terminal) -> None:
    block(ssse)
    assert ssse.show("PUK") == StatusWord.OK
    assert ssse.status(secured(ssse, ssc.unblock_pin())) == StatusWord.OK
    assert ssse.verify(OLD) == StatusWord.OK


@pytest.mark.parametrize("new", [NEW, "1234", "1234567890123456"])
def test_the_puk_sets_a_new_pin(ssse: Terminal, new: str) -> None:
    block(ssse)
    ssse.show("PUK")
    assert ssse.status(secured(ssse, ssc.reload_pin(packed(new)))) == StatusWord.OK
    assert ssse.verify(new) == StatusWord.OK
    assert ssse.verify(OLD) == 0x63C0 | TRIES - 1 or new == OLD


def test_a_new_pin_without_digits_leaves_the_card_without_one(ssse: Terminal) -> None:
    ssse.show("PUK")
    assert ssse.status(secured(ssse, ssc.reload_pin(b""))) == StatusWord.OK
    assert ssse.hex("00200000") == "9000"


def test_the_command_against_another_library(ssse: Terminal) -> None:
    """Single DES under DES(STK, challenge): LD ‖ PIN enciphered, the MAC over header and cipher."""
    ssse.show("PUK")
    challenge = ssse.challenge()
    session = DES.new(ssse.key("STK"), DES.MODE_ECB).encrypt(challenge)
    cipher = DES.new(session, DES.MODE_ECB).encrypt(bytes.fromhex("04 8642097F 800000"))
    message = bytes.fromhex("842400010C") + cipher
    padded = message + b"\x80" + bytes(-(len(message) + 1) % 8)
    mac = DES.new(session, DES.MODE_CBC, bytes(8)).encrypt(padded)[-8:-4]
    assert ssse.hex((message + mac).hex()) == "9000"
    assert ssse.verify(NEW) == StatusWord.OK


@pytest.mark.parametrize("command", [ssc.unblock_pin(), ssc.reload_pin(packed(NEW))])
def test_neither_works_without_puk_mac_or_challenge(ssse: Terminal, command: CommandAPDU) -> None:
    assert ssse.status(secured(ssse, command)) == StatusWord.SECURITY_NOT_SATISFIED
    ssse.show("PUK")
    right = secured(ssse, command)
    wrong = right.data[:-1] + bytes((right.data[-1] ^ 1,))
    forged = CommandAPDU(right.cla, right.ins, right.p1, right.p2, wrong)
    assert ssse.status(forged) == StatusWord.MAC_WRONG
    assert ssse.status(right) == StatusWord.NO_CHALLENGE, "the wrong MAC used the challenge up"
    assert ssse.verify(OLD) == StatusWord.OK


def test_a_mac_of_a_directorys_own_key_is_refused(ssse: Terminal) -> None:
    ssse.select("DF01")
    ssse.show("PUK")
    other = DES8(ssse.key("STKDF01"))
    command = wrap(ssc.unblock_pin(), TDES_SUITE, other, ssse.challenge())
    assert ssse.status(command) == StatusWord.MAC_WRONG


def test_power_cut_while_changing_leaves_the_old_pin_or_the_new_one(
    clone: object, torn_nvm: type, power_loss: type[BaseException], outcome: object
) -> None:
    for cut_at in range(1, 30):
        card = clone(torn_nvm)  # type: ignore[operator]
        card.select()
        card.card.card.nvm.arm(cut_at, outcome)
        try:
            card.status(ssc.change_pin(packed(OLD), packed(NEW)))
        except power_loss:
            card.card.reset()
            card.select()
            works = [pin for pin in (OLD, NEW) if card.verify(pin) == StatusWord.OK]
            assert len(works) == 1, cut_at
        else:
            break
    assert 2 < cut_at < 29


def test_a_wrong_mac_uses_a_try_of_the_puk_that_was_shown(ssse: Terminal) -> None:
    """A failed unblock locks the PUK (ssc 3.1 [S]); without the PUK a MAC costs nothing."""
    wrong = bytes.fromhex("84240000 04 00000000")
    for _ in range(5):
        ssse.challenge()
        assert ssse.card.transmit(wrong).hex() == "6988"
    assert ssse.show("PUK") == 0x9000
    for _ in range(2):
        ssse.challenge()
        assert ssse.card.transmit(wrong).hex() == "6988"
    assert ssse.show("PUK") == 0x9000, "the right proof gives the tries back"
    for _ in range(3):
        ssse.challenge()
        assert ssse.card.transmit(wrong).hex() == "6988"
    assert ssse.show("PUK") == 0x6983
    ssse.card.power_on()
    ssse.select()
    assert ssse.show("PUK") == 0x6983


def test_a_pin_of_no_form_under_a_right_mac_costs_nothing(ssse: Terminal) -> None:
    assert ssse.show("PUK") == 0x9000
    for _ in range(4):
        assert ssse.status(secured(ssse, ssc.reload_pin(bytes.fromhex("12AB56")))) == 0x6A80
    assert ssse.status(secured(ssse, ssc.reload_pin(bytes.fromhex("654321")))) == 0x9000


def test_no_pin_is_a_pin_that_the_holder_can_change(ssse: Terminal) -> None:
    """Lc 03: a PIN of two bytes, FF, and nothing on the other side (ssc 3.2, 5.1 [S])."""
    assert ssse.hex("805E010004123456FF") == "9000"
    assert ssse.hex("00200000") == "9000", "none is set"
    assert ssse.hex("805E010005123456FF12") == "6700", "one byte is no PIN"
    assert ssse.hex("805E010004123456FF") == "63C5", "that is not the PIN any more"
    assert ssse.hex("805E010003FF1234") == "9000"
    assert ssse.verify("1234") == 0x9000
