"""Which commands each financial application answers, and in which form (pboc 1.1, 5 [H])."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu import aid
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.pboc import ENCIPHERED_PIN, PLAINTEXT_PIN
from sscard.apdu.pboc_script import CHANGE, CHANGE_WITH_CURRENT, UNBLOCK
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.dispatch import ANY, Row, Table, find
from sscard.cos.life_cycle import CardEvent, CardState
from sscard.cos.pse import (
    capp,
    generate_ac,
    issuer,
    options,
    personalization,
    pin,
    reading,
    scripts,
    signing,
)
from sscard.cos.pse.selected import Selected
from sscard.cos.pse.state import PERMITTED, in_phase

KEY_VERSIONS = (0x00, 0x01)  # 00: the card's default
LEVELS = (0x00, 0x01, 0x03)
#: Last or not; no DGI enciphered, those that the application knows to be secret, or all.
STORE_DATA_P1 = (0x00, 0x20, 0x60, 0x80, 0xA0, 0xE0)
#: Also with an Lc of 3 bytes (pboc 1.6 [M]).
STORED = range(0x10000)
_BY_NUMBER = tuple(sfi << 3 | 4 for sfi in range(1, 31))
_RECORD_FILES = tuple(sfi << 3 | 4 for sfi in range(1, 11))
#: AAC, TC, ARQC, the last two also signed; a signed AAC is asked for and comes without.
_CRYPTOGRAMS = (0x00, 0x40, 0x80, 0x10, 0x50, 0x90)
_SOME = range(1, 0x100)
#: Nothing but the MAC.  A command without one is told so by its handler.
_MAC = (0, 4)
_PIN_AND_MAC = (0, 4, 20)

_store_data = Row(personalization.store_data, p1=STORE_DATA_P1, p2=ANY, lc=STORED)

_DIRECTORY: Table[Selected] = MappingProxyType(
    {
        (0x80, INS.INITIALIZE_UPDATE): Row(
            personalization.initialize_update, p1=KEY_VERSIONS, lc=(8,)
        ),
        (0x84, INS.EXTERNAL_AUTHENTICATE): Row(
            personalization.external_authenticate, p1=LEVELS, lc=(16,)
        ),
        (0x80, INS.STORE_DATA): _store_data,
        (0x84, INS.STORE_DATA): _store_data,
        (0x00, INS.READ_RECORD): Row(
            reading.read_record, p1=range(1, 0x100), p2=_BY_NUMBER, le=True
        ),
    }
)

_TRANSACTION: Table[Selected] = MappingProxyType(
    {
        (0x80, INS.GET_PROCESSING_OPTIONS): Row(options.get_processing_options, lc=range(2, 0x100)),
        (0x00, INS.VERIFY): Row(pin.verify, p2=(PLAINTEXT_PIN, ENCIPHERED_PIN), lc=_SOME, le=False),
        (0x80, INS.GET_DATA): Row(reading.get_data, p1=ANY, p2=ANY, le=True),
        (0x00, INS.GET_CHALLENGE): Row(pin.get_challenge, le=True),
        (0x00, INS.INTERNAL_AUTHENTICATE): Row(signing.internal_authenticate, lc=_SOME),
        (0x80, INS.GENERATE_AC): Row(generate_ac.generate_ac, p1=_CRYPTOGRAMS, lc=ANY),
        (0x00, INS.EXTERNAL_AUTHENTICATE): Row(issuer.external_authenticate, lc=(10,), le=False),
    }
)

_SCRIPT: Table[Selected] = MappingProxyType(
    {
        (0x84, INS.APPLICATION_BLOCK): Row(scripts.application_block, lc=_MAC, le=False),
        (0x84, INS.APPLICATION_UNBLOCK): Row(scripts.application_unblock, lc=_MAC, le=False),
        (0x84, INS.CARD_BLOCK): Row(
            scripts.card_block, lc=_MAC, le=False, event=CardEvent.CARD_BLOCK
        ),
        (0x84, INS.PIN_CHANGE_UNBLOCK): Row(
            scripts.pin_change_unblock,
            p2=(UNBLOCK, CHANGE_WITH_CURRENT, CHANGE),
            lc=_PIN_AND_MAC,
            le=False,
        ),
        (0x04, INS.PUT_DATA): Row(scripts.put_data, p1=ANY, p2=ANY, lc=ANY, le=False),
        (0x04, INS.UPDATE_RECORD): Row(
            scripts.update_record, p1=range(1, 0x100), p2=_RECORD_FILES, lc=ANY, le=False
        ),
    }
)

_EXTENDED_FILES = tuple(sfi << 3 for sfi in range(0x15, 0x1F))
_EXTENDED: Table[Selected] = MappingProxyType(
    {
        (0x04, INS.STORE_DATA): Row(capp.append_record, p2=_EXTENDED_FILES, lc=_SOME, le=False),
        (0x80, INS.READ_CAPP_DATA): Row(capp.read_data, p2=_EXTENDED_FILES, lc=(2,)),
        (0x84, INS.UPDATE_CAPP_DATA_CACHE): Row(
            capp.update_cache, p2=_EXTENDED_FILES, lc=_SOME, le=False
        ),
        (0x80, INS.GET_TRANS_PROVE): Row(capp.get_proof, lc=(2,)),
    }
)

#: Application -> its commands.
TABLES: Mapping[bytes, Table[Selected]] = MappingProxyType(
    {
        aid.PSE: _DIRECTORY,
        aid.PPSE: _DIRECTORY,  # it has no record: its directory is in its FCI
        aid.DEBIT: MappingProxyType({**_DIRECTORY, **_TRANSACTION, **_SCRIPT, **_EXTENDED}),
    }
)


def row(selected: Selected, command: CommandAPDU, card: CardState) -> Row[Selected]:
    """The command's row after the checks that need no object, in the order of decision 6.

    Class and instruction come first, then the states of application, channel and transaction: an
    unknown command is none of ``PERMITTED``.
    """
    table, key = TABLES[selected.instance.application], (command.cla, command.ins)
    standing = selected.instance.state, selected.session.state
    if key in table and not (
        standing in PERMITTED[key] and in_phase(key, selected.transaction.phase)
    ):
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    return find(table, command, card)
