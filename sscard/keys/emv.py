"""Card keys of the debit application: issuer master key → UDK (pboc 3 [H, V])."""

from __future__ import annotations

from sscard.keys import des
from sscard.keys.types import TDES


def udk(imk: TDES, pan: str, psn: str) -> TDES:
    """The unique derived key of one card, option A: E(Y) ‖ E(NOT Y), no parity adjustment.

    Y is the last 16 digits of account number and sequence number, zeros on the left where there
    are fewer.  ValueError for anything but 8 to 19 and 2 digits, without repeating them.
    """
    if not (_digits(pan) and 8 <= len(pan) <= 19 and _digits(psn) and len(psn) == 2):
        raise ValueError("a PAN has 8 to 19 digits, its sequence number 2")
    y = bytes.fromhex((pan + psn)[-16:].rjust(16, "0"))
    return TDES(des.ecb_encrypt(imk, y + bytes(byte ^ 0xFF for byte in y)))


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
