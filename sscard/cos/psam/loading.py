"""CREATE KEY and CHANGE KEY, under the application's master key (ssc 5.3 [S])."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.psam import keyring
from sscard.cos.psam.environment import PsamEnvironment
from sscard.errors import MalformedData
from sscard.keys.load_forms import (
    PSAM_ALGORITHM,
    PSAM_HEAD,
    SSF33,
    LoadLine,
    PsamChange,
    PsamRecord,
)
from sscard.keys.tripledes import BLOCK

CREATE, CHANGE = 0x00, 0x01
#: Lengths of the data by P1: with 8-byte blocks, and with 16.
_LENGTHS: Mapping[int, tuple[frozenset[int], frozenset[int]]] = MappingProxyType(
    {
        CREATE: (frozenset({0x1C, 0x24}), frozenset({0x24})),
        CHANGE: (frozenset({0x14, 0x1C}), frozenset({0x24})),
    }
)
#: Challenges that the MAC's initial value takes.
_CHALLENGES = ((4,), (4, 8, 16))
_TYPE = 0x1F
_LEVELS = 3


def write_key(env: PsamEnvironment, command: CommandAPDU) -> bytes:
    """A new key, or another value of one.

    Raises StatusError 6700, 6985 (no application), 6A88, 6984, 6988, 6A82, 6982, 6A81 (SSF33),
    6A80, 6A84.
    """
    if len(command.data) not in _LENGTHS[command.p1][env.suite.block != BLOCK]:
        raise StatusError(StatusWord.WRONG_LENGTH)
    plain = _opened(env, command)
    target = keyring.file(env, command.p2)
    env.require(target.update)
    (_create if command.p1 == CREATE else _change)(env, command.p2, plain)
    return b""


def _opened(env: PsamEnvironment, command: CommandAPDU) -> bytes:
    master = env.master()
    if master is None:
        raise StatusError(StatusWord.KEY_NOT_FOUND)
    challenge = env.challenges.take()
    if len(challenge) not in _CHALLENGES[env.suite.block != BLOCK]:
        raise StatusError(StatusWord.NO_CHALLENGE)
    header = bytes((command.cla, command.ins, command.p1, command.p2))
    line = LoadLine(env.suite, env.secret(master), challenge, direct=True)
    try:
        return line.open(header, command.data)
    except MalformedData:
        raise StatusError(StatusWord.MAC_WRONG) from None


def _create(env: PsamEnvironment, low: int, plain: bytes) -> None:
    if len(plain) > PSAM_HEAD and plain[PSAM_ALGORITHM] == SSF33:
        raise StatusError(StatusWord.FUNCTION_NOT_SUPPORTED)
    try:
        record = PsamRecord.parse(plain, env.suite)
    except MalformedData:
        raise StatusError(StatusWord.WRONG_DATA) from None
    legal = record.usage & _TYPE in keyring.TYPES and record.usage >> 5 <= _LEVELS
    if not legal or keyring.has(env, record):
        raise StatusError(StatusWord.WRONG_DATA)
    keyring.add(env, keyring.file(env, low), record)


def _change(env: PsamEnvironment, low: int, plain: bytes) -> None:
    try:
        changed = PsamChange.parse(plain, env.suite)
    except MalformedData:
        raise StatusError(StatusWord.WRONG_DATA) from None
    for kept in keyring.inside(env, keyring.file(env, low)):
        if (kept.record.usage, kept.record.key_id) == (changed.usage, changed.key_id):
            keyring.change(env, kept, changed.key)
            return
    raise StatusError(StatusWord.KEY_NOT_FOUND)
