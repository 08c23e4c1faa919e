"""From a value to the content of its field and back: one codec per way of writing (ssc 1.3 [S]).

``encode`` takes what applicants' lists and programs hold and raises FieldError; ``decode`` takes
what a card answered and raises MalformedData.  Dates decode to ISO 8601 text, numbers to ``int``,
everything else to ``str``, so that a decoded value can be shown, compared and put into JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from sscard.errors import MalformedData
from sscard.profiles import identifier_codecs
from sscard.profiles.codec import Codec, Leaf, bytes_of, is_digits
from sscard.profiles.divisions import division
from sscard.profiles.fields import Field, FieldType, outside_gbk


def _text(field: Field, value: object) -> bytes:
    if not isinstance(value, str) or any(ord(char) < 0x20 for char in value):
        raise field.invalid("is not plain text")
    if place := outside_gbk(value):
        raise field.invalid(f"character {place} is not in GBK")
    if value.endswith(chr(field.padding)):  # it could not be told from the padding
        raise field.invalid(f"ends in {field.padding:02X}, which fills the field")
    return value.encode("gbk")


def _read_text(field: Field, raw: bytes) -> str:
    text = _gbk(raw.rstrip(b"\0"))
    if text is None:
        raise MalformedData(f"{field.name}: not GBK text")
    if any(ord(char) < 0x20 for char in text):
        raise MalformedData(f"{field.name}: control characters in text")
    # As text, not as bytes: the second byte of a Chinese character may be that of the filler.
    return text.rstrip(chr(field.padding))


def _gbk(raw: bytes) -> str | None:
    # Python remembers a caught exception behind the next one, and this one holds the text: so
    # none is raised while it is being handled.
    try:
        return raw.decode("gbk")
    except UnicodeDecodeError:
        return None


def _digits(field: Field, value: object) -> bytes:
    if not isinstance(value, str) or not is_digits(value):
        raise field.invalid("is not a string of digits")
    if field.type == "an":
        return value.encode("ascii")
    return bytes.fromhex(value + "F" * (len(value) % 2))


def _read_digits(field: Field, raw: bytes) -> str:
    content = raw.rstrip(b"\0").decode("latin-1") if field.type == "an" else raw.hex().rstrip("f")
    if not is_digits(content):
        raise MalformedData(f"{field.name}: not digits")
    return content


def _date(field: Field, value: object) -> bytes:
    text = value.isoformat() if type(value) is date else value
    digits = text if isinstance(text, str) else ""
    if len(digits) == 10 and digits[4] == digits[7] == "-":
        digits = digits[:4] + digits[5:7] + digits[8:]
    if _iso_date(digits) is None:
        raise field.invalid("is not a date (YYYY-MM-DD or YYYYMMDD)")
    return bytes.fromhex(digits)


def _read_date(field: Field, raw: bytes) -> str:
    text = _iso_date(raw.hex())
    if text is None:
        raise MalformedData(f"{field.name}: not a date")
    return text


def _datetime(field: Field, value: object) -> bytes:
    text = f"{value:%Y-%m-%dT%H:%M:%S}" if isinstance(value, datetime) else value
    digits = text.translate(_SEPARATORS) if isinstance(text, str) else ""
    if _iso_datetime(digits) is None:
        raise field.invalid("is not a time (YYYY-MM-DDThh:mm:ss)")
    return bytes.fromhex(digits)


def _read_datetime(field: Field, raw: bytes) -> str:
    text = _iso_datetime(raw.hex())
    if text is None:
        raise MalformedData(f"{field.name}: not a time")
    return text


def _division(field: Field, value: object) -> bytes:
    if not isinstance(value, str) or len(value) != 6 or not is_digits(value):
        raise field.invalid("is not a division code of 6 digits (GB/T 2260)")
    if division(value) is None:
        raise field.invalid("is a division code that no list names")
    return bytes.fromhex(value)


def _read_division(field: Field, raw: bytes) -> str:
    """Any 6 digits: cards in use may hold codes that our lists do not name."""
    if len(raw) != 3 or not is_digits(raw.hex()):
        raise MalformedData(f"{field.name}: not a division code")
    return raw.hex()


def _unlisted(value: Leaf) -> str:
    return "" if division(str(value)) else "不在行政区划表中 no list names this division"


def _hex(field: Field, value: object) -> bytes:
    raw = bytes_of(field, value)
    if len(raw) != field.size:
        raise field.invalid(f"has {len(raw)} bytes instead of {field.size}")
    return raw


def _read_hex(field: Field, raw: bytes) -> str:
    if len(raw) != field.size:
        raise MalformedData(f"{field.name}: {len(raw)} bytes instead of {field.size}")
    return raw.hex().upper()


def _blob(field: Field, value: object) -> bytes:
    return bytes_of(field, value)


def _read_blob(field: Field, raw: bytes) -> str:
    """The zero bytes at the end are fill and left out."""
    if len(raw) > field.size:
        raise MalformedData(f"{field.name}: {len(raw)} bytes, more than {field.size}")
    return raw.rstrip(b"\0").hex().upper()


def _number(field: Field, value: object) -> bytes:
    text = value.lstrip("0")[:_LONGEST] or "0" if isinstance(value, str) and value else ""
    number = int(text) if is_digits(text) else value
    if type(number) is not int or number < 0:
        raise field.invalid("is not a number from 0 up")
    if number >= _NUMBERS[field.type] ** field.size:
        raise field.too_long(f"is a number too large for {field.size} bytes")
    if field.type == "b":
        return number.to_bytes(field.size, "big")
    width = field.size if field.type == "an" else 2 * field.size
    digits = f"{number:0{width}d}"
    return digits.encode("ascii") if field.type == "an" else bytes.fromhex(digits)


def _read_number(field: Field, raw: bytes) -> int:
    if field.type == "b":
        return int.from_bytes(raw, "big")
    digits = raw.rstrip(b"\0").decode("latin-1") if field.type == "an" else raw.hex()
    if not is_digits(digits):
        raise MalformedData(f"{field.name}: not a number")
    return int(digits)


def _fen(field: Field, value: object) -> bytes:
    """Whole fen as a number, or yuan as text with two decimals: the point tells them apart."""
    if not isinstance(value, str):
        return _number(field, value)
    if not _YUAN.fullmatch(value):
        raise field.invalid("is not an amount in yuan with two decimals, such as 12.34")
    return _number(field, value.replace(".", ""))


def _iso_date(digits: str) -> str | None:
    try:
        if len(digits) != 8 or not is_digits(digits):
            return None
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        return None


def _iso_datetime(digits: str) -> str | None:
    day = _iso_date(digits[:8])
    time = digits[8:]
    if day is None or len(time) != 6 or not is_digits(time):
        return None
    hour, minute, second = time[:2], time[2:4], time[4:]
    if hour > "23" or minute > "59" or second > "59":
        return None
    return f"{day}T{hour}:{minute}:{second}"


_YUAN = re.compile(r"[0-9]+\.[0-9]{2}")
_SEPARATORS = str.maketrans("", "", "-T: ")
#: Digits of a number that no field can hold: enough to be refused, few enough to be quick.
_LONGEST = 40
#: How many values one byte of a number holds.
_NUMBERS: Mapping[FieldType, int] = {"cn": 100, "an": 10, "b": 256}
_CN: frozenset[FieldType] = frozenset({"cn"})

#: The codecs a profile can name.  Fixed-width numbers are right-aligned (ssc 1.3 [1]).
CODECS: Mapping[str, Codec] = MappingProxyType(
    {
        "text": Codec(_text, _read_text, frozenset({"an"})),
        "digits": Codec(_digits, _read_digits, frozenset({"cn", "an"})),
        "date": Codec(_date, _read_date, _CN, frozenset({4})),
        "datetime": Codec(_datetime, _read_datetime, _CN, frozenset({7})),
        "division": Codec(_division, _read_division, _CN, frozenset({3}), _unlisted),
        "card_id": identifier_codecs.CARD_ID,
        "organization": identifier_codecs.ORGANIZATION,
        "card_number": identifier_codecs.CARD_NUMBER,
        "person_number": identifier_codecs.PERSON_NUMBER,
        "hex": Codec(_hex, _read_hex, frozenset({"cn", "b"})),
        "blob": Codec(_blob, _read_blob, frozenset({"b"})),
        "number": Codec(_number, _read_number, frozenset({"cn", "an", "b"})),
        "fen": Codec(_fen, _read_number, frozenset({"cn", "b"})),
    }
)
