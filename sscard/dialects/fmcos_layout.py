"""The data fields of FMCOS factory commands as one table: builder, parser and manual use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sscard.dialects.fmcos_operations import (
    CreateDirectory,
    CreateEf,
    CreateKeyFile,
    CreatePurse,
    FileType,
    KeyRecord,
)
from sscard.dialects.fmcos_rights import LineProtection, Right
from sscard.errors import MalformedData


@dataclass(frozen=True, slots=True)
class Field:
    """A number of ``size`` bytes; without a name it is written as ``fixed`` and not looked at.

    Cards take other values in the fields that the manual fixes (dialects 2.1 [2+]).
    """

    name: str
    size: int
    manual: str
    read: Callable[[int], Any] = int
    fixed: int = 0

    def build(self, source: object) -> bytes:
        """The field of ``source``; ValueError for a number too large."""
        value = int(getattr(source, self.name)) if self.name else self.fixed
        try:
            return value.to_bytes(self.size, "big")
        except OverflowError:
            raise ValueError(f"{self.name} is a number too large for its field") from None


@dataclass(frozen=True, slots=True)
class Layout:
    """Fields behind the type byte, then ``tail`` bytes (a name of an attribute) if there are any.

    ``sizes`` are the tail's legal lengths.
    """

    fields: tuple[Field, ...]
    tail: str = ""
    sizes: range = range(1)

    @property
    def size(self) -> int:
        """Bytes of the fields."""
        return sum(field.size for field in self.fields)

    def build(self, source: object) -> bytes:
        """All fields and the tail.  ValueError for a value that does not fit."""
        tail: bytes = getattr(source, self.tail) if self.tail else b""
        if len(tail) not in self.sizes:
            raise ValueError(f"{self.tail} cannot have {len(tail)} bytes")
        return b"".join(field.build(source) for field in self.fields) + tail

    def parse(self, raw: bytes) -> dict[str, Any]:
        """Attributes by name.  Raises MalformedData."""
        values: dict[str, Any] = {}
        at = 0
        if len(raw) - self.size not in self.sizes:
            raise MalformedData("the data of this command has another length")
        for field in self.fields:
            number = int.from_bytes(raw[at : at + field.size], "big")
            at += field.size
            if field.name:
                values[field.name] = field.read(number)
        return {**values, self.tail: raw[at:]} if self.tail else values

    def manual(self) -> str:
        """One line for the manual page."""
        parts = [field.manual for field in self.fields]
        if self.tail:
            parts.append(f"{self.tail} ({self.sizes.start} to {self.sizes.stop - 1} bytes)")
        return " ‖ ".join(parts)


def _right(name: str) -> Field:
    return Field(name, 1, f"{name} right", Right)


def _fixed(size: int, value: int) -> Field:
    return Field("", size, f"{value:0{2 * size}X}", fixed=value)


#: What follows the type byte of CREATE FILE (dialects 2.1 [S]).  Names have 2 to 16 bytes in the
#: manual's text, 5 to 16 in its table; the wider is taken.
CREATE: Mapping[type[Any], Layout] = MappingProxyType(
    {
        CreateDirectory: Layout(
            (
                Field("space", 2, "space (2)"),
                _right("create"),
                _right("erase"),
                Field("application", 1, "application file id"),
                Field("reserved", 2, "FFFF"),
            ),
            tail="name",
            sizes=range(2, 17),
        ),
        CreateKeyFile: Layout(
            (
                Field("space", 2, "space (2)"),
                Field("directory", 1, "01 or 95"),
                _right("add"),
                _fixed(2, 0xFFFF),
            )
        ),
        CreateEf: Layout(
            (
                Field("size", 2, "size (2), or count and length"),
                _right("read"),
                _right("write"),
                _fixed(1, 0xFF),
                Field("line", 1, "line protection", LineProtection.parse),
            )
        ),
        CreatePurse: Layout(
            (
                _fixed(2, 0x0208),
                _right("use"),
                _fixed(1, 0x00),
                _fixed(1, 0xFF),
                Field("log", 1, "SFI of the log"),
            )
        ),
    }
)

#: What follows the type byte of WRITE KEY (dialects 2.3 [S]).
KEY = Layout(
    (
        _right("use"),
        _right("change"),
        Field("first", 1, "version, follow-up state or FF"),
        Field("second", 1, "algorithm or try counter"),
    ),
    tail="value",
    sizes=range(2, 17),
)

#: The operation that creates each type of file.
CREATES: Mapping[FileType, type[Any]] = MappingProxyType(
    {
        **dict.fromkeys((FileType.BINARY, FileType.FIXED), CreateEf),
        **dict.fromkeys((FileType.VARIABLE, FileType.CYCLIC), CreateEf),
        FileType.PURSE: CreatePurse,
        FileType.DIRECTORY: CreateDirectory,
        FileType.KEYS: CreateKeyFile,
    }
)


def key_sizes(record: KeyRecord) -> tuple[int, ...]:
    """The legal lengths of a record's value: a PIN has 2 to 8 bytes, a key 8 or 16."""
    return tuple(range(2, 9)) if record.kind == record.kind.PIN else (8, 16)
