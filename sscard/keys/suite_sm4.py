"""The suite of third-generation cards: SM4 (ssc 4, right column [S], for SM4 [2+]).

The keys, STKs among them, have 16 bytes, and so have session keys; MACs have 4 bytes and
authentication data has 8, so commands are as long as with DES.
"""

from __future__ import annotations

from sscard.keys import length_data, sm4
from sscard.keys.joined import JoinedFactors, KeyColumn
from sscard.keys.sm4_engine import BLOCK
from sscard.keys.suite_protocol import Diversifier
from sscard.keys.types import SM4, NotCopied, SecretKey

_FACTOR = 8
_ALL_ONES = (1 << 8 * _FACTOR) - 1


class Sm4Suite:
    """SM4, blocks of 16 bytes."""

    __slots__ = ()

    name = "sm4"
    algorithm = 0x03
    block = BLOCK

    def key(self, value: bytes, /) -> SecretKey:
        """An SM4 key of 16 bytes."""
        return SM4(value)

    def session_key(self, key: SecretKey, challenge: bytes, /) -> SecretKey:
        """Row 1: the enciphered challenge; 4 or 8 bytes are filled up with 00 on the right."""
        if len(challenge) not in (4, 8, 16):
            raise ValueError("a challenge has 4, 8 or 16 bytes")
        return SM4(sm4.ecb_encrypt(key, challenge.ljust(self.block, b"\0")))

    def authentication_data(self, session: SecretKey, data: bytes, /) -> bytes:
        """Row 2: data and eight 00 enciphered; the left half XOR the right half."""
        if len(data) != _FACTOR:
            raise ValueError("original data has 8 bytes")
        return _folded(sm4.ecb_encrypt(session, data.ljust(self.block, b"\0")), 8)

    def mac(self, session: SecretKey, message: bytes, /) -> bytes:
        """Rows 3 and 4: a CBC-MAC with IV 0, its four words XORed."""
        return _folded(sm4.cbc_mac(session, message), 4)

    def encipher(self, session: SecretKey, data: bytes, /) -> bytes:
        """Row 5; ``data`` has at most 255 bytes."""
        return sm4.ecb_encrypt(session, length_data.build(data, self.block))

    def decipher(self, session: SecretKey, data: bytes, /) -> bytes:
        """The inverse of ``encipher``.  Raises MalformedData for any other length or padding."""
        plain = sm4.ecb_decrypt(session, length_data.whole(data, self.block))
        return length_data.parse(plain, self.block)

    def key_load_mac(self, key: SecretKey, message: bytes, /, challenge: bytes = bytes(4)) -> bytes:
        """Rows 7 and 8: the MAC of row 3 under the key itself, IV = challenge and 00 behind it.

        The challenge has 4 bytes, or 8 where a vendor's card replaces its master key; a PSAM takes
        any (ssc 5.3 [S]).  The rows give the IV [1]; that the words are XORed as in row 3 a PSAM's
        specification says of the other algorithm with 16-byte blocks [I].
        """
        if len(challenge) not in (4, 8, 16):
            raise ValueError("the challenge of a key load MAC has 4, 8 or 16 bytes")
        return _folded(sm4.cbc_mac(key, message, challenge.ljust(self.block, b"\0")), 4)

    def diversify(self, key: SecretKey, factor: bytes, /, *, size: int = 16) -> SecretKey:
        """Row 6: one block, E(factor ‖ NOT factor); ``size`` is 16, there are no shorter keys."""
        return _Sm4Diversifier(key)(factor, size=size)

    def diversifier(self, key: SecretKey, /) -> Diversifier:
        """Row 6 with a kept cipher; one thread at a time."""
        return _Sm4Diversifier(key)

    def tac_key(self, key: SecretKey, /) -> SecretKey:
        """The DTK itself."""
        if not isinstance(key, SM4):
            raise TypeError(f"{key!r} is no SM4 key")
        return key


class _Sm4Diversifier(NotCopied):
    __slots__ = ("_encrypt",)

    def __init__(self, key: SecretKey) -> None:
        self._encrypt = sm4.ecb_encryptor(key)

    def __call__(self, factor: bytes, /, *, size: int = 16) -> SecretKey:
        if len(factor) != _FACTOR or size != SM4.SIZE:
            raise ValueError(f"no key of {size} bytes from this key and {len(factor)} factor bytes")
        inverted = int.from_bytes(factor, "big") ^ _ALL_ONES
        return SM4(self._encrypt(factor + inverted.to_bytes(_FACTOR, "big")))

    def many(self, factors: JoinedFactors, /, *, size: int = 16) -> KeyColumn:
        if size != SM4.SIZE:
            raise ValueError(f"no keys of {size} bytes from this key")
        return KeyColumn(self._encrypt(factors.inverted), size, SM4)


def _folded(block: bytes, width: int) -> bytes:
    """All parts of ``width`` bytes XORed."""
    folded = 0
    for at in range(0, len(block), width):
        folded ^= int.from_bytes(block[at : at + width], "big")
    return folded.to_bytes(width, "big")
