"""Checks of what says which card this is: ATR, card identification code, spec version, numbers.

The older general test asks for the same (ssc-more 7): reset information, city code, spec version,
issuer code, and that they fit each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from sscard.apdu import record_tlv, tlv
from sscard.apdu.atr import HISTORICAL_SIZE, PREFIX, Atr
from sscard.apdu.card_identity import historical_bytes
from sscard.conformance.checks.answer import Answer
from sscard.errors import MalformedData
from sscard.keys import SUITES
from sscard.profiles.identifiers import (
    NO_AUTHENTICATION_CODE,
    CardIdentification,
    InitializationOrganization,
    card_number_check,
)

_MAKERS = frozenset(("8638", "8649", "8653", "8660", "8665", "8684", "8697"))
_HEAD = 2
#: First two characters of the spec version, and the ciphers that 9F0C can name (ssc 1.2).
_DES, _SSF33, _SM4 = 0x01, 0x02, 0x03
_SUITES = {"3des": _DES, "sm4": _SM4}
_CIPHERS = {"1.": (_DES, _SSF33), "2.": (_DES, _SSF33), "3.": (_SM4,)}
_BEIJING = "11"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"


def _atr_form(answer: Answer, argument: str) -> str:
    """``atr form``: TB1 and TC1 are 00, the convention is direct, TCK where it must be."""
    del argument
    try:
        found = Atr.parse(answer.data)
    except MalformedData as error:
        return str(error)
    if found.inverse:
        return "inverse convention"
    return "" if (found.first.tb, found.first.tc) == (0, 0) else "TB1 or TC1 is not 00"


def _atr_offers(answer: Answer, argument: str) -> str:
    """``atr offers T=0``: the protocol is among those that are named."""
    try:
        offered = Atr.parse(answer.data).protocols
    except MalformedData as error:
        return str(error)
    wanted = int(argument.removeprefix("T="))
    return "" if wanted in offered else f"{argument} is not offered"


def _atr_prefix(answer: Answer, argument: str) -> str:
    """``atr prefix``: 3B 6D 00 00, no faster line and no other protocol."""
    del argument
    return "" if answer.data.startswith(PREFIX) else "does not begin with 3B 6D 00 00"


def _historical_size(answer: Answer, argument: str) -> str:
    """``historical size``: 13 bytes (ssc 6 [S])."""
    del argument
    found = len(_historical(answer.data))
    return "" if found == HISTORICAL_SIZE else f"{found} historical bytes, not {HISTORICAL_SIZE}"


def _makers(answer: Answer, argument: str) -> str:
    """``known makers``: T6 to T7 are a card maker that was seen before; chip and COS are said."""
    del argument
    said = _historical(answer.data).hex().upper()
    known = "known" if said[10:14] in _MAKERS else "another one"
    return f"chip {said[:4]}, COS {said[4:10]}, card maker {said[10:14]} ({known})"


def _historical(raw: bytes) -> bytes:
    try:
        return historical_bytes(raw)
    except MalformedData:
        return b""


def _division(answer: Answer, argument: str) -> str:
    """``division of the ATR``: T8 to T9 begin the city of the card identification code."""
    del argument
    historical = answer.kept("historical") or b""
    return "" if answer.data[_HEAD:][:2] == historical[7:9] else "T8 to T9 are another division"


def _serial(answer: Answer, argument: str) -> str:
    """``serial of the ATR``: TA to TD are the serial number of the card identification code."""
    del argument
    historical = answer.kept("historical") or b""
    return "" if answer.data[_HEAD:][8:12] == historical[9:13] else "TA to TD are another serial"


def _card_id(answer: Answer, argument: str) -> str:
    """``card identification``: city, D156000005, serial, authentication code (ssc 2.9 [S])."""
    del argument
    return _said_by(CardIdentification.parse, answer.data)


def _authenticated(answer: Answer, argument: str) -> str:
    """``authentication code set``: not FFFFFFFF, which stands on blanks (ssc-more 5 [T])."""
    del argument
    unset = answer.data[-len(NO_AUTHENTICATION_CODE) :] == NO_AUTHENTICATION_CODE
    return "the authentication code is FFFFFFFF: it was never set" if unset else ""


def _code(answer: Answer, argument: str) -> str:
    """``ends in code``: the last bytes are what was kept under this name."""
    kept = answer.kept(argument)
    return "" if kept and answer.data.endswith(kept) else f"does not end in {argument}"


def _organization(answer: Answer, argument: str) -> str:
    """``organization``: 9156000002, two divisions, a sequence number (ssc 2.9 [S])."""
    del argument
    return _said_by(InitializationOrganization.parse, answer.data)


def _said_by(parse: Callable[[bytes], object], record: bytes) -> str:
    try:
        parse(record[_HEAD:])
    except MalformedData as error:
        return str(error)
    return ""


def _version(answer: Answer, argument: str) -> str:
    """``spec version``: the first three characters count, none at all is 1.0x (ssc 2.9 [S])."""
    del argument
    found = answer.data[_HEAD:].rstrip(b"\0").decode("latin-1")[:3] or "1.0"
    wanted = answer.profile.card_version[:3]
    return "" if found == wanted else f"another spec version than {wanted}x"


def _cipher(answer: Answer, argument: str) -> str:
    """``version fits the cipher of fci``: 9F0C in what was kept (ssc 1.2 [S])."""
    fci = answer.kept(argument)
    if fci is None:
        return f"nothing was kept as {argument}"
    version = answer.data[_HEAD:].rstrip(b"\0").decode("latin-1")[:2] or "1."
    named = _named_cipher(fci, answer)
    if named not in _CIPHERS.get(version, ()):
        return f"cipher {named:02X} on a card of version {version}x"
    suite = SUITES[answer.profile.suite].name
    return "" if named == _SUITES.get(suite, named) else f"cipher {named:02X}, but keys for {suite}"


def _named_cipher(fci: bytes, answer: Answer) -> int:
    """What 86 in 9F0C says; without it DES, or SSF33 where the city is in Beijing (ssc 1.2)."""
    try:
        issuer_data = tlv.find(fci, 0x6F, 0xA5, 0x9F0C)
        items = dict(record_tlv.parse(issuer_data or b""))
    except MalformedData:
        items = {}
    if items.get(0x86):
        return items[0x86][0]
    card_id = answer.kept("card_id") or b""
    return _SSF33 if card_id[:1].hex() == _BEIJING else _DES


def _fci_names(answer: Answer, argument: str) -> str:
    """``fci names DF01``: 6F with the directory's name in 84, whatever else is there."""
    directory = answer.profile.directory(argument)
    try:
        name = tlv.find(answer.data, 0x6F, 0x84)
    except MalformedData as error:
        return f"no FCI: {error}"
    return "" if name == directory.df_name else f"84 is not the name of {argument}"


