"""What is in a reader's slot when things have gone wrong, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, unique
from types import MappingProxyType


@unique
class Slot(Enum):
    """What the reader finds; the value is what it says when it finds no card that answers."""

    CARD = "there is a card"
    MUTE = "the card does not answer"
    EMPTY = "the card was removed"
    GONE = "the reader does not answer"


@unique
class Event(Enum):
    """What changes it."""

    RESET = "reset"
    HANGS = "the card hangs"
    REMOVED = "the card is pulled out"
    INSERTED = "a card is put in"
    DIES = "the reader dies"
    REPLACED = "another reader takes the card"


#: Whatever is not in the table changes nothing.
TRANSITIONS: Mapping[tuple[Slot, Event], Slot] = MappingProxyType(
    {
        (Slot.MUTE, Event.RESET): Slot.CARD,
        (Slot.CARD, Event.HANGS): Slot.MUTE,
        (Slot.CARD, Event.REMOVED): Slot.EMPTY,
        (Slot.MUTE, Event.REMOVED): Slot.EMPTY,
        (Slot.EMPTY, Event.INSERTED): Slot.CARD,
        (Slot.CARD, Event.DIES): Slot.GONE,
        (Slot.MUTE, Event.DIES): Slot.GONE,
        (Slot.EMPTY, Event.DIES): Slot.GONE,
        (Slot.GONE, Event.REPLACED): Slot.CARD,
    }
)


def after(slot: Slot, event: Event) -> Slot:
    """What is in the slot then."""
    return TRANSITIONS.get((slot, event), slot)
