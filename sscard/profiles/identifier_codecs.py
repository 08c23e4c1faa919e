"""Codecs of the numbers with an inner structure (ssc 2.9): form refused, content only doubted.

Cards in use break the rules for the content: card numbers with another check character, an
organization number that ends in DB (ssc 2.9 [T]).  So encoding asks for the form alone, decoding
takes what a card says, and ``doubt`` tells what does not look right.

The social security number is asked for its form alone, too: 18 digits or capital letters.  Whether
it is a sound citizen number (GB 11643) is judged where people are: a list of applicants is
returned with a reason for each part of the number, and foreigners carry numbers that the ministry
assigns and that follow no published rule (ssc 2.9 [S]).  A codec that refused them could not write
their cards, nor those of the specification's own samples, which belong to no division.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sscard.errors import MalformedData
from sscard.profiles.codec import Codec, Leaf, bytes_of
from sscard.profiles.fields import Field, FieldType
from sscard.profiles.identifiers import (
    CardIdentification,
    InitializationOrganization,
    card_number_check,
)

_CARD_NUMBER = re.compile(r"[0-9A-Z]{9}")
_PERSON_NUMBER = re.compile(r"[0-9A-Z]{18}")
_CN: frozenset[FieldType] = frozenset({"cn"})
_AN: frozenset[FieldType] = frozenset({"an"})


def _parsed(parse: Callable[[bytes], object], what: str) -> Callable[[Field, object], bytes]:
    def encode(field: Field, value: object) -> bytes:
        raw = bytes_of(field, value)
        if not _parses(parse, raw):
            raise field.invalid(f"is not {what}")
        return raw

    return encode


def _parses(parse: Callable[[bytes], object], raw: bytes) -> bool:
    try:
        parse(raw)
    except MalformedData:
        return False
    return True


def _read_hex(field: Field, raw: bytes) -> str:
    if len(raw) != field.size:
        raise MalformedData(f"{field.name}: {len(raw)} bytes instead of {field.size}")
    return raw.hex().upper()


def _other_form(parse: Callable[[bytes], object]) -> Callable[[Leaf], str]:
    def doubt(value: Leaf) -> str:
        sound = _parses(parse, bytes.fromhex(str(value)))
        return "" if sound else "结构不符合规范 not built as the specification says"

    return doubt


def _matching(form: re.Pattern[str], what: str) -> Callable[[Field, object], bytes]:
    def encode(field: Field, value: object) -> bytes:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise field.invalid(f"is not {what}")
        return value.encode("ascii")

    return encode


def _read_ascii(field: Field, raw: bytes) -> str:
    """Printable ASCII of any length: older cards hold shorter numbers."""
    text = raw.rstrip(b"\0").decode("latin-1")
    if not text.isascii() or not text.isprintable():
        raise MalformedData(f"{field.name}: other characters than ASCII")
    return text.rstrip(" ")


def _wrong_check(value: Leaf) -> str:
    number = str(value)
    if not _CARD_NUMBER.fullmatch(number):
        return "不是九位卡号 not a card number of 9 characters"
    if card_number_check(number[:8]) != number[8]:
        return "校验位与计算结果不符 check character is another than computed"
    return ""


CARD_ID = Codec(
    _parsed(CardIdentification.parse, "city code, D156000005, serial and authentication code"),
    _read_hex,
    _CN,
    frozenset({16}),
    _other_form(CardIdentification.parse),
)
ORGANIZATION = Codec(
    _parsed(InitializationOrganization.parse, "9156000002, two division codes and a sequence byte"),
    _read_hex,
    _CN,
    frozenset({12}),
    _other_form(InitializationOrganization.parse),
)
CARD_NUMBER = Codec(
    _matching(_CARD_NUMBER, "9 digits or capital letters"),
    _read_ascii,
    _AN,
    frozenset({9}),
    _wrong_check,
)
PERSON_NUMBER = Codec(
    _matching(_PERSON_NUMBER, "18 digits or capital letters"),
    _read_ascii,
    _AN,
    frozenset({18}),
)
