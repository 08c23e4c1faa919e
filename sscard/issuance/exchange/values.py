"""One field's text in a file and its value, there and back.

A value is text: dates as YYYY-MM-DD, hexadecimal and ID numbers in capitals, without space around
it.  What a file says in another way, and what it fills up with, is the file's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from sscard.issuance import citizen_number
from sscard.issuance.exchange.finding import Code
from sscard.issuance.exchange.layout import ListField

#: Characters of one field, whatever its layout says.
LONGEST = 4096
#: Control characters, halves of characters, marks of byte order.
_NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
#: Ideographs, their punctuation, full-width forms, and ASCII beside them.
_CHINESE = re.compile(
    "[ -~\u00b7\u2010-\u203b\u3000-\u3017\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e]+"
)
_DIGITS, _HEX = re.compile(r"[0-9]+"), re.compile(r"[0-9A-F]+")


class _DateForm(NamedTuple):
    form: re.Pattern[str]
    separator: str


_DATES = {
    "YYYYMMDD": _DateForm(re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})"), ""),
    "YYYY-MM-DD": _DateForm(re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"), "-"),
    "YYYY/MM/DD": _DateForm(re.compile(r"([0-9]{4})/([0-9]{2})/([0-9]{2})"), "/"),
}


class BadValue(Exception):
    """A text that is no value of its field: never leaves this package."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(code.value)
        self.code, self.detail = code, detail


def parse(field: ListField, text: str) -> str:
    """The value in a text, filling taken off.  Raises BadValue."""
    if field.value is not None:
        return _constant(field, text)
    value = _unpadded(field, text).strip()
    if not value:
        if field.required:
            raise BadValue(Code.REQUIRED)
        return ""
    _require_plain(value)
    longest = field.longest or LONGEST
    if len(value) > longest:
        raise BadValue(Code.TOO_LONG, f"{len(value)} > {longest}")
    return _READ[field.form](field, value)


def render(field: ListField, value: str) -> str:
    """The text for a value, not filled up.  Raises BadValue for a value of another form."""
    if field.value is not None:
        if value not in ("", field.value):
            raise BadValue(Code.CONSTANT)
        return field.value
    text = _as_written(field, value)
    if parse(field, _padded_like(field, text)) != value:
        raise BadValue(Code.UNWRITABLE)
    return text


def as_iso_date(text: str) -> str:
    """A date in any form of a layout as YYYY-MM-DD; what is none stays as it is."""
    for each in _DATES.values():
        found = each.form.fullmatch(text)
        if found:
            return "-".join(found.groups())
    return text


def fill(field: ListField, raw: bytes) -> bytes:
    """Bytes in the width of their field.  Raises BadValue for too many."""
    width, pad = field.width or len(raw), field.pad.encode("ascii")
    if len(raw) > width:
        raise BadValue(Code.TOO_LONG, f"{len(raw)} > {width}")
    return raw.rjust(width, pad) if field.align == "right" else raw.ljust(width, pad)


def require_no_utf8(text: str, encoding: str) -> None:
    """Raises BadValue for UTF-8 that was taken for GBK: many Chinese texts can be read as both.

    It is taken for UTF-8 where that reading is Chinese and the other one needs characters outside
    GB 2312, as the wrong reading of UTF-8 nearly always does.
    """
    if text.isascii() or encoding == "utf-8":
        return
    try:
        other = text.encode(encoding).decode("utf-8")
    except UnicodeError:
        return
    if _CHINESE.fullmatch(other) and not _is_gb2312(text):
        raise BadValue(Code.OTHER_ENCODING)


def _is_gb2312(text: str) -> bool:
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _constant(field: ListField, text: str) -> str:
    if field.value not in (text, _unpadded(field, text)):
        raise BadValue(Code.CONSTANT)
    return field.value or ""


def _unpadded(field: ListField, text: str) -> str:
    if field.width is None:
        return text
    bare = text.lstrip(field.pad) if field.align == "right" else text.rstrip(field.pad)
    return bare or ("0" if text and field.pad == "0" else "")


def _padded_like(field: ListField, text: str) -> str:
    """The text with one filling character: what taking off fillings makes of it shows."""
    if field.width is None or not text:
        return text
    return field.pad + text if field.align == "right" else text + field.pad


def _as_written(field: ListField, value: str) -> str:
    if field.form != "date" or not value:
        return value
    try:
        day = date.fromisoformat(value).isoformat()
    except ValueError:
        raise BadValue(Code.DATE) from None
    return day.replace("-", _DATES[field.date_format].separator)


def _require_plain(value: str) -> None:
    if _NO_TEXT.search(value):
        raise BadValue(Code.CONTROL)


def _digits(_: ListField, value: str) -> str:
    if not _DIGITS.fullmatch(value):
        raise BadValue(Code.DIGITS)
    return value


def _hex(_: ListField, value: str) -> str:
    if not _HEX.fullmatch(value.upper()):
        raise BadValue(Code.HEX)
    return value.upper()


def _date(field: ListField, value: str) -> str:
    found = _DATES[field.date_format].form.fullmatch(value)
    try:
        if found:
            return date(*map(int, found.groups())).isoformat()
    except ValueError:  # no day of the calendar
        pass
    raise BadValue(Code.DATE)


def _code(field: ListField, value: str) -> str:
    if value not in field.codes:
        raise BadValue(Code.CODE)
    return value


def _id_number(_: ListField, value: str) -> str:
    number = citizen_number.normalized(value)
    if citizen_number.is_foreign(number):
        return number
    body, check = number[:-1], number[-1]
    if len(number) != citizen_number.SIZE or not re.fullmatch("[0-9]{17}", body):
        raise BadValue(Code.ID_NUMBER)
    if citizen_number.check_character(body) != check:
        raise BadValue(Code.ID_NUMBER)
    return number


_READ: dict[str, Callable[[ListField, str], str]] = {
    "text": lambda _, value: value,
    "digits": _digits,
    "hex": _hex,
    "date": _date,
    "code": _code,
    "id_number": _id_number,
    "count": _digits,
}
