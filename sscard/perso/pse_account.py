"""One bank account, as it comes from the bank."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BankAccount:
    """One account as the bank gave it: 13 to 19 digits, expiry YYMM, two-digit sequence number.

    ``test`` marks an account of the test bank.  ValueError for other forms, without repeating them.
    """

    bank: str
    number: str = field(repr=False)
    expiry: str = field(repr=False)
    psn: str = field(repr=False)
    test: bool = False

    def __post_init__(self) -> None:
        digits = self.number + self.expiry + self.psn
        if not (digits.isascii() and digits.isdigit()):
            raise ValueError("number, expiry and sequence number of an account are digits")
        if not 13 <= len(self.number) <= 19 or len(self.expiry) != 4 or len(self.psn) != 2:
            raise ValueError("an account has 13 to 19 digits, expiry YYMM, sequence number of two")
        if not 1 <= int(self.expiry[2:]) <= 12:
            raise ValueError("the month of an account's expiry is 01 to 12")

    @property
    def last_month(self) -> tuple[int, int]:
        """Year and month of the expiry."""
        return 2000 + int(self.expiry[:2]), int(self.expiry[2:])

    @property
    def last_day(self) -> str:
        """YYMMDD: an account is good to the end of its month."""
        return f"{self.expiry}{monthrange(*self.last_month)[1]}"
