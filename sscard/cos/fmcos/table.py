"""Which commands an FMCOS card answers, and in which form (dialects 2 [S])."""

from __future__ import annotations

from types import MappingProxyType

from sscard.apdu.iso7816 import INS
from sscard.cos.dispatch import ANY, Row, Table
from sscard.cos.fmcos import authentication, binary, issuing, records, selection
from sscard.cos.fmcos.session import Session
from sscard.dialects.fmcos import CREATE_FILE, ERASE_DF, WRITE_KEY

UPDATE_BINARY_D0, APPEND_RECORD = 0xD0, 0xE2
_MAC = 4
_DATA = range(1, 0x100)
_PROTECTED = range(_MAC, 0x100)
_SFIS = range(31)  # 0 is the current EF; the manual reserves 31 in records
_READ_P2 = frozenset(sfi << 3 | how for sfi in _SFIS for how in records.READS)
_UPDATE_P2 = frozenset(sfi << 3 | how for sfi in _SFIS for how in records.UPDATES)
_APPEND_P2 = frozenset(sfi << 3 | how for sfi in _SFIS for how in records.APPENDS)
#: The high part of an offset; or 100 and a short identifier.
_BINARY_P1 = (*range(0x80), *range(0x81, 0xA0))
_SELECT_P1 = (selection.BY_FID, selection.BY_NAME)

_update_binary = Row(binary.update_binary, p1=_BINARY_P1, p2=ANY, lc=_DATA, le=False)
_update_record = Row(records.update_record, p1=ANY, p2=_UPDATE_P2, lc=_DATA, le=False)
_append_record = Row(records.append_record, p2=_APPEND_P2, lc=_DATA, le=False)
_write_key = Row(issuing.write_key, p1=ANY, p2=range(0xFF), lc=_DATA, le=False)

COMMANDS: Table[Session] = MappingProxyType(
    {
        (0x00, INS.SELECT): Row(selection.select, p1=_SELECT_P1, lc=range(17)),
        (0x00, INS.GET_CHALLENGE): Row(authentication.get_challenge, le=True),
        (0x00, INS.EXTERNAL_AUTHENTICATE): Row(
            authentication.external_authenticate, p2=ANY, lc=(8,), le=False
        ),
        (0x00, INS.INTERNAL_AUTHENTICATE): Row(
            authentication.internal_authenticate,
            p1=frozenset(authentication.COMPUTATIONS),
            p2=ANY,
            lc=range(1, binary.LONGEST + 1),
        ),
        (0x00, INS.VERIFY): Row(authentication.verify, p2=ANY, lc=range(1, 9), le=False),
        (0x00, INS.READ_BINARY): Row(binary.read_binary, p1=_BINARY_P1, p2=ANY, le=True),
        (0x04, INS.READ_BINARY): Row(
            binary.read_binary, p1=_BINARY_P1, p2=ANY, lc=(0, _MAC), le=True
        ),
        (0x00, INS.READ_RECORD): Row(records.read_record, p1=ANY, p2=_READ_P2, le=True),
        (0x04, INS.READ_RECORD): Row(
            records.read_record, p1=ANY, p2=_READ_P2, lc=(0, _MAC), le=True
        ),
        (0x00, INS.UPDATE_BINARY): _update_binary,
        (0x04, INS.UPDATE_BINARY): _update_binary,
        (0x00, UPDATE_BINARY_D0): _update_binary,
        (0x04, UPDATE_BINARY_D0): _update_binary,
        (0x00, INS.UPDATE_RECORD): _update_record,
        (0x04, INS.UPDATE_RECORD): _update_record,
        (0x00, APPEND_RECORD): _append_record,
        (0x04, APPEND_RECORD): _append_record,
        (0x80, CREATE_FILE): Row(issuing.create_file, p1=ANY, p2=ANY, lc=_DATA, le=False),
        (0x80, WRITE_KEY): _write_key,
        (0x84, WRITE_KEY): _write_key,
        (0x80, ERASE_DF): Row(issuing.erase),
    }
)
