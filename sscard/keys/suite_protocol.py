"""What a cipher suite does: "encipher", "MAC", "diversify" and the rest (ssc 4 [S]).

There is one class for each block size, and everything above talks to this protocol.
"""

from __future__ import annotations

from typing import Protocol

from sscard.keys.joined import JoinedFactors, KeyColumn
from sscard.keys.types import SecretKey


class Diversifier(Protocol):
    """Makes many keys from one: it keeps its cipher, so each key costs one block or two."""

    def __call__(self, factor: bytes, /, *, size: int = 16) -> SecretKey:
        """The key of ``size`` bytes for the 8-byte ``factor``."""
        ...

    def many(self, factors: JoinedFactors, /, *, size: int = 16) -> KeyColumn:
        """The keys for all factors, in one cipher call."""
        ...


class Suite(Protocol):
    """The cryptography of one card generation; the rows are those of ssc 4."""

    @property
    def name(self) -> str:
        """The word profiles use: ``3des`` or ``sm4``."""
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
        """Row 1: the key for one challenge of 4 or 8 bytes, or 16 where the block has 16."""
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
        """Row 7: 4 bytes under the key itself, the challenge in the initial value.

        The challenge has 4 bytes; with 16-byte blocks it may have 8 or 16 (row 8).
        """
        ...

    def diversify(self, key: SecretKey, factor: bytes, /, *, size: int = 16) -> SecretKey:
        """Row 6: one level down, to a key of 16 bytes, or 8 for what is single DES in 3DES."""
        ...

    def diversifier(self, key: SecretKey, /) -> Diversifier:
        """Row 6 for many factors under one key."""
        ...

    def tac_key(self, key: SecretKey, /) -> SecretKey:
        """The key under which ``mac`` makes a TAC, of the card's DTK (ssc 5.2 [S])."""
        ...
