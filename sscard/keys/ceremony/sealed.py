"""A sealed key store as the place where a ceremony's keys go, and come from."""

from __future__ import annotations

from sscard.keys.ceremony.agreement import Agreement
from sscard.keys.operations import KeyReference
from sscard.keys.stores.sealed_store import SealedStore
from sscard.keys.types import NotCopied, SecretKey


class SealedMasters(NotCopied):
    """``KeySink`` and ``KeySource`` over a sealed store."""

    def __init__(self, store: SealedStore) -> None:
        self._store = store

    def put(self, name: str, version: int, key: SecretKey, /) -> None:
        """Keep the key; the same key again changes nothing.  Raises KeyStoreError."""
        if self._store.checked().keys.get(KeyReference(name, version)) != key:
            self._store.put(name, version, key)

    def held(self, name: str, version: int, /) -> bytes | None:
        """Check value of a key that is there.  Raises KeyStoreError."""
        found = self._store.checked().keys.get(KeyReference(name, version))
        return found.kcv if found is not None else None

    def require_place(self, name: str, version: int, kind: type[SecretKey], /) -> None:
        """Raises KeyStoreError for a version or a kind of key that the store does not take."""
        self._store.require_place(name, version, kind)

    def kcv(self, name: str, version: int, /) -> bytes:
        """Check value of a key.  Raises KeyStoreError."""
        return self._store.checked().key(name, version).kcv

    def release(self, agreement: Agreement, /) -> SecretKey:
        """The key that two custodians agreed to divide.  Raises KeyStoreError."""
        return self._store.checked().key(agreement.export.key, agreement.export.version)
