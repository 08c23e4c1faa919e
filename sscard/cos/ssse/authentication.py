"""PIN and keys: VERIFY, GET CHALLENGE, INTERNAL and EXTERNAL AUTHENTICATE (ssc 3.1, 3.2, 4 [S])."""

from __future__ import annotations

import hmac

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import ssc
from sscard.cos import le
from sscard.cos.environment import Environment
from sscard.cos.files import StoredKey
from sscard.dialects.operations import KeyType

_PIN_SIZE = 8
_UNCOUNTED = 0x0F  # what 63Cx says for a key without a counter (assumed)


def get_challenge(env: Environment, command: CommandAPDU) -> bytes:
    """4 or 8 random bytes (16 with a 16-byte block); the most recent challenge counts."""
    if command.ne not in (4, 8, env.suite.block):
        raise StatusError(StatusWord.WRONG_LENGTH)
    return env.challenges.give(command.ne)


def verify(env: Environment, command: CommandAPDU) -> bytes:
    """Present the PIN; without data, ask for its state (ssc 3.2 [S], decision 7).

    Data of another form than a PIN uses no try (6A80 assumed).
    """
    if not 2 <= len(command.data) <= _PIN_SIZE and command.data:
        raise StatusError(StatusWord.WRONG_LENGTH)
    if command.data and not _is_packed(command.data):
        raise StatusError(StatusWord.WRONG_DATA)
    pin = env.key(KeyType.PIN, 0)
    stored = env.files.key_value(pin)
    empty = stored == b"\xff" * len(stored)
    if not command.data and not empty:
        raise StatusError(StatusWord(0x63C0 | _left(env, pin)))
    _use_try(env, pin)
    _judge(env, pin, hmac.compare_digest(command.data.ljust(_PIN_SIZE, b"\xff"), stored))
    env.security.pin = True
    return b""


def internal_authenticate(env: Environment, command: CommandAPDU) -> bytes:
    """Prove the IRK: process factor (8), original data (8), optional version."""
    key = env.key(KeyType.INTERNAL, 0, _version(command))
    factor, data = command.data[:8], command.data[8:16]
    return le.fit(ssc.authenticate(env.suite, env.secret(key), factor, data), command.ne or 8)


def external_authenticate(env: Environment, command: CommandAPDU) -> bytes:
    """Check that the terminal knows a key: authentication data (8), original data (8), version."""
    key = env.key(KeyType.EXTERNAL, command.p2, _version(command))
    challenge = env.challenges.take()
    _use_try(env, key)
    expected = ssc.authenticate(env.suite, env.secret(key), challenge, command.data[8:16])
    _judge(env, key, hmac.compare_digest(expected, command.data[:8]))
    env.authenticated(command.p2)
    return b""


def _is_packed(pin: bytes) -> bool:
    """Digits, two a byte, and one F behind an odd number of them (ssc 3.2 [S])."""
    return pin.hex().removesuffix("f").isdecimal()


def _version(command: CommandAPDU) -> int:
    """The version byte behind 16 bytes of data; 1 when it is not there (decision 9)."""
    return command.data[16] if len(command.data) == 17 else 1


def _left(env: Environment, key: StoredKey) -> int:
    limit, failures = env.nvm.image[key.at], env.nvm.image[key.at + 1]
    return max(limit - failures, 0) if limit else _UNCOUNTED


def _use_try(env: Environment, key: StoredKey) -> None:
    """Write a failure before anything is compared.  Raises StatusError 6983.

    ``_judge`` takes it back on success: pulling the card out, also at the comparison, saves no try.
    """
    if not _limited(env, key):
        return
    if not _left(env, key):
        raise StatusError(StatusWord.AUTHENTICATION_BLOCKED)
    env.nvm.write(key.at + 1, bytes((env.nvm.image[key.at + 1] + 1,)))
    env.nvm.commit()


def _judge(env: Environment, key: StoredKey, right: bool) -> None:
    """Give the tries back, or raise StatusError 63Cx."""
    if not right:
        raise StatusError(StatusWord(0x63C0 | _left(env, key)))
    if _limited(env, key):
        env.nvm.write(key.at + 1, b"\0")


def _limited(env: Environment, key: StoredKey) -> bool:
    return env.nvm.image[key.at] != 0
