"""A key gives place to its next version: maintenance of an issued card (assumed).

The specification has no command for it.  Ours is shaped like the factory's load of a key, but lives
where those are gone: on an issued card, under the card-unique master key of the current directory.
"""

from __future__ import annotations

from dataclasses import replace

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import ssc
from sscard.cos.environment import Environment
from sscard.cos.factory import is_key
from sscard.cos.files import Directory, StoredKey
from sscard.cos.life_cycle import CardState, DirectoryState
from sscard.dialects import reference
from sscard.dialects.operations import KeyType, ReplaceKey
from sscard.errors import MalformedData

#: The types of keys that have versions; an STK, an LK, the PIN and the master key have one.
VERSIONED = frozenset(
    {
        KeyType.INTERNAL,
        KeyType.EXTERNAL,
        KeyType.LOAD,
        KeyType.PURCHASE,
        KeyType.TRANSACTION,
    }
)
_ROW = next(row for row in reference.ROWS if row.operation is ReplaceKey)
_HEADER = (_ROW.cla, _ROW.ins, _ROW.p1)


def concerns(command: CommandAPDU) -> bool:
    """Whether this is the command, whatever its P2: P1 tells the commands of its instruction."""
    return (command.cla, command.ins, command.p1) == _HEADER


def execute(env: Environment, command: CommandAPDU, state: CardState) -> None:
    """Replace one key of the current directory: version byte and value in one commit.

    Raises StatusError 6985 (not issued, or no master key of its own), 9303, 6A86, 6700, 6984, 6987,
    6988, 6A80, 6A89 (the new version is there), 6A88 (the old one is not).
    """
    directory, master = _place(env, state)
    if command.p2 != _ROW.p2:
        raise StatusError(StatusWord.WRONG_P1P2)
    if len(command.data) not in _ROW.lc or command.ne:
        raise StatusError(StatusWord.WRONG_LENGTH)
    operation = _in_clear(env, command, master)
    stored = _replaced(directory, operation)
    env.files.change_version(directory, stored, operation.new_version, operation.value)


def _place(env: Environment, state: CardState) -> tuple[Directory, StoredKey]:
    """The current directory and its own master key: the transport key opens nothing here."""
    if state is not CardState.ISSUED:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    if env.blocked:
        raise StatusError(StatusWord.APPLICATION_LOCKED)
    directory, master = env.current(), env.master()
    if master is None or env.files.state(directory) is not DirectoryState.OWN_MASTER:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    return directory, master


def _in_clear(env: Environment, command: CommandAPDU, master: StoredKey) -> ReplaceKey:
    challenge = env.challenges.take()
    plain = ssc.unwrap_enciphered(command, env.suite, env.secret(master), challenge)
    try:
        operation = reference.parse(replace(plain, cla=command.cla))
    except MalformedData:
        raise StatusError(StatusWord.WRONG_DATA) from None
    if (
        not isinstance(operation, ReplaceKey)
        or operation.type not in VERSIONED
        or not is_key(operation.value, env.suite)
    ):
        raise StatusError(StatusWord.WRONG_DATA)
    return operation


def _replaced(directory: Directory, operation: ReplaceKey) -> StoredKey:
    """The key that goes.  That the new one is there is asked first: then it was done before."""
    if (operation.type, operation.kid, operation.new_version) in directory.keys:
        raise StatusError(StatusWord.FILE_EXISTS)
    stored = directory.keys.get((operation.type, operation.kid, operation.version))
    if stored is None:
        raise StatusError(StatusWord.KEY_NOT_FOUND)
    return stored
