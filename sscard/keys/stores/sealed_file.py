"""A key store file under a passphrase: scrypt makes the key, AES-256-GCM seals the document.

The file is JSON, so that whoever finds it sees what it is.  Outside the seal stand only the format,
the parameters and a checksum, which tells a damaged file from a wrong passphrase; all of it but the
checksum is authenticated.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sscard.errors import KeyStoreError
from sscard.keys.types import Secret

FORMAT = "sscard key store"
VERSION = 1
_SALT, _NONCE, _KEY = 16, 12, 32
#: scrypt for new files, as of a ceremony: 2 ** 17 rounds take 128 MiB and about half a second.
COST = 1 << 17
_BLOCK, _PARALLEL = 8, 1
#: A file may ask for less, as early ones do, or for more, up to a gibibyte: a made-up one must
#: neither be cheap to try nor stop the machine.
_SMALLEST_COST, _LARGEST_COST = 1 << 15, 1 << 20
#: Characters of a passphrase that is chosen; one that opens a store is what it is.
SHORTEST_PASSPHRASE = 12
#: How text of other encodings came out of the environment.
_ESCAPED = "surrogateescape"

Random = Callable[[int], bytes]


class Passphrase(Secret):
    """What opens a sealed store; any text but an empty one."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        if not text:
            raise KeyStoreError("an empty passphrase protects nothing")
        super().__init__(text.encode("utf-8", _ESCAPED))

    def normalized(self) -> bytes:
        """What a store's key is made from: NFKC, so that no way of typing it makes a difference."""
        text = self.reveal().decode("utf-8", _ESCAPED)
        return unicodedata.normalize("NFKC", text).encode("utf-8", _ESCAPED)

    def require_long(self) -> None:
        """Raises KeyStoreError for one that is too short to be chosen."""
        if len(self.normalized().decode("utf-8", _ESCAPED)) < SHORTEST_PASSPHRASE:
            raise KeyStoreError(f"a new passphrase has at least {SHORTEST_PASSPHRASE} characters")


class WrongPassphrase(KeyStoreError):
    """The file is whole and the passphrase is another one.  Trying again costs nothing."""


@dataclass(frozen=True, slots=True)
class _Head:
    salt: bytes
    nonce: bytes
    cost: int

    def __bytes__(self) -> bytes:
        """What is authenticated beside the document."""
        return json.dumps(self.entries(), sort_keys=True).encode("ascii")

    def entries(self) -> dict[str, Any]:
        """The entries of the file that are not the sealed document."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "cipher": "AES-256-GCM",
            "kdf": "scrypt",
            "cost": self.cost,
            "block": _BLOCK,
            "parallel": _PARALLEL,
            "salt": _text(self.salt),
            "nonce": _text(self.nonce),
        }

    def key(self, passphrase: Passphrase) -> AESGCM:
        """The sealing key."""
        derived = hashlib.scrypt(
            passphrase.normalized(),
            salt=self.salt,
            n=self.cost,
            r=_BLOCK,
            p=_PARALLEL,
            maxmem=2 * 128 * self.cost * _BLOCK,
            dklen=_KEY,
        )
        return AESGCM(derived)


def is_sealed(raw: bytes) -> bool:
    """Whether this looks like a sealed store, whole or not."""
    return raw.lstrip().startswith(b"{") and FORMAT.encode("ascii") in raw


def seal(document: Mapping[str, Any], passphrase: Passphrase, random: Random) -> bytes:
    """The file; a new salt and nonce every time."""
    head = _Head(random(_SALT), random(_NONCE), COST)
    plain = json.dumps(document, ensure_ascii=False, sort_keys=True).encode("utf-8")
    sealed = head.key(passphrase).encrypt(head.nonce, plain, bytes(head))
    entries = {**head.entries(), "sealed": _text(sealed), "sha256": _checksum(head, sealed)}
    return (json.dumps(entries, indent=1) + "\n").encode("ascii")


def unseal(raw: bytes, passphrase: Passphrase, path: str) -> dict[str, Any]:
    """The document.  Raises KeyStoreError naming ``path``: damaged, newer; WrongPassphrase."""
    head, sealed = _parsed(raw, path)
    try:
        plain = head.key(passphrase).decrypt(head.nonce, sealed, bytes(head))
    except InvalidTag:
        raise WrongPassphrase(f"{path}: this is not its passphrase") from None
    document = json.loads(plain)
    if not isinstance(document, dict):
        raise KeyStoreError(f"{path}: holds no key store")
    return document


def _parsed(raw: bytes, path: str) -> tuple[_Head, bytes]:
    damaged = KeyStoreError(f"{path}: the key store is damaged; use a copy of it")
    try:
        entries = json.loads(raw)
        if not isinstance(entries, dict) or entries.get("format") != FORMAT:
            raise damaged
        if entries.get("version") != VERSION:
            raise KeyStoreError(f"{path}: a key store of another version of sscard")
        head = _Head(_bytes(entries["salt"]), _bytes(entries["nonce"]), entries["cost"])
        sealed, checksum = _bytes(entries["sealed"]), entries["sha256"]
    except (ValueError, KeyError, TypeError):
        raise damaged from None
    whole = {**head.entries(), "sealed": entries["sealed"], "sha256": checksum}
    if not _sound(head) or entries != whole or checksum != _checksum(head, sealed):
        raise damaged
    return head, sealed


def _sound(head: _Head) -> bool:
    cost = head.cost
    return (
        isinstance(cost, int)
        and not isinstance(cost, bool)
        and _SMALLEST_COST <= cost <= _LARGEST_COST
        and not cost & (cost - 1)
        and (len(head.salt), len(head.nonce)) == (_SALT, _NONCE)
    )


def _checksum(head: _Head, sealed: bytes) -> str:
    return hashlib.sha256(bytes(head) + sealed).hexdigest()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise TypeError("no base64 text")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("no base64 text") from None
