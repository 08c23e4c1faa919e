"""Neutral factory operations in the words of FMCOS, or ProfileError naming what it cannot say.

FMCOS wants a directory's KEY file first, keys before files, and contents while the directory is
still free of rights; so the operations of a directory are said in that order, whatever theirs was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sscard.apdu import iso7816
from sscard.apdu.command import CommandAPDU
from sscard.dialects.fmcos import FMCOS, Dialect
from sscard.dialects.fmcos_contents import contents, created
from sscard.dialects.fmcos_operations import (
    MAIN_FID,
    NO_NAME,
    AddKey,
    CreateDirectory,
    CreateKeyFile,
    KeyKind,
    KeyRecord,
    Protection,
)
from sscard.dialects.fmcos_rights import FREE, Right
from sscard.dialects.fmcos_states import MASTER, PIN, States
from sscard.dialects.operations import CreateDirectory as NeutralDirectory
from sscard.dialects.operations import (
    CreateFile,
    EndPreIssue,
    KeyType,
    LoadKey,
    Operation,
    SetFci,
)
from sscard.errors import ProfileError

_ALL_SPACE = 0xFFFF
_KEY_FILE_FID, _KEY_HEAD = 0x0000, 8
_NO_APPLICATION = 0xFF
_LOCAL = 0x80
_KINDS = {
    KeyType.MASTER: KeyKind.EXTERNAL,
    KeyType.PIN: KeyKind.PIN,
    KeyType.MAINTENANCE: KeyKind.LINE,
    KeyType.EXTERNAL: KeyKind.EXTERNAL,
    KeyType.INTERNAL: KeyKind.ENCRYPT,
}


@dataclass(slots=True)
class _Directory:
    made: NeutralDirectory
    fci: SetFci | None = None
    keys: list[LoadKey] = field(default_factory=list)
    files: list[CreateFile] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"directory {self.made.fid:04X}"


def compile_card(
    operations: Iterable[Operation], dialect: Dialect = FMCOS
) -> tuple[CommandAPDU, ...]:
    """The commands, in clear, for a card whose MF may be made or is empty and selected.

    Raises ProfileError naming directory, file and rule that the dialect cannot say (decision 17).
    """
    return tuple(_commands(_grouped(operations, dialect), dialect))


def _commands(groups: list[_Directory], dialect: Dialect) -> Iterator[CommandAPDU]:
    """The MF, then all DFs while it is still free of rights, then what is in them."""
    below = [group for group in groups if group.made.fid != MAIN_FID]
    for group in groups:
        if group not in below:
            yield _made(group, dialect)
            yield from _filled(group, dialect)
    for group in below:
        yield _made(group, dialect)
    for group in below:
        yield iso7816.select_fid(MAIN_FID)
        yield iso7816.select_fid(group.made.fid)
        yield from _filled(group, dialect)


def _grouped(operations: Iterable[Operation], dialect: Dialect) -> list[_Directory]:
    groups: list[_Directory] = []
    for operation in operations:
        if isinstance(operation, NeutralDirectory):
            groups.append(_Directory(operation))
        elif isinstance(operation, EndPreIssue):
            continue  # rights end the factory stage, no command does (dialects 2.4 [I])
        elif not groups:
            raise ProfileError(f"{dialect.name}: {type(operation).__name__} before any directory")
        else:
            _join(groups[-1], operation, dialect)
    return groups


def _join(group: _Directory, operation: Operation, dialect: Dialect) -> None:
    match operation:
        case CreateFile():
            group.files.append(operation)
        case LoadKey():
            group.keys.append(operation)
        case SetFci() if group.fci is None:
            group.fci = operation
        case _:
            name = type(operation).__name__
            raise ProfileError(f"{group.place}: {dialect.name} has nothing for {name}")


def _made(group: _Directory, dialect: Dialect) -> CommandAPDU:
    main = group.made.fid == MAIN_FID
    name = group.made.name or (NO_NAME if main else b"")
    if len(name) < len(NO_NAME) or (main and len(name) != len(NO_NAME)):
        raise ProfileError(f"{group.place}: {dialect.name} cannot give it this name")
    application, right = _application(group), Right.exactly(MASTER)
    return dialect.build(
        CreateDirectory(group.made.fid, _ALL_SPACE, right, right, application, 0xFFFF, name)
    )


def _filled(group: _Directory, dialect: Dialect) -> Iterator[CommandAPDU]:
    rules = [rule for file in group.files for rule in (file.read, file.update)]
    states = States.of(rules, group.place)
    _require_keys(group)
    yield from _keys(group, states, dialect)
    for file in group.files:
        yield dialect.build(created(file, states, f"{group.place}, file {file.fid:04X}"))
        yield from contents(file)


def _require_keys(group: _Directory) -> None:
    """Every key that a rule names must be in this directory: registers are per directory."""
    external = {key.kid for key in group.keys if key.type == KeyType.EXTERNAL}
    pin = any(key.type == KeyType.PIN for key in group.keys)
    for file in group.files:
        for side, rule in (("read", file.read), ("update", file.update)):
            place = f"{group.place}, file {file.fid:04X}, {side} right"
            if rule.secured:
                raise ProfileError(f"{place}: FMCOS secures by file, reading as well as updates")
            if rule.contacts_only:
                raise ProfileError(f"{place}: FMCOS files answer on both interfaces")
            if rule.kid is not None and rule.kid not in external:
                raise ProfileError(f"{place}: key {rule.kid:02X} is not in the same directory")
            if "PIN" in rule.condition.value and not pin:
                raise ProfileError(f"{place}: the PIN is not in the same directory")


def _application(group: _Directory) -> int:
    """The application file id, of which the card makes the FCI."""
    if group.fci is None:
        return _NO_APPLICATION
    raw = group.fci.proprietary
    if raw[:2] == b"\x88\x01" and len(raw) == 3 and 1 <= raw[2] <= 0x1F:
        return raw[2]
    raise ProfileError(f"{group.place}: the FCI can only carry the short identifier of a DIR (88)")


def _keys(group: _Directory, states: States, dialect: Dialect) -> Iterator[CommandAPDU]:
    space = sum(_KEY_HEAD + len(key.value) for key in group.keys)
    if not space:
        return
    right = Right.exactly(MASTER)
    yield dialect.build(CreateKeyFile(_KEY_FILE_FID, space, _application(group), right))
    for key in group.keys:
        yield dialect.build(AddKey(_kid(key), _record(key, states, group.place)))


def _kid(key: LoadKey) -> int:
    """The id on the card: the master key and the one line protection key have 00."""
    return 0x00 if key.type in (KeyType.MASTER, KeyType.MAINTENANCE) else key.kid


def _record(key: LoadKey, states: States, place: str) -> KeyRecord:
    where = f"{place}, key {key.kid:02X}"
    if key.type not in _KINDS:
        raise ProfileError(f"{where}: FMCOS has no {key.type.name.lower()} keys")
    kind = _KINDS[key.type]
    if key.version != 1:
        raise ProfileError(f"{where}: FMCOS keys have one version")
    if kind.counted and not 1 <= key.limit <= 0x0F:
        raise ProfileError(f"{where}: FMCOS counts 1 to 15 failures of every such key")
    if key.type == KeyType.EXTERNAL and not key.kid & ~_LOCAL:
        raise ProfileError(f"{where}: the id 00 is the master key's")
    first, second = 0x00, 0x00
    if kind.counted:
        first, second = _state(key, states), key.limit << 4 | key.limit
    use = states.use(key.kid) if key.type == KeyType.EXTERNAL else FREE
    change = Right(0xEF) if kind == KeyKind.PIN else Right.exactly(MASTER)
    return KeyRecord(kind, Protection.NONE, use, change, first, second, key.value)


def _state(key: LoadKey, states: States) -> int:
    if key.type == KeyType.MASTER:
        return MASTER
    if key.type == KeyType.PIN:
        return PIN
    return states.follow_up(key.kid) if key.type == KeyType.EXTERNAL else 0xFF
