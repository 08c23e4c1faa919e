"""Which commands each file environment answers, and in which form (ssc 5.1 [S])."""

from __future__ import annotations

from types import MappingProxyType

from sscard.apdu.iso7816 import INS
from sscard.cos import handover
from sscard.cos.dispatch import ANY, Row, Table
from sscard.cos.environment import Environment
from sscard.cos.life_cycle import CardEvent, CardState
from sscard.cos.medical import TABLE as MEDICAL
from sscard.cos.ssse import authentication, blocking, pin, records

_MAC = 4
_ISSUED = frozenset({CardState.ISSUED})
#: What one command writes: more would not always find room in the journal (assumed).
_LONGEST = 1024
_ONE_OR_MORE = range(1, _LONGEST + 1)
_SECURED = range(_MAC + 1, 0x100)  # the MAC covers Lc as one byte (ssc 4 row 3 [S])
_EIGHTS = (16, 17)
#: A MAC alone, or one or two enciphered blocks of 8 bytes and the MAC (ssc 5.1 [S]: 0C; a PIN of
#: more than 14 digits needs the second block).
_PIN_CHANGE = (_MAC, 8 + _MAC, 16 + _MAC)
_SFIS = range(31)  # 0 is the current EF
_READ_P2 = frozenset(sfi << 3 | how for sfi in _SFIS for how in records.READS)
_UPDATE_P2 = frozenset(sfi << 3 | how for sfi in _SFIS for how in records.UPDATES)
_BINARY_P1 = range(0x80 | len(_SFIS))  # the high part of an offset, or bit 8 and an SFI

_SHARED: dict[tuple[int, int], Row[Environment]] = {
    (0x00, INS.GET_CHALLENGE): Row(authentication.get_challenge, le=True),
    (0x00, INS.EXTERNAL_AUTHENTICATE): Row(
        authentication.external_authenticate, p2=ANY, lc=_EIGHTS, le=False
    ),
}

#: The MF with the hand-over area: no records, no PIN, no IRK.
MAIN: Table[Environment] = MappingProxyType(
    {
        **_SHARED,
        (0x00, INS.READ_BINARY): Row(handover.read_binary, p1=_BINARY_P1, p2=ANY, le=True),
        (0x00, INS.UPDATE_BINARY): Row(
            handover.update_binary, p1=_BINARY_P1, p2=ANY, lc=_ONE_OR_MORE, le=False
        ),
    }
)

#: SSSE and the directories below it.
SSSE: Table[Environment] = MappingProxyType(
    {
        **_SHARED,
        **MEDICAL,
        (0x00, INS.VERIFY): Row(pin.verify, lc=(0, *range(2, 9)), le=False),
        (0x80, INS.CHANGE_PIN): Row(pin.change, p1=(0x01,), lc=range(3, 18), le=False),
        (0x84, INS.PIN_CHANGE_UNBLOCK): Row(
            pin.change_or_unblock, p2=(pin.UNBLOCK, pin.CHANGE), lc=_PIN_CHANGE, le=False
        ),
        (0x84, INS.APPLICATION_BLOCK): Row(
            blocking.application_block, p2=(0x01,), lc=(_MAC,), le=False, states=_ISSUED
        ),
        (0x84, INS.CARD_BLOCK): Row(
            blocking.card_block, lc=(_MAC,), le=False, states=_ISSUED, event=CardEvent.CARD_BLOCK
        ),
        (0x00, INS.INTERNAL_AUTHENTICATE): Row(authentication.internal_authenticate, lc=_EIGHTS),
        (0x00, INS.READ_RECORD): Row(records.read_record, p1=ANY, p2=_READ_P2, le=True),
        (0x00, INS.UPDATE_RECORD): Row(
            records.update_record, p1=ANY, p2=_UPDATE_P2, lc=_ONE_OR_MORE, le=False
        ),
        (0x04, INS.UPDATE_RECORD): Row(
            records.update_record, p1=ANY, p2=_UPDATE_P2, lc=_SECURED, le=False
        ),
        (0x00, INS.READ_BINARY): Row(records.read_binary, p1=_BINARY_P1, p2=ANY, le=True),
        (0x00, INS.UPDATE_BINARY): Row(
            records.update_binary, p1=_BINARY_P1, p2=ANY, lc=_ONE_OR_MORE, le=False
        ),
        (0x04, INS.UPDATE_BINARY): Row(
            records.update_binary, p1=_BINARY_P1, p2=ANY, lc=_SECURED, le=False
        ),
    }
)
