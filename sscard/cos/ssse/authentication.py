"""Keys: GET CHALLENGE, INTERNAL and EXTERNAL AUTHENTICATE (ssc 3.1, 4 [S])."""

from __future__ import annotations

import hmac

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import ssc
from sscard.cos.environment import Environment
from sscard.cos.ssse import tries
from sscard.dialects.operations import KeyType


def get_challenge(env: Environment, command: CommandAPDU) -> bytes:
    """4 or 8 random bytes (16 with a 16-byte block); the most recent challenge counts."""
    if command.ne not in (4, 8, env.suite.block):
        raise StatusError(StatusWord.WRONG_LENGTH)
    return env.challenges.give(command.ne)


def internal_authenticate(env: Environment, command: CommandAPDU) -> bytes:
    """Prove the IRK: process factor (8), original data (8), optional version."""
    key = env.key(KeyType.INTERNAL, 0, _version(command))
    factor, data = command.data[:8], command.data[8:16]
    return ssc.authenticate(env.suite, env.secret(key), factor, data)


def external_authenticate(env: Environment, command: CommandAPDU) -> bytes:
    """Check that the terminal knows a key: authentication data (8), original data (8), version."""
    key = env.shown_key(command.p2, _version(command))
    challenge = env.challenges.take()
    tries.use(env, key)
    expected = ssc.authenticate(env.suite, env.secret(key), challenge, command.data[8:16])
    tries.judge(env, key, hmac.compare_digest(expected, command.data[:8]))
    env.nvm.commit()  # before the right is given: a page may have worn out
    env.authenticated(key)
    return b""


def _version(command: CommandAPDU) -> int:
    """The version byte behind 16 bytes of data; 1 when it is not there (decision 9)."""
    return command.data[16] if len(command.data) == 17 else 1
