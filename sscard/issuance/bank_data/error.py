"""What is wrong with a bank's data-preparation file."""

from __future__ import annotations

from sscard.errors import MalformedData


class BankDataError(MalformedData):
    """Names the place in the file, record and field, and never a value."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{place}: {what}")
        self.place, self.what = place, what

    def within(self, outer: str) -> BankDataError:
        """The same, seen from further out."""
        return BankDataError(f"{outer}, {self.place}", self.what)
