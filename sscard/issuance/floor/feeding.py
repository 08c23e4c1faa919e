"""How cards come into a reader and leave it: a tray that feeds itself, or a person."""

from __future__ import annotations

from enum import Enum, unique
from typing import Protocol

from sscard.errors import SscardError
from sscard.perso.plan import Connection


@unique
class Place(Enum):
    """Where a card goes when the reader is done with it."""

    OUT = "成品", "made"
    REJECTED = "废品", "rejected"
    #: Nothing was done to it: it can be fed again.
    BACK = "退回", "put back"


class NoMoreCards(SscardError):
    """The tray is empty: this reader ends."""


class Fed(Protocol):
    """A card body in the slot, with power on its chip."""

    @property
    def chip(self) -> Connection:
        """The chip, as plans drive it."""
        ...


class Feeder(Protocol):
    """One slot."""

    def feed(self) -> Fed | None:
        """The next card; None when none has come yet, within a moment.

        Raises NoMoreCards when none will come; TransportError or MalformedData when there is a card
        that does not answer, which ``take_away`` then takes.
        """
        ...

    def take_away(self, place: Place) -> None:
        """Let go of the card.  Raises OSError, TransportError."""
        ...
