"""Who signs debit cards: an issuer of each family, and the authority that certified it.

What is here has the authority's private keys, too, as only TEST files can.  An issuer in production
has certificates and its own keys: ``card_issuers``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from sscard.errors import KeyStoreError
from sscard.keys import sm2_fast
from sscard.keys.certificates import (
    ISSUER,
    CertificateError,
    RSAAuthority,
    RSAChain,
    RSAIssuer,
    SM2Authority,
    SM2Chain,
    SM2Issuer,
    Subject,
    Terms,
)
from sscard.keys.rsa import RSAPrivateKey, RSAPublicKey
from sscard.keys.sm2 import SM2Signer, SoftwareSigner
from sscard.keys.sm2_keys import Random, SM2PrivateKey, SM2PublicKey
from sscard.keys.stores import store_file
from sscard.keys.stores.sealed_file import Passphrase

_KIND = "certificates"
Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CertificateStore:
    """Issuers, and the public keys by index with which terminals check their certificates.

    None for a family that the issuer has no key of.
    """

    test: bool
    rsa: RSAIssuer | None
    sm2: SM2Issuer | None
    rsa_authorities: Mapping[int, RSAPublicKey] = field(repr=False)
    sm2_authorities: Mapping[int, SM2PublicKey] = field(repr=False)

    def check(self, account: str, on: date) -> None:
        """Raises CertificateError where a terminal would not trust the issuer of this account.

        That is: a certificate of another signer, of other accounts, expired, or for another key.
        """
        terms = Terms(account, on)
        if self.rsa is not None:
            certified = RSAChain(self.rsa_authorities, terms).issuer_key(self.rsa.tags)
            _require_own(certified == self.rsa.signer.public)
        if self.sm2 is not None:
            point = SM2Chain(self.sm2_authorities, terms).issuer_key(self.sm2.tags)
            _require_own(point == self.sm2.signer.public)


def _require_own(same: bool) -> None:
    if not same:
        raise CertificateError(ISSUER.name, "key", "is not the issuer's")


def load_certificates(
    path: Path | None = None, random: Random | None = None, issuer: str | None = None
) -> CertificateStore:
    """The issuers in the TOML file at ``path``, or the packaged TEST ones.

    ``random`` is for SM2 signatures, as for ``signer``.  ``issuer`` is for accounts that begin
    otherwise than the file says: the authorities certify the issuers for these digits.  Raises
    KeyStoreError naming file and entry, never a value.
    """
    source = path or resources.files("sscard.keys.stores") / "test-certificates.toml"
    document = store_file.document(source, _KIND, _no_passphrase)
    try:
        return _store(document if issuer is None else {**document, "issuer": issuer}, random)
    except (KeyError, TypeError, ValueError) as error:
        # Messages of ours name no value; a KeyError names the entry that is missing.
        raise KeyStoreError(f"{source}: certificates: {error}") from None


def _no_passphrase(kind: str, path: str) -> Passphrase:
    raise KeyStoreError(f"{path}: {kind} are not read from sealed files")


def signer(key: SM2PrivateKey, random: Random | None) -> SM2Signer:
    """Signs with these random bytes; None: as the fastest library there is draws them."""
    if random is None and sm2_fast.available():
        return sm2_fast.FastSigner(key)
    return SoftwareSigner(key, random or os.urandom)


def _store(document: Document, random: Random | None) -> CertificateStore:
    subject = _subject(document)
    rsa = RSAAuthority(_index(document, "rsa"), _rsa(document, "ca"))
    sm2 = SM2Authority(_index(document, "sm2"), signer(_sm2(document, "ca"), random))
    return CertificateStore(
        document.get("test") is True,
        rsa.issuer(subject, _rsa(document, "issuer")),
        sm2.issuer(subject, signer(_sm2(document, "issuer"), random)),
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
