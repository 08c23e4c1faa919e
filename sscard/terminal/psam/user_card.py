"""What a terminal has to know of a user card before it can use its PSAM (ssc 7 [S])."""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.apdu import iso7816, ssc, tlv
from sscard.apdu.atr import HISTORICAL_SIZE
from sscard.apdu.card_identity import historical_bytes
from sscard.errors import MalformedData
from sscard.keys import Factors, Suite, suite_of_algorithm
from sscard.perso.plan import POWER_UP, Plan

_FCI = (0x6F, 0xA5, 0x9F0C, 0x86)
_DES, _SSF33 = 0x01, 0x02
_SSF33_PROVINCE = "11"
#: EF05 and the record of the card identification code: tag, length, 16 bytes.
_BASIC, _IDENTIFICATION, _SIZE = 0x05, 0x01, 18
_TAG = b"\x01\x10"


@dataclass(frozen=True, slots=True)
class UserCard:
    """A card in front of the terminal: its 13 historical bytes, identification code, algorithm."""

    historical: bytes
    identification: bytes = field(repr=False)
    suite: Suite

    @property
    def city(self) -> str:
        """The city whose keys it has: the first 3 bytes of the identification code."""
        return self.identification[:3].hex()

    @property
    def factors(self) -> Factors:
        """What leads from the ministry's roots to its keys."""
        return Factors.of(self.city, self.historical)


def recognise() -> Plan[UserCard]:
    """Power up, select SSSE, read the identification code; SSSE stays selected.

    By contacts or by antenna, with ATR or ATS.  Raises StatusError; MalformedData for a card that
    is none, and for one that uses SSF33.
    """
    answer = (yield POWER_UP).require("power up the user card")
    fci = (yield iso7816.select(ssc.SSSE_NAME)).require("select SSSE")
    record = (yield iso7816.read_record(_IDENTIFICATION, sfi=_BASIC, ne=_SIZE)).require(
        "read the card identification code"
    )
    if len(record) != _SIZE or record[:2] != _TAG or not record[2:5].hex().isdigit():
        raise MalformedData("record 1 of EF05 is no card identification code")
    identification, historical = record[2:], historical_bytes(answer)
    if len(historical) != HISTORICAL_SIZE:
        raise MalformedData("a social security card has 13 historical bytes")
    algorithm = algorithm_of(fci, identification)
    return UserCard(historical, identification, suite_of_algorithm(algorithm))


def algorithm_of(fci: bytes, identification: bytes) -> int:
    """As the FCI says; without it the province tells (ssc 1.2 [S])."""
    said = tlv.find(fci, *_FCI)
    if said:
        return said[0]
    return _SSF33 if identification.hex().startswith(_SSF33_PROVINCE) else _DES
