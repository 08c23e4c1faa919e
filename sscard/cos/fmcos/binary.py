"""READ and UPDATE BINARY (dialects 2.1, 2.5, 2.6 [S])."""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.fmcos.objects import Ef
from sscard.cos.fmcos.protection import read_line, unprotected
from sscard.cos.fmcos.session import Session
from sscard.dialects.fmcos_operations import FileType

#: The most that one command reads (dialects 2.1 [S]).
LONGEST = 239
_WHOLE = 256
_DATA_MAY_BE_WRONG = StatusWord(0x6281)


class Unwritten(StatusError):
    """The card answers with data and a warning: this file was never written."""

    def __init__(self, data: bytes) -> None:
        super().__init__(_DATA_MAY_BE_WRONG, "read binary")
        self.data = data


def read_binary(session: Session, command: CommandAPDU) -> bytes:
    """Le 00 reads to the end of the file, at most 239 bytes.

    Raises StatusError 6B00 for what is not in the file, Unwritten.
    """
    file, offset = _place(session, command)
    line = read_line(session, file, command)
    session.require_unless_free(file.read)
    rest = file.size - offset
    size = min(rest, LONGEST) if command.ne == _WHOLE else command.ne
    if offset >= file.size or size > rest:
        raise StatusError(StatusWord.WRONG_OFFSET)
    if size > LONGEST:
        raise StatusError(StatusWord.WRONG_LENGTH)
    data = session.content(file.body + offset, size)
    answer = line.wrap_answer(data) if line else data
    if not session.nvm.image[file.state]:
        raise Unwritten(answer)
    return answer


def update_binary(session: Session, command: CommandAPDU) -> bytes:
    """Write into the file.  Raises StatusError 6B00 past its end, and as ``unprotected``."""
    file, offset = _place(session, command)
    plain = unprotected(session, file, command)
    session.require_unless_free(file.write)
    if not plain.data:
        raise StatusError(StatusWord.WRONG_LENGTH)
    if offset + len(plain.data) > file.size:
        raise StatusError(StatusWord.WRONG_OFFSET)
    session.nvm.write(file.body + offset, plain.data)
    session.nvm.write(file.state, b"\1")
    return b""


def _place(session: Session, command: CommandAPDU) -> tuple[Ef, int]:
    by_sfi = command.p1 & 0x80
    file = session.file(command.p1 & 0x1F if by_sfi else 0)
    if file.type != FileType.BINARY:
        raise StatusError(StatusWord.WRONG_FILE_STRUCTURE)
    return file, command.p2 if by_sfi else command.p1 << 8 | command.p2
