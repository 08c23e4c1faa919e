"""The memory of an FMCOS card: a partition whose last objects can be given back."""

from __future__ import annotations

from dataclasses import dataclass

from sscard.cos.partition import Partition

_HEAD = 2


@dataclass(frozen=True, slots=True)
class Memory(Partition):
    """ERASE DF gives memory back, which no social security card ever does."""

    @property
    def end(self) -> int:
        """The address where the next object will stand."""
        return self.base + self.size - self.free

    def cut(self, end: int) -> None:
        """Forget every object that stands at the address ``end`` or behind it."""
        self.nvm.write(self.base, (end - self.base).to_bytes(_HEAD, "big"))
