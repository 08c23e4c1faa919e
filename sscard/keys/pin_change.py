"""A new PIN in an issuer's script: masked by the card's key, enciphered, and back (pboc 3 [H])."""

from __future__ import annotations

from sscard.errors import MalformedData
from sscard.keys import pin_block
from sscard.keys.application_cryptogram import Family
from sscard.keys.padding import pad80
from sscard.keys.pin_block import BLOCK
from sscard.keys.types import Pin, SecretKey

#: Bytes of the enciphered PIN, in both families.
SIZE = 16
_LENGTH = bytes((BLOCK,))
_CONTROL = "0"


def encipher(
    family: Family, udk: SecretKey, session: SecretKey, new: Pin, current: Pin | None = None
) -> bytes:
    """16 bytes for PIN CHANGE/UNBLOCK; with ``current`` for P2 = 01, without for 02.

    ``udk`` is UDK-ENC, ``session`` the session key made from it.
    """
    plain = bytes((new.block()[0] & 0x0F,)) + new.block()[1:]
    return family.encipher(session, pad80(_LENGTH + _masked(plain, udk, current), SIZE))


def decipher(
    family: Family, udk: SecretKey, session: SecretKey, data: bytes, current: Pin | None = None
) -> Pin:
    """The inverse, for the card.  Raises MalformedData.

    With a ``current`` that is not the one which masked it, what comes out is no PIN, or, if the
    first digits are the same, perhaps another one: there is no check value but the command's MAC.
    """
    if len(data) != SIZE:
        raise MalformedData(f"a new PIN has {SIZE} bytes, enciphered")
    plain = family.decipher(session, data)
    masked = plain[1 : 1 + BLOCK]
    if plain != pad80(_LENGTH + masked, SIZE):
        raise MalformedData("no new PIN: length or padding is wrong")
    return pin_block.parse(_masked(masked, udk, current), _CONTROL)


def _masked(block: bytes, udk: SecretKey, current: Pin | None) -> bytes:
    """XOR with 00×4 ‖ bytes 5 to 8 of UDK-ENC and, left-justified, with the current PIN."""
    masks = [bytes(4) + udk.reveal()[4:8]]
    if current is not None:
        masks.append(_digits(current))
    for mask in masks:
        block = bytes(a ^ b for a, b in zip(block, mask, strict=True))
    return block


def _digits(pin: Pin) -> bytes:
    digits = pin.reveal().decode("ascii")
    return bytes.fromhex(digits.ljust(2 * BLOCK, "0"))
