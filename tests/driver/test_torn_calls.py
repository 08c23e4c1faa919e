"""A card that is torn out, dies or garbles in the middle of a call: a code, and it stays whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from simulator.faults import Fault, Kind
from sscard.errors import TransportError

if TYPE_CHECKING:
    from tests.driver.conftest import Desk

PIN, PAY = "123456", "0.01|0.00|20261122163005|"
ADDRESS, DATA = "DF01EF0A|37|$DF02EF06|3A|$", "DF01EF0A|CHN|$DF02EF06|2020300|$"
CALLS: dict[str, Callable[[Desk, str], int]] = {
    "iReadCardBas": lambda desk, _: desk.driver.iReadCardBas(1)[0],
    "iReadCard": lambda desk, info: desk.driver.iReadCard(1, 2, info, "DF04EF06|90|$")[0],
    "iWriteCard": lambda desk, info: desk.driver.iWriteCard(1, info, ADDRESS, DATA)[0],
    "iChangePIN": lambda desk, info: desk.driver.iChangePIN(1, info)[0],
    "iUnblockPIN": lambda desk, info: desk.driver.iUnblockPIN(1, info)[0],
    "iDoDebit": lambda desk, info: desk.driver.iDoDebit(1, info, PAY)[0],
    "iReadDebitRecord": lambda desk, _: desk.driver.iReadDebitRecord(1)[0],
}
#: What a reader can say of it.
CODES = {-2, -4, -15, -37894}


@pytest.mark.parametrize("kind", [Kind.POWER_CUT, Kind.REMOVED, Kind.MUTE])
@pytest.mark.parametrize("name", CALLS)
def test_at_every_command(new_desk: Callable[[int], Desk], name: str, kind: Kind) -> None:
    """Before and after each; then the same call works, or the PIN has been changed."""
    desk = new_desk(3)
    info, call = desk.info, CALLS[name]
    for moment in ("command", "response"):
        for number in range(1, 60):
            desk.types(PIN, PIN, PIN)
            desk.raw.plan([Fault(kind, **{moment: number})])
            code = call(desk, info)
            happened, _ = bool(desk.raw.happened), desk.raw.happened.clear()
            desk.raw.plan([])
            desk.raw.insert()
            assert code in CODES if happened and code else code == 0
            if not happened:
                break
        assert number < 59, "every command has been visited"
    desk.types(PIN)
    assert desk.driver.iVerifyPIN(1) == (0, "")


@pytest.mark.parametrize("name", CALLS)
def test_garbled_answers(new_desk: Callable[[int], Desk], name: str) -> None:
    """One byte of one answer is another one: a code, never an exception, and no key is burnt."""
    desk = new_desk(3)
    info, call = desk.info, CALLS[name]
    for number in range(1, 40):
        for byte in (1, -2):
            desk.types(PIN, PIN, PIN)
            desk.raw.plan([Fault(Kind.WRONG_BYTE, response=number, byte=byte, mask=0x41)])
            assert call(desk, info) <= 0
            desk.raw.plan([])
    desk.types(PIN)
    assert desk.driver.iVerifyPIN(1) == (0, "")


class Psam:
    """The desk's, that dies after so many commands, or garbles one byte of that answer."""

    def __init__(self, desk: Desk, answers: int, byte: int | None = None) -> None:
        self.psam, self.answers, self.byte = desk.psam, answers, byte

    def reset(self) -> bytes:
        return self.psam.reset()

    def transmit(self, command: bytes) -> bytes:
        self.answers -= 1
        if self.answers < 0 and self.byte is None:
            raise TransportError("gone")
        answer = bytearray(self.psam.transmit(command))
        if self.answers == -1 and self.byte is not None:
            answer[self.byte % len(answer)] ^= 0xC1
        return bytes(answer)


def test_a_psam_that_dies(new_desk: Callable[[int], Desk]) -> None:
    desk = new_desk(3)
    info, codes = desk.info, []
    while not codes or codes[-1]:
        desk.types(PIN)
        codes.append(desk.with_(psam=Psam(desk, len(codes))).iDoDebit(1, info, PAY)[0])
    assert set(codes) == {-2201, -37634, 0}
    assert codes.count(-37634) == 1, "the card has paid, and nobody has checked its MAC2"
    assert 8 < len(codes) < 20


def test_an_hsm_goes_on_for_a_psam_that_dies(new_desk: Callable[[int], Desk]) -> None:
    desk = new_desk(3)
    info = desk.info
    for answers in range(10):
        desk.with_(psam=Psam(desk, answers), hsm=desk.hsm)
        assert desk.driver.iWriteCard(1, info, ADDRESS, DATA) == (0, ""), answers


@pytest.mark.parametrize("byte", [0, 1, -2, -1])
def test_a_psam_that_garbles(new_desk: Callable[[int], Desk], byte: int) -> None:
    """A code; the card sees no proof of a key that is not the PSAM's to show."""
    desk = new_desk(3)
    info, codes = desk.info, set()
    for number in range(16):
        desk.types(PIN)
        desk.with_(psam=Psam(desk, number, byte))
        codes.add(desk.driver.iDoDebit(1, info, PAY)[0])
        codes.add(desk.driver.iWriteCard(1, info, ADDRESS, DATA)[0])
    assert 0 in codes
    assert all(code <= 0 for code in codes)
    assert len(codes) > 1
