"""EXTERNAL AUTHENTICATE at a PSAM: its own keys 01 to 03 and its master keys (ssc 5.3 [S]).

What a master key gives ends with the SELECT of another directory, so it opens its own files only.
"""

from __future__ import annotations

import hmac

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import ssc
from sscard.cos.files import StoredKey
from sscard.cos.psam.environment import PsamEnvironment
from sscard.cos.ssse import tries

_MASTER, _WITH_VERSION = 0x00, 17


def external_authenticate(env: PsamEnvironment, command: CommandAPDU) -> bytes:
    """Authentication data (8), original data (8), version.

    Raises StatusError 6985 (no application), 6A88, 6984, 6983, 63Cx.
    """
    env.current()
    key = _key(env, command)
    challenge = env.challenges.take()
    tries.use(env, key)
    expected = ssc.authenticate(env.suite, env.secret(key), challenge, command.data[8:16])
    tries.judge(env, key, hmac.compare_digest(expected, command.data[:8]))
    env.authenticated(key)
    return b""


def _key(env: PsamEnvironment, command: CommandAPDU) -> StoredKey:
    version = command.data[16] if len(command.data) == _WITH_VERSION else 1
    if command.p2 != _MASTER:
        return env.shown_key(command.p2, version)
    master = env.master()
    if master is None or version != master.version:
        raise StatusError(StatusWord.KEY_NOT_FOUND)
    return master
