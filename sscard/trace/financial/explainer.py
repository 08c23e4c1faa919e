"""The dialogue with a card, explained: one row per command and per answer.

Account numbers, names and PINs are masked in the bytes as well as in the words, and so is what a
certificate would give away of them, what STORE DATA puts where no tag says what it is, and all data
of instructions that are not known here.
"""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.trace.financial.answers import answered
from sscard.trace.financial.commands import Lists, commanded
from sscard.trace.financial.hiding import Hiding
from sscard.trace.row import Direction, Row


class Explainer:
    """Explains one dialogue from its beginning: what was said before tells what later bytes are.

    ``reveal``: nothing is hidden.
    """

    def __init__(self, *, reveal: bool = False) -> None:
        self._lists = Lists()
        self._hiding = Hiding(hides=not reveal)

    def command(self, command: CommandAPDU) -> Row:
        """The row of a command."""
        meaning, objects = commanded(command, self._lists)
        shown = self._hiding.command(command, objects)
        return Row(Direction.TO_CARD, shown, meaning, self._hiding.details(command.ins, objects))

    def answer(self, command: CommandAPDU, response: ResponseAPDU) -> Row:
        """The row of the answer to ``command``."""
        meaning, objects = answered(command, response)
        self._lists.learn(command, objects)
        self._hiding.learn(objects)
        shown = self._hiding.response(command.ins, response, objects)
        return Row(Direction.FROM_CARD, shown, meaning, self._hiding.details(command.ins, objects))

    def power_up(self, atr: bytes) -> Row:
        """The row of an answer to reset."""
        return Row(Direction.FROM_CARD, atr.hex().upper(), "复位应答 answer to reset")
