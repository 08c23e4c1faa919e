"""What is wrong about interfaces, data groupings and the certificate application of a profile."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from sscard.apdu import atr, tlv
from sscard.dialects import Chip
from sscard.errors import MalformedData, ProfileError
from sscard.profiles.certificate_checks import certificate_mistakes
from sscard.profiles.certificates import CertificateApplication
from sscard.profiles.chips import load_chip
from sscard.profiles.groupings import Grouping
from sscard.profiles.interfaces import REGION_SIZE, SERIAL_SIZE, Contact, Contactless
from sscard.profiles.model import Profile

#: What answers beside the directories of a profile (ssc 1.1, pboc 2.1).
_FINANCIAL = ("PSE", "PPSE", "debit")
_ANTENNA_ONLY = "PPSE"
_HANDOVER = "MF/exchange"
_CERTIFICATES = "certificates"

Mistake = tuple[str, str]


def interface_mistakes(profile: Profile) -> Iterator[Mistake]:
    """Every mistake, in the order of the file."""
    yield from _contact(profile.contact)
    chip = _chip_of(profile)
    if chip is not None:
        yield from _antenna(profile, chip)
    if profile.contactless is not None:
        yield from _reach(profile.contactless, set(_targets(profile)))
    yield from _groupings(profile)
    if profile.certificates is not None:
        yield from _application(profile.certificates)
        if chip is not None:
            yield from certificate_mistakes(profile, profile.certificates, chip)


def _chip_of(profile: Profile) -> Chip | None:
    try:
        return load_chip(profile.chip)
    except ProfileError:  # told at its own place
        return None


def _contact(contact: Contact) -> Iterator[Mistake]:
    if contact.prefix != atr.PREFIX:
        yield "contact.prefix", f"is {atr.PREFIX.hex().upper()} on every social security card"
    total = {"chip": 0, "region": 0, "serial": 0}
    for field in contact.historical:
        total[field.set_by] += field.size
    if sum(total.values()) != atr.HISTORICAL_SIZE:
        size = sum(total.values())
        yield "contact.historical", f"have {size} bytes, an ATR has {atr.HISTORICAL_SIZE} of them"
    for who, size in (("region", REGION_SIZE), ("serial", SERIAL_SIZE)):
        fields = [field for field in contact.historical if field.set_by == who]
        if len(fields) != 1 or total[who] != size:
            yield "contact.historical", f"one field of {size} bytes is set by the {who}"
    yield from _doubled("contact.historical", "name", [field.name for field in contact.historical])


def _antenna(profile: Profile, chip: Chip) -> Iterator[Mistake]:
    """The card answers with what its chip has: a profile cannot promise more."""
    declared = profile.contactless
    own = chip.ats.hex().upper()
    if declared is None:
        if chip.ats:
            yield "contactless", f"is missing; chip {chip.name} has an antenna, its ATS is {own}"
        return
    said = bytes(declared.ats(b""))[1:].hex().upper()
    if said != own:
        yield "contactless", f"says {said}, but chip {chip.name} {own or 'has no antenna'}"


def _targets(profile: Profile) -> Iterator[str]:
    yield from _FINANCIAL
    yield _CERTIFICATES
    yield _HANDOVER
    for directory in profile.directories:
        yield directory.name
        yield from (f"{directory.name}/{file.fid:04X}" for file in directory.files)


def _reach(contactless: Contactless, known: set[str]) -> Iterator[Mistake]:
    for i, each in enumerate(contactless.reach):
        if each.target not in known:
            yield f"contactless.reach[{i}].target", f"there is no {each.target!r}"
        if each.over == "contactless" and each.target != _ANTENNA_ONLY:
            yield (
                f"contactless.reach[{i}].over",
                f"only {_ANTENNA_ONLY} is the antenna's alone: the rest is written on contacts",
            )
    targets = [each.target for each in contactless.reach]
    yield from _doubled("contactless.reach", "target", targets)


def _groupings(profile: Profile) -> Iterator[Mistake]:
    for i, grouping in enumerate(profile.groupings):
        place = f"groupings[{i}]"
        if grouping.last is not None and grouping.last <= grouping.dgi:
            yield f"{place}.last", "is behind dgi"
        if _contactless_only(grouping) and profile.contactless is None:
            yield place, "is for the antenna, and the profile declares none"
    yield from _doubled("groupings", "name", [each.name for each in profile.groupings])
    rows = [(each.application, each.dgi) for each in profile.groupings]
    yield from _doubled("groupings", "dgi", rows)


def _contactless_only(grouping: Grouping) -> bool:
    return grouping.application == "PPSE" or grouping.over == "contactless"


def _application(declared: CertificateApplication) -> Iterator[Mistake]:
    for name, fci in (("ddf", declared.ddf_fci), ("adf", declared.adf_fci)):
        try:
            said = tlv.find(fci, 0x6F, 0x84)
        except MalformedData as error:
            yield f"certificates.{name}_fci", str(error)
            continue
        if said != getattr(declared, f"{name}_name"):
            yield f"certificates.{name}_fci", f"has another name than {name}_name"
    yield from _doubled("certificates.files", "fid", [each.fid for each in declared.files])
    references = [each.reference for each in declared.pins]
    yield from _doubled("certificates.pins", "reference", references)
    yield from _doubled("certificates.keys", "name", [each.name for each in declared.keys])


def _doubled(place: str, what: str, values: Iterable[Hashable]) -> Iterator[Mistake]:
    seen: set[Hashable] = set()
    for i, value in enumerate(values):
        if value in seen:
            yield f"{place}[{i}].{what}", f"{_shown(what, value)} is used twice"
        seen.add(value)


def _shown(what: str, value: Hashable) -> str:
    if isinstance(value, tuple):
        return f"{value[0]} {value[1]:04X}"
    digits = 4 if what == "fid" else 2
    return f"{value:0{digits}X}" if isinstance(value, int) else repr(value)
