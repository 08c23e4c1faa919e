"""READ and UPDATE BINARY: whole and in parts (ssc-more 1.1, 1.3)."""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pki.memory import CONTAINERS, File
from sscard.cos.pki.standing import Standing
from sscard.cos.pki.states import Act

_PRIVATE = frozenset(each.private for each in CONTAINERS)
_CERTIFICATES = frozenset(each.certificate for each in CONTAINERS)


def read(standing: Standing, command: CommandAPDU) -> bytes:
    """Part of a public key or of a certificate: anybody may; a private key nobody."""
    file, offset = _place(standing, command)
    if file.fid in _PRIVATE:
        raise StatusError(StatusWord.SECURITY_NOT_SATISFIED)
    if offset >= file.size:
        raise StatusError(StatusWord.WRONG_OFFSET)
    return file.content[offset : offset + command.ne]


def update(standing: Standing, command: CommandAPDU) -> bytes:
    """Write into a certificate; keys come by their own commands only."""
    file, offset = _place(standing, command)
    if file.fid not in _CERTIFICATES:
        raise StatusError(StatusWord.SECURITY_NOT_SATISFIED)
    standing.require(Act.UPDATE)
    if offset >= file.size:
        raise StatusError(StatusWord.WRONG_OFFSET)
    if offset + len(command.data) > file.size:
        raise StatusError(StatusWord.WRONG_LENGTH)
    file.write(offset, command.data)
    return b""


def _place(standing: Standing, command: CommandAPDU) -> tuple[File, int]:
    """The file and the offset: of 15 bits in the current file, or of 8 in that of an SFI."""
    if command.p1 & 0x80:
        return standing.file(command.p1 & 0x1F), command.p2
    return standing.file(0), command.p1 << 8 | command.p2
