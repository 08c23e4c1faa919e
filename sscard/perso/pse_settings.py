"""A profile's bank settings in the forms that data groupings have them in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sscard.errors import ProfileError
from sscard.profiles import Profile

_AMOUNT = 12  # digits


@dataclass(frozen=True, slots=True)
class Bank:
    """The bank's word on a card.  Each method raises ProfileError, naming the setting."""

    profile: Profile

    def data(self, name: str) -> bytes:
        """A setting in hexadecimal."""
        return self.profile.bank_setting(name).data

    def text(self, name: str) -> str:
        """A setting that is text."""
        return self.profile.bank_setting(name).text

    def number(self, name: str) -> int:
        """A setting that is a number."""
        return self.profile.bank_setting(name).number

    def byte(self, name: str) -> bytes:
        """A number in one byte."""
        return bytes((self.number(name),))

    def amount(self, name: str) -> bytes:
        """Fen, as n 12."""
        return bytes.fromhex(f"{self.number(name):0{_AMOUNT}}")

    def ascii(self, name: str) -> bytes:
        """Text of code table 01."""
        try:
            return self.text(name).encode("ascii")
        except UnicodeEncodeError:
            raise ProfileError(f"bank.{name}: code table 01 has ASCII only") from None

    def tags(self, name: str) -> bytes:
        """A list of tags, one after the other."""
        return self.data(name)

    def asks(self, name: str) -> bool:
        """Whether the bank wants what not every bank does."""
        return name in self.profile.bank

    @property
    def contactless(self) -> bool:
        """Whether the card has an antenna."""
        return self.profile.contactless is not None

    @property
    def cash(self) -> bool:
        """Whether the card keeps electronic cash."""
        return self.text("electronic_cash") == "on"

    @property
    def sm(self) -> bool:
        """Whether transactions may use SM2 and SM4."""
        return self.text("algorithms") == "both"

    def writes(self, application: str, identifier: int) -> bool:
        """Whether the profile declares this grouping as one that is put on the card."""
        return any(
            each.written
            and each.application == application
            and each.dgi <= identifier <= (each.last or each.dgi)
            for each in self.profile.groupings
        )

    def written(self, identifiers: Collection[int]) -> bool:
        """Whether all of these groupings of the debit application are put on the card."""
        return all(self.writes("debit", each) for each in identifiers)
