"""How every function begins: power, SSSE, whose card this is and which generation (ssc 7 [S])."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.apdu import iso7816, ssc
from sscard.apdu.atr import HISTORICAL_SIZE
from sscard.apdu.card_identity import historical_bytes
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.errors import MalformedData, ProfileError
from sscard.keys import Suite, suite_of_algorithm
from sscard.keys.stores.service.card_seen import CardSeen
from sscard.perso.plan import POWER_UP, Plan
from sscard.profiles.migration import Redefinition, redefinitions
from sscard.profiles.model import Key, Profile
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.dialogue import Dialogue, judged
from sscard.terminal.driver.terminal import Terminal
from sscard.terminal.driver.texts import text_of
from sscard.terminal.psam.slots import Slot, at, one
from sscard.terminal.psam.user_card import UserCard, algorithm_of

#: Of EF05: where the card says what it is, by tag and size.
_ISSUER, _IDENTIFICATION, _VERSION, _NUMBER = 0x05, (0x01, 16), (0x03, 4), (0x07, 9)
#: Generations by the first three characters of the version; an empty one is 1.0x (ssc 2.9 [S]).
_GENERATIONS: Mapping[str, int] = MappingProxyType({"1.0": 1, "2.0": 2, "3.0": 3, "": 1})
_ELSE = (StatusWord.FILE_NOT_FOUND, StatusWord.INS_NOT_SUPPORTED, StatusWord.CLA_NOT_SUPPORTED)
#: What a card without SSSE, or without these commands, is not.
_NO_SSC = dict.fromkeys(map(int, _ELSE), ErrorCode.WRONG_CARD_TYPE)


@dataclass(frozen=True, slots=True)
class Met:
    """A card in front of the terminal, SSSE selected.

    ``profile`` has the tables that fit it; ``redefined`` are the items that may be as the next
    generation has them.
    """

    card: UserCard
    version: str
    profile: Profile = field(repr=False)
    redefined: tuple[Redefinition, ...] = field(repr=False)
    number: str = field(repr=False)

    @property
    def identification(self) -> str:
        """卡识别码, 32 digits."""
        return self.card.identification.hex().upper()

    @property
    def seen(self) -> CardSeen:
        """What an HSM needs to know of it."""
        return CardSeen(self.card.city, self.card.historical.hex().upper())

    @property
    def algorithm(self) -> str:
        """01 or 03, as in FCI and step strings."""
        return f"{self.card.suite.algorithm:02X}"

    def key(self, name: str) -> Key:
        """A key of SSSE.  Raises ProfileError where cards of this profile have none."""
        for key in self.profile.directory("SSSE").keys:
            if key.name == name:
                return key
        raise ProfileError(f"{self.profile.name} has no key {name}")

    def require(self, card_info: str) -> None:
        """Raises DriverError where ``card_info`` is none, or another card's."""
        fields = card_info.split("|")
        if len(fields) != 3 or fields[2]:
            raise DriverError(ErrorCode.PARAMETER)
        if not is_identification(fields[0]):
            raise DriverError(ErrorCode.IDENTIFICATION_FORMAT)
        if (fields[0].upper(), fields[1]) != (self.identification, self.number):
            raise DriverError(ErrorCode.OTHER_CARD)


def is_identification(text: str) -> bool:
    """Whether this is a card identification code: 32 digits, of which 6 are the division's."""
    hexadecimal = set(text) <= set("0123456789ABCDEFabcdef")
    return len(text) == 32 and hexadecimal and text[:6].isdigit()


def meet(terminal: Terminal) -> Dialogue[Met]:
    """Power up, select SSSE, read what EF05 says.  Raises DriverError."""
    answer = (yield from at(Slot.USER, _power_up())).require("power up")
    historical = _historical(answer)
    fci = yield from judged(at(Slot.USER, _selected()), _NO_SSC)
    identification = yield from _own(*_IDENTIFICATION)
    if not is_identification(identification.hex()):
        raise DriverError(ErrorCode.IDENTIFICATION_FORMAT)
    suite = _suite(fci, identification)
    version = text_of((yield from _own(*_VERSION)))
    number = text_of((yield from _own(*_NUMBER)))
    generation = _GENERATIONS.get(version[:3])
    if generation is None:
        raise DriverError(ErrorCode.NOT_SUPPORTED)
    card = UserCard(historical, identification, suite)
    profile, redefined = _tables(terminal, generation)
    return Met(card, version, profile, redefined, number)


def _tables(terminal: Terminal, generation: int) -> tuple[Profile, tuple[Redefinition, ...]]:
    try:
        profile = terminal.profiles(generation)
        later = redefinitions(profile, terminal.profiles(2)) if generation == 1 else ()
    except ProfileError:
        raise DriverError(ErrorCode.NOT_SUPPORTED) from None
    return profile, later


def record(tag: int, size: int, sfi: int) -> Dialogue[bytes]:
    """The content of a record of the current directory, by its tag.

    Raises DriverError; MalformedData for another record.
    """
    command = iso7816.read_record_tag(tag, sfi=sfi, ne=size + 2)
    raw = (yield from at(Slot.USER, one(command))).require("read a record")
    if raw[:2] != bytes((tag, size)) or len(raw) != size + 2:
        raise MalformedData(f"record {tag:02X} of EF{sfi:02X} is of another form")
    return raw[2:]


def _own(tag: int, size: int) -> Dialogue[bytes]:
    return (yield from record(tag, size, _ISSUER))


def _power_up() -> Plan[ResponseAPDU]:
    return (yield POWER_UP)


def _selected() -> Plan[bytes]:
    return (yield iso7816.select(ssc.SSSE_NAME)).require("select SSSE")


def _historical(answer: bytes) -> bytes:
    try:
        found = historical_bytes(answer)
    except MalformedData:
        raise DriverError(ErrorCode.WRONG_CARD_TYPE) from None
    if len(found) != HISTORICAL_SIZE:
        raise DriverError(ErrorCode.WRONG_CARD_TYPE)
    return found


def _suite(fci: bytes, identification: bytes) -> Suite:
    """The card's algorithm; that of SSF33 is not public."""
    try:
        return suite_of_algorithm(algorithm_of(fci, identification))
    except MalformedData:
        raise DriverError(ErrorCode.NOT_SUPPORTED) from None
