"""Memory whose power fails while a page is programmed, and what that page then is."""

from __future__ import annotations

import random
from enum import Enum, unique

from sscard.cos import NVM
from sscard.dialects.chip import PAGE


class PowerLoss(Exception):
    """The supply is gone.  Not an error of the card: nothing in the card catches it."""


@unique
class Torn(Enum):
    """What a page may be whose programming was cut (decision 10)."""

    OLD = "old"
    NEW = "new"
    ERASED = "erased to 00"
    BLANKED = "erased to FF"
    FIRST_HALF = "first half new"
    SECOND_HALF = "second half new"
    UNSTABLE_OLD = "old, then new, then old at each reading"
    UNSTABLE_NEW = "new, then old, then new at each reading"
    UNSTABLE_RANDOM = "by chance old, new or a mixture at each reading"


class TornNVM(NVM):
    """Memory whose power fails once, at the ``cut_at``-th programmed page from now on.

    An unstable page reads otherwise each time, until it is programmed again: alternately as it was
    and as it should have become, or by chance as anything it was and should have become since it
    was last stable.  What it holds is then anybody's guess, so ``cells`` has it half written.
    """

    def __init__(self, cells: bytearray) -> None:
        super().__init__(cells)
        self.steps_left = 0
        self.outcome = Torn.OLD
        self.chance = random.Random(0)  # noqa: S311 repeatable, not secret
        self._unstable: dict[int, list[bytes]] = {}
        self._by_chance: set[int] = set()

    def arm(self, cut_at: int, outcome: Torn, seed: int = 0) -> None:
        """Let power fail at the ``cut_at``-th page from now on."""
        self.steps_left, self.outcome = cut_at, outcome
        self.chance.seed(seed)

    def program(self, page: int, content: bytes) -> None:
        """Program a page, or half of it.  Raises PowerLoss."""
        self.steps_left -= 1
        if self.steps_left == 0:
            self._tear(page, super().sense(page), content)
            raise PowerLoss
        self._stable(page)
        super().program(page, content)

    def sense(self, page: int) -> bytes:
        """Read a page as it reads this time."""
        if page in self._by_chance:
            return self._guess(self._unstable[page])
        if page in self._unstable:
            self._unstable[page].reverse()
            return self._unstable[page][1]
        return super().sense(page)

    def sense_all(self) -> bytes:
        """Read all pages, the unstable ones as they read this time."""
        if not self._unstable:
            return super().sense_all()
        return b"".join(map(self.sense, range(len(self.wear))))

    def _guess(self, readings: list[bytes]) -> bytes:
        one, other = self.chance.choices(readings, k=2)
        cut = self.chance.choice((0, 0, PAGE, PAGE, self.chance.randrange(PAGE)))
        return one[:cut] + other[cut:]

    def _tear(self, page: int, old: bytes, new: bytes) -> None:
        half = PAGE // 2
        left = {
            Torn.OLD: old,
            Torn.NEW: new,
            Torn.ERASED: bytes(PAGE),
            Torn.BLANKED: b"\xff" * PAGE,
            Torn.SECOND_HALF: old[:half] + new[half:],
        }.get(self.outcome, new[:half] + old[half:])
        unstable = {
            Torn.UNSTABLE_OLD: [old, new],
            Torn.UNSTABLE_NEW: [new, old],
            Torn.UNSTABLE_RANDOM: [*self._unstable.get(page, [old]), bytes(PAGE), new],
        }
        if self.outcome is not Torn.OLD:
            self._stable(page)
        if self.outcome in unstable:
            self._unstable[page] = unstable[self.outcome]
        if self.outcome is Torn.UNSTABLE_RANDOM:
            self._by_chance.add(page)
        super().program(page, left)

    def _stable(self, page: int) -> None:
        self._unstable.pop(page, None)
        self._by_chance.discard(page)
