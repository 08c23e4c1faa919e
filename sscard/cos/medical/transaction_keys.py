"""The keys of transactions: they lie in the directory with the amounts (ssc 3.3, 3.4 [S])."""

from __future__ import annotations

from typing import Final

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.environment import Environment
from sscard.cos.files import StoredKey
from sscard.dialects.operations import KeyType
from sscard.dialects.rights import AccessRule, Condition
from sscard.keys import SecretKey

#: The key id of all DLK, DPK and DTK; their version is the key index of INIT.
TRANSACTION_KID: Final = 0x01
#: The DSK, an external-authentication key of the directory.
STARTING_DAY_KID: Final = 0x89
DSK: Final = AccessRule(Condition.KEY, STARTING_DAY_KID)

_SIZE = 16


def find(env: Environment, type_: KeyType, index: int) -> SecretKey:
    """The DLK or DPK with this index.  Raises StatusError 9403."""
    return _secret(env, env.current().keys.get((type_, TRANSACTION_KID, index)))


def find_dtk(env: Environment, index: int) -> SecretKey:
    """The DTK that goes with a key index.  Raises StatusError 9403."""
    keys = env.current().keys
    all_ = [each for (type_, *_), each in keys.items() if type_ is KeyType.TRANSACTION]
    if len(all_) == 1:
        return _secret(env, all_[0])
    return find(env, KeyType.TRANSACTION, index)


def _secret(env: Environment, key: StoredKey | None) -> SecretKey:
    if key is None or key.size != _SIZE:
        raise StatusError(StatusWord.KEY_VERSION_UNKNOWN)
    return env.secret(key)
