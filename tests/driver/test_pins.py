"""iVerifyPIN, iChangePIN, iReloadPIN, iUnblockPIN: the keypad, the counter, the PUK (ssc 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sscard.apdu.iso7816 import INS
from sscard.cos.psam import computing
from sscard.cos.psam.states import Step
from sscard.keys.stores.service.card_seen import CardSeen
from sscard.terminal.driver import Prompt

if TYPE_CHECKING:
    from tests.driver.conftest import Desk

PIN, OTHER, WRONG = "123456", "86420", "654321"


def tries(desk: Desk) -> str:
    """As the card says itself."""
    desk.raw.reset()
    desk.raw.transmit(bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"))
    return str(desk.raw.transmit(bytes.fromhex("00200000")).hex().upper())


def seen(desk: Desk) -> CardSeen:
    return CardSeen.of_basic(desk.with_().iReadCardBas(1)[1])


def block(desk: Desk) -> None:
    for _ in range(6):
        desk.types(WRONG)
        desk.driver.iVerifyPIN(1)
    desk.types()
    assert desk.driver.iVerifyPIN(1) == (-52, "")


def test_the_right_pin(desk: Desk) -> None:
    desk.types(PIN)
    assert desk.driver.iVerifyPIN(1, desk.info) == (0, "")
    assert desk.pad.asked == [Prompt.PIN]


def test_the_tries_left(desk: Desk) -> None:
    """−51 with how many are left, then −52; the holder's entries are shown once each."""
    found = []
    for _ in range(7):
        desk.types(WRONG)
        found.append(desk.driver.iVerifyPIN(1))
    left = [(-51, f"{n}|") for n in range(5, 0, -1)]
    assert found == [*left, (-52, ""), (-52, "")]
    assert desk.card.sent(INS.VERIFY) == 6


@pytest.mark.parametrize("typed", ["", "123", "1234567890123", "12345６", "12 456", "abcdef"])
def test_what_is_no_pin_is_not_shown(desk2: Desk, typed: str) -> None:
    desk2.types(typed)
    assert desk2.driver.iVerifyPIN(1) == (-33, "")
    assert desk2.card.sent(INS.VERIFY) == 0
    assert tries(desk2) == "63C6"


def test_a_change(desk: Desk) -> None:
    desk.types(PIN, OTHER, OTHER)
    assert desk.driver.iChangePIN(1) == (0, "")
    assert desk.pad.asked == [Prompt.OLD_PIN, Prompt.NEW_PIN, Prompt.AGAIN]
    desk.types(OTHER, PIN)
    assert desk.driver.iVerifyPIN(1) == (0, "")
    assert desk.driver.iVerifyPIN(1) == (-51, "5|")


def test_a_change_with_a_wrong_old_pin(desk: Desk) -> None:
    desk.types(WRONG, OTHER, OTHER)
    assert desk.driver.iChangePIN(1) == (-51, "5|")


def test_two_new_pins(desk2: Desk) -> None:
    """Nothing goes to the card, whatever the old one was."""
    desk2.types(WRONG, OTHER, PIN)
    assert desk2.driver.iChangePIN(1) == (-34, "")
    assert tries(desk2) == "63C6"


def test_a_card_without_a_pin(desk2: Desk) -> None:
    """It is asked for nothing, and may get one."""
    desk2.raw.reset()
    for each in ("00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "805E010004123456FF"):
        assert desk2.raw.transmit(bytes.fromhex(each))[-2:] == b"\x90\0"
    assert desk2.driver.iVerifyPIN(1) == (0, "")
    assert desk2.driver.iReadCard(1, 1, desk2.info, "DF01EF08|2B|$")[0] == 0
    assert desk2.pad.asked == []
    desk2.types(OTHER, OTHER)
    assert desk2.driver.iChangePIN(1) == (0, "")
    assert tries(desk2) == "63C6"


def test_unblocking_with_the_psam(desk: Desk) -> None:
    info = desk.info
    block(desk)
    assert desk.driver.iUnblockPIN(1, info) == (0, "")
    desk.types(PIN)
    assert desk.driver.iVerifyPIN(1) == (0, "")


def test_reloading_with_the_psam(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that enciphers with an STK; as the specification has it PSAMs only make MACs: −24."""
    info = desk.info
    block(desk)
    desk.types(OTHER, OTHER)
    assert desk.driver.iReloadPIN(1, info) == (-24, "")
    assert desk.pad.asked[-2:] == [Prompt.NEW_PIN, Prompt.AGAIN]
    monkeypatch.setattr(computing, "_MAY", dict.fromkeys(Step, frozenset(range(32))))
    desk.types(OTHER, OTHER)
    assert desk.driver.iReloadPIN(1, info) == (0, "")
    desk.types(OTHER)
    assert desk.driver.iVerifyPIN(1) == (0, "")


def test_reloading_in_three_steps(desk: Desk) -> None:
    info, card = desk.info, seen(desk)
    block(desk)
    driver = desk.with_(psam=None)
    code, asked = driver.iReloadPIN_HSM_Step1(1, info)
    algorithm, block_size = ("03", 16) if desk.generation == 3 else ("01", 8)
    assert (code, asked.split("|")[:2]) == (0, [algorithm, "0090"])
    desk.types(OTHER, OTHER)
    code, asked = driver.iReloadPIN_HSM_Step2(desk.hsm.reload_pin(card, asked))
    fields = asked.split("|")
    assert code == 0
    assert fields[:2] == [algorithm, "0173"]
    assert fields[3:] == [f"84240001{block_size + 4:02X}", OTHER, ""]
    command = desk.hsm.reload_pin_message(card, asked)
    assert len(command.rstrip("|")) == (50 if desk.generation == 3 else 34)
    assert driver.iReloadPIN_HSM_Step3(command) == (0, "")
    desk.types(OTHER)
    assert desk.driver.iVerifyPIN(1) == (0, "")


def test_unblocking_in_three_steps(desk: Desk) -> None:
    info, card = desk.info, seen(desk)
    block(desk)
    driver = desk.with_(psam=None)
    _, asked = driver.iUnblockPIN_HSM_Step1(1, info)
    code, asked = driver.iUnblockPIN_HSM_Step2(desk.hsm.unblock_pin(card, asked))
    assert (code, asked.split("|")[3:]) == (0, ["8424000004", "", ""])
    command = desk.hsm.unblock_pin_message(card, asked)
    assert len(command.rstrip("|")) == 18
    assert driver.iUnblockPIN_HSM_Step3(command) == (0, "")
    desk.types(PIN)
    assert desk.driver.iVerifyPIN(1) == (0, "")


def test_an_hsm_takes_over(desk: Desk) -> None:
    """The new PIN is entered once, twice."""
    info = desk.info
    desk.with_(hsm=desk.hsm)
    desk.types(OTHER, OTHER)
    assert desk.driver.iReloadPIN(1, info) == (0, "")
    assert desk.driver.iUnblockPIN(1, info) == (0, "")
    desk.types(OTHER)
    assert desk.driver.iVerifyPIN(1) == (0, "")


def test_a_psam_of_another_city_burns_no_puk(desk: Desk) -> None:
    """It is told before the card is: the PUK has three tries, and none is used."""
    info = desk.info
    driver = desk.with_(psam=desk.other_psam(city="371000"))
    for _ in range(5):
        assert driver.iUnblockPIN(1, info) == (-24, "")
    assert desk.card.sent(INS.EXTERNAL_AUTHENTICATE) == desk.generation // 3  # RKSSSE, for info
    assert desk.with_().iUnblockPIN(1, info) == (0, "")
