"""What a station does to one card, as the loop of a reader sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sscard.errors import SscardError
from sscard.issuance.floor.feeding import Fed


class CardFailed(SscardError):
    """The chip or its audit said no; the ledger has it, and the person gets another card."""


class LineMustHalt(SscardError):
    """A chip refused its transport key: no station may try another one."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The job of the card in the slot.  ``subject`` is what people call the card: its number."""

    subject: str


class Craft(Protocol):
    """What one kind of station does to a card.  Used by all its readers at once."""

    def begin(self, fed: Fed, reader: str, /) -> Claim:
        """Whose card this is: its job, held for this reader.  The chip is only read.

        Raises Mismatched; CardFailed when the card does not answer; NoMoreCards when nobody says
        which card it is, because the station stops; whatever else stops the station.
        """
        ...

    def make(self, claim: Claim, fed: Fed, /) -> None:
        """Make the card; on return the ledger has it.

        Raises CardFailed, LineMustHalt, Mismatched; whatever else stops the station.
        """
        ...
