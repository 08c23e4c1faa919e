"""How one value lies in its bytes: type, size, fill (ssc 1.3 [S]); and why a value is refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Literal

from sscard.errors import SscardError

#: cn: packed BCD; an: one byte a character, GBK for Chinese; b: binary.
FieldType = Literal["cn", "an", "b"]

#: What stands where nothing is written, and behind a value that is shorter than its field unless
#: the field has a filler of its own.
FILL: dict[FieldType, int] = {"cn": 0xFF, "an": 0x00, "b": 0x00}


@unique
class Refusal(Enum):
    """The reason codes an encoder can give; offices know them by these words."""

    FIELD_INVALID = "FIELD_INVALID"
    FIELD_TOO_LONG = "FIELD_TOO_LONG"
    NAME_ENCODING = "NAME_ENCODING"
    NAME_TOO_LONG = "NAME_TOO_LONG"


class FieldError(SscardError):
    """A value that cannot be written into its element.  The text never holds the value."""

    def __init__(self, element: str, refusal: Refusal, why: str) -> None:
        super().__init__(f"{element}: {why}")
        self.element = element
        self.refusal = refusal
        self.why = why

    def under(self, parent: str) -> FieldError:
        """The same refusal, seen from the element that holds this one."""
        return FieldError(f"{parent}.{self.element}", self.refusal, self.why)

    def numbered(self, element: str, index: int) -> FieldError:
        """The same refusal in one copy of a repeated element, the first being 1."""
        place = f"{element}.{index}{self.element.removeprefix(element)}"
        return FieldError(place, self.refusal, self.why)

    @property
    def code(self) -> str:
        """The reason code as it stands in a list of returned records."""
        return self.refusal.value


def outside_gbk(text: str) -> int | None:
    """Which character (from 1) GBK does not have; None when it has them all.

    A function of its own, so that the refusal raised from it carries no UnicodeEncodeError:
    that one would hold the text.
    """
    try:
        text.encode("gbk")
    except UnicodeEncodeError as error:
        return error.start + 1
    return None


@dataclass(frozen=True, slots=True)
class Field:
    """Name, type and size in bytes of one value: all that a codec needs to know.

    ``filler`` is the byte that stands behind a shorter text; None is the fill of the type.  A
    field that holds nothing is all fill, whatever its filler: so the card creates it.
    """

    name: str
    type: FieldType
    size: int
    filler: int | None = None

    @property
    def fill(self) -> bytes:
        """The bytes of a field that holds nothing."""
        return bytes((FILL[self.type],)) * self.size

    @property
    def padding(self) -> int:
        """The byte behind a value that is shorter than the field."""
        return FILL[self.type] if self.filler is None else self.filler

    def pad(self, content: bytes) -> bytes:
        """``content`` left-justified in the field.  Raises FieldError when it does not fit."""
        if len(content) > self.size:
            raise self.too_long(f"needs {len(content)} bytes, has room for {self.size}")
        return content.ljust(self.size, bytes((self.padding,)))

    def invalid(self, why: str) -> FieldError:
        """The error for a value of the wrong form."""
        return FieldError(self.name, Refusal.FIELD_INVALID, why)

    def too_long(self, why: str) -> FieldError:
        """The error for a value that does not fit."""
        return FieldError(self.name, Refusal.FIELD_TOO_LONG, why)
