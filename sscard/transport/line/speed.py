"""How fast a contact line is: Fi and Di of TA1, the clock, the guard time (ISO/IEC 7816-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

#: TA1, high half → clock cycles of one etu before division, and the highest clock in MHz
#: (ISO/IEC 7816-3:2006, table 7).
FI: Mapping[int, tuple[int, float]] = MappingProxyType(
    {
        0x0: (372, 4.0),
        0x1: (372, 5.0),
        0x2: (558, 6.0),
        0x3: (744, 8.0),
        0x4: (1116, 12.0),
        0x5: (1488, 16.0),
        0x6: (1860, 20.0),
        0x9: (512, 5.0),
        0xA: (768, 7.5),
        0xB: (1024, 10.0),
        0xC: (1536, 15.0),
        0xD: (2048, 20.0),
    }
)
#: TA1, low half → divisor of the etu (ISO/IEC 7816-3:2006, table 8).
DI: Mapping[int, int] = MappingProxyType(
    {0x1: 1, 0x2: 2, 0x3: 4, 0x4: 8, 0x5: 16, 0x6: 32, 0x7: 64, 0x8: 12, 0x9: 20}
)
#: TA1 of a card that says nothing: 372 cycles, no division, clocks up to 5 MHz.
DEFAULT_TA1 = 0x11
#: The clock of most readers without other word, in Hz: a quarter of 14.318 MHz.
DEFAULT_CLOCK = 3_579_500.0


@dataclass(frozen=True, slots=True)
class Speed:
    """``ta1`` says Fi and Di; ``clock`` is in Hz.

    ValueError for reserved codes, and for a clock above what Fi allows.
    """

    ta1: int = DEFAULT_TA1
    clock: float = DEFAULT_CLOCK

    def __post_init__(self) -> None:
        if self.ta1 >> 4 not in FI or self.ta1 & 0x0F not in DI:
            raise ValueError(f"TA1={self.ta1:02X} is reserved (ISO/IEC 7816-3, tables 7 and 8)")
        if not 1e6 <= self.clock <= self.highest_clock:
            raise ValueError(
                f"TA1={self.ta1:02X} is for clocks from 1 to {self.highest_clock / 1e6:g} MHz"
            )

    @property
    def highest_clock(self) -> float:
        """What Fi allows, in Hz."""
        return FI[self.ta1 >> 4][1] * 1e6

    @property
    def etu(self) -> float:
        """Seconds of one bit."""
        return FI[self.ta1 >> 4][0] / DI[self.ta1 & 0x0F] / self.clock

    @property
    def bits_per_second(self) -> float:
        """The reciprocal of the etu."""
        return 1 / self.etu
