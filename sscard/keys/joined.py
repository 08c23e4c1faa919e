"""Factors of many cards side by side, and one key of each of them side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sscard.keys.types import Secret, SecretKey

FACTOR_SIZE = 8
_INVERT = bytes(0xFF - value for value in range(256))


class JoinedFactors:
    """Factors of 8 bytes, joined as ciphers take them; ValueError for another length."""

    __slots__ = ("alone", "inverted")

    def __init__(self, factors: Iterable[bytes]) -> None:
        each = tuple(factors)
        if any(len(factor) != FACTOR_SIZE for factor in each):
            raise ValueError("a factor has 8 bytes")
        #: The factors, for keys of 8 bytes.
        self.alone = b"".join(each)
        #: Each with its inverse behind it, for keys of 16 bytes, in blocks of 8 or of 16.
        self.inverted = b"".join(factor + factor.translate(_INVERT) for factor in each)

    def __len__(self) -> int:
        return len(self.alone) // FACTOR_SIZE


class KeyColumn(Secret):
    """One key of many cards.  ``make`` builds a key of the suite from ``size`` bytes."""

    __slots__ = ("_make", "_size")

    def __init__(self, value: bytes, size: int, make: Callable[[bytes], SecretKey]) -> None:
        super().__init__(value)
        self._size = size
        self._make = make

    def __len__(self) -> int:
        return len(self._value) // self._size

    def __getitem__(self, at: int) -> SecretKey:
        key = self._value[at * self._size : (at + 1) * self._size]
        if at < 0 or not key:
            raise IndexError(f"there are {len(self)} keys in this column")
        return self._make(key)

    def __iter__(self) -> Iterator[SecretKey]:
        return (self[at] for at in range(len(self)))

    def __repr__(self) -> str:
        return f"<KeyColumn of {len(self)} keys>"
