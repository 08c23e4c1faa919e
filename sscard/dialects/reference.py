"""The reference dialect: our own factory commands, one byte-exact table for host and card.

Shaped like the published command set of one COS (ssc 3.5 [1]) and marked assumed: no public source
settles what a social security card's factory commands must be.  ``ROWS`` is the whole truth; the
builder, the parser and the manual page are made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from types import MappingProxyType
from typing import Any

from sscard.apdu.command import CommandAPDU
from sscard.dialects import fill
from sscard.dialects.operations import (
    AuthenticateTransport,
    CreateDirectory,
    CreateFile,
    DeleteInstance,
    EndPreIssue,
    InstallInstance,
    KeyType,
    LoadKey,
    Operation,
    ReplaceKey,
    ReplaceMaster,
    SetFci,
    Structure,
    WriteHistorical,
)
from sscard.dialects.rights import AccessRule, Condition
from sscard.errors import MalformedData

NAME = "reference"
MARK = "assumed"

#: The longest data of a short and of an extended command; secure messaging is short only.
_SHORT, _LONG = 0xFF, 0xFFFF

#: The EF under the MF that COSes of this dialect treat as the hand-over area (decision 11).
HANDOVER_FID = 0x001C

#: Rights this dialect can say; a profile that needs another fails when it is compiled.
CONDITIONS = frozenset(Condition)


@dataclass(frozen=True, slots=True)
class Layout:
    """One field of the data: how it is written, and how many bytes it has (None = the rest)."""

    build: Callable[[Any], bytes]
    parse: Callable[[bytes], Any]
    size: int | None
    manual: str


def _number(size: int) -> Layout:
    return Layout(
        lambda value: value.to_bytes(size, "big"),
        lambda raw: int.from_bytes(raw, "big"),
        size,
        f"number, {size} byte{'s' if size > 1 else ''}",
    )


def _bytes(size: int | None) -> Layout:
    return Layout(bytes, bytes, size, f"{size} bytes" if size else "bytes to the end")


def _build_rule(rule: AccessRule) -> bytes:
    extra = _SECURED * rule.secured | _CONTACTS_ONLY * rule.contacts_only
    return bytes((_RULE_CODES[rule.condition] | extra, rule.kid or 0))


def _parse_rule(raw: bytes) -> AccessRule:
    if raw[0] == _RULE_CODES[Condition.NEVER]:
        return AccessRule(Condition.NEVER)
    secured, contacts_only = bool(raw[0] & _SECURED), bool(raw[0] & _CONTACTS_ONLY)
    code = raw[0] & ~_SECURED & ~_CONTACTS_ONLY
    condition = next((name for name, each in _RULE_CODES.items() if each == code), None)
    if condition is None:
        raise MalformedData(f"no access condition has the code {raw[0]:02X}")
    kid = raw[1] if condition.needs_key else None
    return AccessRule(condition, kid, secured, contacts_only)


#: Added to the code of a condition: the command must carry a MAC.
_SECURED = 0x10
#: Added to the code of a condition: there is no such right over the antenna.
_CONTACTS_ONLY = 0x20
_RULE_CODES: Mapping[Condition, int] = MappingProxyType(
    {
        Condition.FREE: 0x00,
        Condition.NEVER: 0xEF,
        Condition.PIN: 0x01,
        Condition.KEY: 0x02,
        Condition.PIN_OR_KEY: 0x03,
        Condition.PIN_AND_KEY: 0x04,
    }
)

_RULE = Layout(_build_rule, _parse_rule, 2, "condition, key id")
_STRUCTURE = Layout(
    lambda value: bytes((value,)),
    lambda raw: Structure(raw[0]),
    1,
    "03 internal, 04 transparent, 05 fixed, 06 variable, 07 cyclic",
)
_KEY_TYPE = Layout(
    lambda value: bytes((value,)),
    lambda raw: KeyType(raw[0]),
    1,
    "00 master, 01 PIN, 07 maintenance, 08 load, 09 purchase, 0A transaction, 0D external, "
    "0E internal, 0F lock",
)
_FILL = Layout(fill.encode, fill.decode, None, "first content: runs, literals, repetitions")


@dataclass(frozen=True, slots=True)
class Row:
    """One command: operation, header, whether the data travels enciphered and with a MAC.

    ``issued``: it is a command of issued cards; all others exist in the factory stage alone.
    """

    operation: type[Any]
    ins: int
    p1: int
    p2: int
    secured: bool
    layout: Mapping[str, Layout]
    issued: bool = False

    @property
    def cla(self) -> int:
        """84 with secure messaging, 80 without."""
        return 0x84 if self.secured else 0x80

    @property
    def lc(self) -> range:
        """The legal lengths of the data: before enciphering, and what a MAC can cover if secured.

        Secured data is only known to be short, because its own length is inside the encipherment.
        """
        sizes = [item.size for item in self.layout.values()]
        if self.secured:
            return range(_SHORT + 1)
        least = sum(size or 0 for size in sizes)
        return range(least, _LONG + 1) if None in sizes else range(least, least + 1)


def _row(
    operation: type[Any],
    ins: int,
    p1: int,
    p2: int = 0,
    *,
    secured: bool = False,
    issued: bool = False,
    **layout: Layout,
) -> Row:
    known = {field.name for field in fields(operation)}
    # What has a default is what this COS may have no word for.
    needed = {field.name for field in fields(operation) if field.default is MISSING}
    if not needed <= set(layout) <= known:
        raise ValueError(f"the row of {operation.__name__} does not list its fields")
    return Row(operation, ins, p1, p2, secured, MappingProxyType(layout), issued)


ROWS: tuple[Row, ...] = (
    _row(AuthenticateTransport, 0xE0, 0x03, authentication_data=_bytes(8), data=_bytes(8)),
    _row(CreateDirectory, 0xE0, 0x01, fid=_number(2), name=_bytes(None)),
    _row(
        CreateFile,
        0xE0,
        0x01,
        0x02,
        fid=_number(2),
        structure=_STRUCTURE,
        read=_RULE,
        update=_RULE,
        count=_number(1),
        records=_FILL,
    ),
    _row(SetFci, 0xD2, 0x00, proprietary=_bytes(None)),
    _row(InstallInstance, 0xE0, 0x06, name=_bytes(None)),
    _row(DeleteInstance, 0xE0, 0x07, name=_bytes(None)),
    _row(WriteHistorical, 0xE0, 0x05, historical=_bytes(13)),
    _row(
        LoadKey,
        0xD4,
        0x00,
        secured=True,
        type=_KEY_TYPE,
        kid=_number(1),
        version=_number(1),
        limit=_number(1),
        value=_bytes(None),
    ),
    _row(ReplaceMaster, 0xD4, 0x01, secured=True, value=_bytes(16)),
    _row(
        ReplaceKey,
        0xD4,
        0x02,
        secured=True,
        issued=True,
        type=_KEY_TYPE,
        kid=_number(1),
        version=_number(1),
        new_version=_number(1),
        value=_bytes(None),
    ),
    _row(EndPreIssue, 0xE0, 0x02),
)

_BY_OPERATION = {row.operation: row for row in ROWS}
_BY_HEADER = {(row.cla, row.ins, row.p1, row.p2): row for row in ROWS}


def row_of(operation: Operation) -> Row:
    """The table row that says this operation."""
    return _BY_OPERATION[type(operation)]


def row_at(command: CommandAPDU) -> Row | None:
    """The table row with this command's header, or None."""
    return _BY_HEADER.get((command.cla, command.ins, command.p1, command.p2))


