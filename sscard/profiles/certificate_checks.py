"""What must be true between the certificate application of a profile and that of its chip.

The chip's maker installs it and no command changes what is checked here, so a profile that says
anything else would be found wrong at the first card only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sscard.apdu import pki
from sscard.dialects import Chip
from sscard.dialects.chip import CERTIFICATES
from sscard.keys.x509 import names, oids
from sscard.profiles.certificates import (
    CertificateApplication,
    CertificateFile,
    CertificatePin,
    CertificateProfile,
    Right,
)
from sscard.profiles.model import Profile

_PLACE = "certificates"
#: What a pair has, by FID (ssc-more 1.1 [2+]).
_FILES: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        pki.SIGNATURE_PUBLIC: ("signature", "public key"),
        pki.SIGNATURE_PRIVATE: ("signature", "private key"),
        pki.ENCRYPTION_PUBLIC: ("encryption", "public key"),
        pki.ENCRYPTION_PRIVATE: ("encryption", "private key"),
        pki.SIGNATURE_CERTIFICATE: ("signature", "certificate"),
        pki.ENCRYPTION_CERTIFICATE: ("encryption", "certificate"),
    }
)
#: Who may write a certificate, by the chip's word for it.
_WRITING: Mapping[str, Right] = MappingProxyType(
    {"user": "user PIN", "admin": "admin PIN", "both": "both PINs"}
)
#: What authorities sign with here, and what everybody looks for who reads a card's certificate.
_FORM = MappingProxyType({"signature_algorithm": oids.SM2_WITH_SM3, "curve": oids.SM2_CURVE})
_SUBJECT = ("S=<province>", "L=<city>", "CN=<holder>")
_CARD_NUMBER = ("card_number", oids.CARD_NUMBER, 9)
_REFERENCES = MappingProxyType({"user": pki.USER, "admin": pki.ADMIN})

Mistake = tuple[str, str]


def certificate_mistakes(
    profile: Profile, declared: CertificateApplication, chip: Chip
) -> Iterator[Mistake]:
    """Every difference, in the order of the file."""
    if CERTIFICATES not in chip.partitions:
        yield _PLACE, f"is declared, but chip {chip.name} has no such application"
        return
    yield from _names(declared)
    yield from _over(profile, declared, chip)
    yield from _files(declared, chip)
    yield from _pins(declared.pins, chip)
    owners = sorted(each.owner for each in declared.keys)
    if owners != ["adf", "ddf"]:
        yield f"{_PLACE}.keys", "there is one master key of the DDF and one of the ADF"
    yield from _certificate(declared.certificate)


def _names(declared: CertificateApplication) -> Iterator[Mistake]:
    known = {
        "ddf_name": (declared.ddf_name, pki.DDF_NAME),
        "adf_name": (declared.adf_name, pki.ADF_NAME),
        "adf_fid": (declared.adf_fid.to_bytes(2, "big"), pki.ADF_FID.to_bytes(2, "big")),
    }
    for name, (said, own) in known.items():
        if said != own:
            yield f"{_PLACE}.{name}", f"is {own.hex().upper()} on every chip that has it"


def _over(profile: Profile, declared: CertificateApplication, chip: Chip) -> Iterator[Mistake]:
    own = "both" if chip.ats and chip.certificates.over_antenna else "contact"
    if declared.over != own:
        yield f"{_PLACE}.over", f"is {declared.over}, but {own} on chip {chip.name}"
    if profile.contactless is not None and profile.contactless.over(_PLACE) != declared.over:
        yield f"{_PLACE}.over", "is not what contactless.reach says"


def _files(declared: CertificateApplication, chip: Chip) -> Iterator[Mistake]:
    said = {each.fid: each for each in declared.files}
    for i, each in enumerate(declared.files):
        yield from _file(f"{_PLACE}.files[{i}]", each, chip)
    for fid in _FILES.keys() - said.keys():
        yield f"{_PLACE}.files", f"{fid:04X} is missing"


def _file(place: str, file: CertificateFile, chip: Chip) -> Iterator[Mistake]:
    if file.fid not in _FILES:
        yield f"{place}.fid", f"there is no file {file.fid:04X}"
        return
    pair, holds = _FILES[file.fid]
    if (file.pair, file.holds) != (pair, holds):
        yield f"{place}.holds", f"{file.fid:04X} is the {pair} {holds}"
    size = chip.certificates.certificate_size
    if holds == "certificate" and file.size != size:
        yield f"{place}.size", f"is {file.size}, but {size} on chip {chip.name}"
    rights: Mapping[str, tuple[Right, Right]] = {
        "public key": ("free", "never"),
        "private key": ("never", "never"),
        "certificate": ("free", _WRITING[chip.certificates.writing]),
    }
    for right, own in zip(("read", "update"), rights[holds], strict=True):
        said = getattr(file, right)
        if said != own:
            yield f"{place}.{right}", f"is {said!r}, but {own!r} on chip {chip.name}"


def _pins(pins: tuple[CertificatePin, ...], chip: Chip) -> Iterator[Mistake]:
    own = {
        "user": (chip.certificates.user_pin, chip.certificates.user_tries),
        "admin": (chip.certificates.admin_pin, chip.certificates.admin_tries),
    }
    if sorted(each.name for each in pins) != sorted(own):
        yield f"{_PLACE}.pins", f"there are {' and '.join(own)}"
        return
    for i, each in enumerate(pins):
        initial, tries = own[each.name]
        place = f"{_PLACE}.pins[{i}]"
        if each.reference != _REFERENCES[each.name]:
            yield f"{place}.reference", f"of the {each.name} PIN is {_REFERENCES[each.name]:02X}"
        if each.initial != initial:  # which may be a region's own: not shown
            yield f"{place}.initial", f"is not that of blank cards of chip {chip.name}"
        if each.tries != tries:
            yield f"{place}.tries", f"is {each.tries}, but {tries} on chip {chip.name}"


def _certificate(declared: CertificateProfile) -> Iterator[Mistake]:
    """Else every answer of an authority would be found wrong, with the key on the card already."""
    place = f"{_PLACE}.certificate"
    for name, own in _FORM.items():
        if getattr(declared, name) != own:
            yield f"{place}.{name}", f"is {own} in every certificate that can be checked"
    for name, parts in (("subject", declared.subject), ("issuer", declared.issuer)):
        try:
            names.require_name(names.of_parts(parts))
        except ValueError as error:
            yield f"{place}.{name}", str(error)
    if missing := [each for each in _SUBJECT if declared.subject.count(each) != 1]:
        yield f"{place}.subject", f"has {', '.join(missing)} once"
    known = [(each.name, each.oid, each.size) for each in declared.extensions]
    if known.count(_CARD_NUMBER) != 1:
        yield f"{place}.extensions", f"the card number is {oids.CARD_NUMBER}, of 9 bytes"
