"""Data objects whose bits have names: frozen, of fixed length, bits without a name kept."""

from __future__ import annotations

from enum import KEEP, IntFlag
from typing import Self

from sscard.errors import MalformedData


class BitField(IntFlag, boundary=KEEP):
    """Base of such objects; members are whole values, so that b8 of byte 1 of two is 0x8000.

    Values are combined with ``|`` and asked with ``in``.  Subclasses say how many bytes they have.
    """

    @classmethod
    def size(cls) -> int:
        """Bytes in the object."""
        raise NotImplementedError

    def __bytes__(self) -> bytes:
        return self.value.to_bytes(self.size(), "big")

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """The bits in ``raw``.  Raises MalformedData unless it has exactly their length."""
        if len(raw) != cls.size():
            raise MalformedData(f"{cls.__name__} has {cls.size()} bytes, not {len(raw)}")
        return cls(int.from_bytes(raw, "big"))

    def words(self) -> tuple[str, ...]:
        """The names of the bits that are set, for people; of one without a name, its place."""
        bits = (1 << at for at in reversed(range(8 * self.size())) if self.value >> at & 1)
        return tuple(self._word(bit) for bit in bits)

    @classmethod
    def _word(cls, bit: int) -> str:
        name = next((member.name for member in cls if member.value == bit), None)
        if name is not None:
            return name.replace("_", " ").lower()
        at = bit.bit_length() - 1
        return f"byte {cls.size() - at // 8} b{at % 8 + 1}"
