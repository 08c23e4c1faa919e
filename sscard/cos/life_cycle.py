"""The lives of the card and of its directories as tables (ssc 3.5, 5.1).

That CARD BLOCK and APPLICATION BLOCK are for good is specified (ssc 5.1 [S]); the factory stages
follow the order of work of ssc 3.5 [S], their coding and what each forbids is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, unique
from types import MappingProxyType
from typing import TypeVar

from sscard.apdu.status import StatusError, StatusWord


@unique
class CardState(IntEnum):
    """What the system partition's first byte says."""

    #: As the chip maker delivered it; the ATR carries no serial number.
    BLANK = 0x00
    #: The final ATR is written (COS activation).
    ACTIVATED = 0x03
    #: The factory commands are gone for good; what follows is data.
    ISSUED = 0x0F
    #: CARD BLOCK: every command is refused.
    BLOCKED = 0x3F
    #: The transport key's tries are used up.
    DEAD = 0xFF


@unique
class CardEvent(IntEnum):
    """What moves the card from one state to the next."""

    ATR_WRITTEN = 1
    END_PRE_ISSUE = 2
    CARD_BLOCK = 3
    TRANSPORT_TRIES_USED = 4


TRANSITIONS: Mapping[tuple[CardState, CardEvent], CardState] = MappingProxyType(
    {
        (CardState.BLANK, CardEvent.ATR_WRITTEN): CardState.ACTIVATED,
        (CardState.ACTIVATED, CardEvent.ATR_WRITTEN): CardState.ACTIVATED,
        (CardState.ACTIVATED, CardEvent.END_PRE_ISSUE): CardState.ISSUED,
        (CardState.ISSUED, CardEvent.CARD_BLOCK): CardState.BLOCKED,
        (CardState.BLANK, CardEvent.TRANSPORT_TRIES_USED): CardState.DEAD,
        (CardState.ACTIVATED, CardEvent.TRANSPORT_TRIES_USED): CardState.DEAD,
    }
)

#: The states in which the factory commands exist.
FACTORY = frozenset({CardState.BLANK, CardState.ACTIVATED})
#: The states in which a card answers no command at all.
SILENT = frozenset({CardState.BLOCKED, CardState.DEAD})
ALIVE = frozenset(CardState) - SILENT


@unique
class DirectoryState(IntEnum):
    """What the state byte of MF, DDF or ADF says."""

    #: No master key yet: the lot's transport key secures the first load.
    CREATED = 0x01
    #: The host's temporary master key secures what is loaded.
    TEMPORARY_MASTER = 0x03
    #: The card-unique master key is in place: keys and files are complete.
    OWN_MASTER = 0x07
    #: APPLICATION BLOCK: the directory answers 9303.
    BLOCKED = 0xFF


@unique
class DirectoryEvent(IntEnum):
    """What moves a directory from one state to the next."""

    #: A key or a file is added, or the FCI is set.
    COMPLETE = 1
    LOAD_MASTER = 2
    REPLACE_MASTER = 3
    APPLICATION_BLOCK = 4


DIRECTORY_TRANSITIONS: Mapping[tuple[DirectoryState, DirectoryEvent], DirectoryState] = (
    MappingProxyType(
        {
            (DirectoryState.CREATED, DirectoryEvent.COMPLETE): DirectoryState.CREATED,
            (DirectoryState.CREATED, DirectoryEvent.LOAD_MASTER): DirectoryState.TEMPORARY_MASTER,
            (DirectoryState.TEMPORARY_MASTER, DirectoryEvent.COMPLETE): (
                DirectoryState.TEMPORARY_MASTER
            ),
            (DirectoryState.TEMPORARY_MASTER, DirectoryEvent.REPLACE_MASTER): (
                DirectoryState.OWN_MASTER
            ),
            (DirectoryState.CREATED, DirectoryEvent.APPLICATION_BLOCK): DirectoryState.BLOCKED,
            (DirectoryState.TEMPORARY_MASTER, DirectoryEvent.APPLICATION_BLOCK): (
                DirectoryState.BLOCKED
            ),
            (DirectoryState.OWN_MASTER, DirectoryEvent.APPLICATION_BLOCK): DirectoryState.BLOCKED,
        }
    )
)

State = TypeVar("State", CardState, DirectoryState)
Event = TypeVar("Event", CardEvent, DirectoryEvent)


def after(table: Mapping[tuple[State, Event], State], state: State, event: Event) -> State:
    """The next state.  Whatever the table does not allow is 6985."""
    try:
        return table[state, event]
    except KeyError:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED, event.name) from None
