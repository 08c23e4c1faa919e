"""iDoDebit and iReadDebitRecord, whole and torn (ssc 5.2, 7 [S])."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulator.faults import Fault, Kind
from sscard.apdu.medical import MedicalINS
from sscard.errors import TransportError
from sscard.keys import SUITES, Factors, KeyReference
from sscard.keys.operations import Mode, card_request
from sscard.keys.stores import load_social_security
from sscard.keys.stores.service.card_seen import CardSeen
from sscard.terminal.driver import ASK_AN_HSM, CoveredBy

if TYPE_CHECKING:
    from collections.abc import Callable

    from sscard.terminal.driver import Driver
    from tests.driver.conftest import Desk

PIN, TIME = "123456", "20261122163005"
PAY = f"12.50|10.00|{TIME}|"
#: Of account, holder and pool: an account without money leaves all to the pool.
AMOUNTS = "00000000" + "000000FA" + "000003E8"


@pytest.fixture(params=[2, 3], ids=["gen2", "gen3"])
def modern(request: pytest.FixtureRequest, new_desk: Callable[[int], Desk]) -> Desk:
    desk = new_desk(request.param)
    desk.types(PIN, PIN, PIN, PIN)
    return desk


def tac(desk: Desk, terminal: str, counter: str, amounts: str = AMOUNTS) -> str:
    """As a host computes it from the output."""
    store = load_social_security(None, SUITES[desk.profile.suite])
    historical = bytes.fromhex(desk.with_().iReadCardBas(1)[1].split("|")[5])
    text = bytes.fromhex(amounts + "02" + terminal + counter + TIME)
    request = card_request(KeyReference("DTK", 1), Factors.of("639900", historical), Mode.TAC, text)
    return store.compute(request).hex().upper()


def load(desk: Desk, fen: int) -> None:
    """Put money on the card as a host does; the keys are in the TEST store."""
    store = load_social_security(None, SUITES[desk.profile.suite])
    card, suite = desk.raw, SUITES[desk.profile.suite]
    factors = Factors.of("639900", bytes.fromhex(desk.with_().iReadCardBas(1)[1].split("|")[5]))
    card.reset()
    for command in (
        "00A404000F7378312E73682EC9E7BBE1B1A3D5CF",
        "00A4040006D15600000503",
        "0020000003123456",
    ):
        assert card.transmit(bytes.fromhex(command))[-2:] == b"\x90\0"
    terminal = bytes(6)
    begun = card.transmit(
        bytes.fromhex("B02800010B01") + fen.to_bytes(4, "big") + terminal + b"\x10"
    )
    counter, random = begun[4:6], begun[8:12]
    dlk = store.card_keys([KeyReference("DLK", 1)], factors)[KeyReference("DLK", 1)]
    session = suite.session_key(dlk, random + counter + b"\x80\0")
    time = bytes.fromhex(TIME)
    mac2 = suite.mac(session, fen.to_bytes(4, "big") + b"\1" + terminal + time)
    answer = card.transmit(bytes.fromhex("B02A00000B") + time + mac2 + b"\x04")
    assert answer[-2:] == b"\x90\0"


def test_the_output(modern: Desk) -> None:
    """alg|key address|amount hex|type|terminal no.|terminal counter|time|TAC|"""
    code, output = modern.driver.iDoDebit(1, modern.info, PAY)
    assert code == 0
    algorithm = "03" if modern.generation == 3 else "01"
    head = [algorithm, "00B5", AMOUNTS, "02", "639900000001", "00000000", TIME]
    assert output.split("|") == [*head, tac(modern, "639900000001", "00000000"), ""]


def test_the_log(modern: Desk) -> None:
    """The newest first; a load is no purchase."""
    info = modern.info
    assert modern.driver.iReadDebitRecord(1) == (0, "")
    load(modern, 700)
    for pay in (PAY, f"0.01|0.00|{TIME}|"):
        assert modern.driver.iDoDebit(1, info, pay)[0] == 0
    assert modern.driver.iReadDebitRecord(1) == (
        0,
        f"1^639900000001^{TIME}^0.01^0.00^|0^639900000001^{TIME}^12.50^10.00^|",
    )


def test_the_account_pays_as_far_as_it_reaches(modern: Desk) -> None:
    info = modern.info
    load(modern, 700)
    code, output = modern.driver.iDoDebit(1, info, PAY)
    amounts = "000002BC" + "000000FA" + "0000012C"
    assert (code, output.split("|")[2]) == (0, amounts)
    assert output.split("|")[7] == tac(modern, "639900000001", "00000000", amounts)


@pytest.mark.parametrize(
    ("covered_by", "amounts"),
    [(CoveredBy.ACCOUNT, "000003E8000000FA00000000"), (CoveredBy.POOL, AMOUNTS)],
)
def test_who_covers_it_is_a_setting(modern: Desk, covered_by: CoveredBy, amounts: str) -> None:
    info = modern.info
    load(modern, 5_000)
    code, output = modern.with_(covered_by=covered_by).iDoDebit(1, info, PAY)
    assert (code, output.split("|")[2]) == (0, amounts)


def test_an_account_that_does_not_reach(modern: Desk) -> None:
    info = modern.info
    assert modern.with_(covered_by=CoveredBy.ACCOUNT).iDoDebit(1, info, PAY) == (-0x9401, "")


def test_a_psam_of_another_city(modern: Desk) -> None:
    """Its purchase key is the city's: the card is not even tried, and an HSM can take over."""
    info = modern.info
    driver = modern.with_(psam=modern.other_psam(city="371000"))
    assert driver.iDoDebit(1, info, PAY) == (-24, "")
    assert modern.card.sent(MedicalINS.DEBIT_FOR_PURCHASE) == 0
    provincial = modern.with_(psam=modern.other_psam(city="371000", levels=2))
    assert provincial.iDoDebit(1, info, PAY) == (-24, "")
    assert modern.card.sent(MedicalINS.DEBIT_FOR_PURCHASE) == 0
    for city, levels in (("371000", 3), ("630100", 2)):
        higher = modern.with_(psam=modern.other_psam(city=city, levels=levels))
        assert higher.iDoDebit(1, info, PAY)[0] == 0


