"""The life of an application instance, and what it permits, as tables (pboc 1.1, 1.7, 5 [H])."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, unique
from itertools import product
from types import MappingProxyType

from sscard.apdu.iso7816 import INS
from sscard.apdu.status import StatusError, StatusWord


@unique
class State(IntEnum):
    """Stored with the instance (pboc 7 [G])."""

    #: It is no more: its place may be used again.
    DELETED = 0x00
    INSTALLED = 0x03
    PERSONALIZED = 0x0F
    BLOCKED = 0x8F


@unique
class Event(IntEnum):
    """What moves an instance on."""

    COMPLETED = 1  # the last STORE DATA found nothing missing
    APPLICATION_BLOCK = 2
    APPLICATION_UNBLOCK = 3
    DELETED = 4  # by the card domain; what is issued stays (assumed)


@unique
class ChannelState(IntEnum):
    """The personalization channel; volatile."""

    CLOSED = 0
    INITIALIZED = 1  # INITIALIZE UPDATE was answered, the host has not shown its keys
    SECURED = 2


@unique
class Phase(IntEnum):
    """How far a transaction is; volatile."""

    NONE = 0
    STARTED = 1  # options were given
    ONLINE = 2  # the first cryptogram was an ARQC
    ENDED = 3  # the last cryptogram was a TC or an AAC
    TAPPED = 4  # all was said in the answer to a contactless GET PROCESSING OPTIONS


TRANSITIONS: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.INSTALLED, Event.COMPLETED): State.PERSONALIZED,
        (State.INSTALLED, Event.DELETED): State.DELETED,
        (State.PERSONALIZED, Event.APPLICATION_BLOCK): State.BLOCKED,
        (State.PERSONALIZED, Event.APPLICATION_UNBLOCK): State.PERSONALIZED,
        (State.BLOCKED, Event.APPLICATION_BLOCK): State.BLOCKED,
        (State.BLOCKED, Event.APPLICATION_UNBLOCK): State.PERSONALIZED,
    }
)

_ALWAYS_BEFORE_ISSUE = frozenset(product((State.INSTALLED,), ChannelState))
_AUTHENTICATING = frozenset({(State.INSTALLED, ChannelState.INITIALIZED)})
_STORING = frozenset({(State.INSTALLED, ChannelState.SECURED)})
_IN_USE = frozenset({(State.PERSONALIZED, ChannelState.CLOSED)})
_ISSUED = _IN_USE | {(State.BLOCKED, ChannelState.CLOSED)}

#: Class and instruction -> the states in which an instance carries it out; in all others 6985.
PERMITTED: Mapping[tuple[int, int], frozenset[tuple[State, ChannelState]]] = MappingProxyType(
    {
        (0x80, INS.INITIALIZE_UPDATE): _ALWAYS_BEFORE_ISSUE,
        (0x84, INS.EXTERNAL_AUTHENTICATE): _AUTHENTICATING,
        (0x80, INS.STORE_DATA): _STORING,
        (0x84, INS.STORE_DATA): _STORING,
        (0x00, INS.READ_RECORD): _ISSUED,
        (0x00, INS.VERIFY): _IN_USE,
        (0x00, INS.GET_CHALLENGE): _IN_USE,
        (0x80, INS.GET_PROCESSING_OPTIONS): _IN_USE,
        (0x80, INS.GET_DATA): _ISSUED,
        (0x00, INS.INTERNAL_AUTHENTICATE): _IN_USE,
        (0x80, INS.GENERATE_AC): _ISSUED,
        (0x00, INS.EXTERNAL_AUTHENTICATE): _ISSUED,
        (0x84, INS.APPLICATION_BLOCK): _ISSUED,
        (0x84, INS.APPLICATION_UNBLOCK): _ISSUED,
        (0x84, INS.CARD_BLOCK): _ISSUED,
        (0x84, INS.PIN_CHANGE_UNBLOCK): _ISSUED,
        (0x04, INS.PUT_DATA): _ISSUED,
        (0x04, INS.UPDATE_RECORD): _ISSUED,
        (0x04, INS.STORE_DATA): _IN_USE,  # APPEND RECORD
        (0x80, INS.READ_CAPP_DATA): _IN_USE,
        (0x84, INS.UPDATE_CAPP_DATA_CACHE): _IN_USE,
        (0x80, INS.GET_TRANS_PROVE): _IN_USE,
    }
)

_ANY = frozenset(Phase)
_AFTER_FIRST = frozenset({Phase.ONLINE, Phase.ENDED})

#: Class and instruction -> how far a transaction must be; the others do not ask.
PHASES: Mapping[tuple[int, int], frozenset[Phase]] = MappingProxyType(
    {
        (0x00, INS.INTERNAL_AUTHENTICATE): frozenset({Phase.STARTED}),
        (0x80, INS.GENERATE_AC): frozenset({Phase.STARTED, Phase.ONLINE}),
        (0x00, INS.EXTERNAL_AUTHENTICATE): frozenset({Phase.ONLINE}),
        (0x84, INS.APPLICATION_BLOCK): _AFTER_FIRST,
        # A blocked application begins no transaction: what unblocks it is of the last one.
        (0x84, INS.APPLICATION_UNBLOCK): _AFTER_FIRST | {Phase.NONE},
        (0x84, INS.CARD_BLOCK): _AFTER_FIRST,
        (0x84, INS.PIN_CHANGE_UNBLOCK): _AFTER_FIRST,
        (0x04, INS.PUT_DATA): _AFTER_FIRST,
        (0x04, INS.UPDATE_RECORD): _AFTER_FIRST,
        (0x84, INS.UPDATE_CAPP_DATA_CACHE): frozenset({Phase.TAPPED}),
    }
)


def in_phase(key: tuple[int, int], phase: Phase) -> bool:
    """Whether a command, by class and instruction, has its place in this phase."""
    return phase in PHASES.get(key, _ANY)


def after(state: State, event: Event) -> State:
    """The next state.  Whatever the table does not allow is 6985."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED, event.name) from None
