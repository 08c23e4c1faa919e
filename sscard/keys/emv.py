"""Card keys of the debit application: issuer master key → UDK (pboc 3 [H, V])."""

from __future__ import annotations

from typing import TypeVar

from sscard.keys import des, sm4
from sscard.keys.types import SM4, TDES

IssuerKey = TypeVar("IssuerKey", TDES, SM4)


def udk(imk: IssuerKey, pan: str, psn: str) -> IssuerKey:
    """The unique derived key of one card, option A: E(Y) ‖ E(NOT Y), no parity adjustment.

    With SM4, whose blocks have 16 bytes, it is E(Y ‖ NOT Y).  ValueError as of ``diversifier``.
    """
    encrypt = sm4.ecb_encrypt if isinstance(imk, SM4) else des.ecb_encrypt
    return type(imk)(encrypt(imk, diversifier(pan, psn)))


def diversifier(pan: str, psn: str) -> bytes:
    """Y ‖ NOT Y, 16 bytes.

    Y is the last 16 digits of account number and sequence number, zeros on the left where there are
    fewer.  ValueError for anything but 8 to 19 and 2 digits, without repeating them.
    """
    if not (_digits(pan) and 8 <= len(pan) <= 19 and _digits(psn) and len(psn) == 2):
        raise ValueError("a PAN has 8 to 19 digits, its sequence number 2")
    y = bytes.fromhex((pan + psn)[-16:].rjust(16, "0"))
    return y + bytes(byte ^ 0xFF for byte in y)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
