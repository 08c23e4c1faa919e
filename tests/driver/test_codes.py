"""Every code of the interface is provoked, or it is said why it cannot be (ssc 7 [S])."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from simulator.faults import Fault, Kind
from sscard.errors import TransportError
from sscard.profiles import load_profile
from sscard.profiles.model import Profile
from sscard.terminal.driver import (
    ASK_AN_HSM,
    DriverError,
    ErrorCode,
    KeypadCancelled,
    KeypadTimeout,
    Moment,
    described,
)
from tests.driver.certificate_office import office

if TYPE_CHECKING:
    from tests.driver.conftest import Desk

Answer = tuple[int, str]
PIN, PAY = "123456", "12.50|10.00|20261122163005|"
NAME_OF_SSSE, DF04 = "00A404000F", "00A4040006D15600000503"
READ, UPDATE, EXTERNAL, MESSAGE = "00B2", "00DC", "0082", "8424"
WRITE = ("DF01EF0A|37|$", "DF01EF0A|CHN|$")

#: What cannot happen here, and why.
CANNOT: Mapping[ErrorCode, str] = {
    ErrorCode.LIBRARY: "of the program that loads the driver, before there is one"
}


def card_says(*pairs: str, call: Callable[[Desk, Any], Answer]) -> Callable[[Desk], Answer]:
    """Before a card that answers so: what a command begins with, the answer, and so on."""

    def scenario(desk: Desk) -> Answer:
        info = desk.info
        driver = desk.answering(dict(zip(pairs[::2], pairs[1::2], strict=True)))
        desk.types(PIN, PIN, PIN)
        return call(desk, (driver, info))

    return scenario


def written(_: Desk, at: Any) -> Answer:
    driver, info = at
    answer: Answer = driver.iWriteCard(1, info, *WRITE)
    return answer


def read(address: str, kind: int = 2) -> Callable[[Desk, Any], Answer]:
    def call(_: Desk, at: Any) -> Answer:
        driver, info = at
        answer: Answer = driver.iReadCard(1, kind, info, address)
        return answer

    return call


def basic(_: Desk, at: Any) -> Answer:
    answer: Answer = at[0].iReadCardBas(1)
    return answer


def paid(_: Desk, at: Any) -> Answer:
    answer: Answer = at[0].iDoDebit(1, at[1], PAY)
    return answer


def unblocked(_: Desk, at: Any) -> Answer:
    answer: Answer = at[0].iUnblockPIN(1, at[1])
    return answer


def plain(call: Callable[[Desk, Any], Answer]) -> Callable[[Desk], Answer]:
    """Before the card itself."""
    return card_says(call=call)


def psam(call: Callable[[Desk, Any], Answer], **changes: Any) -> Callable[[Desk], Answer]:
    """With another PSAM."""

    def scenario(desk: Desk) -> Answer:
        info = desk.info
        desk.types(PIN)
        return call(desk, (desk.with_(psam=desk.other_psam(**changes)), info))

    return scenario


def typing(*typed: str | Exception, call: str = "iVerifyPIN") -> Callable[[Desk], Answer]:
    """What the holder types."""

    def scenario(desk: Desk) -> Answer:
        desk.types(*typed)
        answer: Answer = getattr(desk.driver, call)(1)
        return answer

    return scenario


def unused(generation: int) -> Profile:
    """Of a region where the initial PIN counts as none."""
    profile = load_profile(f"gen{generation}")
    policy = profile.setting("initial_pin_policy").model_copy(update={"value": "unused"})
    settings = profile.settings | {"initial_pin_policy": policy}
    return profile.model_copy(update={"settings": settings})


def in_such_a_region(*typed: str, call: str) -> Callable[[Desk], Answer]:
    def scenario(desk: Desk) -> Answer:
        desk.types(*typed)
        answer: Answer = getattr(desk.with_(profiles=unused), call)(1)
        return answer

    return scenario


def faulty(fault: Fault) -> Callable[[Desk], Answer]:
    def scenario(desk: Desk) -> Answer:
        desk.raw.plan([fault])
        return desk.driver.iReadCardBas(1)

    return scenario


def no_reader(desk: Desk) -> Answer:
    """What a floor above says of its TransportErrors."""

    class Nothing:
        def reset(self) -> bytes:
            raise TransportError("the reader is gone")

        def transmit(self, command: bytes) -> bytes:
            raise AssertionError

    def blame(error: TransportError, moment: Moment) -> ErrorCode:
        assert "gone" in str(error)
        assert moment is Moment.POWER_UP
        return ErrorCode.READER

    return desk.with_(contact=Nothing(), blame=blame).iReadCardBas(1)


def blocked(desk: Desk) -> Answer:
    for _ in range(desk.profile.setting("pin_tries").number):
        desk.types("654321")
        code, output = desk.driver.iVerifyPIN(1)
        assert code == -51 or (code, output) == (-52, "")
    desk.types(PIN)
    answer = desk.driver.iVerifyPIN(1)
    assert desk.pad.typed == [PIN], "a holder whose PIN is blocked is asked for nothing"
    return answer


def other_algorithm(desk: Desk) -> Answer:
    """The PSAM of the other suite."""
    other = type(desk)(3 if desk.generation == 2 else 2, desk.raw, None)
    return desk.with_(psam=other.other_psam()).iReadCardBas(1)


def signed_wrongly(desk: Desk) -> Answer:
    """By a card whose signature is none."""
    made = office(desk)
    made.key()
    desk.card.instead = {"8074": "01" * 64 + "9000"}
    return made.driver().PKI_SignData(PIN, "x", 1)


def certified(**changes: Any) -> Callable[[Desk], Answer]:
    """With another answer than that for this card."""

    def scenario(desk: Desk) -> Answer:
        made = office(desk)
        return made.write(made.answer(**changes))

    return scenario


E = ErrorCode
PROVOKED: Mapping[ErrorCode, tuple[int, Callable[[Desk], Answer]]] = {
    E.WRONG_CARD_TYPE: (2, card_says(NAME_OF_SSSE, "6A82", call=basic)),
    E.NO_CARD: (2, faulty(Fault(Kind.REMOVED, reset=1))),
    E.NO_POWER: (2, lambda desk: desk.driver.iReadCardBas_HSM_Step2("00|")),
    E.NO_ANSWER: (2, faulty(Fault(Kind.MUTE, command=3))),
    E.READER: (2, no_reader),
    E.NOT_CONNECTED: (2, lambda desk: desk.driver.iReadCardBas(2)),
    E.NOT_SUPPORTED: (2, lambda desk: desk.with_(keypad=None).iVerifyPIN(1)),
    E.PARAMETER: (2, lambda desk: desk.driver.iReadCardBas(5)),
    E.CHECKSUM: (2, card_says(NAME_OF_SSSE, "90", call=basic)),
    E.IDENTIFICATION_FORMAT: (
        2,
        card_says("00B201", "0110" + "A" * 32 + "9000", call=basic),
    ),
    E.NOT_GENUINE: (2, card_says("0088", "0102030405060708" + "9000", call=basic)),
    E.OTHER_CARD: (2, lambda desk: desk.driver.iVerifyPIN(1, desk.info[:-2] + "X|")),
    E.CARD_DATA: (2, card_says("00B208", "0812" + "07" * 18 + "9000", call=basic)),
    E.PSAM_LEVEL: (2, psam(written, city="371000")),
    E.ENTRY_CANCELLED: (2, typing(KeypadCancelled())),
    E.ENTRY_TIMEOUT: (2, typing(KeypadTimeout())),
    E.PIN_LENGTH: (2, typing("123")),
    E.ENTRIES_DIFFER: (2, typing(PIN, "111111", "111112", call="iChangePIN")),
    E.PIN_IS_INITIAL: (2, in_such_a_region(PIN, call="iVerifyPIN")),
    E.NEW_PIN_IS_INITIAL: (2, in_such_a_region("111111", PIN, PIN, call="iChangePIN")),
    E.DATA_CHARACTERS: (
        2,
        lambda desk: desk.driver.iWriteCard(1, desk.info, "DF01EF05|0E|$", "DF01EF05|51A|$"),
    ),
    E.DATA_LENGTH: (
        2,
        lambda desk: desk.driver.iWriteCard(1, desk.info, "DF01EF08|2B|$", "DF01EF08|22|$"),
    ),
    E.PIN_WRONG: (2, typing("654321")),
    E.PIN_BLOCKED: (2, blocked),
    E.SIGNATURE_WRONG: (3, signed_wrongly),
    E.CERTIFICATE: (3, certified(seed=12)),
    E.OTHER_KEY: (3, certified(card_number="X00000027")),
    E.NO_PSAM: (2, lambda desk: desk.with_(psam=None).iReadCardBas(1)),
    E.ALGORITHM: (2, other_algorithm),
    E.NO_RKSSSE: (3, psam(basic, drop=["RKSSSE"])),
    E.NO_HSM_NEEDED: (
        2,
        lambda desk: desk.driver.iReadCard_HSM_Step1(1, desk.info, "SSSEEF05|07|$"),
    ),
    E.TRIES_0: (2, card_says(EXTERNAL, "63C0", call=written)),
    E.TRIES_1: (2, card_says(EXTERNAL, "63C1", call=written)),
    E.TRIES_2: (2, card_says(EXTERNAL, "63C2", call=written)),
    E.SW_6700: (2, card_says(UPDATE, "6700", call=written)),
    E.SW_6901: (2, card_says("B02C", "6901", call=paid)),
    E.SW_6981: (2, card_says("00B237", "6981", call=read("DF01EF0A|37|$"))),
    E.SW_6982: (
        2,
        lambda desk: desk.driver.iWriteCard(1, desk.info, "DF04EF08|$", "DF04EF08|1^2^^^^^|$"),
    ),
    E.SW_6983: (2, card_says(EXTERNAL, "6983", call=unblocked)),
    E.SW_6984: (2, card_says(EXTERNAL, "6984", call=written)),
    E.SW_6985: (2, card_says(MESSAGE, "6985", call=unblocked)),
    E.SW_6988: (2, card_says(MESSAGE, "6988", call=unblocked)),
    E.SW_6A80: (2, card_says(UPDATE, "6A80", call=written)),
    E.SW_6A81: (2, card_says(NAME_OF_SSSE, "6A81", call=basic)),
    E.SW_6A82: (1, plain(read("DF07EF05|F0|$"))),
    E.SW_6A83: (2, card_says("00B237", "6A83", call=read("DF01EF0A|37|$"))),
    E.SW_6A88: (2, psam(written, drop=["UK5DF01"])),
    E.SW_9302: (2, card_says("B02C", "9302", call=paid)),
    E.SW_9303: (2, card_says(DF04, "9303", call=read("DF04EF05|84|$"))),
    E.SW_9403: (2, card_says("B02801", "9403", call=paid)),
    E.SW_9406: (2, card_says("B02C", "", call=paid)),
}


@pytest.mark.parametrize("code", PROVOKED, ids=lambda code: str(int(code)))
def test_a_code(code: ErrorCode, new_desk: Callable[[int], Desk]) -> None:
    generation, scenario = PROVOKED[code]
    found, output = scenario(new_desk(generation))
    assert (found, output) == (code, "5|" if code is E.PIN_WRONG else "")


def test_all_of_them() -> None:
    assert set(PROVOKED) | set(CANNOT) == set(ErrorCode)
    assert not set(PROVOKED) & set(CANNOT)


def test_a_card_may_say_something_else(desk2: Desk) -> None:
    """Every status word becomes its negative."""
    info = desk2.info
    for sw in (0x6581, 0x6D00, 0x9401, 0x6F00):
        driver = desk2.answering({UPDATE: f"{sw:04X}"})
        assert driver.iWriteCard(1, info, *WRITE) == (-sw, "")


def test_writing_takes_gbk_alone(desk2: Desk) -> None:
    """What cannot be read everywhere is not written (ssc 1.3 [S])."""
    info = desk2.info.encode()
    for value in (b"\xaa\xa1", b"\x81\x38\xa7\x39", b"\xff", b"a\x07"):
        args = [1, info, b"DF01EF09|2E|$", b"DF01EF09|" + value + b"|$"]
        assert desk2.driver.call("iWriteCard", args) == (-41, b""), value


def test_where_an_hsm_is_asked() -> None:
    assert {int(code) for code in ASK_AN_HSM} == {-2201, -2202, -2203, -27272, -24}


def test_words() -> None:
    assert described(-22) == "与卡内数据不符 pCardInfo names another card"
    assert described(-0x6F00) == "卡片返回 card answered 6F00"
    assert described(-99) == "未知 unknown"
    assert str(DriverError(-2)) == "-2: 无卡 no card"
    assert all(code.zh and code.en for code in ErrorCode)
