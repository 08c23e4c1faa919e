"""What T=0, T=1 and ISO/IEC 14443-4 add to a command and its response.

Commands and responses are APDUs, whole.  A response 61xx or 6Cxx that the caller sees itself is an
exchange of its own, and so is what follows it.

| framing | to the card | from the card |
|---|---|---|
| T=0 | 5, data | 2 (SW), before data either way 1 (procedure byte) |
| T=0, data both ways | and 5 for each GET RESPONSE | and 2 (61xx) for each |
| T=1 | APDU and for each block 3 + EDC | the same |
| 14443-4 | APDU and for each block PCB, [CID], CRC 2 | the same |

T=0: ISO/IEC 7816-3:2006 §10.3, 12.2.  T=1: §11.3, 11.6.  14443-4: §7.1, 7.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sscard.apdu.command import CommandAPDU
from sscard.errors import TransportError
from sscard.transport.line.traffic import Traffic

_HEADER, _PROCEDURE, _SW = 5, 1, 2
_LONGEST_ANSWER = 0x100
_T1_PROLOGUE, _PCB, _CRC, _CID = 3, 1, 2, 1


class Framing(Protocol):
    """How a protocol carries an APDU and its answer."""

    def traffic(self, command: bytes, response: bytes, /) -> Traffic:
        """Characters and turns of one exchange.  Raises MalformedData: no command."""
        ...


@dataclass(frozen=True, slots=True)
class T0:
    """Characters, one by one.  ENVELOPE for extended commands is not modelled."""

    def traffic(self, command: bytes, response: bytes, /) -> Traffic:
        """Characters and turns of one exchange.  Raises MalformedData, TransportError: extended."""
        said = CommandAPDU.parse(command)
        if said.extended:
            raise TransportError("T=0 carries short commands only")
        answer = max(len(response) - _SW, 0)
        if not said.data:
            return _read(answer)
        written = Traffic(_HEADER + len(said.data), _PROCEDURE + _SW, 4)
        for at in range(0, answer, _LONGEST_ANSWER):
            written += _read(min(answer - at, _LONGEST_ANSWER))
        return written


def _read(answer: int) -> Traffic:
    return Traffic(_HEADER, (_PROCEDURE if answer else 0) + answer + _SW, 2)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks that are acknowledged when others follow: T=1 and ISO/IEC 14443-4.

    ``overhead`` is what a block adds; ``longest_to_card`` and ``longest_from_card`` count the bytes
    of an APDU that fit into one.
    """

    overhead: int
    longest_to_card: int
    longest_from_card: int

    def traffic(self, command: bytes, response: bytes, /) -> Traffic:
        """Characters and turns of one exchange."""
        there = -(-len(command) // self.longest_to_card)
        back = max(-(-len(response) // self.longest_from_card), 1)
        blocks = there + back - 1  # each way: its own, and an acknowledgement of all but one
        return Traffic(
            len(command) + blocks * self.overhead,
            len(response) + blocks * self.overhead,
            2 * blocks,
        )


def t1(*, ifsc: int = 32, ifsd: int = 254, crc: bool = False) -> Blocks:
    """T=1 with information fields of ``ifsc`` and ``ifsd`` bytes, LRC or CRC.

    IFSC 32 is that of a card that says nothing (§11.4.2); IFSD is what readers ask for with S(IFS).
    """
    return Blocks(_T1_PROLOGUE + (_CRC if crc else 1), ifsc, ifsd)


def contactless(*, fsc: int = 256, fsd: int = 256, cid: bool = False) -> Blocks:
    """ISO/IEC 14443-4 with frames of ``fsc`` and ``fsd`` bytes, with or without CID."""
    overhead = _PCB + _CID * cid + _CRC
    return Blocks(overhead, fsc - overhead, fsd - overhead)
