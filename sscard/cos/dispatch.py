"""How every application finds a command's handler, and in which order it checks (decision 6).

Class, instruction, state of the card, P1P2, Lc/Le form; what follows (secure messaging, object,
right, length against the object, data) is the handler's, in this order.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.life_cycle import ALIVE, CardEvent, CardState

Environment = TypeVar("Environment")

ANY = range(0x100)
NONE = range(1)


@dataclass(frozen=True, slots=True)
class Row(Generic[Environment]):
    """One command of an application: who handles it, and what a legal form is.

    ``p1`` and ``p2`` are the legal values, ``lc`` the legal data lengths, ``le`` whether a
    response must be asked for (True), must not be (False) or may be (None).  ``event`` is what a
    success does to the whole card.
    """

    handler: Callable[[Environment, CommandAPDU], bytes]
    p1: Container[int] = NONE
    p2: Container[int] = NONE
    lc: Container[int] = NONE
    le: bool | None = None
    states: frozenset[CardState] = ALIVE
    event: CardEvent | None = None


Table = Mapping[tuple[int, int], Row[Environment]]


def find(table: Table[Environment], command: CommandAPDU, state: CardState) -> Row[Environment]:
    """The row for ``command``, after the checks that need no object.  Raises StatusError."""
    row = table.get((command.cla, command.ins))
    if row is None:
        raise StatusError(_unknown(table, command))
    if state not in row.states:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    if command.p1 not in row.p1 or command.p2 not in row.p2:
        raise StatusError(StatusWord.WRONG_P1P2)
    if len(command.data) not in row.lc or (row.le is not None and row.le != (command.ne > 0)):
        raise StatusError(StatusWord.WRONG_LENGTH)
    return row


def _unknown(table: Table[Environment], command: CommandAPDU) -> StatusWord:
    classes = {cla for cla, _ in table}
    if command.cla not in classes:
        # Bits 1 and 2 number a logical channel; there is only the basic one (decision 3).
        channel = command.cla & 0x03 and command.cla & ~0x03 in classes
        return StatusWord.CHANNEL_NOT_SUPPORTED if channel else StatusWord.CLA_NOT_SUPPORTED
    return StatusWord.INS_NOT_SUPPORTED
