"""Line protection of files on the card: which commands must have it, and wrong ones counted."""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel.fmcos import SECURE, Line
from sscard.cos.fmcos.authentication import taken_challenge
from sscard.cos.fmcos.objects import Ef
from sscard.cos.fmcos.session import Session
from sscard.dialects.fmcos_operations import KeyKind, Protection

_MISMATCH = StatusWord(0x6900)
_LOCKED = StatusWord(0x9303)
#: Basic files of a financial application, and how many wrong MACs in a row lock it (2.5 [S]).
_BASIC = (0x0015, 0x0016)
_WRONG_MACS = 3


def unprotected(session: Session, file: Ef, command: CommandAPDU) -> CommandAPDU:
    """A writing command in clear.  Raises StatusError 6900, 6987, 6988, 6985, 6A88, 9303."""
    line = _line(session, file, command, file.line.write_key, needed=bool(file.protection))
    if line is None:
        return command
    if file.fid not in _BASIC:
        return line.unwrap(command)
    try:
        plain = line.unwrap(command)
    except StatusError as refusal:
        _count_failure(session)
        raise refusal from None
    session.nvm.write(session.directory.failures, b"\0")
    return plain


def read_line(session: Session, file: Ef, command: CommandAPDU) -> Line | None:
    """The protection of a reading command, checked; None for a plain one.  As ``unprotected``."""
    needed = bool(file.protection) and file.line.read
    line = _line(session, file, command, file.line.read_key, needed=needed)
    if line is not None and line.unwrap(command).data:
        raise StatusError(StatusWord.WRONG_LENGTH)
    return line


def refuse_locked(session: Session) -> None:
    """Raises StatusError 9303 in an application that wrong MACs have locked."""
    if session.nvm.image[session.directory.failures] >= _WRONG_MACS:
        raise StatusError(_LOCKED)


def _line(
    session: Session, file: Ef, command: CommandAPDU, kid: int, *, needed: bool
) -> Line | None:
    protected = bool(command.cla & SECURE)
    if needed and not protected:
        raise StatusError(StatusWord.MAC_MISSING)
    if not protected:
        return None
    if not needed:
        raise StatusError(_MISMATCH)
    key = session.key(KeyKind.LINE, kid)
    session.may_use(key)
    return Line(
        session.secret(key),
        taken_challenge(session),
        enciphered=Protection.ENCIPHERED in file.protection,
        with_mac=Protection.MAC in file.protection,
    )


def _count_failure(session: Session) -> None:
    """What is counted stays, although the command is refused.  Raises StatusError 9303."""
    at = session.directory.failures
    failures = session.nvm.image[at] + 1
    session.nvm.write(at, bytes((failures,)))
    session.nvm.commit()
    if failures >= _WRONG_MACS:
        raise StatusError(_LOCKED)
