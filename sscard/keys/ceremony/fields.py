"""Fields of the ceremony record: bytes as upper-case digits, names that a line can carry."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from sscard.keys import kcv
from sscard.keys.ceremony.errors import WrongEntry
from sscard.keys.ceremony.kinds import KINDS

_LONGEST_NAME = 60


def _bytes(value: object) -> object:
    if isinstance(value, str):
        if not re.fullmatch("([0-9A-F]{2})*", value):
            raise ValueError("no upper-case hexadecimal digits")
        return bytes.fromhex(value)
    return value


def _name(value: str) -> str:
    plain = unicodedata.normalize("NFC", value).strip()
    if plain != value or not value.isprintable() or not 1 <= len(value) <= _LONGEST_NAME:
        raise ValueError(f"1 to {_LONGEST_NAME} printable characters")
    return value


def checked_name(text: str) -> str:
    """A name or title for the record.  Raises WrongEntry for one it does not take."""
    plain = unicodedata.normalize("NFC", text).strip()
    try:
        return _name(plain)
    except ValueError as error:
        raise WrongEntry(f"name or title: {error}") from None


def _kind(value: str) -> str:
    if value not in KINDS:
        raise ValueError("no such kind of key")
    return value


def _digits(value: bytes) -> str:
    return value.hex().upper()


Hex = Annotated[bytes, BeforeValidator(_bytes), PlainSerializer(_digits, return_type=str)]
Hash = Annotated[Hex, Field(min_length=32, max_length=32)]
Signature = Annotated[Hex, Field(min_length=64, max_length=64)]
CheckValue = Annotated[Hex, Field(min_length=kcv.SIZE, max_length=kcv.SIZE)]
CeremonyId = Annotated[str, Field(pattern=r"^[0-9A-F]{8}$")]
#: A person, a title.
Name = Annotated[str, AfterValidator(_name)]
KeyName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
KindWord = Annotated[str, AfterValidator(_kind)]
Version = Annotated[int, Field(ge=1, le=255)]


class Recorded(BaseModel):
    """Anything in the record: it never changes, and nothing is in it that nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
