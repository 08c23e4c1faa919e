"""What the financial side of a card is told, as data groupings (DGI, pboc 1.8)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from sscard.profiles.element import Label, Name, Part
from sscard.profiles.interfaces import Over

#: The instances on the chip (decision 12).
FinancialApplication = Literal["PSE", "PPSE", "debit"]


class Grouping(Part):
    """One data grouping, or with ``last`` a row of them.

    ``algorithms`` says in which transactions it is used.  ``written`` is false for what is declared
    and not yet put on the card.
    """

    name: Name
    application: FinancialApplication
    dgi: Annotated[int, Field(strict=True, ge=0x0101, le=0xFFFF)]
    last: Annotated[int, Field(strict=True, ge=0x0101, le=0xFFFF)] | None = None
    zh: Label
    en: Label
    algorithms: Literal["any", "3des-rsa", "sm"] = "any"
    over: Over = "both"
    secret: StrictBool = False
    written: StrictBool = True

    @property
    def shown(self) -> str:
        """The identifier, or the first and the last, in hexadecimal."""
        return f"{self.dgi:04X}" + (f"–{self.last:04X}" if self.last else "")
