"""Counters of keys and PINs: a try is written before anything is compared (ssc 3.2 [S])."""

from __future__ import annotations

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.environment import Environment
from sscard.cos.files import StoredKey

_UNCOUNTED = 0x0F  # what 63Cx says for a key without a counter (assumed)


def left(env: Environment, key: StoredKey) -> int:
    """How many tries there still are."""
    limit, failures = env.nvm.image[key.at], env.nvm.image[key.at + 1]
    return max(limit - failures, 0) if limit else _UNCOUNTED


def require(env: Environment, key: StoredKey) -> None:
    """Raises StatusError 6983 when no try is left."""
    if not left(env, key):
        raise StatusError(StatusWord.AUTHENTICATION_BLOCKED)


def use(env: Environment, key: StoredKey) -> None:
    """Write a failure before anything is compared.  Raises StatusError 6983.

    ``judge`` takes it back on success: pulling the card out, also at the comparison, saves no try.
    """
    require(env, key)
    if not _limited(env, key):
        return
    env.nvm.write(key.at + 1, bytes((env.nvm.image[key.at + 1] + 1,)))
    env.nvm.commit()


def judge(env: Environment, key: StoredKey, right: bool) -> None:
    """Give the tries back, or raise StatusError 63Cx."""
    if not right:
        raise StatusError(StatusWord(0x63C0 | left(env, key)))
    give_back(env, key)


def give_back(env: Environment, key: StoredKey) -> None:
    """All tries are there again."""
    if _limited(env, key):
        env.nvm.write(key.at + 1, b"\0")


def take_back(env: Environment, key: StoredKey) -> None:
    """The failure that ``use`` has just written was none; earlier ones stay."""
    if _limited(env, key):
        env.nvm.write(key.at + 1, bytes((env.nvm.image[key.at + 1] - 1,)))


def _limited(env: Environment, key: StoredKey) -> bool:
    return env.nvm.image[key.at] != 0
