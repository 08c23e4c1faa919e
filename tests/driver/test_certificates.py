"""iReadSignatureKey, iWriteCA and its two steps, on a card and with a CA."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from simulator.faults import Fault, Kind
from sscard.keys.types import SM4
from tests.certified_card import authority
from tests.driver.certificate_office import Office
from tests.driver.certificate_office import office as office_at

if TYPE_CHECKING:
    from tests.driver.conftest import Desk

GENERATE, UPDATE, IMPORT, VERIFY = 0x40, 0xD6, 0xC2, 0x20


@pytest.fixture
def office(new_desk: Callable[[int], Desk]) -> Office:
    return office_at(new_desk(3))


def test_the_pair_is_made_once(office: Office) -> None:
    made = office.key()
    assert bytes.fromhex(made) == office.file(0x12)[2:66]
    assert office.desk.card.sent(GENERATE) == 1
    for kind in (1, 3, 4):
        assert office.driver().iReadSignatureKey(kind) == (0, made)
    assert office.driver(master=None).iReadSignatureKey(1) == (0, made), "whoever may read it"
    assert office.desk.card.sent(GENERATE) == 1


def test_a_terminal_that_does_not_write_makes_none(office: Office) -> None:
    assert office.driver(master=None).iReadSignatureKey(1) == (-27013, "")
    assert office.desk.card.sent(GENERATE) == 0


def test_cards_of_other_generations_have_no_such_application(desk2: Desk) -> None:
    office = office_at(desk2)
    driver = office.driver()
    assert driver.iReadSignatureKey(1) == (-13, "")
    assert driver.iWriteCaStep1(1, "123456") == (-13, "")
    assert driver.PKI_SignData("123456", "x", 1) == (-13, "")
    assert driver.PKI_VerifySign("", "", "x", "00" * 64, 1) == (-13, "")


def test_an_answer_is_written(office: Office) -> None:
    texts = office.written()
    for fid, name in ((0x18, "QMZS"), (0x19, "JMZS")):
        der = b64decode(texts[name])
        assert office.file(fid) == der.ljust(1020, b"\0")
    writes = office.desk.card.sent(UPDATE), office.desk.card.sent(IMPORT)
    assert office.write(texts) == (0, ""), "the same answer once more"
    assert (office.desk.card.sent(UPDATE), office.desk.card.sent(IMPORT)) == writes


def test_over_the_antenna(office: Office) -> None:
    office.desk.raw.contactless = True
    texts = office.answer()
    driver = office.desk.with_(
        contact=None,
        contactless=office.desk.card,
        certificates=office.certificates,
        clock=lambda: authority().root.not_before.replace(year=2027),
    )
    assert driver.iWriteCA(2, *texts.values()) == (0, "")
    assert driver.iReadSignatureKey(1) == (-12, "")


@pytest.mark.parametrize("command", [45, 60, 75])
def test_a_torn_card_goes_on(office: Office, command: int) -> None:
    texts = office.answer()
    office.desk.raw.plan([Fault(Kind.MUTE, command=command)])
    assert office.write(texts)[0] == -4
    office.desk.raw.plan([])
    assert office.write(texts) == (0, "")
    assert office.file(0x19).startswith(b64decode(texts["JMZS"]))


WRONG: dict[str, tuple[int, Callable[[Office], tuple[int, str]]]] = {
    "certificates of another key": (-63, lambda office: office.write(office.answer(ANOTHER))),
    "certificates of another card": (
        -63,
        lambda office: office.write(office.answer(card_number="X00000027")),
    ),
    "the pair of another answer": (
        -62,
        lambda office: office.write(office.answer(JMMY=office.answer(ANOTHER)["JMMY"])),
    ),
    "a CA that nobody trusts": (-62, lambda office: office.write(office.answer(seed=2))),
    "both certificates the same": (
        -62,
        lambda office: office.write(office.answer(JMZS=office.answer()["QMZS"])),
    ),
    "no certificate": (-14, lambda office: office.write(office.answer(QMZS="MIIC"))),
    "no base64": (-14, lambda office: office.write(office.answer(JMZS="签名"))),
    "no envelope": (-14, lambda office: office.write(office.answer(JMMY="AAAA"))),
    "no PIN": (-14, lambda office: office.write(office.answer(GLYPIN="1234567"))),
    "no key": (-14, lambda office: office.write(office.answer(ZKMY="00"))),
    "no root": (-13, lambda office: office.write(office.answer(), root=None, issuers=())),
    "no master key": (-13, lambda office: office.write(office.answer(), master=None)),
}
ANOTHER = bytes(authority().root.public).hex()


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_not_written(office: Office, name: str) -> None:
    code, write = WRONG[name]
    office.key()
    assert write(office) == (code, "")
    card = office.desk.card
    assert (card.sent(UPDATE), card.sent(IMPORT)) == (0, 0)
    assert not any(office.file(0x18))


def test_another_master_key(office: Office) -> None:
    """Nothing is written, and the key's tries are what the card says."""
    code, output = office.write(office.answer(), master=SM4(bytes(16)))
    assert (code, output) == (-0x63CF, "")
    assert (office.desk.card.sent(UPDATE), office.desk.card.sent(IMPORT)) == (0, 0)


