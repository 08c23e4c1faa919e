"""The answer to reset: ``3B 6D 00 00`` + 13 historical bytes on every social security card.

Other chips, and blank ones, may say more: a faster line (TA1), another protocol (TD1).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import xor

from sscard.errors import MalformedData

#: TS, T0 (TB1, TC1, 13 historical bytes), TB1 = 00, TC1 = 00 (ssc 6 [S]).
PREFIX = bytes.fromhex("3B6D0000")
HISTORICAL_SIZE = 13

_DIRECT, _INVERSE = 0x3B, 0x3F
_TA, _TB, _TC, _TD = 0x1, 0x2, 0x4, 0x8
_ORDER = (_TA, _TB, _TC, _TD)
_GLOBAL = 15  # "T=15" holds global interface bytes and is no protocol
_MOST_HISTORICAL = 15
_LONGEST = 32  # without TS


def build(historical: bytes) -> bytes:
    """The ATR that carries these 13 historical bytes."""
    if len(historical) != HISTORICAL_SIZE:
        raise ValueError("a social security card has 13 historical bytes")
    return PREFIX + historical


def historical_bytes(raw: bytes) -> bytes:
    """The historical bytes of any ATR, found by TS, T0 and the TDi chain.  Raises MalformedData.

    ISO/IEC 7816-3 §8.2: the low half of T0 counts them; each TDi says which bytes follow.
    """
    if len(raw) < 2 or raw[0] not in (_DIRECT, _INVERSE):
        raise MalformedData("no ATR: TS is neither 3B nor 3F")
    at, present = 2, raw[1] >> 4
    while present:
        at += present.bit_count()
        if at > len(raw):
            raise MalformedData("the interface bytes of the ATR run past its end")
        present = raw[at - 1] >> 4 if present & _TD else 0
    end = at + (raw[1] & 0x0F)
    if end > len(raw):
        raise MalformedData("the historical bytes of the ATR run past its end")
    return raw[at:end]


@dataclass(frozen=True, slots=True)
class InterfaceBytes:
    """TAi, TBi, TCi of one level, None where absent, and the protocol that the TD before names.

    The first level, whose bytes are global, has no TD before it: ``protocol`` is None.
    """

    protocol: int | None = None
    ta: int | None = None
    tb: int | None = None
    tc: int | None = None


def interface_bytes(raw: bytes) -> tuple[InterfaceBytes, ...]:
    """Those of an ATR, level by level; whatever stands behind them may be missing.

    Raises MalformedData.
    """
    levels, protocol, lead = [], None, raw[1:2]
    at = 2
    while lead:
        there = [bit for bit in _ORDER if lead[0] >> 4 & bit]
        found = dict(zip(there, raw[at : at + len(there)], strict=False))
        if len(found) < len(there):
            break
        levels.append(InterfaceBytes(protocol, *map(found.get, _ORDER[:3])))
        at += len(there)
        if _TD not in found:
            return tuple(levels)
        lead, protocol = raw[at - 1 : at], found[_TD] & 0x0F
    raise MalformedData("the interface bytes of the ATR run past its end")


@dataclass(frozen=True, slots=True)
class Atr:
    """An ATR by its parts (ISO/IEC 7816-3 §8.2).  ValueError for what no ATR can say."""

    historical: bytes = b""
    levels: tuple[InterfaceBytes, ...] = (InterfaceBytes(),)
    inverse: bool = False

    def __post_init__(self) -> None:
        if len(self.historical) > _MOST_HISTORICAL:
            raise ValueError(f"an ATR has at most {_MOST_HISTORICAL} historical bytes")
        later = self.levels[1:]
        if not self.levels or self.first.protocol is not None:
            raise ValueError("the first level of an ATR belongs to no protocol")
        if any(each.protocol is None or not 0 <= each.protocol <= _GLOBAL for each in later):
            raise ValueError("each level of an ATR but the first has a protocol, 0 to 15")
        for each in self.levels:
            if any(not 0 <= byte <= 0xFF for byte in _present(each).values()):
                raise ValueError("an interface byte has eight bits")
        if len(bytes(self)) > _LONGEST + 1:
            raise ValueError(f"an ATR has at most {_LONGEST} bytes behind TS")

    @classmethod
    def parse(cls, raw: bytes) -> Atr:
        """The ATR in these bytes, TCK checked where there is one.  Raises MalformedData."""
        historical = historical_bytes(raw)
        levels = interface_bytes(raw)
        end = 1 + sum(1 + len(_present(each)) for each in levels) + len(historical)
        atr = cls._of(historical, levels, inverse=raw[0] == _INVERSE)
        if raw[end:] != (bytes((_check(raw[:end]),)) if atr.checked else b""):
            raise MalformedData("what follows the historical bytes of the ATR is not its TCK")
        return atr

    @classmethod
    def _of(cls, historical: bytes, levels: tuple[InterfaceBytes, ...], *, inverse: bool) -> Atr:
        try:
            return cls(historical, levels, inverse)
        except ValueError as error:
            raise MalformedData(str(error)) from None

    def __bytes__(self) -> bytes:
        body = bytearray()
        lead = len(self.historical)
        for level, following in zip(self.levels, (*self.levels[1:], None), strict=True):
            there = _present(level)
            present = sum(there) | (_TD if following else 0)
            body += bytes((present << 4 | lead, *there.values()))
            lead = following.protocol or 0 if following else 0
        raw = bytes((_INVERSE if self.inverse else _DIRECT,)) + body + self.historical
        return raw + bytes((_check(raw),)) if self.checked else raw

    @property
    def first(self) -> InterfaceBytes:
        """The global bytes: TA1 speed, TC1 guard time."""
        return self.levels[0]

    @property
    def protocols(self) -> tuple[int, ...]:
        """The protocols that are offered, the preferred one first; T=0 where none is named."""
        named = [each.protocol for each in self.levels[1:] if each.protocol is not None]
        return tuple(dict.fromkeys(each for each in named if each != _GLOBAL)) or (0,)

    @property
    def checked(self) -> bool:
        """Whether a TCK ends it: always but where T=0 alone is offered."""
        return any(each.protocol for each in self.levels[1:])

    @property
    def fi_di(self) -> int:
        """TA1, the fastest line that the card offers; 11 is 372/1."""
        return 0x11 if self.first.ta is None else self.first.ta

    @property
    def specific_mode(self) -> int | None:
        """The protocol that must be used without PPS, where TA2 says so."""
        second = self.levels[1] if len(self.levels) > 1 else None
        return None if second is None or second.ta is None else second.ta & 0x0F

    def only(self, protocol: int) -> Atr:
        """The ATR of the same card which offers this protocol alone, with its interface bytes."""
        if self.protocols == (protocol,):
            return self
        kept = [each for each in self.levels[1:] if each.protocol in (protocol, _GLOBAL)]
        if kept == [InterfaceBytes(0)]:
            kept = []  # T=0 need not be named
        if protocol and all(each.protocol != protocol for each in kept):
            kept.insert(0, InterfaceBytes(protocol))
        return Atr(self.historical, (self.first, *kept), self.inverse)


def _present(level: InterfaceBytes) -> dict[int, int]:
    values = zip(_ORDER, (level.ta, level.tb, level.tc), strict=False)
    return {bit: value for bit, value in values if value is not None}


def _check(raw: bytes) -> int:
    """TCK: the exclusive or of all bytes from T0 on is 0."""
    return reduce(xor, raw[1:], 0)
