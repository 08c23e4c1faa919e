"""The check values of the three card keys, in both families (pboc 1.6 [V], decision 29)."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sscard.apdu.dgi import DGI
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse.instance import Instance
from sscard.keys import SM4, TDES, SecretKey

_SIZE = TDES.SIZE


class _Pair(NamedTuple):
    keys: DGI
    key: Callable[[bytes], SecretKey]


#: The grouping of check values -> that of the keys they are of.
_PAIRS: Mapping[int, _Pair] = MappingProxyType(
    {
        DGI.CHECK_VALUES: _Pair(DGI.KEYS, TDES),
        DGI.CHECK_VALUES_SM: _Pair(DGI.KEYS_SM, SM4),
        DGI.EXTENDED_CHECK_VALUES: _Pair(DGI.EXTENDED_KEYS, TDES),
    }
)


def compare(instance: Instance, identifier: int, values: bytes) -> None:
    """Compare new check values with the keys there are.  Raises StatusError 6A80."""
    if identifier in _PAIRS and _PAIRS[identifier].keys in instance:
        _compare(instance, _PAIRS[identifier], values)


def require(instance: Instance) -> None:
    """Compare all once more: keys may have come later.  Raises StatusError 6A80."""
    for identifier, pair in _PAIRS.items():
        if pair.keys in instance:
            _compare(instance, pair, instance.value(identifier) or b"")


def _compare(instance: Instance, pair: _Pair, values: bytes) -> None:
    keys = instance.value(pair.keys) or b""
    computed = b"".join(pair.key(keys[at : at + _SIZE]).kcv for at in range(0, len(keys), _SIZE))
    if not hmac.compare_digest(computed, values):
        raise StatusError(StatusWord.WRONG_DATA)
