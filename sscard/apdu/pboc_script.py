"""Builders for the commands in an issuer's script, and the MAC at their end (pboc 3, 5 [H]).

A builder makes a command without MAC.  The issuer computes one over ``header`` and what the
cryptogram says, and appends it; the card takes it off.
"""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS, update_record
from sscard.errors import MalformedData

#: Bytes of the MAC.
MAC = 4
#: P2 of PIN CHANGE/UNBLOCK.
UNBLOCK, CHANGE_WITH_CURRENT, CHANGE = 0x00, 0x01, 0x02
#: With a MAC; with a MAC, data in clear.
_SECURED, _CLEAR = 0x84, 0x04
_PIN = 16


def application_block() -> CommandAPDU:
    """Block the application until it is unblocked."""
    return CommandAPDU(_SECURED, INS.APPLICATION_BLOCK)


def application_unblock() -> CommandAPDU:
    """Let a blocked application work again."""
    return CommandAPDU(_SECURED, INS.APPLICATION_UNBLOCK)


def card_block() -> CommandAPDU:
    """Block the card for good."""
    return CommandAPDU(_SECURED, INS.CARD_BLOCK)


def pin_unblock() -> CommandAPDU:
    """Give the offline PIN all its tries back."""
    return CommandAPDU(_SECURED, INS.PIN_CHANGE_UNBLOCK, 0x00, UNBLOCK)


def pin_change(enciphered: bytes, *, with_current: bool = False) -> CommandAPDU:
    """Set a new offline PIN, 16 bytes that ``keys.pin_change`` makes with or without the old."""
    if len(enciphered) != _PIN:
        raise ValueError(f"a new PIN has {_PIN} bytes, enciphered")
    p2 = CHANGE_WITH_CURRENT if with_current else CHANGE
    return CommandAPDU(_SECURED, INS.PIN_CHANGE_UNBLOCK, 0x00, p2, enciphered)


def put_data(tag: int, value: bytes) -> CommandAPDU:
    """Write one data object outside records by its tag of 1 or 2 bytes."""
    if not 0 < tag <= 0xFFFF:
        raise ValueError("PUT DATA has room for a tag of 1 or 2 bytes")
    return CommandAPDU(_CLEAR, INS.PUT_DATA, tag >> 8, tag & 0xFF, value)


def update_record_secured(number: int, record: bytes, *, sfi: int) -> CommandAPDU:
    """Write a whole record by its number."""
    return update_record(number, record, sfi=sfi, cla=_CLEAR)


def header(command: CommandAPDU) -> bytes:
    """CLA to Lc, which counts the MAC: what the MAC begins with.  ValueError when too long."""
    if len(command.data) + MAC > 0xFF:
        raise ValueError("a script command has at most 251 bytes of data")
    place = (command.cla, command.ins, command.p1, command.p2)
    return bytes((*place, len(command.data) + MAC))


def with_mac(command: CommandAPDU, mac: bytes) -> CommandAPDU:
    """The command as it goes to the card."""
    if len(mac) != MAC:
        raise ValueError(f"a script's MAC has {MAC} bytes")
    cla, ins, p1, p2, _ = header(command)
    return CommandAPDU(cla, ins, p1, p2, command.data + mac)


def split_mac(command: CommandAPDU) -> tuple[CommandAPDU, bytes]:
    """The command without its MAC, and the MAC: ``header`` of the former is what was sent.

    Raises MalformedData for a command in which there is none.
    """
    if len(command.data) < MAC or command.extended:
        raise MalformedData("a script command ends in a MAC of 4 bytes")
    plain = command.data[:-MAC]
    place = (command.cla, command.ins, command.p1, command.p2)
    return CommandAPDU(*place, plain), command.data[-MAC:]
