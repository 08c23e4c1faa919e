"""The keys of a ledger: all from the store's ``ledger-id-hash``, whose bytes nobody sees."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sscard.errors import LedgerError
from sscard.issuance.citizen_number import normalized
from sscard.keys.types import HMAC256

_NONCE = 12
# No ID number has a slash, so no person's hash is one of these keys.
_NUMBERS, _SEALING, _CHAIN = "sscard/ledger/numbers", "sscard/ledger/sealing", "sscard/ledger/chain"


class HashesPeople(Protocol):
    """What a key store does for the ledger: HMAC-SHA-256 under a key of its own."""

    def person_hash(self, id_number: str) -> bytes:
        """32 bytes."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class LedgerKeys:
    """Three keys that the store's hash gives for three labels, and the hash itself.

    Works with every store (file, token, key service): it is asked once for each label.
    """

    store: HashesPeople
    _numbers: HMAC256
    _sealing: AESGCM
    _chain: HMAC256
    random: Callable[[int], bytes] = field(default=os.urandom)

    @classmethod
    def of(cls, store: HashesPeople, random: Callable[[int], bytes] = os.urandom) -> LedgerKeys:
        """The keys under this store; ``random`` gives the nonces of what is sealed.

        Raises KeyStoreError when the store has no ``ledger-id-hash``.
        """
        return cls(
            store,
            HMAC256(store.person_hash(_NUMBERS)),
            AESGCM(store.person_hash(_SEALING)),
            HMAC256(store.person_hash(_CHAIN)),
            random,
        )

    def __repr__(self) -> str:
        return "<LedgerKeys>"

    def __reduce__(self) -> str:
        raise TypeError("the keys of a ledger are not copied")

    def person_hash(self, id_number: str) -> bytes:
        """What the ledger keeps instead of an ID number: 32 bytes (decision 28).

        A number that ends with a small x is the one that ends with X: one person.
        """
        return self.store.person_hash(normalized(id_number))

    def number_hash(self, text: str) -> bytes:
        """What an account or another number is found by: 32 bytes."""
        return self._numbers.digest(text.encode())

    def seal(self, text: str, row: str) -> bytes:
        """``text`` for this row only (AES-256-GCM); ``row`` names table, key and column."""
        nonce = self.random(_NONCE)
        return nonce + self._sealing.encrypt(nonce, text.encode(), row.encode())

    def open(self, sealed: bytes, row: str) -> str:
        """What was sealed for ``row``.  Raises LedgerError when it was changed or moved."""
        nonce, rest = sealed[:_NONCE], sealed[_NONCE:]
        try:
            return self._sealing.decrypt(nonce, rest, row.encode()).decode()
        except (InvalidTag, ValueError):
            raise LedgerError(f"{row} in the ledger cannot be opened: changed or moved") from None

    def mac(self, message: bytes) -> bytes:
        """The keyed hash of rows and events: 32 bytes."""
        return self._chain.digest(message)

    @property
    def check(self) -> bytes:
        """What a ledger keeps to know its keys again."""
        return self.mac(b"check")
