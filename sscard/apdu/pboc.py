"""Builders for the PBOC debit application (pboc 5 [H])."""

from __future__ import annotations

from sscard.apdu import tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS

#: P2 of VERIFY: the PIN block in plain text.
PLAINTEXT_PIN = 0x80


def get_processing_options(pdol_data: bytes = b"") -> CommandAPDU:
    """Start a transaction with the values the card's PDOL asked for, in template 83."""
    data = tlv.encode(0x83, pdol_data)
    if len(data) > 0xFF:
        raise ValueError("PDOL data has at most 252 bytes")
    return CommandAPDU(0x80, INS.GET_PROCESSING_OPTIONS, data=data, ne=256)


def get_data(tag: int) -> CommandAPDU:
    """Read one data object outside records by its tag of 1 or 2 bytes, such as 9F36 or 9F17."""
    if not 0 < tag <= 0xFFFF:
        raise ValueError("GET DATA has room for a tag of 1 or 2 bytes")
    return CommandAPDU(0x80, INS.GET_DATA, tag >> 8, tag & 0xFF, ne=256)


def verify(pin_block: bytes) -> CommandAPDU:
    """Present a plain PIN block of 8 bytes: control 2, length, digits, F."""
    if len(pin_block) != 8:
        raise ValueError("a PIN block has 8 bytes")
    return CommandAPDU(0x00, INS.VERIFY, 0x00, PLAINTEXT_PIN, pin_block)
