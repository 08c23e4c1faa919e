"""What the financial side shows to anybody: its account, and a digest of all that it shows.

Directory, options and records are read as a terminal reads them (pboc 2.2, 5 [H]), which needs no
key.  Whoever holds none of the bank's keys can so tell one account from another, and whether what
the bank put there is still the same.  GET PROCESSING OPTIONS counts a transaction on the card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from sscard.apdu import afl, dol, iso7816, pboc, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusWord
from sscard.errors import MalformedData, NotVerified
from sscard.perso.plan import Plan
from sscard.profiles import Profile

_FCI, _PROPRIETARY, _PDOL = 0x6F, 0xA5, 0x9F38
_DIRECTORY, _ENTRY, _NAME = 0x88, 0x61, 0x4F
_FORMAT_1, _FORMAT_2, _LOCATOR, _RECORD = 0x80, 0x77, 0x94, 0x70
_ACCOUNT, _TRACK2, _EXPIRY = 0x5A, 0x57, 0x5F24
_AIP_SIZE = 2
_LAST_SFI = 30
#: Data of GET PROCESSING OPTIONS has a length of one byte and a template around it.
_LONGEST_DATA = 0xFC
#: Entries of a directory that are asked for; ours have one.
_MOST_ENTRIES = 10


@dataclass(frozen=True, slots=True)
class BankShown:
    """An account as the card tells it: its number, its expiry (YYMM), and SHA-256 of everything.

    The digest is the same until the bank writes to the card again: no counter is in it.
    """

    number: str = field(repr=False)
    expiry: str = field(repr=False)
    digest: bytes = field(repr=False)


@dataclass(slots=True)
class _Reading:
    """Answers, in the order in which they came; a refusal says what is not there."""

    answers: list[bytes] = field(default_factory=list, repr=False)

    def ask(self, command: CommandAPDU, what: str) -> Plan[bytes]:
        """Raises NotVerified naming what the card did not give."""
        answer = yield command
        if answer.sw != StatusWord.OK:
            raise NotVerified(f"the financial side is not complete: {what} ({answer.sw:04X})")
        self.answers.append(answer.data)
        return answer.data

    @property
    def digest(self) -> bytes:
        """Over every answer and its length, so that none can be cut another way."""
        parts = (len(each).to_bytes(2, "big") + each for each in self.answers)
        return sha256(b"".join(parts)).digest()


def read(profile: Profile) -> Plan[BankShown]:
    """The account of the debit application.  Raises NotVerified naming what is missing or differs.

    An answer that does not parse is the same as one that is missing.
    """
    reading = _Reading()
    try:
        yield from _directory(reading, profile)
        objects = yield from _application(reading, profile)
    except MalformedData as error:
        raise NotVerified(f"the financial side is not complete: {error}") from None
    return BankShown(_number(objects), _told(objects, _EXPIRY).hex()[:4], reading.digest)


def _directory(reading: _Reading, profile: Profile) -> Plan[None]:
    """The payment environment must name the debit application."""
    name = profile.bank_setting("aid").data
    selected = yield from reading.ask(
        iso7816.select(profile.bank_setting("pse_name").data), "PSE cannot be selected"
    )
    sfi = int.from_bytes(tlv.find(selected, _FCI, _PROPRIETARY, _DIRECTORY) or b"")
    if not 1 <= sfi <= _LAST_SFI:
        raise NotVerified("the financial side is not complete: PSE names no directory")
    for number in range(1, _MOST_ENTRIES + 1):
        command = iso7816.read_record(number, sfi=sfi)
        record = yield from reading.ask(command, "PSE does not name the debit application")
        if tlv.find(record, _RECORD, _ENTRY, _NAME) == name:
            return
    raise NotVerified("the financial side is not complete: PSE has too many entries")


def _application(reading: _Reading, profile: Profile) -> Plan[dict[int, bytes]]:
    """Select it, begin a transaction with zeros for whatever it asks, read its records."""
    title = "the debit application"
    selected = yield from reading.ask(
        iso7816.select(profile.bank_setting("aid").data), f"{title} cannot be selected"
    )
    asked = tlv.find(selected, _FCI, _PROPRIETARY, _PDOL) or b""
    if dol.size(asked) > _LONGEST_DATA:
        raise NotVerified(f"the financial side is not complete: {title} asks for too much")
    options = pboc.get_processing_options(dol.fill(asked, {}))
    answer = yield from reading.ask(options, f"{title} is not personalized")
    objects: dict[int, bytes] = {}
    for sfi, number in afl.records(_locator(answer)):
        command = iso7816.read_record(number, sfi=sfi)
        record = yield from reading.ask(command, f"{title} has no record {sfi:02X}{number:02X}")
        objects |= dict(tlv.parse(tlv.find(record, _RECORD) or b""))
    return objects


def _locator(options: bytes) -> bytes:
    """Format 1 is ``80 { AIP, AFL }`` without tags, format 2 a template 77."""
    plain = tlv.find(options, _FORMAT_1)
    return plain[_AIP_SIZE:] if plain else tlv.find(options, _FORMAT_2, _LOCATOR) or b""


def _number(objects: Mapping[int, bytes]) -> str:
    """Tag 5A, and track 2 must be of the same account."""
    number = _told(objects, _ACCOUNT).hex().upper().rstrip("F")
    if not number.isdigit():
        raise NotVerified("the financial side is not complete: 5A is no account number")
    if _told(objects, _TRACK2).hex().upper().partition("D")[0] != number:
        raise NotVerified("the financial side is not what it was: 57 is of another account than 5A")
    return number


def _told(objects: Mapping[int, bytes], tag: int) -> bytes:
    value = objects.get(tag)
    if not value:
        raise NotVerified(f"the financial side is not complete: it has no tag {tag:X}")
    return value
