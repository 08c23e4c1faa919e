"""The answer to select (ATS) of a contactless card of type A: ISO/IEC 14443-4, 5.2.

``TL T0 [TA] [TB] [TC] historical bytes``.  It is read by TL and T0, never by fixed places
(ssc 6 [I]): which of the three interface bytes are there differs from card to card.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sscard.errors import MalformedData

#: How an ATR begins; no card has an ATS of so many bytes.
_TS = (0x3B, 0x3F)
_RATES = (212, 424, 848)
_TA, _TB, _TC, _RESERVED = 0x10, 0x20, 0x40, 0x80
_SAME_RATE, _CID, _NAD = 0x80, 0x02, 0x01
#: Bytes of a frame by FSCI; a larger code, which is reserved, counts as the last.
_FRAME_SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256, 512, 1024, 2048, 4096)
#: What a card does that does not say: frames of 32 bytes, FWI 4, SFGI 0, 106 kbit/s, CID.
_FSCI, _TIMES, _PROTOCOL = 2, 0x40, _CID
#: ISO/IEC 14443-4, 5.2.5: this FWI or SFGI is reserved; FWI counts as 4, SFGI as 0.
_RESERVED_TIME = 15
_CARRIER = 13.56e6


@dataclass(frozen=True, slots=True)
class Ats:
    """``fsci`` is None where even T0 is absent; ``ta``, ``tb`` and ``tc`` are None where they are.

    ValueError for what no ATS can say.
    """

    historical: bytes = b""
    fsci: int | None = None
    ta: int | None = None
    tb: int | None = None
    tc: int | None = None

    def __post_init__(self) -> None:
        present = [each for each in (self.ta, self.tb, self.tc) if each is not None]
        if self.fsci is None and (present or self.historical):
            raise ValueError("without T0 an ATS has nothing else either")
        if not 0 <= (self.fsci or 0) <= 0x0F or any(not 0 <= each <= 0xFF for each in present):
            raise ValueError("FSCI has four bits, each interface byte eight")
        if 2 + len(present) + len(self.historical) > 0xFF:
            raise ValueError("an ATS has at most 255 bytes")

    @classmethod
    def of(
        cls,
        *,
        fsci: int,
        fwi: int,
        sfgi: int,
        rates_to_card: Iterable[int] = (),
        rates_from_card: Iterable[int] = (),
        same_rate: bool,
        cid: bool,
        nad: bool,
        historical: bytes,
    ) -> Ats:
        """The ATS with all three interface bytes; rates in kbit/s (212, 424, 848)."""
        if not (0 <= fwi <= 0x0F and 0 <= sfgi <= 0x0F):
            raise ValueError("FWI and SFGI have four bits each")
        ta = _SAME_RATE * same_rate | _rate_bits(rates_from_card) << 4 | _rate_bits(rates_to_card)
        return cls(historical, fsci, ta, fwi << 4 | sfgi, _CID * cid | _NAD * nad)

    @staticmethod
    def starts(raw: bytes) -> bool:
        """Whether these bytes can be an ATS: the first one counts them, and is no TS of an ATR."""
        return bool(raw) and raw[0] == len(raw) and raw[0] not in _TS

    @classmethod
    def parse(cls, raw: bytes) -> Ats:
        """The ATS in these bytes, without CRC.  Raises MalformedData."""
        if not raw or raw[0] != len(raw):
            raise MalformedData("no ATS: its first byte does not count its bytes")
        if len(raw) == 1:
            return cls()
        t0, rest = raw[1], raw[2:]
        if t0 & _RESERVED:
            raise MalformedData("no ATS: T0 has its reserved bit set")
        present = [bit for bit in (_TA, _TB, _TC) if t0 & bit]
        if len(rest) < len(present):
            raise MalformedData("the interface bytes of the ATS run past its end")
        ta, tb, tc = map(dict(zip(present, rest, strict=False)).get, (_TA, _TB, _TC))
        return cls(rest[len(present) :], t0 & 0x0F, ta, tb, tc)

    def __bytes__(self) -> bytes:
        if self.fsci is None:
            return b"\x01"
        present = ((self.ta, _TA), (self.tb, _TB), (self.tc, _TC))
        t0 = self.fsci | sum(bit for value, bit in present if value is not None)
        body = bytes((t0, *(value for value, _ in present if value is not None))) + self.historical
        return bytes((len(body) + 1,)) + body

    @property
    def frame_size(self) -> int:
        """Bytes of the longest frame that the card takes."""
        code = _FSCI if self.fsci is None else self.fsci
        return _FRAME_SIZES[min(code, len(_FRAME_SIZES) - 1)]

    @property
    def fwi(self) -> int:
        """How long the reader waits for an answer, as a code; ``waiting_time`` is in seconds."""
        code = (_TIMES if self.tb is None else self.tb) >> 4
        return _TIMES >> 4 if code == _RESERVED_TIME else code

    @property
    def waiting_time(self) -> float:
        """How long the reader waits for an answer, in seconds."""
        return 256 * 16 / _CARRIER * (1 << self.fwi)

    @property
    def sfgi(self) -> int:
        """How long the card needs after its ATS, as a code; 0 is no time."""
        code = (_TIMES if self.tb is None else self.tb) & 0x0F
        return 0 if code == _RESERVED_TIME else code

    @property
    def same_rate(self) -> bool:
        """Whether both directions must have one rate."""
        return bool((self.ta or 0) & _SAME_RATE)

    @property
    def rates_to_card(self) -> tuple[int, ...]:
        """Rates above 106 kbit/s from the reader to the card."""
        return _rates((self.ta or 0) & 0x07)

    @property
    def rates_from_card(self) -> tuple[int, ...]:
        """Rates above 106 kbit/s from the card to the reader."""
        return _rates((self.ta or 0) >> 4 & 0x07)

    @property
    def cid(self) -> bool:
        """Whether the card takes a card identifier, so that several can be active."""
        return bool((_PROTOCOL if self.tc is None else self.tc) & _CID)

    @property
    def nad(self) -> bool:
        """Whether the card takes a node address."""
        return bool((_PROTOCOL if self.tc is None else self.tc) & _NAD)


def _rate_bits(rates: Iterable[int]) -> int:
    return sum(1 << _RATES.index(rate) for rate in set(rates))


def _rates(bits: int) -> tuple[int, ...]:
    return tuple(rate for i, rate in enumerate(_RATES) if bits >> i & 1)
