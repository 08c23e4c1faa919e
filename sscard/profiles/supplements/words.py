"""What stands in a supplement: its head, what it confirms, what it says otherwise."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has a character that does not print")
    return text


def _day(value: object) -> object:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ValueError("is a date without quotes, as 2026-03-31")
    return value


_Line = Annotated[str, AfterValidator(_printable)]
_Label = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_printable)
]
_Day = Annotated[date, BeforeValidator(_day)]
_Tables = dict[str, dict[str, Any]]


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Confirm(_Words):
    """The owner has read what stands at ``place``, and it is so.  ``note``: why he knows."""

    place: _Label
    note: _Line = ""


class SupplementWords(_Words):
    """The file.  ``profile`` and ``profile_sha256`` name what the owner has read, all layers.

    ``number`` counts the issuer's supplements.  ``valid_until`` is its last day; without it the
    supplement holds until the profile changes.
    """

    overlay: Literal["supplement"]
    name: Annotated[str, StringConstraints(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
    number: Annotated[int, Field(ge=1)]
    issuer_zh: _Label
    issuer_en: _Label
    date: _Day
    valid_until: _Day | None = None
    profile: _Label
    profile_sha256: Annotated[str, StringConstraints(pattern="^[0-9a-fA-F]{64}$")]
    confirms: Annotated[list[Confirm], Field(default_factory=list)]
    settings: Annotated[_Tables, Field(default_factory=dict)]
    bank: Annotated[_Tables, Field(default_factory=dict)]
    changes: Annotated[list[dict[str, Any]], Field(default_factory=list)]
    additions: Annotated[list[dict[str, Any]], Field(default_factory=list)]
    directories: Annotated[list[dict[str, Any]], Field(default_factory=list)]

    @property
    def profile_hash(self) -> bytes:
        """``profile_sha256`` as bytes."""
        return bytes.fromhex(self.profile_sha256)
