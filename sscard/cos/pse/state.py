"""The life of an application instance, and what it permits, as tables (pboc 1.1, 1.7 [H])."""

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

    INSTALLED = 0x03
    PERSONALIZED = 0x0F


@unique
class Event(IntEnum):
    """What moves an instance on."""

    COMPLETED = 1  # the last STORE DATA found nothing missing


@unique
class ChannelState(IntEnum):
    """The personalization channel; volatile."""

    CLOSED = 0
    INITIALIZED = 1  # INITIALIZE UPDATE was answered, the host has not shown its keys
    SECURED = 2


TRANSITIONS: Mapping[tuple[State, Event], State] = MappingProxyType(
    {(State.INSTALLED, Event.COMPLETED): State.PERSONALIZED}
)

_ALWAYS_BEFORE_ISSUE = frozenset(product((State.INSTALLED,), ChannelState))
_AUTHENTICATING = frozenset({(State.INSTALLED, ChannelState.INITIALIZED)})
_STORING = frozenset({(State.INSTALLED, ChannelState.SECURED)})
_IN_USE = frozenset({(State.PERSONALIZED, ChannelState.CLOSED)})

#: Class and instruction -> the states in which an instance carries it out; in all others 6985.
PERMITTED: Mapping[tuple[int, int], frozenset[tuple[State, ChannelState]]] = MappingProxyType(
    {
        (0x80, INS.INITIALIZE_UPDATE): _ALWAYS_BEFORE_ISSUE,
        (0x84, INS.EXTERNAL_AUTHENTICATE): _AUTHENTICATING,
        (0x80, INS.STORE_DATA): _STORING,
        (0x84, INS.STORE_DATA): _STORING,
        (0x00, INS.READ_RECORD): _IN_USE,
        (0x00, INS.VERIFY): _IN_USE,
        (0x80, INS.GET_PROCESSING_OPTIONS): _IN_USE,
        (0x80, INS.GET_DATA): _IN_USE,
    }
)


def after(state: State, event: Event) -> State:
    """The next state.  Whatever the table does not allow is 6985."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED, event.name) from None
