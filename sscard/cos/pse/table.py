"""Which commands each financial application answers, and in which form (pboc 1.1, 5 [H])."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu import aid
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.dispatch import ANY, Row, Table, find
from sscard.cos.life_cycle import CardState
from sscard.cos.pse import commands
from sscard.cos.pse.selected import Selected
from sscard.cos.pse.state import PERMITTED

_KEY_VERSIONS = (0x00, 0x01)  # 00: the card's default
_LEVELS = (0x00, 0x01, 0x03)
#: Last or not, all DGIs enciphered or none.
_STORE_DATA_P1 = (0x00, 0x60, 0x80, 0xE0)
_BY_NUMBER = tuple(sfi << 3 | 4 for sfi in range(1, 31))
_PLAINTEXT_PIN = (0x80,)

_store_data = Row(commands.store_data, p1=_STORE_DATA_P1, p2=ANY, lc=ANY)

_DIRECTORY: Table[Selected] = MappingProxyType(
    {
        (0x80, INS.INITIALIZE_UPDATE): Row(commands.initialize_update, p1=_KEY_VERSIONS, lc=(8,)),
        (0x84, INS.EXTERNAL_AUTHENTICATE): Row(
            commands.external_authenticate, p1=_LEVELS, lc=(16,)
        ),
        (0x80, INS.STORE_DATA): _store_data,
        (0x84, INS.STORE_DATA): _store_data,
        (0x00, INS.READ_RECORD): Row(
            commands.read_record, p1=range(1, 0x100), p2=_BY_NUMBER, le=True
        ),
    }
)

#: Instance name -> its commands.
TABLES: Mapping[bytes, Table[Selected]] = MappingProxyType(
    {
        aid.PSE: _DIRECTORY,
        aid.PPSE: _DIRECTORY,  # it has no record: its directory is in its FCI
        aid.DEBIT: MappingProxyType(
            {
                **_DIRECTORY,
                (0x80, INS.GET_PROCESSING_OPTIONS): Row(
                    commands.get_processing_options, lc=range(2, 0x100)
                ),
                (0x00, INS.VERIFY): Row(commands.verify, p2=_PLAINTEXT_PIN, lc=(8,), le=False),
                (0x80, INS.GET_DATA): Row(commands.get_data, p1=ANY, p2=ANY, le=True),
            }
        ),
    }
)


def row(selected: Selected, command: CommandAPDU, card: CardState) -> Row[Selected]:
    """The command's row after the checks that need no object, in the order of decision 6.

    Class and instruction come first, then the states: an unknown command is none of ``PERMITTED``.
    """
    table, key = TABLES[selected.instance.name], (command.cla, command.ins)
    standing = selected.instance.state, selected.channel_state
    if key in table and standing not in PERMITTED[key]:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    return find(table, command, card)
