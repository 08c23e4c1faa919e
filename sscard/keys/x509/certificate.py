"""X.509 certificates with SM2 keys, read: from a file of a card, an authority's answer, a store.

What is read is taken for no more than it says: ``chain.verify`` is for trust.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any, TypeVar

from sscard.errors import MalformedData
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.x509 import names, oids
from sscard.keys.x509.names import Name

_T = TypeVar("_T")
_SEQUENCE, _NUMBER, _UNCOMPRESSED = 0x30, 32, b"\x04"
_UNLIMITED = 255
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
        return self._extension(oids.KEY_USAGE, _bits)

    @property
    def subject_key_id(self) -> bytes | None:
        """By what the subject's key is known.  Raises MalformedData."""
        return self._extension(oids.SUBJECT_KEY_ID, _octets)

    @property
    def authority_key_id(self) -> bytes | None:
        """By what the issuer's key is known; None also where only its name is there.

        Raises MalformedData.
        """
        return self._extension(oids.AUTHORITY_KEY_ID, _key_identifier)

    @property
    def path_length(self) -> int | None:
        """How many authorities may stand below this one, None if it is none itself.

        255 where there is no limit.  Raises MalformedData.
        """
        return self._extension(oids.BASIC_CONSTRAINTS, _path_length)

    def named(self, short: str) -> str:
        """The subject's part of this short name, such as ``CN``; empty where there is none."""
        return next((text for each, text in self.subject if each == short), "")

    def _extension(self, oid: str, reader: Callable[[bytes], _T]) -> _T | None:
        raw = self.extensions.get(oid)
        return None if raw is None else _part(f"extension {oid}", lambda: reader(raw))


def parse(content: bytes) -> Certificate:
    """The certificate at the beginning of ``content``; 00 or FF may fill the rest.

    Raises MalformedData naming the part that is none, never its text.
    """
    from asn1crypto import x509

    der = _without_fill(content)
    whole = _part("structure", lambda: x509.Certificate.load(der, strict=True))
    signed = _part("structure", lambda: whole["tbs_certificate"].dump())
    tbs = whole["tbs_certificate"]
    algorithm = _part("signature algorithm", lambda: _algorithm(whole))
    found = _part("extensions", lambda: tuple(_extensions(tbs)))
    key = tbs["subject_public_key_info"]
    return Certificate(
        der=der,
        version=_part("version", lambda: _version(tbs)),
        serial=_part("serial number", lambda: _serial(tbs["serial_number"].native)),
        issuer=_part("issuer", lambda: names.read(tbs["issuer"])),
        subject=_part("subject", lambda: names.read(tbs["subject"])),
        not_before=_part("not before", lambda: _time(tbs["validity"]["not_before"])),
        not_after=_part("not after", lambda: _time(tbs["validity"]["not_after"])),
        public=_part("public key", lambda: _public(key)),
        curve=_part("curve", lambda: key["algorithm"]["parameters"].chosen.dotted),
        signature_algorithm=algorithm,
        signature=_part("signature", lambda: _signature(whole["signature_value"].native)),
        signed=signed,
        extensions=MappingProxyType({oid: value for oid, value, _ in found}),
        critical=frozenset(oid for oid, _, critical in found if critical),
    )


def _part(name: str, read: Callable[[], _T]) -> _T:
    """What the library finds there: its messages repeat the bytes, ours do not."""
    try:
        return read()
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        raise MalformedData(f"certificate: {name} cannot be read") from None


def _without_fill(content: bytes) -> bytes:
    if content.strip(b"\x00") == b"" or content.strip(b"\xff") == b"":
        raise MalformedData("certificate: there is none, the file is empty")
    end = _end(content)
    if end > len(content):
        raise MalformedData(f"certificate: {len(content)} of {end} bytes are there")
    fill = content[end:]
    if fill.strip(fill[:1]) or fill[:1] not in _FILLS:
        raise MalformedData("certificate: what stands behind it is no fill")
    return content[:end]


def _end(content: bytes) -> int:
    """Where the first data object ends."""
    if len(content) < 4 or content[0] != _SEQUENCE:
        raise MalformedData("certificate: it does not begin with a sequence")
    count = content[1] & 0x7F if content[1] & 0x80 else 0
    if count > 2:
        raise MalformedData("certificate: longer than 65535 bytes")
    return 2 + count + (int.from_bytes(content[2 : 2 + count], "big") if count else content[1])


def _version(tbs: Any) -> int:
    return int(tbs["version"]) + 1


def _algorithm(whole: Any) -> str:
    inside, outside = whole["tbs_certificate"]["signature"], whole["signature_algorithm"]
    if inside.dump() != outside.dump():
        raise ValueError("one signature algorithm is signed, another is named")
    return str(outside["algorithm"].dotted)


def _serial(number: int) -> bytes:
    if number <= 0:
        raise ValueError("a serial number is positive")
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _time(choice: Any) -> datetime:
    found = choice.native
    if not isinstance(found, datetime) or found.tzinfo is None:
        raise ValueError("a time is one of the calendar, with its zone")
    return found.astimezone(UTC)


def _public(key: Any) -> SM2PublicKey:
    raw = key["public_key"].native
    if key["algorithm"]["algorithm"].native != "ec" or raw[:1] != _UNCOMPRESSED:
        raise ValueError("no point with both coordinates")
    return SM2PublicKey(raw[1:])


def _signature(raw: bytes) -> bytes:
    from asn1crypto import algos

    pair = algos.DSASignature.load(raw, strict=True)
    return b"".join(pair[each].native.to_bytes(_NUMBER, "big") for each in ("r", "s"))


def _extensions(tbs: Any) -> Iterator[tuple[str, bytes, bool]]:
    seen: set[str] = set()
    for each in tbs["extensions"] or ():
        oid = each["extn_id"].dotted
        if oid in seen:
            raise ValueError("an extension comes twice")
        seen.add(oid)
        yield oid, bytes(each["extn_value"].contents), bool(each["critical"].native)


def _bits(raw: bytes) -> bytes:
    from asn1crypto import core

    return bytes(core.BitString.load(raw, strict=True).contents[1:])


def _octets(raw: bytes) -> bytes:
    from asn1crypto import core

    return bytes(core.OctetString.load(raw, strict=True).native)


def _key_identifier(raw: bytes) -> bytes | None:
    from asn1crypto import x509

    found = x509.AuthorityKeyIdentifier.load(raw, strict=True)["key_identifier"].native
    return None if found is None else bytes(found)


def _path_length(raw: bytes) -> int | None:
    from asn1crypto import x509

    found = x509.BasicConstraints.load(raw, strict=True).native
    limit = found["path_len_constraint"]
    return None if not found["ca"] else _UNLIMITED if limit is None else limit