def _dir_lists(answer: Answer, argument: str) -> str:
    """``dir lists DF01 d1 d2``: one of these records is 70 { 61 { 4F name, 50 label } }."""
    directory, *names = argument.split()
    wanted = answer.profile.directory(directory).df_name
    listed = [_dir_name(answer.kept(name) or b"") for name in names]
    return "" if listed.count(wanted) == 1 else f"named in {listed.count(wanted)} records, not in 1"


def _dir_name(record: bytes) -> bytes | None:
    try:
        return tlv.find(tlv.find(record, 0x70, 0x61) or b"", 0x4F)
    except MalformedData:
        return None


def _after(answer: Answer, argument: str) -> str:
    """``date after issued``: a date, and not before that in the record kept under this name."""
    first, second = _date(answer.kept(argument) or b""), _date(answer.data)
    if first is None or second is None:
        return "not two dates"
    return "" if first < second else "expiry is not after issue"


def _date(record: bytes) -> date | None:
    digits = record[_HEAD:].hex()
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def _card_number(answer: Answer, argument: str) -> str:
    """``card number check``: the ninth character, as computed from the eight others."""
    del argument
    number = answer.data[_HEAD:].decode("latin-1")
    try:
        wanted = card_number_check(number[:8])
    except ValueError:
        return "not eight digits or capital letters and a check character"
    return "" if number[8:] == wanted else "the check character is another than computed"


def _citizen(answer: Answer, argument: str) -> str:
    """``citizen number``: the check character of GB 11643; foreigners have other numbers."""
    del argument
    number = answer.data[_HEAD:].rstrip(b"\0").decode("latin-1")
    body = number[:17]
    if len(number) != 18 or not (body.isascii() and body.isdigit()):
        return "no citizen number of 18 characters"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    right = number[17] == _CHECK_CHARACTERS[total % 11]
    return "" if right else "the check character is another than computed"


def _birth_date(answer: Answer, argument: str) -> str:
    """``birth date of number``: that in the citizen number kept under this name."""
    number = (answer.kept(argument) or b"")[_HEAD:]
    said = answer.data[_HEAD:].hex().encode()
    return "" if number[6:14] == said else "not the date in the social security number"


CHECKS: Mapping[str, Callable[[Answer, str], str]] = MappingProxyType(
    {
        "atr form": _atr_form,
        "atr offers": _atr_offers,
        "atr prefix": _atr_prefix,
        "historical size": _historical_size,
        "known makers": _makers,
        "division of the ATR": _division,
        "serial of the ATR": _serial,
        "card identification": _card_id,
        "authentication code set": _authenticated,
        "ends in": _code,
        "organization": _organization,
        "spec version": _version,
        "version fits the cipher of": _cipher,
        "fci names": _fci_names,
        "dir lists": _dir_lists,
        "date after": _after,
        "card number check": _card_number,
        "citizen number": _citizen,
        "birth date of": _birth_date,
    }
)
