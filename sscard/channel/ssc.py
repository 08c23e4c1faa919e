"""Secure messaging of social security cards, host and card role (ssc 4 rows 1 to 3 [S]).

The key is the one the command is protected under, an STK or a master key; the challenge is the
card's most recent one.  ``Protection`` has the rules.
"""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.channel.protection import MAC_SIZE, SECURE, Protection
from sscard.keys.suite import Suite
from sscard.keys.types import SecretKey

__all__ = [
    "MAC_SIZE",
    "SECURE",
    "authenticate",
    "unwrap",
    "unwrap_enciphered",
    "wrap",
    "wrap_enciphered",
]


def authenticate(suite: Suite, key: SecretKey, challenge: bytes, data: bytes) -> bytes:
    """The 8 bytes that prove ``key``, for INTERNAL and EXTERNAL AUTHENTICATE (rows 1 and 2).

    ``challenge`` is the process factor of the one, the card's challenge (4 or 8 bytes) for the
    other; ``data`` is the original data, 8 bytes.
    """
    return suite.authentication_data(suite.session_key(key, challenge), data)


def wrap(command: CommandAPDU, suite: Suite, key: SecretKey, challenge: bytes) -> CommandAPDU:
    """The command with CLA bit 3 set and its MAC behind the data (row 3).

    ValueError for more than 251 bytes of data.
    """
    return Protection.in_session(suite, key, challenge).seal(command)


def wrap_enciphered(
    command: CommandAPDU, suite: Suite, key: SecretKey, challenge: bytes
) -> CommandAPDU:
    """``wrap`` with the data enciphered first, under the same session key (rows 5 and 3)."""
    return Protection.in_session(suite, key, challenge).seal_enciphered(command)


def unwrap(command: CommandAPDU, suite: Suite, key: SecretKey, challenge: bytes) -> CommandAPDU:
    """The command without its MAC and with CLA bit 3 clear: the inverse of ``wrap``.

    Raises StatusError 6987 where there is no MAC and 6988 where it is wrong (ssc 5.4 [S]).
    """
    return Protection.in_session(suite, key, challenge).open(command)


def unwrap_enciphered(
    command: CommandAPDU, suite: Suite, key: SecretKey, challenge: bytes
) -> CommandAPDU:
    """The inverse of ``wrap_enciphered``.

    Raises StatusError 6987, 6988, and 6A80 where the MAC is right but the cipher text is not.
    """
    return Protection.in_session(suite, key, challenge).open_enciphered(command)