def test_the_clock_says_when_nobody_else_does(modern: Desk) -> None:
    code, output = modern.driver.iDoDebit(1, modern.info, "12.50|10.00||")
    assert (code, output.split("|")[6]) == (0, TIME)


def test_in_steps(modern: Desk) -> None:
    seen = CardSeen.of_basic(modern.driver.iReadCardBas(1)[1])
    info = modern.info
    driver = modern.with_(psam=None)
    code, asked = driver.iDoDebit_HSM_Step1(1, info, PAY)
    algorithm = "03" if modern.generation == 3 else "01"
    fields = asked.split("|")
    assert code == 0
    assert fields[:2] == [algorithm, "017F"]
    assert [len(each) for each in fields[2:4]] == [8, 4]
    assert fields[4:] == [AMOUNTS, "02", "0" * 12, TIME, ""]
    code, output = driver.iDoDebit_HSM_Step2(modern.hsm.debit(seen, asked))
    counter = "0000" + fields[3]
    assert code == 0
    assert output.split("|")[4:] == [
        "0" * 12,
        counter,
        TIME,
        tac(modern, "0" * 12, counter),
        "",
    ]


def test_nothing_is_paid_twice(modern: Desk) -> None:
    """A PSAM that fails behind DEBIT: no HSM pays again, nor does a program that goes by codes."""
    info = modern.info
    said = {"6A88": -37634, "": -37634, "6901": -26881, "9302": -37634}
    for answer, code in said.items():
        modern.types(PIN)
        modern.psam.instead = {"8072": answer}
        assert modern.with_(hsm=modern.hsm).iDoDebit(1, info, PAY) == (code, "")
        assert code not in ASK_AN_HSM
    modern.types(PIN)
    assert modern.driver.iReadDebitRecord(1)[1].count("|") == len(said)


@pytest.mark.parametrize("field", [3, 4])
def test_an_hsm_that_expects_another_answer(modern: Desk, field: int) -> None:
    """MAC2 and TAC are compared with the card's."""
    seen = CardSeen.of_basic(modern.driver.iReadCardBas(1)[1])
    driver, info = modern.driver, modern.info
    _, asked = driver.iDoDebit_HSM_Step1(1, info, PAY)
    fields = modern.hsm.debit(seen, asked).split("|")
    fields[field] = "00000000"
    assert driver.iDoDebit_HSM_Step2("|".join(fields)) == (-37634, "")


