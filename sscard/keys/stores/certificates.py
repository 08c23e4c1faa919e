"""Who signs debit cards: an issuer of each family, and the authority that certified it.

Only TEST keys are in files.  An issuer in production signs in its HSM: whoever has one makes
``RSAIssuer`` and ``SM2Issuer`` with signers that call it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from sscard.errors import KeyStoreError
from sscard.keys.certificates import (
    ISSUER,
    RSAAuthority,
    RSAIssuer,
    SM2Authority,
    SM2Issuer,
    Subject,
)
from sscard.keys.rsa import RSAPrivateKey, RSAPublicKey
from sscard.keys.sm2 import SoftwareSigner
from sscard.keys.sm2_keys import Random, SM2PrivateKey, SM2PublicKey
from sscard.keys.stores import store_file
from sscard.keys.stores.sealed_file import Passphrase

_KIND = "certificates"
Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CertificateStore:
    """Issuers, and the public keys by index with which terminals check their certificates."""

    test: bool
    rsa: RSAIssuer
    sm2: SM2Issuer
    rsa_authorities: Mapping[int, RSAPublicKey] = field(repr=False)
    sm2_authorities: Mapping[int, SM2PublicKey] = field(repr=False)


def load_certificates(path: Path | None = None, random: Random = os.urandom) -> CertificateStore:
    """The issuers in the TOML file at ``path``, or the packaged TEST ones.

    ``random`` is for SM2 signatures.  Raises KeyStoreError naming file and entry, never a value.
    """
    source = path or resources.files("sscard.keys.stores") / "test-certificates.toml"
    document = store_file.document(source, _KIND, _no_passphrase)
    try:
        return _store(document, random)
    except (KeyError, TypeError, ValueError) as error:
        # Messages of ours name no value; a KeyError names the entry that is missing.
        raise KeyStoreError(f"{source}: certificates: {error}") from None


def _no_passphrase(kind: str, path: str) -> Passphrase:
    raise KeyStoreError(f"{path}: {kind} are not read from sealed files")


def _store(document: Document, random: Random) -> CertificateStore:
    subject = _subject(document)
    rsa = RSAAuthority(_index(document, "rsa"), _rsa(document, "ca"))
    sm2 = SM2Authority(_index(document, "sm2"), SoftwareSigner(_sm2(document, "ca"), random))
    return CertificateStore(
        document.get("test") is True,
        rsa.issuer(subject, _rsa(document, "issuer")),
        sm2.issuer(subject, SoftwareSigner(_sm2(document, "issuer"), random)),
        MappingProxyType({rsa.index: rsa.signer.public}),
        MappingProxyType({sm2.index: sm2.signer.public}),
    )


def _subject(document: Document) -> Subject:
    year, _, month = _text(document["expires"], "expires").partition("-")
    serial = bytes.fromhex(_text(document["serial"], "serial"))
    return Subject(ISSUER, _text(document["issuer"], "issuer"), int(year), int(month), serial)


def _index(document: Document, family: str) -> int:
    index = _entry(document, family, "ca")["index"]
    if not isinstance(index, int) or not 0 <= index <= 0xFF:
        raise ValueError(f"{family}.ca: an index is a number from 0 to 255")
    return index


def _rsa(document: Document, who: str) -> RSAPrivateKey:
    entry, place = _entry(document, "rsa", who), f"rsa.{who}"
    p, q = (int.from_bytes(_hex(entry[name], f"{place}.{name}"), "big") for name in ("p", "q"))
    return RSAPrivateKey(p, q)


def _sm2(document: Document, who: str) -> SM2PrivateKey:
    return SM2PrivateKey(_hex(_entry(document, "sm2", who)["d"], f"sm2.{who}.d"))


def _entry(document: Document, family: str, who: str) -> Document:
    table = document[family]
    entry = table[who] if isinstance(table, dict) else None
    if not isinstance(entry, dict):
        raise TypeError(f"[{family}.{who}] is no table")
    return entry


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{place} is no text")
    return value


def _hex(value: object, place: str) -> bytes:
    try:
        return bytes.fromhex(_text(value, place))
    except ValueError:
        raise ValueError(f"{place}: not a hexadecimal string") from None
