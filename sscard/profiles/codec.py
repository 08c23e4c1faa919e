"""What a codec is, and the two questions that many codecs ask of a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sscard.profiles.fields import Field, FieldType

Leaf = str | int


@dataclass(frozen=True, slots=True)
class Codec:
    """One way of writing a value.  ``sizes`` is None where any size in bytes will do.

    ``doubt`` judges a decoded value that is readable and yet may be wrong: a sentence without the
    value, or "".  A doubt never keeps a value from being written (ssc 2.9 [T]).
    """

    encode: Callable[[Field, object], bytes]
    decode: Callable[[Field, bytes], Leaf]
    types: frozenset[FieldType]
    sizes: frozenset[int] | None = None
    doubt: Callable[[Leaf], str] | None = None


def is_digits(text: str) -> bool:
    """Whether ``text`` is ASCII digits and nothing else; false for empty text."""
    return text.isascii() and text.isdigit()


def bytes_of(field: Field, value: object) -> bytes:
    """Bytes, as they are or in hexadecimal.  Raises FieldError."""
    if isinstance(value, bytes):
        return value
    try:
        return bytes.fromhex(value if isinstance(value, str) else "?")
    except ValueError:
        raise field.invalid("is not hexadecimal") from None
