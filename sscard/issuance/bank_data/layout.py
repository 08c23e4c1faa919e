"""How a bank lays its data-preparation files out: declared in TOML, one layout a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sscard.issuance.declared import load

Name = Annotated[str, Field(pattern="[a-z][a-z0-9_]*")]
Mark = Annotated[str, Field(pattern="[!-~]{1,8}")]
Width = Annotated[int, Field(ge=1, le=4)]

_NUMBER, _BYTES = ("digits", "binary"), ("bytes",)
#: What the reader itself needs, and in which forms: in the header, in a record, in the trailer.
_NEEDED: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "header": {"transport_key_version": _NUMBER, "mac_key_version": _NUMBER},
        "record": {"sequence": _NUMBER, "chip": ("chip",)},
        "trailer": {"count": _NUMBER, "digest": _BYTES, "mac": _BYTES},
    }
)
#: Digits of a number that is counted with.
_LONGEST_NUMBER = 15
_PACKAGED = "sscard.issuance.layouts"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LayoutField(_Part):
    """One field: ``size`` bytes, or ``prefix`` bytes that say how many follow.

    ``value`` is what always stands there; ``purge`` marks what may not outlive the batch.
    """

    name: Name
    zh: str
    en: str
    form: Literal["text", "digits", "binary", "bytes", "chip"]
    size: Annotated[int, Field(ge=1, le=0xFFFF)] | None = None
    prefix: Width | None = None
    value: str | None = None
    purge: bool = False

    @model_validator(mode="after")
    def _has_one_size(self) -> Self:
        if (self.size is None) == (self.prefix is None):
            raise ValueError("a field has a size or a prefix")
        return self


class RecordLayout(_Part):
    """Mark, length (``length_size`` bytes, high byte first), fields, MAC.

    The length is that of the fields; ``longest`` is the most that a reader has in memory.
    """

    mark: Mark
    length_size: Width
    longest: Annotated[int, Field(ge=1, le=1 << 24)]
    mac_size: Literal[4, 8]
    fields: tuple[LayoutField, ...]


class TrailerLayout(_Part):
    """Mark and fields, behind the last record."""

    mark: Mark
    fields: tuple[LayoutField, ...]


class Layout(_Part):
    """One bank's files.  ``transport_key`` and ``mac_key`` are names in its key store."""

    name: Name
    title_zh: str
    title_en: str
    source: str
    mark: str
    encoding: Literal["ascii", "gbk", "utf-8"]
    transport_key: str
    mac_key: str
    #: How a record finds its person: by a field of this name, or by the chip's account.
    join: Literal["id_number", "card_number", "account"] = "id_number"
    header: tuple[LayoutField, ...]
    record: RecordLayout
    trailer: TrailerLayout

    @model_validator(mode="after")
    def _has_what_is_needed(self) -> Self:
        sections = {
            "header": self.header,
            "record": self.record.fields,
            "trailer": self.trailer.fields,
        }
        for section, fields in sections.items():
            _require(section, fields)
        if self.join != "account":
            _require_text(self.record.fields, self.join)
        if any(field.size is None for field in (*self.header, *self.trailer.fields)):
            raise ValueError("header and trailer have fields of one size only")
        if self.trailer.fields[-1].name != "mac":
            raise ValueError("the MAC is the last field of the trailer")
        if len(self.record.mark) != len(self.trailer.mark) or self.record.mark == self.trailer.mark:
            raise ValueError("the marks of record and trailer are as long, and not the same")
        return self

    @property
    def purged(self) -> tuple[str, ...]:
        """The fields that may not outlive the batch."""
        return tuple(field.name for field in self.record.fields if field.purge)


def _require(section: str, fields: tuple[LayoutField, ...]) -> None:
    by_name = {field.name: field for field in fields}
    if len(by_name) != len(fields):
        raise ValueError(f"{section}: a name is there twice")
    for name, forms in _NEEDED[section].items():
        found = by_name.get(name)
        if found is None or found.form not in forms:
            raise ValueError(f"{section}: has a field {name} of the form {' or '.join(forms)}")
        if forms == _NUMBER and not 0 < (found.size or 0) <= _LONGEST_NUMBER:
            raise ValueError(f"{section}: {name} has 1 to {_LONGEST_NUMBER} bytes")


def _require_text(fields: tuple[LayoutField, ...], name: str) -> None:
    if not any(field.name == name and field.form in ("text", "digits") for field in fields):
        raise ValueError(f"record: joins by {name}, and has no field of this name that is text")


def load_layout(name: str | Path = "demo") -> Layout:
    """A packaged layout by its name, or the one in a ``.toml`` file.

    Raises ProfileError naming file and place.
    """
    return load(Layout, _PACKAGED, name, what="layout")
