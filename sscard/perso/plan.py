"""A plan: a generator of commands that receives responses and does no I/O of its own."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError
from sscard.errors import MalformedData

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class PowerUp:
    """Ask for power off and on again; the answer's data is the ATR, its status word 9000."""


POWER_UP = PowerUp()

Plan: TypeAlias = Generator[CommandAPDU | PowerUp, ResponseAPDU, Result]


class Connection(Protocol):
    """One card in one reader, as a plan's driver needs it."""

    def reset(self) -> bytes:
        """Power off and on; the ATR.  Raises TransportError when there is no card."""
        ...

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange.  Raises TransportError when there is no answer."""
        ...


def run(plan: Plan[Result], connection: Connection) -> Result:
    """Drive a plan against a card.  The one place where plans meet I/O."""
    try:
        step = next(plan)
        while True:
            if isinstance(step, PowerUp):
                response = ResponseAPDU(connection.reset())
            else:
                response = ResponseAPDU.parse(connection.transmit(bytes(step)))
            step = plan.send(response)
    except StopIteration as finished:
        result: Result = finished.value
        return result


def attempt(plan: Plan[Result]) -> Plan[Result | StatusError]:
    """The plan's result, or the card's refusal.

    Plans do not catch what a card refuses, except through this: to whoever examines a card, its
    refusal is an answer.
    """
    try:
        return (yield from plan)
    except StatusError as refused:
        return refused


def tried(plan: Plan[Result]) -> Plan[Result | StatusError | MalformedData]:
    """The same to whoever judges a card that may answer anything, also what does not parse."""
    try:
        return (yield from attempt(plan))
    except MalformedData as malformed:
        return malformed
