"""What the bank puts on a card, as data groupings: PSE directory and debit application (pboc 1.8).

Nothing here knows a card or a channel.  How tags are spread over the records is assumed, and only
here; values come from the profile's bank settings, the account and the bank's keys.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from sscard.apdu import dgi, tlv
from sscard.apdu.dgi import DGI
from sscard.errors import ProfileError
from sscard.keys import BankStore, Pin
from sscard.profiles import Profile, split_name

_BLOCK = 8
_NAME_SIZE = 26  # tag 5F20; pboc 2.3 [H]
_LONGEST_NAME = 50  # what tags 09 and 4E of the other application hold
_PURPOSES = ("ac", "mac", "enc")


@dataclass(frozen=True, slots=True)
class BankAccount:
    """One account as the bank gave it: 13 to 19 digits, expiry YYMM, two-digit sequence number.

    ``test`` marks an account of the test bank.  ValueError for other forms, without repeating them.
    """

    bank: str
    number: str = field(repr=False)
    expiry: str = field(repr=False)
    psn: str = field(repr=False)
    test: bool = False

    def __post_init__(self) -> None:
        digits = self.number + self.expiry + self.psn
        if not (digits.isascii() and digits.isdigit()):
            raise ValueError("number, expiry and sequence number of an account are digits")
        if not 13 <= len(self.number) <= 19 or len(self.expiry) != 4 or len(self.psn) != 2:
            raise ValueError("an account has 13 to 19 digits, expiry YYMM, sequence number of two")
        if not 1 <= int(self.expiry[2:]) <= 12:
            raise ValueError("the month of an account's expiry is 01 to 12")


@dataclass(frozen=True, slots=True)
class Dgi:
    """One data grouping in plain; a ``secret`` one travels enciphered and is whole blocks."""

    identifier: int
    value: bytes = field(repr=False)
    secret: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.identifier <= 0xFFFF or len(self.value) > 0xFFFF:
            raise ValueError("a DGI has a 2-byte identifier and at most 65535 bytes")
        if self.secret and len(self.value) % _BLOCK:
            raise ValueError(f"DGI {self.identifier:04X} is secret but not whole blocks of 8 bytes")


@dataclass(frozen=True, slots=True)
class Instance:
    """One application and its groupings, in the order they are sent."""

    title: str
    name: bytes
    dgis: tuple[Dgi, ...]

    def value(self, identifier: int) -> bytes:
        """The plain value of a grouping; ValueError when there is none."""
        for each in self.dgis:
            if each.identifier == identifier:
                return each.value
        raise ValueError(f"{self.title} has no DGI {identifier:04X}")


def prepare(
    profile: Profile, account: BankAccount, name: str, keys: BankStore, *, effective: date
) -> tuple[Instance, ...]:
    """PSE, with an antenna PPSE, and debit application of one card.

    ``name`` is the holder's, ``effective`` tag 5F25.

    Raises ProfileError for a missing or wrong bank setting, KeyStoreError for a missing key,
    FieldError for a name outside GBK.
    """
    records = (
        _record(1, _track(profile, account, name)),
        _record(2, _risk_management(profile)),
        _record(3, _application(profile, account, effective)),
    )
    groupings = (_options(profile, records), _fci(profile), *records)
    debit = (*groupings, *_keys(account, keys), *_pin(profile))
    directories = [_directory(profile)]
    if profile.contactless is not None:
        directories.append(_contactless_directory(profile))
    return (*directories, Instance("debit application", _hex(profile, "aid"), debit))


def _directory(profile: Profile) -> Instance:
    entry = _objects(
        (0x4F, _hex(profile, "aid")),
        (0x50, _ascii(profile, "label")),
        (0x87, _hex(profile, "priority")),
        (0x9F12, _ascii(profile, "preferred_name")),
    )
    sfi = profile.bank_setting("pse_directory_sfi").number
    fci = _objects(
        (0x88, bytes((sfi,))),
        (0x5F2D, _ascii(profile, "language")),
        (0x9F11, _hex(profile, "code_table")),
    )
    dgis = _record(sfi, tlv.encode(0x61, entry)), Dgi(DGI.FCI, tlv.encode(0xA5, fci))
    return Instance("PSE", _hex(profile, "pse_name"), dgis)


def _contactless_directory(profile: Profile) -> Instance:
    """The PPSE: its directory is in its FCI (pboc 1.8, 2.2 [H])."""
    entry = _objects(
        (0x4F, _hex(profile, "aid")),
        (0x50, _ascii(profile, "label")),
        (0x87, _hex(profile, "priority")),
    )
    fci = tlv.encode(0xBF0C, tlv.encode(0x61, entry))
    return Instance("PPSE", _hex(profile, "ppse_name"), (Dgi(DGI.FCI, tlv.encode(0xA5, fci)),))


def _fci(profile: Profile) -> Dgi:
    pdol = _hex(profile, "pdol")
    content = _objects(
        (0x50, _ascii(profile, "label")),
        (0x87, _hex(profile, "priority")),
        *([(0x9F38, pdol)] if pdol else []),
        (0x5F2D, _ascii(profile, "language")),
        (0x9F11, _hex(profile, "code_table")),
        (0x9F12, _ascii(profile, "preferred_name")),
        (0xBF0C, tlv.encode(0x9F4D, _hex(profile, "log_entry"))),
    )
    return Dgi(DGI.FCI, tlv.encode(0xA5, content))


def _options(profile: Profile, records: Iterable[Dgi]) -> Dgi:
    """AIP, and an AFL that names the records there are; none is under a static signature yet."""
    by_file = groupby(sorted(each.identifier for each in records), key=lambda place: place >> 8)
    afl = b"".join(_afl_entry(sfi, [place & 0xFF for place in places]) for sfi, places in by_file)
    return Dgi(DGI.PROCESSING_OPTIONS, _objects((0x82, _hex(profile, "aip")), (0x94, afl)))


def _afl_entry(sfi: int, numbers: list[int]) -> bytes:
    return bytes((sfi << 3, numbers[0], numbers[-1], 0))


def _track(profile: Profile, account: BankAccount, name: str) -> bytes:
    discretionary = profile.bank_setting("discretionary_data").text
    service = profile.bank_setting("service_code").text[-3:]  # n 3 in two bytes
    track2 = _packed(f"{account.number}D{account.expiry}{service}{discretionary}")
    return _objects(
        (0x57, track2), (0x9F1F, discretionary.encode("ascii")), (0x5F20, holder_name(name))
    )


def holder_name(name: str) -> bytes:
    """Tag 5F20: 2 to 26 bytes, never cut inside a character (pboc 2.3 [H]; GBK assumed).

    Raises FieldError for a character outside GBK.
    """
    first, _ = split_name(name, room=_NAME_SIZE, more=_LONGEST_NAME, element="5F20")
    return first.encode("gbk").ljust(2)


def _risk_management(profile: Profile) -> bytes:
    return _objects((0x8C, _hex(profile, "cdol1")), (0x8D, _hex(profile, "cdol2")))


def _application(profile: Profile, account: BankAccount, effective: date) -> bytes:
    year, month = 2000 + int(account.expiry[:2]), int(account.expiry[2:])
    last_day = f"{account.expiry}{monthrange(year, month)[1]}"
    return _objects(
        (0x5A, _packed(account.number)),
        (0x5F24, bytes.fromhex(last_day)),
        (0x5F25, bytes.fromhex(f"{effective:%y%m%d}")),
        (0x5F34, bytes.fromhex(account.psn)),
        (0x9F07, _hex(profile, "usage_control")),
        (0x8E, _hex(profile, "cvm_list")),
        (0x9F0D, _hex(profile, "iac_default")),
        (0x9F0E, _hex(profile, "iac_denial")),
        (0x9F0F, _hex(profile, "iac_online")),
        (0x5F28, _hex(profile, "country_code")),
        (0x9F08, _hex(profile, "application_version")),
    )


def _keys(account: BankAccount, keys: BankStore) -> tuple[Dgi, Dgi]:
    udks = [keys.udk(purpose, account.number, account.psn) for purpose in _PURPOSES]
    return (
        Dgi(DGI.KEYS, b"".join(key.reveal() for key in udks), secret=True),
        Dgi(DGI.CHECK_VALUES, b"".join(key.kcv for key in udks)),
    )


def _pin(profile: Profile) -> tuple[Dgi, Dgi]:
    try:
        pin = Pin(profile.bank_setting("offline_pin").text)
    except ValueError as error:
        raise ProfileError(f"bank.offline_pin: {error}") from None
    limit = profile.bank_setting("pin_try_limit").number
    return (
        Dgi(DGI.PIN_BLOCK, pin.block(), secret=True),
        Dgi(DGI.PIN_TRIES, bytes((limit, limit))),
    )


def _record(sfi: int, content: bytes) -> Dgi:
    return Dgi(dgi.record(sfi, 1), tlv.encode(0x70, content))


def _objects(*objects: tuple[int, bytes]) -> bytes:
    return b"".join(tlv.encode(tag, value) for tag, value in objects)


def _packed(digits: str) -> bytes:
    return bytes.fromhex(digits + "F" * (len(digits) % 2))


def _hex(profile: Profile, name: str) -> bytes:
    return profile.bank_setting(name).data


def _ascii(profile: Profile, name: str) -> bytes:
    try:
        return profile.bank_setting(name).text.encode("ascii")
    except UnicodeEncodeError:
        raise ProfileError(f"bank.{name}: code table 01 has ASCII only") from None
