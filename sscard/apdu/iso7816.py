"""Builders for the interindustry commands the card answers (ISO/IEC 7816-4; ssc 5.1 [S])."""

from __future__ import annotations

from enum import IntEnum, unique

from sscard.apdu.command import CommandAPDU


@unique
class INS(IntEnum):
    """Instruction bytes, one name each, of every specification sscard knows."""

    APPLICATION_BLOCK = 0x1E
    CARD_BLOCK = 0x16
    APPLICATION_UNBLOCK = 0x18
    VERIFY = 0x20
    PIN_CHANGE_UNBLOCK = 0x24
    INITIALIZE_UPDATE = 0x50
    GET_TRANS_PROVE = 0x5A
    CHANGE_PIN = 0x5E
    EXTERNAL_AUTHENTICATE = 0x82
    GET_CHALLENGE = 0x84
    INTERNAL_AUTHENTICATE = 0x88
    SELECT = 0xA4
    GET_PROCESSING_OPTIONS = 0xA8
    READ_BINARY = 0xB0
    READ_RECORD = 0xB2
    READ_CAPP_DATA = 0xB4
    GET_RESPONSE = 0xC0
    GENERATE_AC = 0xAE
    GET_DATA = 0xCA
    UPDATE_BINARY = 0xD6
    PUT_DATA = 0xDA
    UPDATE_RECORD = 0xDC
    UPDATE_CAPP_DATA_CACHE = 0xDE
    STORE_DATA = 0xE2
    DELETE = 0xE4
    INSTALL = 0xE6
    SET_STATUS = 0xF0


def select(name: bytes, *, p2: int = 0x00) -> CommandAPDU:
    """Select a DDF or ADF by its name; asks for the FCI (ssc 5.1 [S])."""
    return CommandAPDU(0x00, INS.SELECT, 0x04, p2, name, 256)


def select_fid(fid: int, *, under_current: bool = False) -> CommandAPDU:
    """Select by file identifier: MF, DF or EF; ``under_current`` is the P1 = 02 form for EFs."""
    return CommandAPDU(0x00, INS.SELECT, 0x02 if under_current else 0x00, 0x00, _fid(fid))


def read_record(number: int, *, sfi: int = 0, ne: int = 256) -> CommandAPDU:
    """Read by record number; ``sfi`` 0 is the current EF (ssc 1.3 [S])."""
    return CommandAPDU(0x00, INS.READ_RECORD, number, _reference(sfi) | 4, ne=ne)


def read_record_tag(tag: int, *, sfi: int = 0, ne: int = 256) -> CommandAPDU:
    """Read by record identifier, the tag of its TLV; ``sfi`` 0 is the current EF (ssc 1.3 [S])."""
    return CommandAPDU(0x00, INS.READ_RECORD, tag, _reference(sfi), ne=ne)


def update_record(number: int, data: bytes, *, sfi: int = 0, cla: int = 0x00) -> CommandAPDU:
    """Write a whole record by number; CLA 04 when ``data`` ends in a MAC (ssc 5.1 [S])."""
    return CommandAPDU(cla, INS.UPDATE_RECORD, number, _reference(sfi) | 4, data)


def update_record_tag(tag: int, data: bytes, *, sfi: int = 0, cla: int = 0x00) -> CommandAPDU:
    """Write a whole record by identifier, its first byte; else as ``update_record``."""
    return CommandAPDU(cla, INS.UPDATE_RECORD, tag, _reference(sfi), data)


def append_record(data: bytes, *, sfi: int = 0, cla: int = 0x00) -> CommandAPDU:
    """Add the newest record of a cyclic file: P2 low bits 011 (ssc 5.1 [S])."""
    return CommandAPDU(cla, INS.UPDATE_RECORD, 0x00, _reference(sfi) | 3, data)


def read_binary(ne: int, *, sfi: int = 0, offset: int = 0) -> CommandAPDU:
    """Read a transparent EF; with ``sfi`` the offset has 8 bits, else 15 (ssc 5.1 [S])."""
    return CommandAPDU(0x00, INS.READ_BINARY, *_place(sfi, offset), ne=ne)


def update_binary(data: bytes, *, sfi: int = 0, offset: int = 0, cla: int = 0x00) -> CommandAPDU:
    """Write into a transparent EF; the same addressing as ``read_binary`` (ssc 5.1 [S])."""
    return CommandAPDU(cla, INS.UPDATE_BINARY, *_place(sfi, offset), data)


def verify(pin: bytes, *, reference: int = 0x00) -> CommandAPDU:
    """Present a PIN already in its card form (ssc 3.2 [S]); empty data asks for the state."""
    return CommandAPDU(0x00, INS.VERIFY, 0x00, reference, pin)


def get_challenge(ne: int) -> CommandAPDU:
    """Ask for 4, 8 or 16 random bytes (ssc 5.1 [S])."""
    return CommandAPDU(0x00, INS.GET_CHALLENGE, ne=ne)


def get_response(ne: int) -> CommandAPDU:
    """Fetch what a T=0 card announced with 61xx."""
    return CommandAPDU(0x00, INS.GET_RESPONSE, ne=ne)


def _fid(fid: int) -> bytes:
    if not 0 <= fid <= 0xFFFF:
        raise ValueError("a file identifier has two bytes")
    return fid.to_bytes(2, "big")


def _reference(sfi: int) -> int:
    if not 0 <= sfi <= 30:
        raise ValueError("sfi is 1..30, or 0 for the current EF")
    return sfi << 3


def _place(sfi: int, offset: int) -> tuple[int, int]:
    _reference(sfi)
    if not 0 <= offset <= (0xFF if sfi else 0x7FFF):
        raise ValueError("offset is 0..255 with an sfi, 0..32767 without")
    return (0x80 | sfi, offset) if sfi else (offset >> 8, offset & 0xFF)
