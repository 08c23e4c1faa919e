"""Rights and line protection of FMCOS files: one byte each (dialects 2.1, 2.2 [S])."""

from __future__ import annotations

from dataclasses import dataclass

_NIBBLE = 0x0F
_PLAIN_READ, _FIXED = 0x80, 0x70


@dataclass(frozen=True, slots=True)
class Right:
    """The byte XY, against the 4-bit registers of the MF and of the current directory.

    X > Y or X = Y: the current register is in Y..X.  0 < X < Y: never.  X = 0: the register of the
    MF is at least Y, so that 00 is always met (dialects 2.2 [S]).
    """

    value: int

    def __post_init__(self) -> None:
        if not 0 <= self.value <= 0xFF:
            raise ValueError("a right is a single byte")

    def __int__(self) -> int:
        return self.value

    def met(self, current: int, main: int) -> bool:
        """Whether these two registers satisfy the right."""
        high, low = self.value >> 4, self.value & _NIBBLE
        return low <= current <= high if high else main >= low

    @classmethod
    def between(cls, lowest: int, highest: int) -> Right:
        """The current register is one of ``lowest``..``highest``; ``highest`` is not 0."""
        if not 0 <= lowest <= highest <= _NIBBLE or not highest:
            raise ValueError("a state is 0 to 15, and not all states of a right are 0")
        return cls(highest << 4 | lowest)

    @classmethod
    def exactly(cls, state: int) -> Right:
        """The current register holds ``state``, 1 to 15."""
        return cls.between(state, state)


FREE = Right(0xF0)
NEVER = Right(0xEF)


@dataclass(frozen=True, slots=True)
class LineProtection:
    """The last byte of an EF: which line protection keys (36) it needs (dialects 2.1 [S]).

    ``read`` says that a protected file is read under secure messaging; the keys are 0 to 3.
    """

    read: bool = False
    read_key: int = 0
    write_key: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.read_key <= 3 and 0 <= self.write_key <= 3):
            raise ValueError("a file's line protection keys are 0 to 3")

    def __int__(self) -> int:
        plain = 0 if self.read else _PLAIN_READ
        return plain | _FIXED | (3 - self.read_key) << 2 | 3 - self.write_key

    @classmethod
    def parse(cls, value: int) -> LineProtection:
        """The meaning of any byte; bits 7 to 5 have none."""
        return cls(not value & _PLAIN_READ, 3 - (value >> 2 & 3), 3 - (value & 3))
