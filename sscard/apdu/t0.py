"""T=0: which way an instruction's data goes, and how a terminal says an APDU in TPDUs.

A TPDU is CLA INS P1 P2 P3, and P3 bytes of data where the data goes in (ISO/IEC 7816-3 §10.3,
12.2).  The card's half is in ``sscard.cos.t0``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from enum import Enum, unique

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS, get_response
from sscard.apdu.medical import MedicalINS
from sscard.apdu.response import ResponseAPDU
from sscard.errors import MalformedData

#: SW1 of "so many bytes are waiting" and of "wrong Le, this one is right" (ssc 5.4, 12 [S]).
MORE, WRONG_LE = 0x61, 0x6C

_LONGEST = 0x10000  # the most that a response APDU can hold


@unique
class Direction(Enum):
    """What P3 means: IN, the length of the data that follows; OUT, the length of the answer."""

    IN = "in"
    OUT = "out"


_OUT = frozenset(
    {
        INS.READ_BINARY,
        INS.READ_RECORD,
        INS.GET_CHALLENGE,
        INS.GET_RESPONSE,
        INS.GET_DATA,
        MedicalINS.GET_BALANCE,
    }
)
#: What has a name and is not outgoing takes data, or neither takes nor gives any.
_IN = (frozenset(INS) | frozenset(MedicalINS)) - _OUT - {MedicalINS.STARTING_DAY}
#: UPDATE and GET STARTING DAY are one instruction and differ in P1 (ssc 5.2 [S]).
_STARTING_DAY = {0x00: Direction.IN, 0x01: Direction.OUT}


def direction(ins: int, p1: int) -> Direction | None:
    """Which way the data of an instruction goes; None when no specification here names it.

    No two classes use one instruction byte in different directions, so CLA does not matter.
    """
    if ins == MedicalINS.STARTING_DAY:
        return _STARTING_DAY.get(p1)
    if ins in _OUT:
        return Direction.OUT
    return Direction.IN if ins in _IN else None


def tpdus(command: CommandAPDU) -> Generator[bytes, bytes, bytes]:
    """Yields TPDUs, receives the card's answers, returns the response APDU.

    Le of a command with data is not sent on T=0: all that the card announces with 61xx is fetched.
    Only a command without data is said a second time, once, with the length that 6Cxx names.
    ValueError for an extended command: T=0 needs ENVELOPE for it, which is not supported.
    Raises MalformedData for an answer without status word, and for 61xx without end.
    """
    if command.extended:
        raise ValueError("T=0 carries short commands only; ENVELOPE is not supported")
    answer = yield from _said(command)
    data = answer.data
    while answer.sw >> 8 == MORE:
        answer = yield from _said(get_response(answer.sw & 0xFF or 0x100))
        data += answer.data
        if answer.sw >> 8 == MORE and (not answer.data or len(data) > _LONGEST):
            raise MalformedData("the card announces answers without end")
    return bytes(ResponseAPDU(data, answer.sw))


def exchange(transmit: Callable[[bytes], bytes], command: bytes) -> bytes:
    """The answer to a command APDU over ``transmit``, which takes and gives TPDUs.

    Raises MalformedData, ValueError as ``tpdus``, and what ``transmit`` raises.
    """
    said = tpdus(CommandAPDU.parse(command))
    try:
        tpdu = next(said)
        while True:
            tpdu = said.send(transmit(tpdu))
    except StopIteration as finished:
        response: bytes = finished.value
        return response


def _said(command: CommandAPDU) -> Generator[bytes, bytes, ResponseAPDU]:
    header = bytes((command.cla, command.ins, command.p1, command.p2))
    if command.data:
        return ResponseAPDU.parse((yield header + bytes((len(command.data),)) + command.data))
    answer = ResponseAPDU.parse((yield header + bytes((command.ne & 0xFF,))))
    if command.ne and answer.sw >> 8 == WRONG_LE:
        answer = ResponseAPDU.parse((yield header + bytes((answer.sw & 0xFF,))))
    return answer
