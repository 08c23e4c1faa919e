"""The PIN of debit cards on its way to the card: plain block and RSA (pboc 1.8, 5 [H])."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sscard.errors import MalformedData
from sscard.keys.rsa import RSAPublicKey, RSASigner
from sscard.keys.types import Pin

BLOCK = CHALLENGE = 8
_CONTROL, _LENGTHS = "2", range(4, 13)
_HEADER = b"\x7f"
_FIXED = len(_HEADER) + BLOCK + CHALLENGE


def build(pin: Pin) -> bytes:
    """Control 2, length, digits, F: 8 bytes, such as 241234FFFFFFFFFF."""
    return pin.block()


def parse(block: bytes, control: str = _CONTROL) -> Pin:
    """The PIN in a block.  Raises MalformedData, which does not repeat it."""
    text = block.hex().upper()
    if len(block) != BLOCK or text[0] != control or int(text[1], 16) not in _LENGTHS:
        raise MalformedData("no PIN block: control, length or size is another")
    count = int(text[1], 16)
    digits, fill = text[2 : 2 + count], text[2 + count :]
    if not digits.isdecimal() or fill.strip("F"):
        raise MalformedData("no PIN block: digits or filling is wrong")
    return Pin(digits)


@dataclass(frozen=True, slots=True)
class PresentedPin:
    """What an enciphered PIN held: the block, not yet judged, and the card's own challenge."""

    block: bytes = field(repr=False)
    challenge: bytes


def encipher(
    pin: Pin, challenge: bytes, random: Callable[[int], bytes], key: RSAPublicKey
) -> bytes:
    """7F ‖ block ‖ the card's challenge ‖ random bytes, to the card's exponent."""
    if len(challenge) != CHALLENGE:
        raise ValueError(f"the card's challenge has {CHALLENGE} bytes")
    return key.power(_HEADER + build(pin) + challenge + random(key.size - _FIXED))


def decipher(data: bytes, key: RSASigner) -> PresentedPin:
    """What ``encipher`` made.  Raises MalformedData for what was not made for this key."""
    if len(data) != key.public.size:
        raise MalformedData("an enciphered PIN is as long as the key")
    try:
        plain = key.power(data)
    except ValueError:
        raise MalformedData("an enciphered PIN is below the modulus") from None
    if not plain.startswith(_HEADER):
        raise MalformedData("an enciphered PIN begins with 7F: another key")
    return PresentedPin(plain[1 : 1 + BLOCK], plain[1 + BLOCK : _FIXED])
