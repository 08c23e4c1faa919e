"""Secure messaging of social security cards, host and card role (ssc 4 rows 1 to 3 [S]).

The key is the one the command is protected under, an STK or a master key; the challenge is the
card's most recent one.  The MAC covers CLA INS P1 P2, Lc of data and MAC together, and the data.
"""

from __future__ import annotations

import hmac
from dataclasses import replace

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.errors import MalformedData
from sscard.keys.suite import Suite
from sscard.keys.types import SecretKey

MAC_SIZE = 4
SECURE = 0x04
_LONGEST = 0xFF - MAC_SIZE


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
    return _sealed(command, suite, suite.session_key(key, challenge))


def wrap_enciphered(
    command: CommandAPDU, suite: Suite, key: SecretKey, challenge: bytes
) -> CommandAPDU:
    """``wrap`` with the data enciphered first, under the same session key (rows 5 and 3)."""
    session = suite.session_key(key, challenge)
    return _sealed(replace(command, data=suite.encipher(session, command.data)), suite, session)


def unwrap(command: CommandAPDU, suite: Suite, key: SecretKey, challenge: bytes) -> CommandAPDU:
    """The command without its MAC and with CLA bit 3 clear: the inverse of ``wrap``.

    Raises StatusError 6987 where there is no MAC and 6988 where it is wrong (ssc 5.4 [S]).
    """
    return _opened(command, suite, suite.session_key(key, challenge))


def unwrap_enciphered(
    command: CommandAPDU, suite: Suite, key: SecretKey, challenge: bytes
) -> CommandAPDU:
    """The inverse of ``wrap_enciphered``.

    Raises StatusError 6987, 6988, and 6A80 where the MAC is right but the cipher text is not.
    """
    session = suite.session_key(key, challenge)
    opened = _opened(command, suite, session)
    try:
        return replace(opened, data=suite.decipher(session, opened.data))
    except MalformedData:
        raise StatusError(StatusWord.WRONG_DATA, "secure messaging") from None


def _sealed(command: CommandAPDU, suite: Suite, session: SecretKey) -> CommandAPDU:
    if len(command.data) > _LONGEST:
        raise ValueError(f"a protected command carries at most {_LONGEST} bytes")
    secure = command.cla | SECURE
    mac = _mac(command, secure, command.data, suite, session)
    return CommandAPDU(secure, command.ins, command.p1, command.p2, command.data + mac, command.ne)


def _opened(command: CommandAPDU, suite: Suite, session: SecretKey) -> CommandAPDU:
    if not command.cla & SECURE or len(command.data) < MAC_SIZE:
        raise StatusError(StatusWord.MAC_MISSING, "secure messaging")
    data, received = command.data[:-MAC_SIZE], command.data[-MAC_SIZE:]
    if not hmac.compare_digest(received, _mac(command, command.cla, data, suite, session)):
        raise StatusError(StatusWord.MAC_WRONG, "secure messaging")
    plain = command.cla & ~SECURE
    return CommandAPDU(plain, command.ins, command.p1, command.p2, data, command.ne)


def _mac(command: CommandAPDU, cla: int, data: bytes, suite: Suite, session: SecretKey) -> bytes:
    header = bytes((cla, command.ins, command.p1, command.p2, len(data) + MAC_SIZE))
    return suite.mac(session, header + data)
