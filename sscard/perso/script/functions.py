"""The functions of the script language: what is computed at run time, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sscard.channel import ssc
from sscard.keys import Suite

Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Function:
    """``takes`` names the arguments; those in ``NUMBERS`` are numbers, the others bytes.

    ``apply`` gets the suite, the source of randomness, then the arguments; it raises ValueError
    for lengths it cannot use.
    """

    takes: tuple[str, ...]
    meaning: str
    apply: Callable[..., bytes]


#: Names of arguments that are numbers.
NUMBERS = frozenset({"size"})


def _authenticate(suite: Suite, _: Random, key: bytes, challenge: bytes, data: bytes) -> bytes:
    return ssc.authenticate(suite, suite.key(key), challenge, data)


def _encipher(suite: Suite, _: Random, key: bytes, challenge: bytes, data: bytes) -> bytes:
    return suite.encipher(suite.session_key(suite.key(key), challenge), data)


def _mac(suite: Suite, _: Random, key: bytes, challenge: bytes, message: bytes) -> bytes:
    return suite.mac(suite.session_key(suite.key(key), challenge), message)


def _load_mac(suite: Suite, _: Random, key: bytes, challenge: bytes, message: bytes) -> bytes:
    return suite.key_load_mac(suite.key(key), message, challenge)


def _random(_: Suite, random: Random, size: int) -> bytes:
    return random(size)


def _head(_: Suite, __: Random, value: bytes, size: int) -> bytes:
    return value[:size]


def _tail(_: Suite, __: Random, value: bytes, size: int) -> bytes:
    return value[size:]


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "authenticate": Function(
            ("key", "challenge", "data"),
            "8 bytes that prove the key over 8 bytes of data (ssc 4 rows 1 and 2)",
            _authenticate,
        ),
        "encipher": Function(
            ("key", "challenge", "data"),
            "length byte and data, enciphered under the session key (ssc 4 rows 1 and 5)",
            _encipher,
        ),
        "mac": Function(
            ("key", "challenge", "message"),
            "4 bytes under the session key (ssc 4 rows 1, 3 and 4)",
            _mac,
        ),
        "load_mac": Function(
            ("key", "challenge", "message"),
            "4 bytes under the key itself, the 4-byte challenge in the initial value (ssc 4 row 7)",
            _load_mac,
        ),
        "random": Function(("size",), "so many random bytes, other ones for each card", _random),
        "head": Function(("value", "size"), "the first bytes, at most so many", _head),
        "tail": Function(("value", "size"), "what is behind the first so many bytes", _tail),
    }
)
