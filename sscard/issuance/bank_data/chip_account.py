"""Whose account chip data are: what a terminal would read of it (pboc 1.8, 2.3 [H])."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sscard.apdu import afl, dgi, tlv
from sscard.apdu.dgi import DGI
from sscard.errors import MalformedData
from sscard.issuance.accounts import luhn_valid
from sscard.issuance.bank_data.error import BankDataError
from sscard.perso.pse_account import BankAccount
from sscard.perso.pse_groupings import Dgi, Instance

#: SFIs whose records are templates.
_RECORDS = range(1, 11)
_TEMPLATE = 0x70
_LOCATOR = 0x94
#: Everything that the answer to GPO can come from.
_CONTACTLESS = (DGI.CONTACTLESS_OPTIONS, DGI.CONTACTLESS_OPTIONS_SM)
_OPTIONS = (
    DGI.PROCESSING_OPTIONS,
    DGI.PROCESSING_OPTIONS_SM,
    DGI.CASH_OPTIONS,
    DGI.CASH_OPTIONS_SM,
    *_CONTACTLESS,
)
#: The record that the card makes up, for a signature too long for an answer (pboc 1.8 [L]).
_VIRTUAL = dgi.record(6, 1)
_NUMBER, _TRACK2, _EXPIRY, _SEQUENCE, _HOLDER = 0x5A, 0x57, 0x5F24, 0x5F34, 0x9F61
#: What a terminal takes for a card that does not say its sequence number (EMV Book 3 [G]).
_NO_SEQUENCE = "00"


@dataclass(frozen=True, slots=True)
class ChipAccount:
    """``expiry`` is YYMM, ``id_number`` tag 9F61 or nothing where the chip does not say it."""

    number: str = field(repr=False)
    expiry: str = field(repr=False)
    psn: str = field(repr=False)
    id_number: str = field(default="", repr=False)


def chip_account(instance: Instance) -> ChipAccount:
    """The account that the records of an application agree on.

    Raises BankDataError naming grouping or tag for what does not parse, is missing, is there twice
    with different values, or is no account; and for records that the AFL names and that are not
    there.
    """
    found = _objects(instance)
    digits = _told(found, _NUMBER).hex().upper().rstrip("F")
    track, _, rest = _told(found, _TRACK2, needed=False).hex().upper().partition("D")
    expiry = _told(found, _EXPIRY).hex()[:4]
    if track and (track != digits or rest[:4] != expiry):
        raise BankDataError("tag 57", "is of another account than tags 5A and 5F24")
    if not luhn_valid(digits):
        raise BankDataError("tag 5A", "is no bank card number (check digit, 13-19 digits)")
    psn = _told(found, _SEQUENCE, needed=False).hex() or _NO_SEQUENCE
    try:
        BankAccount("", digits, expiry, psn)
    except ValueError as wrong:
        raise BankDataError(instance.title, str(wrong)) from None
    _require_whole(instance)
    holder = _told(found, _HOLDER, needed=False)
    return ChipAccount(digits, expiry, psn, holder.decode("ascii", "replace").strip().upper())


def _objects(instance: Instance) -> Mapping[int, set[bytes]]:
    found: defaultdict[int, set[bytes]] = defaultdict(set)
    for grouping in instance.dgis:
        if grouping.identifier >> 8 in _RECORDS:
            for tag, value in _template(grouping):
                found[tag].add(value)
    return found


def _template(grouping: Dgi) -> Iterator[tuple[int, bytes]]:
    place = f"DGI {grouping.identifier:04X}"
    content = dict(_objects_of(place, grouping.value)).get(_TEMPLATE)
    if content is None:
        raise BankDataError(place, "is no template 70")
    yield from _objects_of(place, content)


def _told(found: Mapping[int, set[bytes]], tag: int, *, needed: bool = True) -> bytes:
    values = found.get(tag, set())
    if len(values) > 1:
        raise BankDataError(f"tag {tag:X}", "is there with different values")
    if needed and not values:
        raise BankDataError(f"tag {tag:X}", "is missing")
    return next(iter(values), b"")


def _require_whole(instance: Instance) -> None:
    """What a card asks for before it is issued, and what an audit compares."""
    for needed in (DGI.FCI, DGI.PROCESSING_OPTIONS, DGI.PIN_TRIES):
        if needed not in instance:
            raise BankDataError(f"DGI {needed:04X}", "is missing")
    for holder in (DGI.FCI, DGI.CARD_DATA, DGI.INTERNAL_DATA):
        if holder in instance:
            list(_objects_of(f"DGI {holder:04X}", instance.value(holder)))
    for options in _OPTIONS:
        if options in instance:
            _require_records(instance, options)


def _require_records(instance: Instance, options: DGI) -> None:
    place = f"DGI {options:04X}"
    found = dict(_objects_of(place, instance.value(options)))
    try:
        named = [dgi.record(*each) for each in afl.records(found.get(_LOCATOR, b""))]
    except MalformedData as error:
        raise BankDataError(place, str(error)) from None
    for identifier in named:
        virtual = identifier == _VIRTUAL and options in _CONTACTLESS
        if identifier not in instance and not virtual:
            raise BankDataError(place, f"names record {identifier:04X}, which is missing")


def _objects_of(place: str, raw: bytes) -> Iterator[tuple[int, bytes]]:
    try:
        yield from tlv.parse(raw)
    except MalformedData as error:
        raise BankDataError(place, str(error)) from None
