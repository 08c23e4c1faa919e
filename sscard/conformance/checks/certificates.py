"""Checks of the certificate application: public keys and X.509 certificates (ssc-more 1.1, 1.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha1
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from sscard.apdu import pki
from sscard.conformance.checks.answer import Answer
from sscard.errors import MalformedData, ProfileError
from sscard.keys import sm2_curve
from sscard.profiles.certificates import CertificateApplication, CertificateExtension

if TYPE_CHECKING:
    from sscard.keys.x509.certificate import Certificate

_VALUE = 2  # of a record, behind tag and length
#: What the serial numbers of both certificates begin with, as it was seen (ssc-more 1.6 [T]).
_SERIALS: Mapping[str, int] = MappingProxyType({"signature": 0x10, "encryption": 0x20})
_SEQUENCE = b"\x30"
_NAMES = ("C", "S", "L", "CN")
Said: TypeAlias = Iterator[str]


def _public_key(answer: Answer, argument: str) -> str:
    """``public key of the curve``: a head of two bytes, X and Y (ssc-more 1.1 [T])."""
    del argument
    found = len(answer.data) - 2
    if found != pki.POINT:
        return f"{found} bytes of coordinates instead of {pki.POINT}"
    if not answer.data[2:].strip(b"\0"):
        return "the key was never made"
    return "" if sm2_curve.is_point(answer.data[2:]) else "no point of the curve"


def _there(answer: Answer, argument: str) -> str:
    """``certificate``: an X.509 certificate with an SM2 key, whatever it says."""
    del argument
    _read(answer)
    return ""


def _not_there(answer: Answer, argument: str) -> str:
    """``no certificate``: nothing that begins as one."""
    del argument
    return "a certificate" if answer.data.startswith(_SEQUENCE) else ""


def _filled(answer: Answer, argument: str) -> str:
    """``certificate and fill``: nothing of an older certificate behind it."""
    from sscard.keys.x509 import is_fill, split

    del argument
    return "" if is_fill(split(answer.data)[1]) else "residue behind the certificate"


def _form(answer: Answer, argument: str) -> str:
    """``certificate form``: X.509 v3, SM2 with SM3, a serial number of 16 bytes."""
    del argument
    return "; ".join(_general(_read(answer), _application(answer)))


def _general(found: Certificate, declared: CertificateApplication) -> Said:
    wanted = declared.certificate
    if found.version != wanted.version:
        yield f"X.509 v{found.version}"
    if found.signature_algorithm != wanted.signature_algorithm:
        yield "another signature algorithm"
    if found.curve != wanted.curve:
        yield "another curve"
    if len(found.serial) != wanted.serial_size:
        yield f"a serial number of {len(found.serial)} bytes, not {wanted.serial_size}"


def _serial(answer: Answer, argument: str) -> str:
    """``certificate serial signature``: what serial numbers of this pair begin with."""
    return "" if _read(answer).serial[:1] == bytes((_SERIALS[argument],)) else "another first byte"


def _usage(answer: Answer, argument: str) -> str:
    """``certificate usage signature``: C0, of the encryption certificate 30."""
    wanted = _application(answer).certificate
    key_usage = wanted.signature_key_usage
    if argument == "encryption":
        key_usage = wanted.encryption_key_usage
    found = _read(answer).key_usage
    return "" if found == key_usage else f"key usage is not {key_usage.hex().upper()}"


def _validity(answer: Answer, argument: str) -> str:
    """``certificate validity``: from one day to the same ten years later, or the day before."""
    del argument
    found, years = _read(answer), _application(answer).certificate.validity_years
    begin, end = found.not_before, found.not_after
    days = (end - begin).days - round(years * 365.25)
    return "" if abs(days) <= _LEAP else f"valid for {(end - begin).days} days, not {years} years"


_LEAP = 3


def _extensions(answer: Answer, argument: str) -> str:
    """``certificate extensions``: key identifiers, and the private ones with their sizes."""
    del argument
    return "; ".join(_missing(_read(answer), _application(answer).certificate.extensions))


def _missing(found: Certificate, wanted: tuple[CertificateExtension, ...]) -> Said:
    if found.subject_key_id is None:
        yield "no subject key identifier"
    if found.authority_key_id is None:
        yield "no authority key identifier"
    for extension in wanted:
        value = found.extensions.get(extension.oid)
        if value is None:
            yield f"no extension {extension.name}"
        elif len(value) != extension.size:
            yield f"extension {extension.name} has {len(value)} bytes, not {extension.size}"


def _key(answer: Answer, argument: str) -> str:
    """``certificate key public``: the certificate's key is what was kept as public."""
    point = bytes(_read(answer).public)
    return "" if point == (answer.kept(argument) or b"")[-pki.POINT :] else "of another key"


