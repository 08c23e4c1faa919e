"""What a reader of a station does next, as a table; the documentation draws it from here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, unique
from types import MappingProxyType


@unique
class ReaderState(Enum):
    """Where one reader stands, in both languages."""

    IDLE = "空闲", "idle"
    WAITING = "等待放卡", "waiting for card"
    HELD = "待检", "held for a check"
    IDENTIFYING = "识别卡体", "identifying"
    WORKING = "制卡中", "working"
    DONE = "完成", "done"
    STOPPED = "停机", "stopped"
    TAKEN_OUT = "下线", "taken out"


@unique
class Happening(Enum):
    """What can happen to a reader."""

    BEGIN = "the station starts"
    NOTHING = "no card yet"
    CARD = "a card is in the slot"
    HOLD = "a check is due first"
    SIGNED = "the check was signed"
    END = "no more cards, or Ctrl-C"
    BOUND = "the card in the slot has its job"
    UNREADABLE = "the card does not answer"
    MISMATCH = "the card in the slot is not what the ledger says"
    MADE = "the card is made"
    FAILED = "the card failed"
    HALT = "the line is halted, or the station cannot go on"
    NEXT = "on to the next card"
    OUT = "too many failures here"


_S, _H = ReaderState, Happening

#: What may follow what.  STOPPED and TAKEN_OUT are left only by starting the station again.
TRANSITIONS: Mapping[tuple[ReaderState, Happening], ReaderState] = MappingProxyType(
    {
        (_S.IDLE, _H.BEGIN): _S.WAITING,
        (_S.WAITING, _H.NOTHING): _S.WAITING,
        (_S.WAITING, _H.CARD): _S.IDENTIFYING,
        (_S.WAITING, _H.HOLD): _S.HELD,
        (_S.WAITING, _H.END): _S.IDLE,
        (_S.WAITING, _H.HALT): _S.STOPPED,
        (_S.HELD, _H.NOTHING): _S.HELD,
        (_S.HELD, _H.SIGNED): _S.WAITING,
        (_S.HELD, _H.END): _S.IDLE,
        (_S.HELD, _H.HALT): _S.STOPPED,
        (_S.IDENTIFYING, _H.BOUND): _S.WORKING,
        (_S.IDENTIFYING, _H.UNREADABLE): _S.DONE,
        (_S.IDENTIFYING, _H.MISMATCH): _S.STOPPED,
        (_S.IDENTIFYING, _H.HALT): _S.STOPPED,
        (_S.IDENTIFYING, _H.END): _S.IDLE,
        (_S.WORKING, _H.MADE): _S.DONE,
        (_S.WORKING, _H.FAILED): _S.DONE,
        (_S.WORKING, _H.MISMATCH): _S.STOPPED,
        (_S.WORKING, _H.HALT): _S.STOPPED,
        (_S.DONE, _H.NEXT): _S.WAITING,
        (_S.DONE, _H.OUT): _S.TAKEN_OUT,
    }
)

#: Out of these a reader does nothing more in this run.
ENDED = frozenset({ReaderState.STOPPED, ReaderState.TAKEN_OUT})


def after(state: ReaderState, happening: Happening) -> ReaderState:
    """The next state.  ValueError for what the table does not know: a bug, not an input."""
    try:
        return TRANSITIONS[state, happening]
    except KeyError:
        raise ValueError(f"a reader that is {state.name} knows no {happening.name}") from None