def test_an_hsm_takes_over(modern: Desk) -> None:
    """The holder is asked for the PIN once."""
    info = modern.info
    driver = modern.with_(psam=modern.other_psam(drop=["DPK"]), hsm=modern.hsm)
    modern.types(PIN)
    assert driver.iDoDebit(1, info, PAY)[0] == 0
    assert len(modern.pad.asked) == 1


@pytest.mark.parametrize("hsm", [False, True])
@pytest.mark.parametrize(("fault", "taken"), [("command", False), ("response", True)])
def test_a_lost_answer(modern: Desk, fault: str, taken: bool, hsm: bool) -> None:
    """The card is asked whether it took the money: a receipt, or −37894 and nothing taken."""
    info = modern.info
    driver = modern.with_(psam=None, hsm=modern.hsm) if hsm else modern.driver
    whole = _commands_until_debit(modern, driver, info)
    modern.types(PIN, PIN)
    modern.raw.plan([Fault(Kind.POWER_CUT, **{fault: whole})])
    code, output = driver.iDoDebit(1, info, PAY)
    modern.raw.plan([])
    assert (code, bool(output)) == ((0, True) if taken else (-37894, False))
    log = modern.driver.iReadDebitRecord(1)[1]
    assert log.count("|") == 1 + taken
    if taken:
        *_, terminal, counter, _, made, _ = output.split("|")
        assert made == tac(modern, terminal, counter)


def _commands_until_debit(desk: Desk, driver: Driver, info: str) -> int:
    """How many commands the card gets up to DEBIT, which is counted."""
    desk.types(PIN)
    desk.card.commands.clear()
    assert driver.iDoDebit(1, info, PAY)[0] == 0
    return [each[1] for each in desk.card.commands].index(MedicalINS.DEBIT_FOR_PURCHASE) + 1


def test_a_removed_card_says_nothing(modern: Desk) -> None:
    """Nobody knows: the code is that of the lost answer."""
    info = modern.info
    at = _commands_until_debit(modern, modern.driver, info)
    modern.types(PIN)
    modern.raw.plan([Fault(Kind.REMOVED, response=at)])
    assert modern.driver.iDoDebit(1, info, PAY) == (-4, "")


def test_another_card_is_no_witness(modern: Desk, new_desk: Callable[[int], Desk]) -> None:
    """One that was put in after the answer was lost; its proof is of a purchase of its own."""
    info, other = modern.info, new_desk(modern.generation)
    other.types(PIN)
    assert other.driver.iDoDebit(1, other.info, PAY)[0] == 0

    class Swapped:
        """The other card, with another number, as soon as the first has to answer DEBIT."""

        def __init__(self) -> None:
            self.now = modern.raw

        def reset(self) -> bytes:
            answer: bytes = self.now.reset()
            return answer if self.now is modern.raw else answer[:-1] + b"\x78"

        def transmit(self, command: bytes) -> bytes:
            if command[:2] == b"\xb0\x2c":
                self.now = other.raw
                raise TransportError("pulled out")
            answer: bytes = self.now.transmit(command)
            return answer

    assert modern.with_(contact=Swapped()).iDoDebit(1, info, PAY) == (-4, "")


@pytest.mark.parametrize(
    "pay",
    [
        "",
        "12.50|10.00|",
        "12.5|10.00|20261122163005|",
        "012.50|10.00|20261122163005|",
        "12.50|12.51|20261122163005|",
        "-1.00|0.00|20261122163005|",
        "42949672.95|0.00|20261122163005|",
        "12.50|10.00|20261322163005|",
        "12.50|10.00|2026112216300５|",
        "１2.50|10.00|20261122163005|",
    ],
)
def test_wrong_pay_info(desk2: Desk, pay: str) -> None:
    assert desk2.driver.iDoDebit(1, desk2.info, pay) == (-14, "")


def test_the_largest_amount(desk2: Desk) -> None:
    desk2.types(PIN, PIN)
    code, output = desk2.driver.iDoDebit(1, desk2.info, f"42949672.94|42949672.94|{TIME}|")
    assert (code, output.split("|")[2][-8:]) == (0, "FFFFFFFE")
