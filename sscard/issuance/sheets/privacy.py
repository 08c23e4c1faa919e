"""How much of a number a sheet shows: paper lies on tables, and many people sign the same one."""

from __future__ import annotations

from enum import StrEnum, unique

#: Characters that tell two people of one name apart, and are on no list for themselves (assumed).
SHOWN = 4
_HIDDEN = "****"


@unique
class Numbers(StrEnum):
    """ID numbers and card numbers on paper: the last four characters, or all of them."""

    LAST = "last4"
    FULL = "full"

    def shown(self, number: str) -> str:
        """The number as the sheet has it; of a short one at most half is shown."""
        if self is Numbers.FULL or not number:
            return number
        kept = min(SHOWN, len(number) // 2)
        return _HIDDEN + number[len(number) - kept :]