def _key_id(answer: Answer, argument: str) -> str:
    """``certificate key identifier``: SHA-1 of 04, X and Y."""
    del argument
    found = _read(answer)
    wanted = sha1(b"\x04" + bytes(found.public), usedforsecurity=False).digest()
    return "" if found.subject_key_id == wanted else "the subject key identifier is another key's"


def _card_number(answer: Answer, argument: str) -> str:
    """``certificate card number record``: the number in the record that was kept."""
    oid = _extension(answer, "card_number").oid
    record = answer.kept(argument) or b""
    found = _read(answer).extensions.get(oid)
    return "" if found is not None and found == record[_VALUE:] else "another card's number"


def _extension(answer: Answer, name: str) -> CertificateExtension:
    for each in _application(answer).certificate.extensions:
        if each.name == name:
            return each
    raise ProfileError(f"the profile has no extension {name}")


def _names(answer: Answer, argument: str) -> str:
    """``certificate names``: who has issued it, and what parts the holder's name has."""
    del argument
    found, wanted = _read(answer), _application(answer).certificate
    said = []
    if tuple(f"{short}={text}" for short, text in found.issuer) != wanted.issuer:
        said.append("another issuer")
    if tuple(short for short, _ in found.subject) != _NAMES:
        said.append(f"the subject is not {' '.join(_NAMES)}")
    return "; ".join(said)


def _same_holder(answer: Answer, argument: str) -> str:
    """``certificate beside other``: same holder, card and issuer; another serial and key."""
    from sscard.keys.x509.certificate import parse

    found, other = _read(answer), parse(answer.kept(argument) or b"")
    oids = [each.oid for each in _application(answer).certificate.extensions]
    same = {
        "issuer": found.issuer == other.issuer,
        "holder": found.subject == other.subject,
        "private extensions": all(
            found.extensions.get(oid) == other.extensions.get(oid) for oid in oids
        ),
        "serial number": found.serial != other.serial,
        "key": found.public != other.public,
    }
    return "; ".join(f"{name}: not as it must be" for name, right in same.items() if not right)


def _read(answer: Answer) -> Certificate:
    """Raises MalformedData."""
    from sscard.keys.x509.certificate import parse

    if not answer.data:
        raise MalformedData("no certificate")
    return parse(answer.data)


def _application(answer: Answer) -> CertificateApplication:
    declared = answer.profile.certificates
    if declared is None:
        raise ProfileError("the profile has no certificate application")
    return declared


CHECKS: Mapping[str, Callable[[Answer, str], str]] = MappingProxyType(
    {
        "public key of the curve": _public_key,
        "certificate": _there,
        "no certificate": _not_there,
        "certificate and fill": _filled,
        "certificate form": _form,
        "certificate serial": _serial,
        "certificate usage": _usage,
        "certificate validity": _validity,
        "certificate extensions": _extensions,
        "certificate key identifier": _key_id,
        "certificate key": _key,
        "certificate card number": _card_number,
        "certificate names": _names,
        "certificate beside": _same_holder,
    }
)
