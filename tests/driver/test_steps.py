"""The steps in any order, with any answer: a code, and no card with power left over (ssc 7 [S])."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from sscard.apdu.iso7816 import INS
from sscard.errors import KeyStoreError
from sscard.keys.stores.service.card_seen import CardSeen

if TYPE_CHECKING:
    from tests.driver.conftest import Desk

ADDRESS = "DF01EF0A|37|$"


@pytest.fixture
def desk3(new_desk: Callable[[int], Desk]) -> Desk:
    return new_desk(3)


def test_a_step_without_the_one_before(desk2: Desk) -> None:
    for name in ("iReadCardBas", "iReadCard", "iReloadPIN", "iUnblockPIN", "iDoDebit"):
        assert getattr(desk2.driver, f"{name}_HSM_Step2")("00|") == (-3, "")
    assert desk2.driver.iWriteCard_HSM_Step2("00|", "") == (-3, "")
    assert desk2.driver.iReloadPIN_HSM_Step3("00|") == (-3, "")
    assert desk2.driver.iUnblockPIN_HSM_Step3("00|") == (-3, "")


def test_a_step_of_another_function(desk2: Desk) -> None:
    """It ends what waited."""
    _, asked = desk2.driver.iReadCardBas_HSM_Step1(1)
    assert desk2.card.powered
    assert desk2.driver.iReadCard_HSM_Step2("00|") == (-3, "")
    assert not desk2.card.powered
    assert desk2.driver.iReadCardBas_HSM_Step2(desk2.hsm.read_basic(asked)) == (-3, "")


def test_a_step_too_far(desk2: Desk) -> None:
    info = desk2.info
    assert desk2.driver.iUnblockPIN_HSM_Step1(1, info)[0] == 0
    assert desk2.driver.iUnblockPIN_HSM_Step3("00|") == (-3, "")


def test_another_call_in_between(desk2: Desk) -> None:
    _, asked = desk2.driver.iReadCardBas_HSM_Step1(1)
    assert desk2.driver.iReadCardBas(1)[0] == 0
    assert desk2.driver.iReadCardBas_HSM_Step2(desk2.hsm.read_basic(asked)) == (-3, "")


def test_an_answer_for_an_older_question(desk3: Desk) -> None:
    """Other challenges: the card's own answer is another one, and no key is shown."""
    driver = desk3.with_(psam=None)
    _, old = driver.iReadCardBas_HSM_Step1(1)
    driver.iReadCardBas_HSM_Step1(1)
    assert driver.iReadCardBas_HSM_Step2(desk3.hsm.read_basic(old)) == (-21, "")
    assert desk3.card.sent(INS.EXTERNAL_AUTHENTICATE) == 0


@pytest.mark.parametrize(
    "answer", ["", "|", "||", "00||", "00|00|", "zz" * 16 + "||", "0" * 32 + "|", "0" * 32]
)
def test_an_answer_that_is_none(desk2: Desk, answer: str) -> None:
    desk2.driver.iReadCardBas_HSM_Step1(1)
    assert desk2.driver.iReadCardBas_HSM_Step2(answer) == (-14, "")
    assert not desk2.card.powered
    assert desk2.driver.iReadCardBas_HSM_Step2(answer) == (-3, "")


def test_a_wrong_proof_is_shown_once(desk3: Desk) -> None:
    info = desk3.info
    desk3.card.commands.clear()
    desk3.driver.iReadCard_HSM_Step1(1, info, ADDRESS)
    assert desk3.driver.iReadCard_HSM_Step2("00" * 16 + "|") == (-0x63CF, "")
    assert desk3.card.sent(INS.EXTERNAL_AUTHENTICATE) == 1


def test_another_command_than_was_asked_for(desk2: Desk) -> None:
    """The HSM cannot have the driver send what it likes."""
    card = CardSeen.of_basic(desk2.driver.iReadCardBas(1)[1])
    info = desk2.info
    _, asked = desk2.driver.iUnblockPIN_HSM_Step1(1, info)
    desk2.driver.iUnblockPIN_HSM_Step2(desk2.hsm.unblock_pin(card, asked))
    assert desk2.driver.iUnblockPIN_HSM_Step3("8416000004" + "00" * 4 + "|") == (-14, "")
    assert not [each for each in desk2.card.commands if each[:2] in (b"\x84\x16", b"\x84\x24")]


def test_wrong_data_for_a_write(desk2: Desk) -> None:
    card = CardSeen.of_basic(desk2.driver.iReadCardBas(1)[1])
    info = desk2.info
    for data, code in (("DF01EF0A|CHNX|$", -42), ("DF01EF0B|CHN|$", -14), ("", -14)):
        _, asked = desk2.driver.iWriteCard_HSM_Step1(1, info, ADDRESS)
        answer = desk2.hsm.write(card, asked)
        assert desk2.driver.iWriteCard_HSM_Step2(answer, data) == (code, "")
    assert desk2.card.sent(INS.UPDATE_RECORD) == 0


def test_a_key_that_counts_no_more(desk2: Desk) -> None:
    """Another directory in between: the key would be asked for twice, and a step asks once."""
    info, free = desk2.info, "SSSEEF05|01|$"
    asked = desk2.driver.iReadCard_HSM_Step1
    assert asked(1, info, f"{ADDRESS}{free}{ADDRESS}") == (-14, "")
    assert not desk2.card.powered
    for address in (f"{free}{ADDRESS}", f"{ADDRESS}{ADDRESS}{free}"):
        assert asked(1, info, address)[0] == 0


def test_closing(desk2: Desk) -> None:
    desk2.driver.iReadCardBas_HSM_Step1(1)
    desk2.driver.close()
    assert not desk2.card.powered
    desk2.driver.close()


def test_an_hsm_that_dies_behind_a_change(desk2: Desk) -> None:
    """No code that would have a program write the first file once more."""
    info = desk2.info

    class Dying:
        answers = 1

        def write(self, card: CardSeen, step1: str) -> str:
            self.answers -= 1
            if self.answers < 0:
                raise KeyStoreError("gone")
            return desk2.hsm.write(card, step1)

    record = "2020300^20120701^20141130^单位"
    address, data = f"DF02EF07|${ADDRESS}", f"DF02EF07|{record}|$DF01EF0A|CHN|$"
    assert desk2.with_(psam=None, hsm=Dying()).iWriteCard(1, info, address, data) == (-27010, "")
    assert desk2.with_().iReadCard(1, 2, info, "DF02EF07|$") == (0, f"DF02EF07|{record}|$")


def test_an_hsm_that_does_not_answer(desk2: Desk) -> None:
    """The code is the one that made the driver ask it."""

    class Silent:
        def read_basic(self, step1: str) -> str:
            raise KeyStoreError("no such key")

    assert desk2.with_(psam=None, hsm=Silent()).iReadCardBas(1) == (-2201, "")
    assert not desk2.card.powered
