"""Letters: short files between two parties who share a key, in a place that others can read.

AES-256-GCM (NIST SP 800-38D): nobody else reads a letter, changes it, or gives it another subject.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sscard.errors import MalformedData
from sscard.keys.sm2_keys import Random
from sscard.keys.types import Secret

_NONCE = 12


class LetterKey(Secret):
    """The key that both parties have, 32 bytes (ValueError for any other size)."""

    __slots__ = ()
    SIZE = 32

    def __init__(self, value: bytes) -> None:
        if len(value) != self.SIZE:
            raise ValueError(f"a key of letters has {self.SIZE} bytes")
        super().__init__(value)

    def close(self, plain: bytes, subject: bytes, random: Random) -> bytes:
        """The letter.  ``subject`` is not in it: whoever opens it says what it should be about."""
        nonce = random(_NONCE)
        return nonce + AESGCM(self._value).encrypt(nonce, plain, subject)

    def open(self, letter: bytes, subject: bytes) -> bytes:
        """What is in it.  MalformedData: changed, under another key, or about something else."""
        try:
            return AESGCM(self._value).decrypt(letter[:_NONCE], letter[_NONCE:], subject)
        except (InvalidTag, ValueError):
            raise MalformedData("is damaged, or sealed under another key") from None
