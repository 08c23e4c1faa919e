"""What a terminal is and what its acquirer told it: capabilities, applications, limits, CA keys."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.apdu.pboc import DEFAULT_DDOL
from sscard.apdu.terminal_capabilities import TerminalCapabilities
from sscard.apdu.tvr import TVR
from sscard.keys.rsa import RSAPublicKey
from sscard.keys.sm2_keys import SM2PublicKey

#: China, and the renminbi (ISO 3166-1, ISO 4217).
CHINA = bytes((0x01, 0x56))
#: UnionPay debit by the beginning of its name (pboc 2.1 [H]).
UNIONPAY_DEBIT = bytes.fromhex("A0000003330101")
#: PBOC 3.0 (pboc 2.3 [H]).
VERSION_3 = b"\x00\x30"
#: Contacts, every way to verify a person, every way to check data.
EVERYTHING = TerminalCapabilities(0xE0F8C8)

_NONE = TVR(0)
#: By the last digit of a terminal's type: only online, both, only offline (EMV book 4, A1 [G]).
_ONLINE_ONLY, _OFFLINE_ONLY = (1, 4), (3, 6)
#: Types that take money out with nobody beside, and those with nobody beside at all.
_FINANCIAL, _UNATTENDED = (0x14, 0x15, 0x16), (0x14, 0x15, 0x16, 0x24, 0x25, 0x26, 0x34, 0x35, 0x36)


@dataclass(frozen=True, slots=True)
class ActionCodes:
    """On which results to decline, to go online, or to decline where that is impossible."""

    denial: TVR = _NONE
    online: TVR = _NONE
    default: TVR = _NONE


@dataclass(frozen=True, slots=True)
class RandomSelection:
    """Which of the transactions below the floor limit go online all the same.

    ``target`` percent of those below ``threshold`` (smallest unit of the currency), and more and
    more up to ``maximum`` percent just below the floor limit (EMV book 3, 10.6.2 [G]).
    """

    threshold: int = 0
    target: int = 0
    maximum: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.target <= self.maximum <= 99 or self.threshold < 0:
            raise ValueError("target and maximum are percentages from 0 to 99, in this order")


@dataclass(frozen=True, slots=True)
class ContactlessLimits:
    """In the smallest unit; from ``maximum`` on there is no contactless transaction.

    From ``floor`` on the issuer is asked, from ``cvm`` on the cardholder is verified.
    """

    maximum: int = 100_000_000
    floor: int = 100_000
    cvm: int = 100_000


@dataclass(frozen=True, slots=True)
class Application:
    """One application that the terminal accepts; amounts in the smallest unit of its currency.

    With ``partial`` the name is the beginning of what cards may say.  Below ``cash_limit`` (tag
    9F7B) a terminal that takes e-cash offers to; without one it is the floor limit.
    """

    name: bytes = UNIONPAY_DEBIT
    partial: bool = True
    version: bytes = VERSION_3
    codes: ActionCodes = field(default_factory=ActionCodes)
    floor_limit: int = 0
    cash_limit: int | None = None
    selection: RandomSelection = field(default_factory=RandomSelection)
    ddol: bytes = DEFAULT_DDOL
    contactless: ContactlessLimits = field(default_factory=ContactlessLimits)

    def matches(self, name: bytes) -> bool:
        """Whether a card's application of this name is one."""
        return name.startswith(self.name) if self.partial else name == self.name


_NO_RSA: Mapping[int, RSAPublicKey] = MappingProxyType({})
_NO_SM2: Mapping[int, SM2PublicKey] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Authorities:
    """CA keys by their index, and serials of issuer certificates that were revoked."""

    rsa: Mapping[int, RSAPublicKey] = field(default_factory=lambda: _NO_RSA)
    sm2: Mapping[int, SM2PublicKey] = field(default_factory=lambda: _NO_SM2)
    revoked: Container[bytes] = ()


@dataclass(frozen=True, slots=True)
class Terminal:
    """One terminal.  ``kind`` is tag 9F35: 22 is attended, of a merchant, online and offline.

    ``sm`` asks for SM2 and SM4 (DF69), ``ecash`` offers to pay small purchases with e-cash (9F7A);
    both only where the card's PDOL wants to know.  Without ``directory`` there is no PSE, only the
    list of names.
    """

    applications: tuple[Application, ...] = (Application(),)
    authorities: Authorities = field(default_factory=Authorities)
    capabilities: TerminalCapabilities = EVERYTHING
    kind: int = 0x22
    additional: bytes = bytes.fromhex("6000F0A001")
    country: bytes = CHINA
    serial: str = "00000001"
    identification: str = "00000001"
    merchant: str = "000000000000001"
    merchant_name: str = "SSCARD TEST MERCHANT"
    directory: bool = True
    sm: bool = False
    ecash: bool = False

    def __post_init__(self) -> None:
        sizes = {"additional": 5, "country": 2, "serial": 8, "identification": 8, "merchant": 15}
        for name, size in sizes.items():
            if len(getattr(self, name)) != size:
                raise ValueError(f"a terminal's {name} has {size} bytes")
        if not 0x11 <= self.kind <= 0x36:
            raise ValueError("a terminal's type is 11 to 36")

    @property
    def online_only(self) -> bool:
        """Whether it can approve nothing itself."""
        return self.kind & 0x0F in _ONLINE_ONLY

    @property
    def offline_only(self) -> bool:
        """Whether it can ask nobody."""
        return self.kind & 0x0F in _OFFLINE_ONLY

    @property
    def teller_machine(self) -> bool:
        """Whether it is a bank's machine that gives money."""
        return self.kind in _FINANCIAL

    @property
    def unattended(self) -> bool:
        """Whether nobody stands beside it."""
        return self.kind in _UNATTENDED
