"""Values of a file's fields, there and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sscard.issuance.bank_data.error import BankDataError
from sscard.issuance.bank_data.layout import LayoutField

Value = str | int | bytes


def decode(fields: Iterable[LayoutField], raw: bytes, encoding: str) -> dict[str, Value]:
    """The values by name; chip data stay bytes.  Raises BankDataError naming the field."""
    values: dict[str, Value] = {}
    at = 0
    for field in fields:
        start = at + (field.prefix or 0)
        size = int.from_bytes(raw[at:start], "big") if field.size is None else field.size
        at = start + size
        if at > len(raw):
            raise BankDataError(f"field {field.name}", "runs past the end")
        values[field.name] = _value(field, raw[start:at], encoding)
    if at != len(raw):
        raise BankDataError("fields", f"{len(raw) - at} bytes are left over")
    return values


def encode(fields: Iterable[LayoutField], values: Mapping[str, Value], encoding: str) -> bytes:
    """The inverse of ``decode``; what always stands in a field need not be among the values.

    Raises BankDataError naming the field for a value that is missing or does not fit.
    """
    return b"".join(_raw(field, values.get(field.name, field.value), encoding) for field in fields)


def size_of(fields: Iterable[LayoutField]) -> int:
    """Bytes of a section whose fields have one size each."""
    return sum(field.size or 0 for field in fields)


def _value(field: LayoutField, raw: bytes, encoding: str) -> Value:
    value = _decoded(field, raw, encoding)
    if field.value is not None and value != field.value:
        raise BankDataError(f"field {field.name}", f"is not {field.value}")
    return value


def _decoded(field: LayoutField, raw: bytes, encoding: str) -> Value:
    match field.form:
        case "text":
            try:
                text = raw.decode(encoding)
            except UnicodeDecodeError:
                raise BankDataError(f"field {field.name}", f"is no text in {encoding}") from None
            return text if field.size is None else text.rstrip(" ")
        case "digits":
            if not raw.isdigit():
                raise BankDataError(f"field {field.name}", "is not digits")
            return raw.decode("ascii")
        case "binary":
            return int.from_bytes(raw, "big")
        case "bytes" | "chip":
            return raw


def _raw(field: LayoutField, value: Value | None, encoding: str) -> bytes:
    raw = _encoded(field, value, encoding)
    if field.size is None:
        width = field.prefix or 0
        if len(raw) >> 8 * width:
            raise BankDataError(f"field {field.name}", f"has {len(raw)} bytes, too many")
        return len(raw).to_bytes(width, "big") + raw
    if len(raw) != field.size:
        raise BankDataError(f"field {field.name}", f"has {len(raw)} bytes, not {field.size}")
    return raw


def _encoded(field: LayoutField, value: Value | None, encoding: str) -> bytes:
    size = field.size or 0
    match field.form, value:
        case "text", str():
            try:
                return value.encode(encoding).ljust(size)
            except UnicodeEncodeError:
                raise BankDataError(f"field {field.name}", f"is no text in {encoding}") from None
        case "digits", str() if value.isascii() and value.isdigit():
            return value.rjust(size, "0").encode("ascii")
        case "digits", int() if value >= 0:
            return str(value).rjust(size, "0").encode("ascii")
        case "binary", int() if 0 <= value < 1 << 8 * size:
            return value.to_bytes(size, "big")
        case (("bytes" | "chip"), bytes()):
            return value
    raise BankDataError(f"field {field.name}", f"is no value of the form {field.form}")
