"""GET CHALLENGE, EXTERNAL and INTERNAL AUTHENTICATE, VERIFY (dialects 2.4 [S])."""

from __future__ import annotations

import hmac

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import fmcos as channel
from sscard.cos.fmcos.objects import StoredKey
from sscard.cos.fmcos.session import Session
from sscard.dialects.fmcos_operations import KeyKind
from sscard.keys import des
from sscard.keys.tripledes import BLOCK

_CHALLENGES = (4, 8)
_PIN = 8
#: What INTERNAL AUTHENTICATE does, by P1, and with which kind of key.
COMPUTATIONS = {0x00: KeyKind.ENCRYPT, 0x01: KeyKind.DECRYPT, 0x02: KeyKind.MAC}
_NO_PIN = StatusWord(0x9403)


def get_challenge(session: Session, command: CommandAPDU) -> bytes:
    """4 or 8 random bytes, good for the next command only."""
    if session.files.main is None:
        raise StatusError(StatusWord.FUNCTION_NOT_SUPPORTED)
    if command.ne not in _CHALLENGES:
        raise StatusError(StatusWord.WRONG_LENGTH)
    return session.challenges.give(command.ne)


def external_authenticate(session: Session, command: CommandAPDU) -> bytes:
    """The terminal's enciphered challenge sets the register.

    Raises StatusError 6A82, 6A88, 6981 (a key, but not of this kind), 6982, 6983, 6985, 63Cx.
    """
    key = session.key(KeyKind.EXTERNAL, command.p2, _absent(session, command.p2))
    session.may_use(key)
    challenge = taken_challenge(session)
    _use_try(session, key)
    expected = channel.authentication_data(session.secret(key), challenge)
    _judge(session, key, hmac.compare_digest(expected, command.data))
    return b""


def verify(session: Session, command: CommandAPDU) -> bytes:
    """The PIN sets the register; FF at its end may be left away, but for one."""
    key = session.key(KeyKind.PIN, command.p2, _NO_PIN)
    session.may_use(key)
    _use_try(session, key)
    stored = session.content(key.value, key.size).ljust(_PIN, b"\xff")
    _judge(session, key, hmac.compare_digest(command.data.ljust(_PIN, b"\xff"), stored))
    return b""


def internal_authenticate(session: Session, command: CommandAPDU) -> bytes:
    """Encipher, decipher or MAC data with a key that is for nothing else.

    Data that is not whole blocks is filled up; the register stays.
    """
    kind = COMPUTATIONS[command.p1]
    key = session.key(kind, command.p2)
    session.may_use(key)
    secret, data = session.secret(key), command.data
    if kind == KeyKind.MAC:
        return channel.mac(secret, data)
    whole = des.pad80(data) if len(data) % BLOCK else data
    compute = des.ecb_encrypt if kind == KeyKind.ENCRYPT else des.ecb_decrypt
    return compute(secret, whole)


def taken_challenge(session: Session) -> bytes:
    """The last challenge, used up.  Raises StatusError 6985: FMCOS lists no 6984."""
    try:
        return session.challenges.take()
    except StatusError:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED) from None


def _absent(session: Session, kid: int) -> StatusWord:
    key_file = session.directory.keys
    others = key_file.keys(session.nvm) if key_file else ()
    wrong_kind = any(key.kid == kid for key in others)
    return StatusWord.WRONG_FILE_STRUCTURE if wrong_kind else StatusWord.KEY_NOT_FOUND


def refuse_locked(session: Session, key: StoredKey) -> int:
    """The counter, if tries are left.  Raises StatusError 6983."""
    counter = session.nvm.image[key.counter]
    if not counter & 0x0F:
        raise StatusError(StatusWord.AUTHENTICATION_BLOCKED)
    return counter


def _use_try(session: Session, key: StoredKey) -> None:
    """Count a failure before anything is compared; ``_judge`` takes it back."""
    counter = refuse_locked(session, key)
    session.nvm.write(key.counter, bytes((counter - 1,)))
    session.nvm.commit()


def _judge(session: Session, key: StoredKey, right: bool) -> None:
    counter = session.nvm.image[key.counter]
    if not right:
        raise StatusError(StatusWord(0x63C0 | counter & 0x0F))
    limit = counter >> 4
    session.nvm.write(key.counter, bytes((limit << 4 | limit,)))
    session.registers.show(session.directory, session.nvm.image[key.counter - 1])
