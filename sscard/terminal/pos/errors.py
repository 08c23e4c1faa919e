"""A transaction that ends before anybody decided."""

from __future__ import annotations

from enum import Enum, unique

from sscard.errors import SscardError


@unique
class Reason(Enum):
    """Why, in words for people."""

    NO_APPLICATION = "no application that both card and terminal know"
    NOT_ACCEPTED = "the card takes part in no transaction of this kind"
    OTHER_INTERFACE = "the card wants to be put in"
    ABOVE_LIMIT = "the amount is above what is paid without contacts"
    WRONG_CRYPTOGRAM = "the card answered more than it was asked for"
    NOT_VERIFIABLE = "the cardholder must be verified and cannot be"


class Terminated(SscardError):
    """The terminal stops; nothing was paid.  ``reason`` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
