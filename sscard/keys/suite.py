"""Cipher suites: what "encipher", "MAC" and "diversify" mean on a card (ssc 4 [S]).

A card names its suite by the algorithm byte of its FCI.  Everything above talks to ``Suite``; the
16-byte-block suite (SM4) joins as another class and another line in ``SUITES``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from sscard.errors import MalformedData
from sscard.keys import des
from sscard.keys.tripledes import BLOCK
from sscard.keys.types import DES8, TDES, NotCopied, SecretKey

_INVERT = bytes(0xFF - value for value in range(256))


class Diversifier(Protocol):
    """Makes many keys from one: it keeps its cipher, so each key costs one block or two."""

    def __call__(self, factor: bytes, /, *, size: int = 16) -> SecretKey:
        """The key of ``size`` bytes for the 8-byte ``factor``."""
        ...


class Suite(Protocol):
    """The cryptography of one card generation; the rows are those of ssc 4."""

    @property
    def name(self) -> str:
        """The word profiles use: ``3des``."""
        ...

    @property
    def algorithm(self) -> int:
        """The value in the FCI, tag 9F0C."""
        ...

    @property
    def block(self) -> int:
        """Block size in bytes."""
        ...

    def key(self, value: bytes, /) -> SecretKey:
        """A key of this suite from its bytes; ValueError for a length it does not have."""
        ...

    def session_key(self, key: SecretKey, challenge: bytes, /) -> SecretKey:
        """Row 1: the key for one challenge of 4 or 8 bytes."""
        ...

    def authentication_data(self, session: SecretKey, data: bytes, /) -> bytes:
        """Row 2: 8 bytes that prove a key, over 8 bytes of original data."""
        ...

    def mac(self, session: SecretKey, message: bytes, /) -> bytes:
        """Rows 3 and 4: 4 bytes; the padding is always added."""
        ...

    def encipher(self, session: SecretKey, data: bytes, /) -> bytes:
        """Row 5: length byte and data, padded only where that is not whole blocks, in ECB."""
        ...

    def decipher(self, session: SecretKey, data: bytes, /) -> bytes:
        """The inverse of ``encipher``.  Raises MalformedData."""
        ...

    def key_load_mac(self, key: SecretKey, message: bytes, /, challenge: bytes = bytes(4)) -> bytes:
        """Row 7: 4 bytes under the key itself, the 4-byte challenge in the initial value."""
        ...

    def diversify(self, key: SecretKey, factor: bytes, /, *, size: int = 16) -> SecretKey:
        """Row 6: one level down, to a key of 16 bytes, or 8 for what is single DES."""
        ...

    def diversifier(self, key: SecretKey, /) -> Diversifier:
        """Row 6 for many factors under one key."""
        ...


class TripleDesSuite:
    """DES and two-key triple DES, blocks of 8 bytes (ssc 4, left column [S])."""

    __slots__ = ()

    name = "3des"
    algorithm = 0x01
    block = BLOCK

    def key(self, value: bytes, /) -> SecretKey:
        """A DES8 for 8 bytes, a TDES for 16."""
        return DES8(value) if len(value) == DES8.SIZE else TDES(value)

    def session_key(self, key: SecretKey, challenge: bytes, /) -> SecretKey:
        """Row 1: the enciphered challenge; 4 bytes are filled up with 00 on the right."""
        if len(challenge) not in (4, 8):
            raise ValueError("a challenge has 4 or 8 bytes")
        return DES8(des.ecb_encrypt(key, challenge.ljust(self.block, b"\0")))

    def authentication_data(self, session: SecretKey, data: bytes, /) -> bytes:
        """Row 2: the enciphered original data."""
        if len(data) != self.block:
            raise ValueError("original data has 8 bytes")
        return des.ecb_encrypt(session, data)

    def mac(self, session: SecretKey, message: bytes, /) -> bytes:
        """Rows 3 and 4: the left half of a single-DES CBC-MAC with IV 0."""
        return des.cbc_mac(session, message)[:4]

    def encipher(self, session: SecretKey, data: bytes, /) -> bytes:
        """Row 5; ``data`` has at most 255 bytes."""
        return des.ecb_encrypt(session, _length_and(data))

    def decipher(self, session: SecretKey, data: bytes, /) -> bytes:
        """The inverse of ``encipher``.  Raises MalformedData for any other length or padding."""
        if not data or len(data) % self.block:
            raise MalformedData("enciphered data is not whole blocks")
        plain = des.ecb_decrypt(session, data)
        content = plain[1 : 1 + plain[0]]
        if _length_and(content) != plain:
            raise MalformedData("enciphered data has a wrong length byte or padding")
        return content

    def key_load_mac(self, key: SecretKey, message: bytes, /, challenge: bytes = bytes(4)) -> bytes:
        """Row 7: the left half of a retail MAC with IV = challenge and four 00."""
        if len(challenge) != 4:
            raise ValueError("the challenge of a key load MAC has 4 bytes")
        return des.retail_mac(key, message, challenge + bytes(4))[:4]

    def diversify(self, key: SecretKey, factor: bytes, /, *, size: int = 16) -> SecretKey:
        """Row 6: E(factor), and E(NOT factor) as the right half where the key has 16 bytes."""
        return _TripleDesDiversifier(key)(factor, size=size)

    def diversifier(self, key: SecretKey, /) -> Diversifier:
        """Row 6 with a kept cipher; one thread at a time."""
        return _TripleDesDiversifier(key)


class _TripleDesDiversifier(NotCopied):
    __slots__ = ("_encrypt", "_sizes")

    def __init__(self, key: SecretKey) -> None:
        self._encrypt = des.ecb_encryptor(key)
        # An 8-byte key has only 56 bits to give: it makes no 16-byte keys.
        self._sizes = (8,) if isinstance(key, DES8) else (8, 16)

    def __call__(self, factor: bytes, /, *, size: int = 16) -> SecretKey:
        if len(factor) != BLOCK or size not in self._sizes:
            raise ValueError(f"no key of {size} bytes from this key and {len(factor)} factor bytes")
        if size == DES8.SIZE:
            return DES8(self._encrypt(factor))
        return TDES(self._encrypt(factor + factor.translate(_INVERT)))


def _length_and(data: bytes) -> bytes:
    if len(data) > 0xFF:
        raise ValueError("at most 255 bytes are enciphered at once")
    block = bytes((len(data),)) + data
    return des.pad80(block) if len(block) % BLOCK else block


TDES_SUITE: Suite = TripleDesSuite()

#: Profiles name a suite by these words.
SUITES: Mapping[str, Suite] = MappingProxyType({TDES_SUITE.name: TDES_SUITE})
