"""Where a ceremony's key goes, and where one comes from that is to be divided.

The only place besides a ceremony where a whole master is in the hands of a program is the store
that keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sscard.errors import KeyStoreError
from sscard.keys.ceremony.agreement import Agreement
from sscard.keys.types import SecretKey


class KeySink(Protocol):
    """A store that takes a master."""

    def put(self, name: str, version: int, key: SecretKey, /) -> None:
        """Keep the key; it is on the disk, or nothing has changed, when the call returns.

        The same key again changes nothing, so that a ceremony that was interrupted can be repeated.
        Raises KeyStoreError when there is another key of this name and version.
        """
        ...

    def held(self, name: str, version: int, /) -> bytes | None:
        """Check value of the key of this name and version that is there; None for none."""
        ...

    def require_place(self, name: str, version: int, kind: type[SecretKey], /) -> None:
        """Raises KeyStoreError for a version or a kind of key that the store does not take."""
        ...


class KeySource(Protocol):
    """A store that gives a master out, to be divided, when two custodians agree."""

    def kcv(self, name: str, version: int, /) -> bytes:
        """Check value of the key, 3 bytes.  Raises KeyStoreError when it is not there."""
        ...

    def release(self, agreement: Agreement, /) -> SecretKey:
        """The key that ``agreement`` names; an agreement cannot exist unless two agreed.

        Raises KeyStoreError when it is not there.
        """
        ...


@dataclass(frozen=True, slots=True)
class TypedKey:
    """A source of one key, which was combined from components a moment ago."""

    name: str
    version: int
    key: SecretKey

    def kcv(self, name: str, version: int, /) -> bytes:
        """Its check value."""
        self._require(name, version)
        return self.key.kcv

    def release(self, agreement: Agreement, /) -> SecretKey:
        """The key."""
        self._require(agreement.export.key, agreement.export.version)
        return self.key

    def _require(self, name: str, version: int) -> None:
        if (name, version) != (self.name, self.version):
            raise KeyStoreError(f"no key {name} version {version} was combined")
