"""The suite of first- and second-generation cards: DES and two-key triple DES (ssc 4 [S])."""

from __future__ import annotations

from sscard.keys import des, length_data
from sscard.keys.joined import JoinedFactors, KeyColumn
from sscard.keys.suite_protocol import Diversifier
from sscard.keys.tripledes import BLOCK
from sscard.keys.types import DES8, TDES, NotCopied, SecretKey

_INVERT = bytes(0xFF - value for value in range(256))


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
        return des.ecb_encrypt(_single(session), data)

    def mac(self, session: SecretKey, message: bytes, /) -> bytes:
        """Rows 3 and 4: the left half of a single-DES CBC-MAC with IV 0."""
        return des.cbc_mac(_single(session), message)[:4]

    def encipher(self, session: SecretKey, data: bytes, /) -> bytes:
        """Row 5; ``data`` has at most 255 bytes."""
        return des.ecb_encrypt(session, length_data.build(data, self.block))

    def decipher(self, session: SecretKey, data: bytes, /) -> bytes:
        """The inverse of ``encipher``.  Raises MalformedData for any other length or padding."""
        plain = des.ecb_decrypt(session, length_data.whole(data, self.block))
        return length_data.parse(plain, self.block)

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

    def tac_key(self, key: SecretKey, /) -> SecretKey:
        """Left half XOR right half: a single-DES key.  The DTK has 16 bytes."""
        if not isinstance(key, TDES):
            raise TypeError(f"{key!r} is no TDES key")
        return key.folded()


def _single(session: SecretKey) -> SecretKey:
    """Rows 2 and 3 are single DES: a key of 16 bytes would give other results, and no error."""
    if not isinstance(session, DES8):
        raise TypeError(f"{session!r} is no session key of this suite")
    return session


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

    def many(self, factors: JoinedFactors, /, *, size: int = 16) -> KeyColumn:
        if size not in self._sizes:
            raise ValueError(f"no keys of {size} bytes from this key")
        if size == DES8.SIZE:
            return KeyColumn(self._encrypt(factors.alone), size, DES8)
        return KeyColumn(self._encrypt(factors.inverted), size, TDES)
