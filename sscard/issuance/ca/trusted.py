"""The public certificates of a CA: the root that somebody trusts, and the CAs below it, as PEM."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sscard.errors import KeyStoreError, MalformedData, NotVerified
from sscard.keys.x509.certificate import Certificate, parse
from sscard.keys.x509.chain import verify

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\s*([A-Za-z0-9+/=\s]+?)\s*-----END CERTIFICATE-----")
#: Bytes of a file: a dozen certificates.
_LARGEST = 1 << 16


@dataclass(frozen=True, slots=True)
class Trusted:
    """A root, and the CAs that it has certified."""

    root: Certificate
    issuers: tuple[Certificate, ...]

    def pem(self) -> str:
        """The file: the root first."""
        return pem((self.root, *self.issuers))


def trusted(certificates: Iterable[bytes], where: str) -> Trusted:
    """A root and its CAs from their DER, in any order.

    Raises KeyStoreError naming ``where``: no certificate, no root or two, a CA of another root.
    """
    try:
        found = tuple(map(parse, certificates))
    except MalformedData as error:
        raise KeyStoreError(f"{where}: {error}") from None
    roots = [each for each in found if each.issuer == each.subject]
    if len(roots) != 1:
        raise KeyStoreError(f"{where}: has {len(roots)} root certificates, not one")
    (root,) = roots
    issuers = tuple(each for each in found if each is not root)
    try:
        for each in (root, *issuers):
            verify(each, (), root, each.not_before)
    except NotVerified as error:
        raise KeyStoreError(f"{where}: {error}") from None
    return Trusted(root, issuers)


def read_trusted(path: Path) -> Trusted:
    """The certificates in a PEM file.  Raises KeyStoreError naming it."""
    return trusted(read_pem(path), str(path))


def read_pem(path: Path) -> tuple[bytes, ...]:
    """The DER of each certificate in a PEM file; other text in it is passed over.

    Raises KeyStoreError naming the file.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        raise KeyStoreError(f"{path}: {error.strerror}") from None
    found = _PEM.findall(raw.decode("ascii", "replace"))
    if not found or len(raw) > _LARGEST:
        raise KeyStoreError(f"{path}: no certificates in PEM")
    try:
        return tuple(base64.b64decode("".join(each.split()), validate=True) for each in found)
    except binascii.Error:
        raise KeyStoreError(f"{path}: a certificate in it is no base64") from None


def is_pem(raw: bytes) -> bool:
    """Whether there is a certificate in PEM in it."""
    return _PEM.search(raw.decode("ascii", "replace")) is not None


def pem(certificates: Iterable[Certificate]) -> str:
    """The certificates as ``openssl`` reads them."""
    return "".join(map(_pem, certificates))


def _pem(certificate: Certificate) -> str:
    lines = re.findall(".{1,64}", base64.b64encode(certificate.der).decode("ascii"))
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])
