"""What a key store file says: sealed under a passphrase, or TOML in plain text for TEST stores."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.abc import Traversable
from pathlib import Path

from sscard.errors import KeyStoreError
from sscard.keys.hierarchy import HISTORICAL_SIZE
from sscard.keys.operations import KeyNotHeld, KeyReference
from sscard.keys.roots import MINISTRY_ROOTS, Roots
from sscard.keys.store import ChipLot
from sscard.keys.stores.root_levels import roots_of
from sscard.keys.stores.sealed_file import Passphrase, is_sealed, unseal
from sscard.keys.suite import SM4_SUITE, SUITES, Suite
from sscard.keys.types import HMAC256, SM4, NotCopied, SecretKey
from sscard.keys.weak import refuse_weak

#: What a store is for when it does not say ``algorithm``.
_DEFAULT_SUITE = "3des"
_MASTER_SIZE = 16

#: A bank's store has keys of both families: those of the second are in a table of their own.
SM4_KEYS = "sm4_keys"

#: What a lot says beside its transport key, where its chips have a certificate application.
CERTIFICATE_MASTER = "certificate_master"

#: A document with one of these tables says where the keys are, and holds none.
_ELSEWHERE = frozenset({"pkcs11", "service"})

#: What private keys are called in the tables of card issuers.
_SECRETS = frozenset({"p", "q", "d"})

#: Gives the passphrase of a sealed store, from its kind and its path.  Raises KeyStoreError.
Ask = Callable[[str, str], Passphrase]


@dataclass(frozen=True, slots=True)
class StoreFile(NotCopied):
    """A checked key store file."""

    path: str
    test: bool
    suite: Suite
    keys: Mapping[KeyReference, SecretKey] = field(repr=False)
    lots: Mapping[str, ChipLot]
    roots: Roots = MINISTRY_ROOTS

    def __repr__(self) -> str:
        what = "TEST key store" if self.test else "key store"
        return f"{what} {self.path}: {len(self.keys)} keys"

    def key(self, name: str, version: int) -> SecretKey:
        """One master key.  Raises KeyStoreError when it is not here."""
        try:
            return self.keys[KeyReference(name, version)]
        except KeyError:
            raise KeyNotHeld(f"{self.path}: no key {name} version {version}") from None


def document(source: Path | Traversable, kind: str, ask: Ask) -> dict[str, object]:
    """The document in ``source``, which must be of this ``kind``; ``ask`` opens a sealed one.

    Raises KeyStoreError naming the file, for one that cannot be read, is for another station, or
    holds keys in plain text and is no TEST store.
    """
    path = str(source)
    try:
        raw = source.read_bytes()
    except OSError as error:
        raise KeyStoreError(f"{path}: {error.strerror}") from None
    sealed = is_sealed(raw)
    found = unseal(raw, ask(kind, path), path) if sealed else _plain(raw, path)
    if found.get("kind") != kind:
        raise KeyStoreError(f'{path}: no {kind} key store (kind = "{kind}" is not there)')
    if not sealed and _may_hold_keys(found) and found.get("test") is not True:
        raise KeyStoreError(f"{path}: keys in plain text are accepted with test = true only")
    return found


def _may_hold_keys(document: Mapping[str, object]) -> bool:
    """Whether it is more than a file that says where keys are; there ``lots`` names a file."""
    if _ELSEWHERE.isdisjoint(document):
        return True
    return (
        "keys" in document
        or isinstance(document.get("lots"), dict)
        or any(isinstance(each, dict) and _SECRETS & set(each) for each in document.values())
    )


def checked(document: Mapping[str, object], path: str) -> StoreFile:
    """The keys and lots in a document.

    Raises KeyStoreError naming file and key, and never a value, for what is malformed or weak.
    """
    test = document.get("test") is True
    try:
        suite, roots = _suite(document), roots_of(document)
        keys = _keys(document, "keys", suite) | _keys(document, SM4_KEYS, SM4_SUITE)
        return StoreFile(path, test, suite, keys, _lots(document, suite), roots)
    except KeyStoreError as error:
        raise KeyStoreError(f"{path}: {error}") from None


def _plain(raw: bytes, path: str) -> dict[str, object]:
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except tomllib.TOMLDecodeError as error:
        # Only the place: the rest of the parser's message may quote the file.
        place = str(error).rpartition("(")[2].rstrip(")")
        raise KeyStoreError(f"{path}: not valid TOML {place}") from None
    except UnicodeDecodeError:
        raise KeyStoreError(f"{path}: not UTF-8") from None


def _suite(document: Mapping[str, object]) -> Suite:
    name = document.get("algorithm", _DEFAULT_SUITE)
    if not isinstance(name, str) or name not in SUITES:
        raise KeyStoreError(f"algorithm must be one of {', '.join(SUITES)}")
    return SUITES[name]


def _keys(
    document: Mapping[str, object], table: str, suite: Suite
) -> dict[KeyReference, SecretKey]:
    keys: dict[KeyReference, SecretKey] = {}
    for name, versions in _table(document.get(table, {}), table).items():
        if not isinstance(versions, list):
            raise KeyStoreError(f"key {name}: no list of versions")
        for version, text in enumerate(versions, start=1):
            if text is None:  # a sealed store may have a later version and not an earlier one
                continue
            keys[KeyReference(name, version)] = _key(f"{name} version {version}", text, suite)
    return keys


def _lots(document: Mapping[str, object], suite: Suite) -> dict[str, ChipLot]:
    lots = _table(document.get("lots", {}), "lots")
    return {name: _lot(name, _table(lot, f"lots.{name}"), suite) for name, lot in lots.items()}


def _lot(name: str, lot: Mapping[str, object], suite: Suite) -> ChipLot:
    historical = _bytes(f"lot {name}: blank_historical", lot.get("blank_historical"))
    cos_version = lot.get("cos_version")
    if len(historical) != HISTORICAL_SIZE or not isinstance(cos_version, str):
        raise KeyStoreError(f"lot {name}: blank_historical (13 bytes) or cos_version is wrong")
    transport = _key(f"of lot {name}: transport", lot.get("transport"), suite)
    return ChipLot(name, historical, cos_version, transport, _certificate_master(name, lot))


def _certificate_master(name: str, lot: Mapping[str, object]) -> SM4 | None:
    """Of the same algorithm whatever the suite of the store is (ssc-more 1.2)."""
    text = lot.get(CERTIFICATE_MASTER)
    if text is None:
        return None
    key = _key(f"of lot {name}: {CERTIFICATE_MASTER}", text, SM4_SUITE)
    if not isinstance(key, SM4):
        raise KeyStoreError(f"key of lot {name}: {CERTIFICATE_MASTER}: a key of {SM4.SIZE} bytes")
    return key


def _key(name: str, text: object, suite: Suite) -> SecretKey:
    value = _bytes(f"key {name}", text)
    if len(value) not in (_MASTER_SIZE, HMAC256.SIZE):
        raise KeyStoreError(f"key {name}: {len(value)} bytes; there are keys of 16 and 32")
    key = suite.key(value) if len(value) == _MASTER_SIZE else HMAC256(value)
    refuse_weak(name, key)
    return key


def _bytes(what: str, text: object) -> bytes:
    try:
        if isinstance(text, str):
            return bytes.fromhex(text)
    except ValueError:
        pass
    raise KeyStoreError(f"{what}: not a hexadecimal string")


def _table(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise KeyStoreError(f"[{name}] is no table")
    return value
