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


#: What may follow what.  FAILED, SPOILED and ISSUED are final: their numbers are never used again.
TRANSITIONS: Mapping[CardState, frozenset[CardState]] = MappingProxyType(
    {
        CardState.RESERVED: frozenset(
            {CardState.SSSE_DONE, CardState.FAILED, CardState.SPOILED},
        ),
        CardState.SSSE_DONE: frozenset({CardState.ISSUED, CardState.FAILED, CardState.SPOILED}),
        CardState.ISSUED: frozenset(),
        CardState.FAILED: frozenset(),
        CardState.SPOILED: frozenset(),
    }
)

#: States a card can still leave: a later run continues it or spoils it.
OPEN = frozenset(state for state, following in TRANSITIONS.items() if following)

#: States of which a person has at most one card (a lost card and its replacement come later).
LIVE = OPEN | {CardState.ISSUED}


def require_transition(card_number: str, before: CardState, after: CardState) -> None:
    """LedgerError unless the table lets a card go from ``before`` to ``after``."""
    if after not in TRANSITIONS[before]:
        raise LedgerError(f"card {card_number} is {before.name}: it cannot become {after.name}")
