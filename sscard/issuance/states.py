"""The life of a card in the ledger, as a table; the documentation draws it from here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from sscard.errors import LedgerError


class CardState(Enum):
    """Where a card stands.  Each member's value says what is true of the card then."""

    RESERVED = "its numbers are taken; a chip may have been touched"
    SSSE_DONE = "the social-security station is done and its image is saved"
    ISSUED = "audited from outside, recorded in issued.csv"
    FAILED = "the card or its audit said no"
    SPOILED = "given up half-done; the person gets another number"
    WITHDRAWN = "once issued, valid no more: replaced, recovered, cancelled or refused at the end"


#: What may follow what.  FAILED, SPOILED and WITHDRAWN are final: no number is ever used again.
TRANSITIONS: Mapping[CardState, frozenset[CardState]] = MappingProxyType(
    {
        CardState.RESERVED: frozenset(
            {CardState.SSSE_DONE, CardState.FAILED, CardState.SPOILED},
        ),
        CardState.SSSE_DONE: frozenset({CardState.ISSUED, CardState.FAILED, CardState.SPOILED}),
        CardState.ISSUED: frozenset({CardState.WITHDRAWN}),
        CardState.FAILED: frozenset(),
        CardState.SPOILED: frozenset(),
        CardState.WITHDRAWN: frozenset(),
    }
)

#: States of a card in work: a later run continues it or spoils it.
OPEN = frozenset({CardState.RESERVED, CardState.SSSE_DONE})

#: States of which a person has at most one card.
LIVE = OPEN | {CardState.ISSUED}

#: States of a card that was whole once and left the line.
WENT_OUT = frozenset({CardState.ISSUED, CardState.WITHDRAWN})

#: States that somebody has to give a reason for.
NEEDS_REASON = frozenset({CardState.FAILED, CardState.SPOILED, CardState.WITHDRAWN})


def require_transition(card_number: str, before: CardState, after: CardState) -> None:
    """LedgerError unless the table lets a card go from ``before`` to ``after``."""
    if after not in TRANSITIONS[before]:
        raise LedgerError(f"card {card_number} is {before.name}: it cannot become {after.name}")
