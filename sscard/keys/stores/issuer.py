"""Issuer master keys of a bank's store file, for either family of algorithms."""

from __future__ import annotations

from sscard.errors import KeyStoreError
from sscard.keys import emv
from sscard.keys.stores.store_file import StoreFile
from sscard.keys.types import SM4, TDES, NotCopied

_PURPOSES = ("ac", "mac", "enc")


class IssuerMasters(NotCopied):
    """A card's debit keys; the file's ``algorithm`` says of which family its IMK-AC … are."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    def __repr__(self) -> str:
        return f"<{self._file!r}>"

    def udk(self, purpose: str, pan: str, psn: str) -> TDES | SM4:
        """``purpose`` is ``ac``, ``mac`` or ``enc``.  Raises KeyStoreError, naming the key."""
        if purpose not in _PURPOSES:
            raise ValueError(f"no such purpose: {purpose} (there are {', '.join(_PURPOSES)})")
        name = f"IMK-{purpose.upper()}"
        key = self._file.key(name, 1)
        if isinstance(key, SM4):
            return emv.udk(key, pan, psn)
        if isinstance(key, TDES):
            return emv.udk(key, pan, psn)
        raise KeyStoreError(f"{self._file.path}: {name} is no key of 16 bytes")