def test_no_key_yet(office: Office) -> None:
    texts = office.answer(ANOTHER)
    assert office.write(texts) == (-27013, "")


def test_two_steps(office: Office) -> None:
    driver, master = office.driver(master=None), office.certificates.master
    assert master is not None
    code, key = driver.iWriteCaStep1(1, "123456")
    assert (code, len(key)) == (0, 128)
    texts = office.answer(key)
    driver = office.driver(master=None)
    assert driver.iWriteCaStep1(1, "123456") == (0, key)
    rest = (texts["JMMY"], texts["JMZS"], texts["QMZS"])
    secrets = (OLD, texts["ZKMY"], "12345678", texts["GLYPIN"])
    assert driver.iWriteCaStep2("123456", *rest, *secrets) == (0, "")
    assert office.file(0x18).startswith(b64decode(texts["QMZS"]))


OLD = "00112233445566778899AABBCCDDEEFF"


@pytest.mark.parametrize(
    ("change", "code", "output"),
    [
        ({0: "654321"}, -51, "5|"),
        ({0: "12345"}, -33, ""),
        ({4: OLD[:-2]}, -14, ""),
        ({4: "00" * 16}, -0x63CF, ""),
        ({6: "87654321"}, -51, "5|"),
        ({2: "AA=="}, -14, ""),
    ],
)
def test_wrong_second_steps(office: Office, change: dict[int, str], code: int, output: str) -> None:
    driver = office.driver()
    texts = office.answer(driver.iWriteCaStep1(1, "123456")[1])
    driver = office.driver()
    assert driver.iWriteCaStep1(1, "123456")[0] == 0
    args = ["123456", texts["JMMY"], texts["JMZS"], texts["QMZS"]]
    args += [OLD, texts["ZKMY"], "12345678", texts["GLYPIN"]]
    for place, text in change.items():
        args[place] = text
    assert driver.iWriteCaStep2(*args) == (code, output)
    assert office.desk.card.sent(UPDATE) == 0
    assert driver.iWriteCaStep2(*args) == (-3, ""), "the first step is over"


def test_a_wrong_pin_makes_no_pair(office: Office) -> None:
    driver = office.driver()
    assert driver.iWriteCaStep1(1, "654321") == (-51, "5|")
    assert driver.iWriteCaStep1(1, "654321") == (-51, "4|")
    assert driver.iWriteCaStep1(1, "654321") == (-51, "3|")
    assert driver.iWriteCaStep1(1, "654321") == (-51, "2|")
    assert driver.iWriteCaStep1(1, "654321") == (-51, "2|"), "a third of the tries is for people"
    assert office.desk.card.sent(GENERATE) == 0


@pytest.mark.parametrize("answer", ["6983", "63C0"])
def test_a_blocked_pin_makes_no_pair(office: Office, answer: str) -> None:
    driver = office.desk.answering({"00200181": answer})
    assert driver.iWriteCaStep1(1, "123456") == (-52, "")
    card: Any = office.desk.terminal.contact
    assert card.sent(VERIFY) == card.sent(GENERATE) == 0
