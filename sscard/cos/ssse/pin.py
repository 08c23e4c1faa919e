"""The PIN: VERIFY, CHANGE PIN, PIN CHANGE/UNBLOCK (ssc 3.2, 5.1 [S])."""

from __future__ import annotations

import hmac

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import ssc
from sscard.cos.environment import Environment
from sscard.cos.files import StoredKey
from sscard.cos.ssse import tries
from sscard.cos.ssse.maintenance import STK
from sscard.dialects.operations import KeyType
from sscard.dialects.rights import AccessRule, Condition

SIZE = 8
UNBLOCK, CHANGE = 0x00, 0x01  # P2 of PIN CHANGE/UNBLOCK
_SHORTEST = 2
_SEPARATOR = b"\xff"
_EMPTY = b"\xff" * SIZE
_PUK_KID = 0x06  # ssc 3.4 [S]
_PUK = AccessRule(Condition.KEY, _PUK_KID)


def verify(env: Environment, command: CommandAPDU) -> bytes:
    """Present the PIN; without data, ask for its state (ssc 3.2 [S], decision 7).

    Data of another form than a PIN uses no try (6A80 assumed).  A right that was given stays until
    power-off, also when a later PIN is wrong (ssc 3.1 [S] says no more; assumed).
    """
    pin = env.key(KeyType.PIN, 0)
    if command.data:
        tries.require(env, pin)
        _require_form(command.data)
    elif env.files.key_value(pin) != _EMPTY:
        raise StatusError(StatusWord(0x63C0 | tries.left(env, pin)))
    _show(env, pin, command.data)
    env.nvm.commit()  # before the right is given: a page may have worn out
    if command.data or env.empty_pin_grants:
        env.security.pin = True
    return b""


def change(env: Environment, command: CommandAPDU) -> bytes:
    """``old ‖ FF ‖ new`` in clear; the right old PIN gives the tries back (ssc 5.1 [S]).

    Either may be empty, which is no PIN (ssc 3.2 [S]).
    """
    pin = env.key(KeyType.PIN, 0)
    tries.require(env, pin)
    old, separator, new = command.data.partition(_SEPARATOR)
    if not separator:
        raise StatusError(StatusWord.WRONG_DATA)
    for each in filter(None, (old, new)):
        _require_form(each)
    _show(env, pin, old)
    _replace(env, pin, new)
    return b""


def change_or_unblock(env: Environment, command: CommandAPDU) -> bytes:
    """After the PUK: give the tries back (P2 00), or set a new PIN as well (P2 01).

    MAC and cipher are under the STK of SSSE; a new PIN without digits leaves the card without one
    (ssc 5.1 [S][T]).  With the PUK shown, a wrong MAC uses one of the PUK's tries: a failed unblock
    locks it (ssc 3.1 [S]), the others do not.
    """
    changes = command.p2 == CHANGE
    _require_blocks(len(command.data) - ssc.MAC_SIZE, env.suite.block if changes else 0)
    challenge = env.challenges.take()
    # The STK of SSSE, wherever below it the terminal stands (ssc 5.1 [T]).
    key = env.secret(env.key(KeyType.MAINTENANCE, STK))
    unwrap = ssc.unwrap_enciphered if changes else ssc.unwrap
    puk = env.shown_key(_PUK_KID, 1) if env.permits(_PUK) else None
    if puk is not None:
        tries.use(env, puk)
    new = unwrap(command, env.suite, key, challenge).data
    if puk is not None:
        tries.take_back(env, puk)
    pin = _pin_to_help(env, new)
    if changes:
        _replace(env, pin, new)
    tries.give_back(env, pin)
    return b""


def _pin_to_help(env: Environment, new: bytes) -> StoredKey:
    """The PIN, once a right MAC has come.  Raises StatusError 6A88, 6982, 6A80; none uses a try."""
    try:
        pin = env.key(KeyType.PIN, 0)
        env.require(_PUK)
        if new:
            _require_form(new)
    except StatusError:
        env.nvm.commit()
        raise
    return pin


def _show(env: Environment, pin: StoredKey, data: bytes) -> None:
    tries.use(env, pin)
    stored = env.files.key_value(pin)
    tries.judge(env, pin, hmac.compare_digest(data.ljust(SIZE, b"\xff"), stored))


def _replace(env: Environment, pin: StoredKey, new: bytes) -> None:
    env.files.replace_key(pin, new.ljust(SIZE, b"\xff"))


def _require_blocks(size: int, block: int) -> None:
    """An enciphered PIN is one block, or with DES two; without a new PIN there is nothing."""
    if size not in (range(block, 2 * SIZE + 1, block) if block else (0,)):
        raise StatusError(StatusWord.WRONG_LENGTH)


def _require_form(pin: bytes) -> None:
    """4 to 16 digits, two a byte, and one F behind an odd number of them (ssc 3.2 [S])."""
    if not _SHORTEST <= len(pin) <= SIZE:
        raise StatusError(StatusWord.WRONG_LENGTH)
    if not pin.hex().removesuffix("f").isdecimal():
        raise StatusError(StatusWord.WRONG_DATA)
