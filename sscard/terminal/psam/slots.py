"""Plans for two cards: each command says which slot it goes to."""

from __future__ import annotations

from collections.abc import Generator
from enum import Enum, unique
from typing import NamedTuple, TypeAlias, TypeVar

from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.perso.plan import Connection, Plan, PowerUp

Result = TypeVar("Result")


@unique
class Slot(Enum):
    """The slots of a terminal."""

    USER = "user card"
    PSAM = "PSAM"


class Addressed(NamedTuple):
    """A step of a plan, and the card it is for."""

    slot: Slot
    step: CommandAPDU | PowerUp


TwoCards: TypeAlias = Generator[Addressed, ResponseAPDU, Result]


def at(slot: Slot, plan: Plan[Result]) -> TwoCards[Result]:
    """A plan for one card as a part of one for two."""
    try:
        step = next(plan)
        while True:
            step = plan.send((yield Addressed(slot, step)))
    except StopIteration as finished:
        result: Result = finished.value
        return result


def one(command: CommandAPDU) -> Plan[ResponseAPDU]:
    """A plan of one command; the answer is not judged."""
    return (yield command)


def run_both(plan: TwoCards[Result], user: Connection, psam: Connection) -> Result:
    """Drive a plan against both cards.  Raises what the plan and the connections raise."""
    slots = {Slot.USER: user, Slot.PSAM: psam}
    try:
        asked = next(plan)
        while True:
            asked = plan.send(_answered(slots[asked.slot], asked.step))
    except StopIteration as finished:
        result: Result = finished.value
        return result


def _answered(card: Connection, step: CommandAPDU | PowerUp) -> ResponseAPDU:
    if isinstance(step, PowerUp):
        return ResponseAPDU(card.reset())
    return ResponseAPDU.parse(card.transmit(bytes(step)))
