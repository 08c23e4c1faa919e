"""What is written down of an exchange: everything but PINs.

A recording holds what the card said, so it holds what the card knows of its holder; PINs that were
shown in clear are zeros in it.
"""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.errors import MalformedData
from sscard.trace.entries import Entry, Exchange, PowerUp

_PLACES = 6  # microseconds
#: Commands whose data is a PIN in clear, or may be.
PINS = frozenset({INS.VERIFY, INS.CHANGE_PIN})


def recorded(command: bytes | None, answer: bytes, seconds: float) -> Entry:
    """The entry of an exchange, of a power-up for no command."""
    if command is None:
        return PowerUp(answer)
    return Exchange(without_pin(command), answer, seconds=round(seconds, _PLACES))


def without_pin(command: bytes) -> bytes:
    """The command with zeros in place of a PIN."""
    try:
        said = CommandAPDU.parse(command)
    except MalformedData:
        return command
    if said.ins not in PINS:
        return command
    return bytes(CommandAPDU(said.cla, said.ins, said.p1, said.p2, bytes(len(said.data)), said.ne))
