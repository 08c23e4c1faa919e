"""The life of the whole card as a table (ssc 5.1 [S] for the end, the factory part is assumed)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, unique
from types import MappingProxyType

from sscard.apdu.status import StatusError, StatusWord


@unique
class CardState(IntEnum):
    """What the system partition's first byte says."""

    BLANK = 0x00
    ISSUED = 0x0F
    DEAD = 0xFF  # the transport key's tries are used up


@unique
class CardEvent(IntEnum):
    """What moves the card from one state to the next."""

    END_PRE_ISSUE = 1
    TRANSPORT_TRIES_USED = 2


TRANSITIONS: Mapping[tuple[CardState, CardEvent], CardState] = MappingProxyType(
    {
        (CardState.BLANK, CardEvent.END_PRE_ISSUE): CardState.ISSUED,
        (CardState.BLANK, CardEvent.TRANSPORT_TRIES_USED): CardState.DEAD,
    }
)


def after(state: CardState, event: CardEvent) -> CardState:
    """The next state.  Whatever the table does not allow is 6985."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED, event.name) from None
