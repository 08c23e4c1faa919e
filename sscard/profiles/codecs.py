"""From a value to the content of its field and back: one codec per way of writing (ssc 1.3 [S]).

``encode`` takes what applicants' lists and programs hold and raises FieldError; ``decode`` takes
what a card answered and raises MalformedData.  Dates decode to ISO 8601 text, numbers to ``int``,
everything else to ``str``, so that a decoded value can be shown, compared and put into JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from sscard.errors import MalformedData
from sscard.profiles.divisions import division
from sscard.profiles.fields import Field, FieldType, outside_gbk

#: The registered application provider of social security cards, in every card identification code.
RID = "D156000005"

Leaf = str | int


@dataclass(frozen=True, slots=True)
class Codec:
    """One way of writing a value.  ``sizes`` is None where any size in bytes will do."""

    encode: Callable[[Field, object], bytes]
    decode: Callable[[Field, bytes], Leaf]
    types: frozenset[FieldType]
    sizes: frozenset[int] | None = None


def _text(field: Field, value: object) -> bytes:
    if not isinstance(value, str) or any(ord(char) < 0x20 for char in value):
        raise field.invalid("is not plain text")
    if place := outside_gbk(value):
        raise field.invalid(f"character {place} is not in GBK")
    return value.encode("gbk")


def _read_text(field: Field, raw: bytes) -> str:
    text = _gbk(raw.rstrip(b"\0"))
    if text is None:
        raise MalformedData(f"{field.name}: not GBK text")
    if any(ord(char) < 0x20 for char in text):
        raise MalformedData(f"{field.name}: control characters in text")
    return text


def _gbk(raw: bytes) -> str | None:
    # Python remembers a caught exception behind the next one, and this one holds the text: so
    # none is raised while it is being handled.
    try:
        return raw.decode("gbk")
    except UnicodeDecodeError:
        return None


def _digits(field: Field, value: object) -> bytes:
    if not isinstance(value, str) or not _is_digits(value):
        raise field.invalid("is not a string of digits")
    if field.type == "an":
        return value.encode("ascii")
    return bytes.fromhex(value + "F" * (len(value) % 2))


def _read_digits(field: Field, raw: bytes) -> str:
    content = raw.rstrip(b"\0").decode("latin-1") if field.type == "an" else raw.hex().rstrip("f")
    if not _is_digits(content):
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
    if not isinstance(value, str) or len(value) != 6 or not _is_digits(value):
        raise field.invalid("is not a division code of 6 digits (GB/T 2260)")
    if division(value) is None:
        raise field.invalid("is a division code that no list names")
    return bytes.fromhex(value)


def _read_division(field: Field, raw: bytes) -> str:
    """Any 6 digits: cards in use may hold codes that our lists do not name."""
    if len(raw) != 3 or not _is_digits(raw.hex()):
        raise MalformedData(f"{field.name}: not a division code")
    return raw.hex()


def _card_id(field: Field, value: object) -> bytes:
    raw = _bytes_of(field, value)
    if len(raw) != 16 or not _is_digits(raw[:3].hex()) or raw[3:8] != bytes.fromhex(RID):
        raise field.invalid(f"is not city code, {RID}, serial and authentication code")
    return raw


def _hex(field: Field, value: object) -> bytes:
    raw = _bytes_of(field, value)
    if len(raw) != field.size:
        raise field.invalid(f"has {len(raw)} bytes instead of {field.size}")
    return raw


def _read_hex(field: Field, raw: bytes) -> str:
    if len(raw) != field.size:
        raise MalformedData(f"{field.name}: {len(raw)} bytes instead of {field.size}")
    return raw.hex().upper()


def _blob(field: Field, value: object) -> bytes:
    return _bytes_of(field, value)


def _read_blob(field: Field, raw: bytes) -> str:
    """The zero bytes at the end are fill and left out."""
    if len(raw) > field.size:
        raise MalformedData(f"{field.name}: {len(raw)} bytes, more than {field.size}")
    return raw.rstrip(b"\0").hex().upper()


def _number(field: Field, value: object) -> bytes:
    text = value.lstrip("0")[:_LONGEST] or "0" if isinstance(value, str) and value else ""
    number = int(text) if _is_digits(text) else value
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
    if not _is_digits(digits):
        raise MalformedData(f"{field.name}: not a number")
    return int(digits)


def _bytes_of(field: Field, value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return bytes.fromhex(value if isinstance(value, str) else "?")
    except ValueError:
        raise field.invalid("is not hexadecimal") from None


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _iso_date(digits: str) -> str | None:
    try:
        if len(digits) != 8 or not _is_digits(digits):
            return None
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        return None


def _iso_datetime(digits: str) -> str | None:
    day = _iso_date(digits[:8])
    time = digits[8:]
    if day is None or len(time) != 6 or not _is_digits(time):
        return None
    hour, minute, second = time[:2], time[2:4], time[4:]
    if hour > "23" or minute > "59" or second > "59":
        return None
    return f"{day}T{hour}:{minute}:{second}"


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
        "division": Codec(_division, _read_division, _CN, frozenset({3})),
        "card_id": Codec(_card_id, _read_hex, _CN, frozenset({16})),
        "hex": Codec(_hex, _read_hex, frozenset({"cn", "b"})),
        "blob": Codec(_blob, _read_blob, frozenset({"b"})),
        "number": Codec(_number, _read_number, frozenset({"cn", "an", "b"})),
    }
)
