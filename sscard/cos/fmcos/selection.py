"""SELECT and the FCI of an FMCOS card (dialects 2.6 [S], [T])."""

from __future__ import annotations

from sscard.apdu import tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.fmcos.objects import Directory
from sscard.cos.fmcos.session import Session
from sscard.dialects.fmcos_operations import MAIN_FID, FileType

BY_FID, BY_NAME = 0x00, 0x04
_DIR_SFI, _ISSUER_DATA, _VERSION = 0x88, 0x9F0C, 0x9F08
_VERSION_VALUE = b"\x02"
#: The high three bits of the application file id.
_DDF, _ADF = 0, 4


def select(session: Session, command: CommandAPDU) -> bytes:
    """A directory answers with its FCI, an EF with nothing; no data is the MF.

    Raises StatusError 6700, 6A81 (no MF), 6A82.
    """
    current = session.directory
    if command.p1 == BY_NAME:
        return _enter(session, _named(session, current, command.data))
    if len(command.data) not in (0, 2):
        raise StatusError(StatusWord.WRONG_LENGTH)
    fid = int.from_bytes(command.data, "big") if command.data else MAIN_FID
    if fid == MAIN_FID:
        return _enter(session, session.files.main)
    if fid == current.fid:  # before its children, as a card in the field does
        return _enter(session, current)
    if fid in current.files:
        session.ef = current.files[fid]
        return b""
    return _enter(session, current.directories.get(fid))


def _enter(session: Session, directory: Directory | None) -> bytes:
    if directory is None:
        raise StatusError(StatusWord.FILE_NOT_FOUND)
    session.enter(directory)
    return fci(session, directory)


def _named(session: Session, current: Directory, name: bytes) -> Directory | None:
    """The MF, the current directory, one beside it or one below it, in this order."""
    known = session.files.directories
    beside = known[current.parent].directories.values() if current.number else ()
    candidates = (known[0], current, *beside, *current.directories.values())
    return next((directory for directory in candidates if directory.name == name), None)


def fci(session: Session, directory: Directory) -> bytes:
    """``6F { 84 name, A5 { … } }``; no A5 while there is nothing to put in it."""
    more = _version(directory) + _proprietary(session, directory)
    template = tlv.encode(0xA5, more) if more else b""
    return tlv.encode(0x6F, tlv.encode(0x84, directory.name) + template)


def _version(directory: Directory) -> bytes:
    return tlv.encode(_VERSION, _VERSION_VALUE) if directory.versioned else b""


def _proprietary(session: Session, directory: Directory) -> bytes:
    """The DIR's short identifier of a DDF, the issuer's data of an ADF."""
    kind, sfi = directory.application >> 5, directory.application & 0x1F
    if kind == _DDF and sfi:
        return tlv.encode(_DIR_SFI, bytes((sfi,)))
    file = directory.files.get(sfi)
    if kind != _ADF or file is None or file.type != FileType.BINARY:
        return b""
    return tlv.encode(_ISSUER_DATA, session.content(file.body, file.size))
