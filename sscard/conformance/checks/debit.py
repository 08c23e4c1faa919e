"""Checks of what the records of a debit application say (pboc 2.3, 4, 6 [H]; EMV Book 3 [G])."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from types import MappingProxyType

from sscard.apdu import afl, dol, emv_tags, tlv
from sscard.apdu.aip import AIP
from sscard.conformance.checks.answer import Answer
from sscard.errors import MalformedData

_RECORD, _FORMAT_1, _FORMAT_2, _AIP, _AFL = 0x70, 0x80, 0x77, 0x82, 0x94
_PAN, _TRACK_2, _EXPIRY, _EFFECTIVE = 0x5A, 0x57, 0x5F24, 0x5F25
_MANDATORY = (_PAN, _EXPIRY, 0x8C, 0x8D)
_LISTS = (0x8C, 0x8D, 0x9F49)
_CVM, _CVM_HEAD, _CVM_RULE = 0x8E, 8, 2
_PAN_SIZES = range(13, 20)
#: What a terminal needs for static and for dynamic authentication, whatever the algorithm.
_STATIC, _DYNAMIC = (0x8F, 0x90, 0x93), (0x8F, 0x90, 0x9F46)
_SEPARATOR = "D"
_CID, _ATC, _CRYPTOGRAM = 0x9F27, 0x9F36, 0x9F26
#: Of the answer to GENERATE AC in format 1: CID, ATC, cryptogram, then what the issuer wants.
_SHORTEST_AC = 11
Check = Callable[[Answer, str], str]


def _objects(raw: bytes) -> dict[int, bytes]:
    """The data objects of records one behind the other.  Raises MalformedData."""
    records = [value for tag, value in tlv.parse(raw) if tag == _RECORD]
    return {tag: value for each in records for tag, value in tlv.parse(each)}


def _readable(check: Check) -> Check:
    """The check, saying so where the answer is no TLV."""

    def said(answer: Answer, argument: str) -> str:
        try:
            return check(answer, argument)
        except MalformedData as error:
            return f"cannot be read: {error}"

    return said


def _processing_options(answer: Answer, argument: str) -> str:
    """``processing options``: AIP and AFL, in format 1 or 2."""
    del argument
    if (said := tlv.find(answer.data, _FORMAT_1)) is not None:
        aip, places = said[:2], said[2:]
    else:
        aip = tlv.find(answer.data, _FORMAT_2, _AIP) or b""
        places = tlv.find(answer.data, _FORMAT_2, _AFL) or b""
    if len(aip) != 2:
        return "no AIP of 2 bytes"
    return "" if list(afl.records(places)) else "the AFL names no record"


def _contactless_options(answer: Answer, argument: str) -> str:
    """``contactless options``: template 77 with AIP, ATC and cryptogram."""
    del argument
    inside = {tag for tag, _ in tlv.parse(tlv.find(answer.data, _FORMAT_2) or b"")}
    return _missing((_AIP, _ATC, _CRYPTOGRAM), inside)


def _mandatory(answer: Answer, argument: str) -> str:
    """``mandatory objects``: account number, expiry date, CDOL1, CDOL2."""
    del argument
    return _missing(_MANDATORY, _objects(answer.data))


def _no_object_twice(answer: Answer, argument: str) -> str:
    """``no object twice``: a terminal refuses a card that says a thing twice (EMV Book 3 10.2)."""
    del argument
    records = [value for tag, value in tlv.parse(answer.data) if tag == _RECORD]
    counted = Counter(tag for each in records for tag, _ in tlv.parse(each))
    return _tags("twice", (tag for tag, count in counted.items() if count > 1))


def _account_number(answer: Answer, argument: str) -> str:
    """``account number``: 13 to 19 digits, F-padded, with the right check digit."""
    del argument
    number = _number(_objects(answer.data))
    if not number.isdecimal() or len(number) not in _PAN_SIZES:
        return "tag 5A is not 13 to 19 digits"
    return "" if _luhn(number) else "the check digit of tag 5A is wrong"


def _account_dates(answer: Answer, argument: str) -> str:
    """``account dates``: 5F24, and 5F25 where there is one, are days in this order."""
    del argument
    objects = _objects(answer.data)
    expiry = _date(objects.get(_EXPIRY, b""))
    if expiry is None:
        return "tag 5F24 is no day"
    if _EFFECTIVE not in objects:
        return ""
    effective = _date(objects[_EFFECTIVE])
    return "" if effective and effective <= expiry else "tag 5F25 is no day, or one after 5F24"


def _track_2(answer: Answer, argument: str) -> str:
    """``track 2``: tag 57, where there is one, begins with account number and expiry month."""
    del argument
    objects = _objects(answer.data)
    if _TRACK_2 not in objects:
        return ""
    wanted = _number(objects) + _SEPARATOR + objects.get(_EXPIRY, b"").hex()[:4]
    return "" if objects[_TRACK_2].hex().upper().startswith(wanted) else "not 5A, D, 5F24"


def _lists(answer: Answer, argument: str) -> str:
    """``data object lists``: CDOL1, CDOL2 and DDOL can be answered."""
    del argument
    objects = _objects(answer.data)
    for tag in _LISTS:
        dol.size(objects.get(tag, b""))
    return ""


def _verification(answer: Answer, argument: str) -> str:
    """``cardholder verification``: tag 8E, where there is one, is two amounts and whole rules."""
    del argument
    rules = _objects(answer.data).get(_CVM)
    if rules is None:
        return ""
    size = len(rules) - _CVM_HEAD
    return "" if size > 0 and size % _CVM_RULE == 0 else "tag 8E is not two amounts and rules"


def _authentication(answer: Answer, argument: str) -> str:
    """``offline data authentication options``: what the AIP promises is in the records."""
    options = answer.kept(argument) or b""
    said = tlv.find(options, _FORMAT_1) or tlv.find(options, _FORMAT_2, _AIP) or b"\0\0"
    aip = AIP(int.from_bytes(said[:2], "big"))
    wanted = [*(_STATIC if aip & AIP.SDA else ()), *(_DYNAMIC if aip & (AIP.DDA | AIP.CDA) else ())]
    return _missing(dict.fromkeys(wanted), _objects(answer.data))


def _no_secrets(answer: Answer, argument: str) -> str:
    """``no secrets``: only data objects whose tags are published; an unknown one is named."""
    del argument
    records = [value for tag, value in tlv.parse(answer.data) if tag == _RECORD]
    tags = {tag for each in records for tag, _ in tlv.parse(each)}
    return _tags("of no published tag", (tag for tag in tags if tag not in emv_tags.DATA_OBJECTS))


def _data_object(answer: Answer, argument: str) -> str:
    """``data object 9F36 2``: this tag, with so many bytes of value (0: any)."""
    tag, size = argument.split()
    objects = list(tlv.parse(answer.data))
    if [f"{each:X}" for each, _ in objects] != [tag]:
        return f"not one object {tag}"
    found = len(objects[0][1])
    return "" if size == "0" or found == int(size) else f"{found} bytes instead of {size}"


def _decline(answer: Answer, argument: str) -> str:
    """``a decline``: the cryptogram is an AAC."""
    del argument
    said = tlv.find(answer.data, _FORMAT_1)
    if said is not None:
        if len(said) < _SHORTEST_AC:
            return "the answer is too short"
        kind = said[0]
    else:
        kind = (tlv.find(answer.data, _FORMAT_2, _CID) or b"\xff")[0]
    return "" if kind >> 6 == 0 else "the cryptogram is no AAC"


def _number(objects: Mapping[int, bytes]) -> str:
    return objects.get(_PAN, b"").hex().upper().rstrip("F")


def _luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _date(value: bytes) -> date | None:
    text = value.hex()
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None


def _missing(wanted: Iterable[int], there: Iterable[int]) -> str:
    found = set(there)
    return _tags("missing", (tag for tag in wanted if tag not in found))


def _tags(what: str, tags: Iterable[int]) -> str:
    named = ", ".join(f"{tag:02X}" for tag in sorted(tags))
    return f"{what}: {named}" if named else ""


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "processing options": _readable(_processing_options),
        "contactless options": _readable(_contactless_options),
        "mandatory objects": _readable(_mandatory),
        "no object twice": _readable(_no_object_twice),
        "account number": _readable(_account_number),
        "account dates": _readable(_account_dates),
        "track 2": _readable(_track_2),
        "data object lists": _readable(_lists),
        "cardholder verification": _readable(_verification),
        "offline data authentication": _readable(_authentication),
        "no secrets": _readable(_no_secrets),
        "data object": _readable(_data_object),
        "a decline": _readable(_decline),
    }
)
