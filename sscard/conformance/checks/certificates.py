"""Checks of the certificate application: public keys and X.509 certificates (ssc-more 1.1, 1.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha1
from types import MappingProxyType
from typing import TYPE_CHECKING

from sscard.apdu import tlv
from sscard.conformance.checks.answer import Answer
from sscard.errors import MalformedData
from sscard.profiles.certificates import CertificateProfile

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_COORDINATES, _UNCOMPRESSED = 64, b"\x00\x04"
_SPKI = 6  # place of the public key in the TBS certificate, version and serial first
_KEY_USAGE, _KEY_ID = "2.5.29.15", "2.5.29.14"


def _public_key(answer: Answer, argument: str) -> str:
    """``public key of the curve``: a head of two bytes, X and Y (ssc-more 1.1 [T])."""
    del argument
    found = len(answer.data) - 2
    if found != _COORDINATES:
        return f"{found} bytes of coordinates instead of {_COORDINATES}"
    return "" if answer.data[2:].strip(b"\0") else "the key was never made"


def _certificate(answer: Answer, argument: str) -> str:
    """``certificate signature p0000 …``: all that ssc-more 1.6 [T] says of this pair's."""
    declared = answer.profile.certificates
    if declared is None:
        return "the profile has no certificate application"
    pair, *names = argument.split()
    wanted = declared.certificate
    try:
        found = _parsed(answer, names)
        said = [*_general(found, wanted), *_extensions(found, wanted, pair)]
    except MalformedData as error:
        return str(error)
    return "; ".join(said)


def _key(answer: Answer, argument: str) -> str:
    """``certificate key public p0000 …``: the certificate's key is what was kept as public."""
    kept, *names = argument.split()
    try:
        found = _parsed(answer, names)
        point = _point(found)
    except MalformedData as error:
        return str(error)
    if point != (answer.kept(kept) or b"")[2:]:
        return "the certificate is of another key"
    named = found_extension(found, _KEY_ID)
    right = named is None or named[-20:] == sha1(b"\x04" + point, usedforsecurity=False).digest()
    return "" if right else "the subject key identifier is another key's"


def _parsed(answer: Answer, names: list[str]) -> Certificate:
    from cryptography import x509

    whole = b"".join(answer.kept(name) or b"" for name in names) + answer.data
    try:
        size = next(iter(_items(whole)))[0]
        return x509.load_der_x509_certificate(whole[:size])
    except (ValueError, StopIteration) as error:
        raise MalformedData(f"no X.509 certificate: {type(error).__name__}") from None


def _items(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """The end of the first data object: what stands behind it in the file is fill."""
    if len(raw) < 4 or raw[0] != 0x30:
        raise MalformedData("no certificate: it does not begin with a sequence")
    count = raw[1] & 0x7F if raw[1] & 0x80 else 0
    length = int.from_bytes(raw[2 : 2 + count], "big") if count else raw[1]
    yield 2 + count + length, raw


def _general(found: Certificate, wanted: CertificateProfile) -> Iterator[str]:
    if found.version.value + 1 != wanted.version:
        yield f"X.509 v{found.version.value + 1}"
    if found.signature_algorithm_oid.dotted_string != wanted.signature_algorithm:
        yield "another signature algorithm"
    if (found.serial_number.bit_length() + 7) // 8 > wanted.serial_size:
        yield "a longer serial number"
    begin, end = found.not_valid_before_utc, found.not_valid_after_utc
    if end.year - begin.year != wanted.validity_years:
        yield f"valid for {end.year - begin.year} years, not {wanted.validity_years}"
    if not _point(found):
        yield "no public key of the curve"


def _extensions(found: Certificate, wanted: CertificateProfile, pair: str) -> Iterator[str]:
    usage = found_extension(found, _KEY_USAGE)
    key_usage = wanted.signature_key_usage if pair == "signature" else wanted.encryption_key_usage
    if usage is None or usage[-1:] != key_usage:
        yield f"key usage is not {key_usage.hex().upper()}"
    for extension in wanted.extensions:
        value = found_extension(found, extension.oid)
        if value is None:
            yield f"no extension {extension.name}"
        elif len(value) != extension.size:
            yield f"extension {extension.name} has {len(value)} bytes, not {extension.size}"


def found_extension(found: Certificate, oid: str) -> bytes | None:
    """The raw octet string of an extension; None where there is none."""
    for extension in found.extensions:
        if extension.oid.dotted_string == oid:
            return bytes(extension.value.public_bytes())
    return None


def _point(found: Certificate) -> bytes:
    """X and Y of the subject's key; nothing where it has another form."""
    items = tlv.parse(found.tbs_certificate_bytes)
    tbs = [value for _, each in items for _, value in tlv.parse(each)]
    bits = [value for tag, value in tlv.parse(tbs[_SPKI]) if tag == 0x03]
    raw = bits[0] if bits else b""
    return raw[2:] if raw.startswith(_UNCOMPRESSED) and len(raw) == 2 + _COORDINATES else b""


CHECKS: Mapping[str, Callable[[Answer, str], str]] = MappingProxyType(
    {
        "public key of the curve": _public_key,
        "certificate key": _key,
        "certificate": _certificate,
    }
)
