"""A chip as its maker describes it: size, the split of its memory, the lot it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from enum import Enum, unique
from types import MappingProxyType
from typing import Any

from sscard.apdu import atr
from sscard.apdu.atr import Atr, InterfaceBytes
from sscard.apdu.ats import Ats
from sscard.dialects import footprint
from sscard.dialects.certificates import OF_BLANK_CARDS, CertificateSettings
from sscard.dialects.delivery import BY_MAKER, Delivery
from sscard.errors import MalformedData, ProfileError
from sscard.keys import SUITES

#: Bytes that one physical step programs.
PAGE = 64
#: The parts of the memory, in the order in which they lie behind the journal.
PARTITIONS = ("system", "exchange", "ssse", "pse")
#: What comes behind them on a chip with the certificate application (ssc-more 1).
CERTIFICATES = "pki"


@unique
class TooLargeLe(Enum):
    """What the COS answers when more is asked for than there is (ssc 12 [S], ssc-more 5 [T])."""

    #: 6Cxx with the right length.
    REFUSED = "6Cxx"
    #: What there is, and 9000.
    SHORTER_ANSWER = "shorter answer"


#: On T=0 a wrong Le is refused (ssc 12 [S]); elsewhere it is a setting (default assumed).
LE: Mapping[str, TooLargeLe] = MappingProxyType(
    {"t0": TooLargeLe.REFUSED, "other": TooLargeLe.SHORTER_ANSWER}
)


#: What the ATR says but the historical bytes: of a blank chip, and once the final ATR is written.
#: PPS and TA1 are optional (ssc 6 [S]); what chips really have there is not public.
ATR: Mapping[str, tuple[InterfaceBytes, ...]] = MappingProxyType(
    dict.fromkeys(("blank", "final"), (InterfaceBytes(tb=0, tc=0),))
)


@dataclass(frozen=True, slots=True)
class Times:
    """What a chip takes, in microseconds: for any command, and for programming one page.

    No public source gives them for these chips; the defaults are of the order of what cards in
    readers show (docs/line-time.md) and assumed.
    """

    command: int = 1000
    page: int = 2000


@dataclass(frozen=True, slots=True)
class Chip:
    """Sizes are bytes.  ``partitions`` names the part of the memory each application gets.

    ``suite`` is what its social-security side computes with (``3des``, ``sm4``); ``le`` says for
    T=0 (``t0``) and for all ``other`` protocols what a too large Le gets.  ``atr`` has the
    interface bytes of the ``blank`` chip's ATR and of the ``final`` one, ``ats`` T0 and those of
    its ATS, nothing on a chip without an antenna.  ``empty_pin_grants`` says
    whether VERIFY without data gives the PIN right on a card without a PIN (ssc 12);
    ``pse_over_antenna`` whether the directory of the contact interface answers there, too, and
    ``ppse_over_contacts`` the other way round.  ``ssse_from_reset``: an issued card has SSSE
    selected from the reset on and does not find it by name, as older ones of one city (ssc-more 5
    [1]).  ``blocks_in_order`` says whether STORE DATA refuses a block number that is not due (pboc
    1.6), ``instances`` how the chip gets its financial applications.  ``times`` is for the
    line-time model; the card itself knows no clock.  ``certificates`` says how the certificate
    application begins, on a chip with a partition for it.
    """

    name: str
    size: int
    partitions: Mapping[str, int]
    cos_version: str
    lot: str
    transport_tries: int
    mark: str
    suite: str = "3des"
    le: Mapping[str, TooLargeLe] = field(default_factory=lambda: LE)
    atr: Mapping[str, tuple[InterfaceBytes, ...]] = field(default_factory=lambda: ATR)
    ats: bytes = b""
    empty_pin_grants: bool = True
    pse_over_antenna: bool = False
    blocks_in_order: bool = True
    instances: Delivery = BY_MAKER
    ppse_over_contacts: bool = False
    ssse_from_reset: bool = False
    times: Times = Times()
    certificates: CertificateSettings = OF_BLANK_CARDS

    @property
    def parts(self) -> tuple[str, ...]:
        """The partitions in the order in which they lie behind the journal."""
        return tuple(each for each in (*PARTITIONS, CERTIFICATES) if each in self.partitions)

    def without_signing(self) -> Chip:
        """The same chip, made without the command that signs: nobody knows the real one.

        A card that is made so keeps it in its memory, whatever chip file its image is read with.
        """
        return replace(self, certificates=replace(self.certificates, signing="none"))

    @classmethod
    def from_table(cls, table: Mapping[str, Any], place: str) -> Chip:
        """The chip in a parsed TOML file.  Raises ProfileError naming ``place`` and the entry."""
        try:
            values = {name: table[name] for name in cls.__slots__ if name not in _OPTIONAL}
        except KeyError as missing:
            raise ProfileError(f"{place}: {missing.args[0]} is missing") from None
        values |= {name: read(table[name], place) for name, read in _READ.items() if name in table}
        require_sound(table, PARTITIONS, place, {CERTIFICATES})
        chip = cls(**values)
        _require_room(chip, place)
        return chip


def _require_room(chip: Chip, place: str) -> None:
    """The certificate application is made whole, before anything else.  Raises ProfileError."""
    needed = footprint.certificates(chip.certificates.certificate_size)
    if chip.partitions.get(CERTIFICATES, needed) < needed:
        raise ProfileError(f"{place}: {CERTIFICATES} needs {needed:,} bytes")


def require_sound(
    table: Mapping[str, Any], parts: Sequence[str], place: str, more: Set[str] = frozenset()
) -> None:
    """What every chip file must say, a user card's and a PSAM's: its suite, and whole pages.

    ``parts`` are the partitions that it must have, ``more`` those that it may have.  Raises
    ProfileError.
    """
    size, partitions = table["size"], table["partitions"]
    if table["suite"] not in SUITES:
        raise ProfileError(f"{place}: suite must be one of {', '.join(SUITES)}")
    if set(partitions) - more != set(parts):
        raise ProfileError(f"{place}: partitions must be {', '.join(parts)}")
    for name, each in {"size": size, **partitions}.items():
        if not isinstance(each, int) or each <= 0 or each % PAGE:
            raise ProfileError(f"{place}: {name} is not a number of whole {PAGE}-byte pages")
    if sum(partitions.values()) > size:
        raise ProfileError(f"{place}: the partitions are larger than the chip")


def _le(table: object, place: str) -> Mapping[str, TooLargeLe]:
    words = [each.value for each in TooLargeLe]
    if (
        not isinstance(table, dict)
        or set(table) != set(LE)
        or any(word not in words for word in table.values())
    ):
        raise ProfileError(f"{place}: le says for {' and '.join(LE)} one of {', '.join(words)}")
    return MappingProxyType({protocol: TooLargeLe(word) for protocol, word in table.items()})


def _atr(table: object, place: str) -> Mapping[str, tuple[InterfaceBytes, ...]]:
    """``TS T0 … `` up to the historical bytes, for a blank and for a finished chip."""
    if not isinstance(table, dict) or set(table) != set(ATR):
        raise ProfileError(f"{place}: atr says for {' and '.join(ATR)} how it begins")
    try:
        return MappingProxyType({when: _levels(text) for when, text in table.items()})
    except (TypeError, ValueError, MalformedData):
        raise ProfileError(
            f"{place}: atr is TS, T0 for 13 historical bytes, and the interface bytes"
        ) from None


def _levels(text: str) -> tuple[InterfaceBytes, ...]:
    begun = bytes.fromhex(text)
    made = Atr(bytes(atr.HISTORICAL_SIZE), atr.interface_bytes(begun))
    if bytes(made)[: -atr.HISTORICAL_SIZE - made.checked] != begun:
        raise ValueError
    return made.levels


def _ats(text: object, place: str) -> bytes:
    """T0 and interface bytes, without length and historical bytes."""
    try:
        ats = bytes.fromhex(text) if isinstance(text, str) else b""
        right = bool(ats) and not Ats.parse(bytes((len(ats) + 1,)) + ats).historical
    except (ValueError, MalformedData):
        right = False
    if not right:
        raise ProfileError(f"{place}: ats is T0 and the interface bytes of an ATS")
    return ats


def read_times(table: object, place: str) -> Times:
    """What a chip file says under ``times``.  Raises ProfileError."""
    if (
        not isinstance(table, dict)
        or set(table) != set(Times.__slots__)
        or any(type(value) is not int or value < 0 for value in table.values())
    ):
        names = " and ".join(Times.__slots__)
        raise ProfileError(f"{place}: times says {names} in whole microseconds")
    return Times(**table)


def _switch(name: str) -> Callable[[object, str], bool]:
    def read(value: object, place: str) -> bool:
        if not isinstance(value, bool):
            raise ProfileError(f"{place}: {name} is true or false")
        return value

    return read


_SWITCHES = (
    "empty_pin_grants",
    "pse_over_antenna",
    "ppse_over_contacts",
    "ssse_from_reset",
    "blocks_in_order",
)
_READ: Mapping[str, Callable[[object, str], object]] = MappingProxyType(
    {
        "le": _le,
        "atr": _atr,
        "ats": _ats,
        "times": read_times,
        "instances": Delivery.from_table,
        "certificates": CertificateSettings.from_table,
    }
    | {name: _switch(name) for name in _SWITCHES}
)
_OPTIONAL = ("atr", "ats", "times", "instances", "certificates", *_SWITCHES)