def build(operation: Operation) -> CommandAPDU:
    """The command, data in clear; the channel secures the rows that say so.

    ValueError for a value that does not fit its field.
    """
    row = row_of(operation)
    parts = (_built(item, getattr(operation, name), name) for name, item in row.layout.items())
    return CommandAPDU(row.cla, row.ins, row.p1, row.p2, b"".join(parts))


def parse(command: CommandAPDU) -> Operation:
    """The operation in a command whose data is in clear.  Raises MalformedData."""
    row = row_at(command)
    if row is None:
        raise MalformedData("no factory command has this header")
    values, at = {}, 0
    for name, item in row.layout.items():
        end = len(command.data) if item.size is None else at + item.size
        if end > len(command.data):
            raise MalformedData(f"{row.operation.__name__}: data ends before {name}")
        values[name], at = _value(item, command.data[at:end], name), end
    if at != len(command.data):
        raise MalformedData(f"{row.operation.__name__}: {len(command.data) - at} bytes too many")
    operation: Operation = row.operation(**values)
    return operation


def _built(item: Layout, value: Any, name: str) -> bytes:
    try:
        raw = item.build(value)
    except OverflowError:
        raise ValueError(f"{name} is a number too large for its field") from None
    if item.size not in (None, len(raw)):
        raise ValueError(f"{name} has {len(raw)} bytes instead of {item.size}")
    return raw


def _value(item: Layout, raw: bytes, name: str) -> Any:
    try:
        return item.parse(raw)
    except ValueError:
        raise MalformedData(f"{name} has no meaning in this dialect") from None


def manual() -> str:
    """The manual page of this dialect, in Markdown, from the table."""
    lines = [
        "| operation | header | card | secured | data |",
        "|---|---|---|---|---|",
    ]
    for row in ROWS:
        header = f"{row.cla:02X} {row.ins:02X} {row.p1:02X} {row.p2:02X}"
        data = " ‖ ".join(f"{name} ({item.manual})" for name, item in row.layout.items())
        secured = "enciphered + MAC" if row.secured else "–"
        card = "issued" if row.issued else "factory"
        name = row.operation.__name__
        lines.append(f"| {name} | `{header}` | {card} | {secured} | {data or '–'} |")
    return "\n".join(lines) + "\n"
