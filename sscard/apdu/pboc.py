"""Builders for the PBOC debit application (pboc 5 [H])."""

from __future__ import annotations

from sscard.apdu import iso7816, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.iso7816 import INS

#: P2 of VERIFY: the PIN block in plain text, or in what the card's RSA key deciphers.
PLAINTEXT_PIN, ENCIPHERED_PIN = 0x80, 0x88
#: P2 of SELECT: the first application of that name, or the one after the last selected.
FIRST, NEXT = 0x00, 0x02
#: In P1 of GENERATE AC: the answer is signed.
CDA = 0x10
#: What INTERNAL AUTHENTICATE signs where the card has no DDOL: one unpredictable number
#: of 4 bytes (pboc 5 [H]).
DEFAULT_DDOL = b"\x9f\x37\x04"


def select(name: bytes, *, following: bool = False) -> CommandAPDU:
    """Select an application by its name or the beginning of it, the first or the next one."""
    if not 5 <= len(name) <= 16:
        raise ValueError("the name of an application has 5 to 16 bytes")
    return iso7816.select(name, p2=NEXT if following else FIRST)


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


def verify_enciphered(data: bytes) -> CommandAPDU:
    """Present a PIN enciphered under the card's RSA key, one block of it."""
    if not data:
        raise ValueError("an enciphered PIN is as long as the key")
    return CommandAPDU(0x00, INS.VERIFY, 0x00, ENCIPHERED_PIN, data)


def generate_ac(kind: Cryptogram, data: bytes, *, cda: bool = False) -> CommandAPDU:
    """Ask for a cryptogram with the values of CDOL1 or, the second time, of CDOL2."""
    p1 = kind << 6 | (CDA if cda else 0)
    return CommandAPDU(0x80, INS.GENERATE_AC, p1, 0x00, data, 256)


def internal_authenticate(ddol_data: bytes) -> CommandAPDU:
    """Let the card sign the values of its DDOL, at least an unpredictable number."""
    return CommandAPDU(0x00, INS.INTERNAL_AUTHENTICATE, data=ddol_data, ne=256)


def external_authenticate(arpc: bytes, response_code: bytes) -> CommandAPDU:
    """Hand on the issuer's answer: cryptogram of 8 bytes and authorization response code of 2."""
    if len(arpc) != 8 or len(response_code) != 2:
        raise ValueError("an answer is a cryptogram of 8 bytes and a code of 2")
    return CommandAPDU(0x00, INS.EXTERNAL_AUTHENTICATE, data=arpc + response_code)
