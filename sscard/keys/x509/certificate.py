"""X.509 certificates with SM2 keys, read: from a file of a card, an authority's answer, a store.

What is read is taken for no more than it says: ``chain.verify`` is for trust.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import TypeVar

from sscard.errors import MalformedData
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.x509 import names, oids, reading
from sscard.keys.x509.names import Name

_T = TypeVar("_T")
_SEQUENCE = 0x30
#: What may stand behind a certificate in a file that is longer than it; nothing may, too.
_FILLS = (b"", b"\x00", b"\xff")


@dataclass(frozen=True, slots=True, repr=False)
class Certificate:
    """A certificate as it was read; ``signed`` is what the signature is over.

    ``serial`` is without sign byte.  ``signature`` is r ‖ s.  ``extensions`` are raw octets by
    number, ``critical`` names those that a reader has to understand.  Only the serial number is in
    the repr: the subject is a person.
    """

    der: bytes
    version: int
    serial: bytes
    issuer: Name
    subject: Name
    not_before: datetime
    not_after: datetime
    public: SM2PublicKey
    curve: str
    signature_algorithm: str
    signature: bytes
    signed: bytes
    extensions: Mapping[str, bytes]
    critical: frozenset[str]

    def __repr__(self) -> str:
        return f"<Certificate {self.serial.hex().upper()}>"

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the whole: by what people compare certificates."""
        return sha256(self.der).digest()

    @property
    def key_usage(self) -> bytes | None:
        """The bits: C0 is digital signature and non-repudiation.  Raises MalformedData."""
        return self._extension(oids.KEY_USAGE, reading.bits)

    @property
    def subject_key_id(self) -> bytes | None:
        """By what the subject's key is known.  Raises MalformedData."""
        return self._extension(oids.SUBJECT_KEY_ID, reading.octets)

    @property
    def authority_key_id(self) -> bytes | None:
        """By what the issuer's key is known; None also where only its name is there.

        Raises MalformedData.
        """
        return self._extension(oids.AUTHORITY_KEY_ID, reading.key_identifier)

    @property
    def path_length(self) -> int | None:
        """How many authorities may stand below this one, None if it is none itself.

        255 where there is no limit.  Raises MalformedData.
        """
        return self._extension(oids.BASIC_CONSTRAINTS, reading.path_length)

    def named(self, short: str) -> str:
        """The subject's part of this short name, such as ``CN``; empty where there is none."""
        return next((text for each, text in self.subject if each == short), "")

    def _extension(self, oid: str, reader: Callable[[bytes], _T]) -> _T | None:
        raw = self.extensions.get(oid)
        return None if raw is None else reading.part(f"extension {oid}", lambda: reader(raw))


def parse(content: bytes) -> Certificate:
    """The certificate at the beginning of ``content``; 00 or FF may fill the rest.

    Raises MalformedData naming the part that is none, never its text; also for what is no fill,
    which ``parse_first`` lets be.
    """
    from asn1crypto import x509

    der = _without_fill(content)
    whole = reading.part("structure", lambda: x509.Certificate.load(der, strict=True))
    tbs = reading.part("structure", lambda: whole["tbs_certificate"])
    signed = reading.part("structure", lambda: bytes(tbs.dump()))
    algorithm = reading.part("signature algorithm", lambda: reading.algorithm(whole))
    key = reading.part("public key", lambda: tbs["subject_public_key_info"])
    found = reading.part("extensions", lambda: tuple(reading.extensions(tbs)))
    return Certificate(
        der=der,
        version=reading.part("version", lambda: reading.version(tbs)),
        serial=reading.part("serial number", lambda: reading.serial(tbs["serial_number"].native)),
        issuer=reading.part("issuer", lambda: names.read(tbs["issuer"])),
        subject=reading.part("subject", lambda: names.read(tbs["subject"])),
        not_before=reading.part("not before", lambda: reading.time(tbs["validity"]["not_before"])),
        not_after=reading.part("not after", lambda: reading.time(tbs["validity"]["not_after"])),
        public=reading.part("public key", lambda: reading.public(key)),
        curve=reading.part("curve", lambda: reading.curve(key)),
        signature_algorithm=algorithm,
        signature=reading.part(
            "signature", lambda: reading.signature(whole["signature_value"].native)
        ),
        signed=signed,
        extensions=MappingProxyType({oid: value for oid, value, _ in found}),
        critical=frozenset(oid for oid, _, critical in found if critical),
    )


def parse_first(content: bytes) -> tuple[Certificate, bool]:
    """The certificate in a file, and whether residue stands behind it, for who reads any card.

    Some programs write no fill, and the end of an older, longer certificate stays.  Raises
    MalformedData as ``parse``.
    """
    der, behind = split(content)
    return parse(der), not is_fill(behind)


def split(content: bytes) -> tuple[bytes, bytes]:
    """The certificate in a file, in DER, and what stands behind it.

    Raises MalformedData where there is no certificate.
    """
    if content.strip(b"\x00") == b"" or content.strip(b"\xff") == b"":
        raise MalformedData("certificate: there is none, the file is empty")
    end = _end(content)
    if end > len(content):
        raise MalformedData(f"certificate: {len(content)} of {end} bytes are there")
    return content[:end], content[end:]


def is_fill(behind: bytes) -> bool:
    """Whether it is nothing but 00, nothing but FF, or nothing at all."""
    return behind[:1] in _FILLS and not behind.strip(behind[:1])


def _without_fill(content: bytes) -> bytes:
    der, behind = split(content)
    if not is_fill(behind):
        raise MalformedData("certificate: what stands behind it is no fill")
    return der


def _end(content: bytes) -> int:
    """Where the first data object ends."""
    if len(content) < 4 or content[0] != _SEQUENCE:
        raise MalformedData("certificate: it does not begin with a sequence")
    count = content[1] & 0x7F if content[1] & 0x80 else 0
    if count > 2:
        raise MalformedData("certificate: longer than 65535 bytes")
    return 2 + count + (int.from_bytes(content[2 : 2 + count], "big") if count else content[1])
