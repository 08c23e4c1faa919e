"""A sealed file of card issuers: new keys first, then the certificates that somebody made for them.

The private keys are never in plain text.  Between the two steps the file signs nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sscard.durable import replace_file
from sscard.errors import KeyStoreError
from sscard.keys import rsa_generation, sm2_keys
from sscard.keys.rsa import RSAPublicKey
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.stores import card_issuers, store_file
from sscard.keys.stores.ca_keys import CAKeys, tables
from sscard.keys.stores.card_issuers import KIND
from sscard.keys.stores.certificates import CertificateStore
from sscard.keys.stores.sealed_file import Passphrase, Random, seal
from sscard.keys.types import NotCopied

#: The kind of file that the certificates come in, by tag, as ``sscard keys testca`` writes it.
CERTIFICATES = "issuer-certificates"
_INDEX, _CERTIFICATE, _REMAINDER = "8F", "90", "92"


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """What goes to whoever certifies the issuer."""

    rsa: RSAPublicKey
    sm2: SM2PublicKey


def create(path: Path, bits: int, passphrase: Passphrase, random: Random) -> PublicKeys:
    """Seal new keys of both families into a new file.

    RSA primes are OpenSSL's.  Raises KeyStoreError when the file is there already or the passphrase
    is too short; ValueError for a size that issuers' keys do not have.
    """
    passphrase.require_long()
    if path.exists():
        raise KeyStoreError(f"{path}: is there already")
    rsa, sm2 = rsa_generation.generate(bits), sm2_keys.generate(random)
    parts = rsa.crt
    document = {
        "kind": KIND,
        "rsa": {"p": parts.p.reveal().hex(), "q": parts.q.reveal().hex()},
        "sm2": {"d": sm2.reveal().hex()},
        "ca": {},
    }
    replace_file(path, seal(document, passphrase, random))
    return PublicKeys(rsa.public, sm2.public)


@dataclass(frozen=True, slots=True)
class Certified(NotCopied):
    """Keys with certificates, not written yet."""

    path: Path
    document: dict[str, Any] = field(repr=False)

    def store(self) -> CertificateStore:
        """What would sign cards.  Raises KeyStoreError."""
        return card_issuers.issuers_of(self.document, str(self.path))

    def write(self, passphrase: Passphrase, random: Random) -> None:
        """Seal it in the place of what was there."""
        replace_file(self.path, seal(self.document, passphrase, random))


def certified(path: Path, certificates: Path, known: CAKeys, passphrase: Passphrase) -> Certified:
    """The keys of the sealed file with these certificates and the CA keys that check them.

    Certificates or CA keys of tests make it a TEST file.  Raises KeyStoreError.
    """
    document = store_file.document(path, KIND, lambda _kind, _path: passphrase)
    came = _certificates(certificates)
    for family in ("rsa", "sm2"):
        if family in came:
            said = _entries(_table(came, family, certificates), certificates, family)
            document[family] = _table(document, family, path) | said
    document["ca"] = tomllib.loads(tables(known))
    if known.test or came.get("test") is True:
        document["test"] = True
    return Certified(path, document)


def _certificates(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise KeyStoreError(f"{path}: {error.strerror}") from None
    except ValueError:
        raise KeyStoreError(f"{path}: is no TOML file") from None
    if found.get("kind") != CERTIFICATES:
        raise KeyStoreError(f'{path}: no certificates (kind = "{CERTIFICATES}" is not there)')
    return found


def _entries(tags: Mapping[str, Any], path: Path, family: str) -> dict[str, Any]:
    try:
        index, certificate = int(tags[_INDEX], 16), tags[_CERTIFICATE]
    except (KeyError, TypeError, ValueError):
        raise KeyStoreError(f"{path}: [{family}] needs the tags 8F and 90") from None
    rest = {"remainder": tags[_REMAINDER]} if _REMAINDER in tags else {}
    return {"index": index, "certificate": certificate, **rest}


def _table(document: Mapping[str, Any], name: str, path: Path) -> dict[str, Any]:
    found = document.get(name)
    if not isinstance(found, dict):
        raise KeyStoreError(f"{path}: there is no table {name}")
    return found
