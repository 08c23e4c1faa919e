"""What is written down of an exchange: everything but PINs.

A recording holds what the card said, so it holds what the card knows of its holder; PINs that were
shown in clear are zeros in it.
"""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.channel.ssc import SECURE
from sscard.errors import MalformedData
from sscard.trace.entries import Entry, Exchange, PowerUp, Remark

_PLACES = 6  # microseconds
_HEADER, _SW = 4, 2
#: Commands whose data is a PIN in clear, or may be.
PINS = frozenset({INS.VERIFY, INS.CHANGE_PIN})


def recorded(command: bytes | None, answer: bytes, seconds: float) -> Entry:
    """The entry of an exchange, of a power-up for no command.

    What is too short for a command, and an answer without a status word, are a remark.
    """
    if command is None:
        return PowerUp(answer)
    if len(command) < _HEADER or 0 < len(answer) < _SW:
        return Remark(f"no exchange: {len(command)} bytes to the card, {len(answer)} from it")
    return Exchange(without_pin(command), answer, seconds=round(seconds, _PLACES))


def without_pin(command: bytes) -> bytes:
    """The command with zeros in place of a PIN."""
    if len(command) < _HEADER or not _has_pin(command[0], command[1]):
        return command
    try:
        said = CommandAPDU.parse(command)
    except MalformedData:
        return command[:_HEADER] + bytes(len(command) - _HEADER)
    return bytes(CommandAPDU(said.cla, said.ins, said.p1, said.p2, bytes(len(said.data)), said.ne))


def _has_pin(cla: int, ins: int) -> bool:
    """A new PIN goes enciphered; where somebody forgot that, it is one in clear."""
    return ins in PINS or (ins == INS.PIN_CHANGE_UNBLOCK and not cla & SECURE)
