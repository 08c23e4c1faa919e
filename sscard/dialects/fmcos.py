"""FMCOS of Fudan Microelectronics: CREATE FILE, WRITE KEY, ERASE DF (dialects 2 [S], [2+]).

What differs in the look-alike TimeCOS is a setting of ``Dialect``.  Commands are built and parsed
in clear; ``channel.fmcos`` protects WRITE KEY where a key's type asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.apdu.command import CommandAPDU
from sscard.dialects.fmcos_layout import CREATE, CREATES, KEY, key_sizes
from sscard.dialects.fmcos_operations import (
    DATA_TYPES,
    MAIN_FID,
    NO_NAME,
    AddKey,
    CreateDirectory,
    CreateEf,
    CreateKeyFile,
    CreatePurse,
    EraseDirectory,
    FileType,
    KeyKind,
    KeyRecord,
    Operation,
    Protection,
    UpdateKey,
    UpdateKeyValue,
)
from sscard.errors import MalformedData

CLA, CREATE_FILE, WRITE_KEY, ERASE_DF = 0x80, 0xE0, 0xD4, 0x0E
ADD = 0x01
#: The id that no key can have.
NO_KEY = 0xFF
_TYPE, _PROTECTION = 0x3F, 0xC0


@dataclass(frozen=True, slots=True)
class Dialect:
    """One COS of the family.  ``value_only``: an updated key keeps its header.

    ``default_master`` is the published key 39/00 of a card as its maker delivers it.
    """

    name: str
    mark: str
    value_only: bool
    default_master: bytes = field(repr=False)

    def build(self, operation: Operation) -> CommandAPDU:
        """The command, in clear.  ValueError for what does not fit or this COS does not know."""
        match operation:
            case EraseDirectory():
                return CommandAPDU(CLA, ERASE_DF)
            case AddKey(kid, record):
                return _write_key(ADD, kid, _record(record))
            case UpdateKey(type_, kid, record) if not self.value_only:
                return _write_key(type_, kid, _record(record))
            case UpdateKeyValue(type_, kid, value) if self.value_only:
                return _write_key(type_, kid, value)
            case UpdateKey() | UpdateKeyValue():
                raise ValueError(f"{self.name} does not update keys this way")
            case _:
                return _create(operation)

    def parse(self, command: CommandAPDU) -> Operation:
        """The operation in a command whose data is in clear.  Raises MalformedData."""
        header = (command.cla, command.ins)
        if header == (CLA, CREATE_FILE):
            return _parse_create(command.p1 << 8 | command.p2, command.data)
        if header == (CLA, WRITE_KEY):
            return self._parse_write_key(command)
        if header == (CLA, ERASE_DF) and not (command.p1 | command.p2 | len(command.data)):
            return EraseDirectory()
        raise MalformedData("no factory command has this header")

    def _parse_write_key(self, command: CommandAPDU) -> Operation:
        if command.p2 == NO_KEY:
            raise MalformedData("no key has the id FF")
        if command.p1 == ADD:
            return AddKey(command.p2, parse_record(command.data))
        if self.value_only:
            return UpdateKeyValue(command.p1, command.p2, command.data)
        return UpdateKey(command.p1, command.p2, parse_record(command.data))

    def manual(self) -> str:
        """The manual page of this dialect, in Markdown, from the table."""
        lines = ["| operation | header | type | data behind the type |", "|---|---|---|---|"]
        for operation, layout in CREATE.items():
            types = ", ".join(_codes(operation))
            lines.append(f"| {operation.__name__} | `80 E0 FID` | {types} | {layout.manual()} |")
        update = "value alone" if self.value_only else KEY.manual()
        name = (UpdateKeyValue if self.value_only else UpdateKey).__name__
        kinds = ", ".join(f"`{kind:02X}`" for kind in KeyKind)
        lines += [
            f"| AddKey | `80 D4 01 id` | {kinds} | {KEY.manual()} |",
            f"| {name} | `80 D4 type id` | {'–' if self.value_only else kinds} | {update} |",
            "| EraseDirectory | `80 0E 00 00` | – | – |",
        ]
        return "\n".join(lines) + "\n"


FMCOS = Dialect("fmcos", "[S], [2+]", value_only=False, default_master=b"\xff" * 8)


def parse_record(raw: bytes) -> KeyRecord:
    """The key record in ``raw``, type byte first.  Raises MalformedData."""
    if not raw:
        raise MalformedData("WRITE KEY has no data")
    try:
        kind = KeyKind(raw[0] & _TYPE)
    except ValueError:
        raise MalformedData(f"no key has the type {raw[0]:02X}") from None
    record = KeyRecord(kind, Protection(raw[0] & _PROTECTION), **KEY.parse(raw[1:]))
    if len(record.value) not in key_sizes(record):
        raise MalformedData(f"a key of type {raw[0]:02X} has another length")
    return record


def _record(record: KeyRecord) -> bytes:
    if len(record.value) not in key_sizes(record):
        raise ValueError(f"a key of type {record.type:02X} has another length")
    return bytes((record.type,)) + KEY.build(record)


def _write_key(p1: int, kid: int, data: bytes) -> CommandAPDU:
    if kid == NO_KEY:
        raise ValueError("no key has the id FF")
    return CommandAPDU(CLA, WRITE_KEY, p1, kid, data)


def _create(
    operation: CreateDirectory | CreateKeyFile | CreateEf | CreatePurse,
) -> CommandAPDU:
    if not 0 <= operation.fid <= 0xFFFF:
        raise ValueError("a file identifier has two bytes")
    data = bytes((_type(operation),)) + CREATE[type(operation)].build(operation)
    return CommandAPDU(CLA, CREATE_FILE, operation.fid >> 8, operation.fid & 0xFF, data)


def _type(operation: CreateDirectory | CreateKeyFile | CreateEf | CreatePurse) -> int:
    if isinstance(operation, CreateEf):
        return operation.type | operation.protection
    return next(code for code, made in CREATES.items() if made is type(operation))


def _parse_create(fid: int, data: bytes) -> Operation:
    if not data:
        raise MalformedData("CREATE FILE has no data")
    protection = Protection(data[0] & _PROTECTION)
    try:
        type_ = FileType(data[0] & _TYPE)
    except ValueError:
        raise MalformedData(f"no file has the type {data[0]:02X}") from None
    made = CREATES[type_]
    values = CREATE[made].parse(data[1:])
    if type_ in DATA_TYPES:
        return CreateEf(fid, type_, protection, **values)
    if protection:
        raise MalformedData(f"a file of type {type_:02X} has no protection")
    if fid == MAIN_FID and (made is not CreateDirectory or len(values["name"]) != len(NO_NAME)):
        raise MalformedData("3F00 is the MF, and its name field has 5 bytes")
    operation: Operation = made(fid, **values)
    return operation


def _codes(operation: type[object]) -> list[str]:
    return [f"`{code:02X}`" for code, made in CREATES.items() if made is operation]
