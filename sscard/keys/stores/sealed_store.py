"""Making and changing sealed stores: every change is the old file or the new one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from filelock import FileLock

from sscard.durable import replace_file
from sscard.errors import KeyStoreError
from sscard.keys.names import SM4_NAMES
from sscard.keys.operations import PERSON_HASH_KEY, KeyReference
from sscard.keys.store import ChipLot
from sscard.keys.stores import store_file
from sscard.keys.stores.scheme import scheme_of
from sscard.keys.stores.sealed_file import Passphrase, Random, is_sealed, seal, unseal
from sscard.keys.stores.store_file import StoreFile
from sscard.keys.suite import SUITES, Suite
from sscard.keys.types import HMAC256, SM4, NotCopied, SecretKey
from sscard.keys.weak import refuse_weak

_LONGEST_WAIT = 10  # seconds for whoever else is changing the store
_VERSIONS = range(1, 4)
_MASTER_SIZE = 16
#: Every key is the ministry's root, and a bank's chips are those of EMV CPS.
NOTHING: Mapping[str, object] = MappingProxyType({})


class SealedStore(NotCopied):
    """One sealed file and its passphrase; ``random`` makes salts and nonces."""

    def __init__(self, path: Path, passphrase: Passphrase, random: Random) -> None:
        self.path = path
        self._passphrase = passphrase
        self._random = random

    @classmethod
    def create(
        cls,
        path: Path,
        kind: str,
        suite: Suite,
        passphrase: Passphrase,
        random: Random,
        said: Mapping[str, object] = NOTHING,
    ) -> SealedStore:
        """A new, empty store that also says the levels of its keys, or a bank's scheme.

        Raises KeyStoreError when there is a file already, for a passphrase of less than 12
        characters, and for levels or a scheme that cannot be.
        """
        passphrase.require_long()
        if kind not in ("social-security", "bank", "exchange"):
            raise KeyStoreError(f"{path}: there is no kind of key store {kind!r}")
        document = {"kind": kind, "algorithm": suite.name, "keys": {}, "lots": {}, **said}
        store_file.checked(document, str(path))
        scheme_of(document, str(path))
        store = cls(path, passphrase, random)
        with store._locked():
            if path.exists():
                raise KeyStoreError(f"{path}: is there already")
            store._write(document)
        return store

    def checked(self) -> StoreFile:
        """What is in the store.  Raises KeyStoreError, WrongPassphrase."""
        return store_file.checked(self._read(), str(self.path))

    @property
    def kind(self) -> str:
        """Whose keys these are: ``social-security``, ``bank`` or ``exchange``."""
        return str(self._read().get("kind"))

    def put(self, name: str, version: int, key: SecretKey) -> None:
        """Add a master key.  Raises KeyStoreError when it is there, weak, or of another suite."""
        _require_version(name, version)
        refuse_weak(f"{name} version {version}", key)

        def change(document: dict[str, Any]) -> None:
            if KeyReference(name, version) in store_file.checked(document, str(self.path)).keys:
                raise KeyStoreError(f"{self.path}: key {name} version {version} is there already")
            versions = _table_of(name, key, document).setdefault(name, [])
            versions += [None] * (version - len(versions))
            versions[version - 1] = key.reveal().hex().upper()

        self._change(change)

    def require_place(self, name: str, version: int, kind: type[SecretKey]) -> None:
        """Raises KeyStoreError for a version or a kind of key that this store does not take."""
        _require_version(name, version)
        document = self._read()
        _require_type(name, kind, kind.__name__, document)

    def put_lot(self, lot: ChipLot) -> None:
        """Add a chip lot, or to one that is there the certificate master that it lacks.

        Raises KeyStoreError when it is there and this adds nothing, or is another.
        """

        def change(document: dict[str, Any]) -> None:
            known, entries = document["lots"].get(lot.name), _lot_entries(lot)
            if known is not None and (known == entries or not known.items() <= entries.items()):
                raise KeyStoreError(f"{self.path}: lot {lot.name} is there already")
            document["lots"][lot.name] = entries

        self._change(change)

    def change_passphrase(self, passphrase: Passphrase) -> None:
        """Seal the same keys under another passphrase of 12 characters or more."""
        passphrase.require_long()
        with self._locked():
            document = self._read()
            self._passphrase = passphrase
            self._write(document)

    def _change(self, change: Callable[[dict[str, Any]], None]) -> None:
        with self._locked():
            document = self._read()
            change(document)
            store_file.checked(document, str(self.path))
            self._write(document)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Nobody else changes the store meanwhile.  Raises KeyStoreError after some seconds."""
        lock = FileLock(f"{self.path}.lock", timeout=_LONGEST_WAIT)
        try:
            lock.acquire()
        except TimeoutError:
            raise KeyStoreError(f"{self.path}: another program is changing it") from None
        try:
            yield
        finally:
            lock.release()

    def _read(self) -> dict[str, Any]:
        try:
            raw = self.path.read_bytes()
        except OSError as error:
            raise KeyStoreError(f"{self.path}: {error.strerror}") from None
        if not is_sealed(raw):
            raise KeyStoreError(f"{self.path}: is no sealed key store")
        return unseal(raw, self._passphrase, str(self.path))

    def _write(self, document: dict[str, Any]) -> None:
        replace_file(self.path, seal(document, self._passphrase, self._random))


def _table_of(name: str, key: SecretKey, document: dict[str, Any]) -> dict[str, Any]:
    """Where the key belongs: a bank's SM4 keys have a table of their own."""
    _require_type(name, type(key), repr(key), document)
    table: dict[str, Any] = document["keys"]
    if document["kind"] == "bank" and isinstance(key, SM4):
        table = document.setdefault(store_file.SM4_KEYS, {})
    return table


def _lot_entries(lot: ChipLot) -> dict[str, str]:
    entries = {
        "blank_historical": lot.blank_historical.hex().upper(),
        "cos_version": lot.cos_version,
        "transport": lot.transport.reveal().hex().upper(),
    }
    master = lot.certificate_master
    if master is not None:
        entries[store_file.CERTIFICATE_MASTER] = master.reveal().hex().upper()
    return entries


def _require_version(name: str, version: int) -> None:
    if version not in _VERSIONS:
        raise KeyStoreError(f"key {name}: versions are 1 to {_VERSIONS[-1]}")


def _require_type(
    name: str, kind: type[SecretKey], shown: str, document: Mapping[str, Any]
) -> None:
    """A store has keys of its suite and one for hashes, and tells them by their length.

    A bank's has keys of both suites, and tells those of SM4 by their names.
    """
    suite, bank = SUITES[document["algorithm"]], document["kind"] == "bank"
    if bank and (kind is SM4) != name.startswith(SM4_NAMES):
        raise KeyStoreError(f"key {name}: {shown} is not its kind; {SM4_NAMES}… are SM4")
    kinds = {type(suite.key(bytes(_MASTER_SIZE))), HMAC256, *([SM4] if bank else [])}
    if kind not in kinds:
        raise KeyStoreError(f"key {name}: {shown} has no place in a store for {suite.name}")
    if (kind is HMAC256) != (name == PERSON_HASH_KEY):
        raise KeyStoreError(f"key {name}: {shown} is not its kind; {PERSON_HASH_KEY} is HMAC256")
