"""CREATE FILE, WRITE KEY and ERASE DF (dialects 2.1, 2.3, 2.4)."""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel.fmcos import SECURE, Line
from sscard.cos.fmcos.authentication import refuse_locked, taken_challenge
from sscard.cos.fmcos.objects import KEY_HEAD, StoredKey
from sscard.cos.fmcos.session import Session
from sscard.dialects.fmcos_operations import (
    MAIN_FID,
    AddKey,
    CreateDirectory,
    CreateEf,
    CreateKeyFile,
    CreatePurse,
    KeyKind,
    KeyRecord,
    Operation,
    Protection,
    UpdateKey,
    UpdateKeyValue,
)
from sscard.dialects.fmcos_rights import Right
from sscard.errors import MalformedData

_WRONG_PROTECTION = StatusWord(0x9302)
_MASTER = 0x00


def create_file(session: Session, command: CommandAPDU) -> bytes:
    """The MF is selected when it is made, nothing else is.

    Raises StatusError 6700, 6A81 (no MF), 6982, 6A80, 6A86, 6A84.
    """
    operation = _parsed(session, command)
    if not session.files.main and command.p1 << 8 | command.p2 == MAIN_FID:
        if not isinstance(operation, CreateDirectory):
            raise StatusError(StatusWord.WRONG_DATA)
        session.enter(session.files.create_directory(None, operation))
        return b""
    directory = session.directory
    session.require_unless_free(directory.create)
    if isinstance(operation, CreateDirectory):
        session.files.create_directory(directory, operation)
    elif isinstance(operation, CreateKeyFile | CreateEf | CreatePurse):
        session.files.create_file(directory, operation)
    return b""


def erase(session: Session, _command: CommandAPDU) -> bytes:
    """Empty the current directory, whose rights then do not count until it is left."""
    session.require(session.directory.erase)
    session.files.erase(session.directory)
    session.ef, session.free = None, True
    return b""


def write_key(session: Session, command: CommandAPDU) -> bytes:
    """Add or update a key.

    Raises StatusError 6700, 6982, 6983, 6A82, 6A84, 6A86 (known already), 6A88, 9302.
    """
    key_file = session.directory.keys
    if key_file is None:
        raise StatusError(StatusWord.FILE_NOT_FOUND)
    secured = bool(command.cla & SECURE)
    operation = _parsed(session, _in_clear(session, command) if secured else command)
    if isinstance(operation, AddKey):
        session.require_unless_free(key_file.add)
        _add(session, operation)
    elif isinstance(operation, UpdateKey):
        key = _stored(session, operation, secured=secured)
        _replace(session, key, operation.record)
    elif isinstance(operation, UpdateKeyValue):
        key = _stored(session, operation, secured=secured)
        _replace_value(session, key, operation.value)
    return b""


def _parsed(session: Session, command: CommandAPDU) -> Operation:
    try:
        return session.dialect.parse(command)
    except MalformedData:
        raise StatusError(StatusWord.WRONG_LENGTH) from None


def _in_clear(session: Session, command: CommandAPDU) -> CommandAPDU:
    """Deciphered under the directory's master key: adds and updates alike (dialects 2.3 [2+])."""
    master = session.key(KeyKind.EXTERNAL, _MASTER)
    refuse_locked(session, master)
    line = Line(session.secret(master), taken_challenge(session), enciphered=True)
    try:
        return line.unwrap(command)
    except StatusError:
        raise StatusError(_WRONG_PROTECTION) from None


def _add(session: Session, operation: AddKey) -> None:
    key_file, record = session.directory.keys, operation.record
    if key_file is None:
        raise StatusError(StatusWord.FILE_NOT_FOUND)
    at = key_file.body
    for key in key_file.keys(session.nvm):
        if (key.kind, key.kid) == (record.kind, operation.kid):
            raise StatusError(StatusWord.WRONG_P1P2)
        at = key.value + key.size
    if at + KEY_HEAD + len(record.value) > key_file.body + key_file.size:
        raise StatusError(StatusWord.NOT_ENOUGH_SPACE)
    session.nvm.write(at, _stored_form(operation.kid, record))


def _stored(session: Session, operation: UpdateKey | UpdateKeyValue, *, secured: bool) -> StoredKey:
    """The key to update, which must be stored with just this type; its change right holds."""
    key_file = session.directory.keys
    keys = key_file.keys(session.nvm) if key_file else ()
    for key in keys:
        if (key.type, key.kid) == (operation.type, operation.kid):
            session.require(Right(session.nvm.image[key.at + 4]))
            if key.protection == Protection.BOTH and not secured:
                raise StatusError(_WRONG_PROTECTION)
            return key
    raise StatusError(StatusWord.KEY_NOT_FOUND)


def _replace(session: Session, key: StoredKey, record: KeyRecord) -> None:
    """Header, counter and value: the manual's text keeps the counter, its example sets it."""
    if record.kind != key.kind or len(record.value) != key.size:
        raise StatusError(StatusWord.WRONG_LENGTH)
    session.nvm.write(key.at, _stored_form(key.kid, record))


def _replace_value(session: Session, key: StoredKey, value: bytes) -> None:
    if len(value) != key.size:
        raise StatusError(StatusWord.WRONG_LENGTH)
    session.nvm.write(key.value, value)


def _stored_form(kid: int, record: KeyRecord) -> bytes:
    rights = bytes((int(record.use), int(record.change), record.first, record.second, 0))
    return bytes((len(record.value), record.type, kid)) + rights + record.value
