"""A card's memory with planned faults: power cuts at counted pages, and pages that wear out."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.faults.fault import Fault, Kind, Moment
from simulator.faults.torn_memory import TornNVM
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos import journal


class FaultyNVM(TornNVM):
    """Pages are counted from 1 since ``plan``.

    A worn page was programmed once more and can be read; a command that would program it again is
    refused with 6581 before anything is programmed (assumed: the chip checks first).  A recovery
    at power-up is not refused.
    """

    def __init__(self, cells: bytearray) -> None:
        super().__init__(cells)
        self.worn: set[int] = set()
        self._faults: tuple[Fault, ...] = ()
        self._count = 0
        self._wears_out = False

    def plan(self, faults: Iterable[Fault]) -> None:
        """Let these happen; those at other moments are left alone."""
        self._faults = tuple(each for each in faults if each.moment is Moment.PAGE)
        self._count = 0

    def wear_out(self) -> None:
        """Let the next command that changes the memory find all its pages worn."""
        self._wears_out = True

    def commit(self) -> None:
        """As in any memory.  Raises StatusError 6581 when a page is worn."""
        if self._dirty and self._wears_out:
            self.worn |= self._dirty
            self._wears_out = False
        if self.worn & self._needed():
            raise StatusError(StatusWord.MEMORY_FAILURE, "a page cannot be programmed")
        super().commit()

    def program(self, page: int, content: bytes) -> None:
        """Program a page, or what is planned for it.  Raises PowerLoss."""
        self._count += 1
        for fault in self._faults:
            if fault.at(Moment.PAGE, self._count):
                if fault.kind is Kind.POWER_CUT:
                    self.arm(1, fault.torn, seed=self._count)
                else:
                    self.worn.add(page)
        super().program(page, content)

    def _needed(self) -> set[int]:
        """The pages that a commit would program."""
        if not self._dirty:
            return set()
        copies = len(self._dirty - self._fresh)
        return {journal.INDEX, *journal.SLOTS[:copies], *self._dirty}
