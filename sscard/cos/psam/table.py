"""Which commands a PSAM answers, and in which form (ssc 5.3 [S])."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.apdu.iso7816 import INS
from sscard.apdu.psam import (
    COMPUTING_CLASS,
    ENVIRONMENT_CLASS,
    FACTOR,
    MAC2_SIZE,
    Cipher,
    PsamINS,
)
from sscard.apdu.psam_data import PurchaseOfCard
from sscard.cos.dispatch import ANY, Row, Table
from sscard.cos.life_cycle import CardState
from sscard.cos.psam import authentication, computing, loading, purchase, selection
from sscard.cos.psam.environment import PsamEnvironment
from sscard.cos.ssse import authentication as shared
from sscard.cos.ssse import records
from sscard.keys import SUITES, Suite

_ISSUED = frozenset({CardState.ISSUED})
_EIGHTS = (16, 17)
_ONE_OR_MORE = range(1, 0x100)
_SFIS = range(31)  # 0 is the current EF
_READ_P2 = frozenset(sfi << 3 | how for sfi in _SFIS for how in records.READS)
_UPDATE_P2 = frozenset(sfi << 3 | how for sfi in _SFIS for how in records.UPDATES)
_BINARY_P1 = range(0x80 | len(_SFIS))  # the high part of an offset, or bit 8 and an SFI
#: The most data of CIPHER DATA by block size.
_LONGEST = {8: 0x40, 16: 0x80}
_KEY_LENGTHS = (0x14, 0x1C, 0x24)
_KEY_FILES = range(1, 0x100)
_LEVELS = range(4)


def _commands(suite: Suite) -> Table[PsamEnvironment]:
    block, head = suite.block, PurchaseOfCard.LAYOUT.size
    return MappingProxyType(
        {
            (0x00, INS.SELECT): Row(selection.select, p1=selection.FORMS, lc=range(17)),
            (0x00, INS.GET_CHALLENGE): Row(shared.get_challenge, le=True),
            (0x00, INS.EXTERNAL_AUTHENTICATE): Row(
                authentication.external_authenticate, p2=ANY, lc=_EIGHTS, le=False
            ),
            (0x00, INS.READ_RECORD): Row(records.read_record, p1=ANY, p2=_READ_P2, le=True),
            (0x00, INS.UPDATE_RECORD): Row(
                records.update_record, p1=ANY, p2=_UPDATE_P2, lc=_ONE_OR_MORE, le=False
            ),
            (0x00, INS.READ_BINARY): Row(records.read_binary, p1=_BINARY_P1, p2=ANY, le=True),
            (0x00, INS.UPDATE_BINARY): Row(
                records.update_binary, p1=_BINARY_P1, p2=ANY, lc=_ONE_OR_MORE, le=False
            ),
            (ENVIRONMENT_CLASS, PsamINS.INIT_ENVIRONMENT): Row(
                selection.init_environment, lc=(1,), le=False
            ),
            (ENVIRONMENT_CLASS, PsamINS.DELIVERY_SESSION_KEY): Row(
                computing.deliver,
                p1=ANY,
                p2=ANY,
                lc=frozenset(block + FACTOR * count for count in _LEVELS),
                le=False,
            ),
            (COMPUTING_CLASS, PsamINS.CIPHER_DATA): Row(
                computing.cipher,
                p1=frozenset(Cipher),
                lc=range(block, _LONGEST[block] + 1, block),
            ),
            (COMPUTING_CLASS, PsamINS.INIT_SAM_FOR_PURCHASE): Row(
                purchase.initialize,
                p1=(0x01,),
                lc=frozenset(head + FACTOR * count for count in _LEVELS if count),
                states=_ISSUED,
            ),
            (COMPUTING_CLASS, PsamINS.CREDIT_SAM_FOR_PURCHASE): Row(
                purchase.credit, lc=(MAC2_SIZE,), le=False, states=_ISSUED
            ),
            (0x84, PsamINS.WRITE_KEY): Row(
                loading.write_key,
                p1=(loading.CREATE, loading.CHANGE),
                p2=_KEY_FILES,
                lc=_KEY_LENGTHS,
                le=False,
                states=_ISSUED,
            ),
        }
    )


#: By cipher suite: lengths are in blocks.
COMMANDS: Mapping[str, Table[PsamEnvironment]] = MappingProxyType(
    {name: _commands(suite) for name, suite in SUITES.items()}
)
