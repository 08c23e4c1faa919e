"""The card: bytes in, bytes out, with the operating system of a PSAM."""

from __future__ import annotations

from collections.abc import Callable

from sscard.apdu import atr
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos import le
from sscard.cos.dispatch import find
from sscard.cos.life_cycle import SILENT
from sscard.cos.nvm import NVM
from sscard.cos.partition import split
from sscard.cos.protocol import Protocol
from sscard.cos.psam import factory
from sscard.cos.psam.environment import PsamEnvironment
from sscard.cos.psam.factory import PsamFactory
from sscard.cos.psam.table import COMMANDS
from sscard.cos.system import System
from sscard.dialects.psam_chip import PsamChip
from sscard.errors import MalformedData
from sscard.keys import SUITES


class PsamCos:
    """One chip with its operating system.  ``random`` gives the bytes of challenges."""

    def __init__(self, nvm: NVM, chip: PsamChip, random: Callable[[int], bytes]) -> None:
        self.nvm = nvm
        self._chip = chip
        self._fit = le.chosen(chip.le, Protocol.T1)
        parts, suite = split(nvm, chip), SUITES[chip.suite]
        self.system = System(parts["system"], suite)
        self.environment = PsamEnvironment(parts["environment"], random, suite, chip.rules)
        self._factory = PsamFactory(self.system, self.environment)
        self._table = COMMANDS[chip.suite]

    def reset(self, protocol: Protocol = Protocol.T1) -> bytes:
        """Power came back: a torn command is finished or undone; the answer is the ATR."""
        self.nvm.power_up()
        self._fit = le.chosen(self._chip.le, protocol)
        self.system.opened = False
        self.environment.reset()
        return atr.build(self.system.historical)

    def process(self, raw: bytes) -> bytes:
        """Execute one command.  Every refusal leaves as a status word."""
        env = self.environment
        place, begun = env.place(), env.transaction
        try:
            command = _parse(raw)
            data = self._execute(command)
            if command.ne and data and len(data) != command.ne:
                data = self._fitted(data, command.ne, begun)
            self.nvm.commit()
            response = ResponseAPDU(data)
        except StatusError as refusal:
            if self.nvm.roll_back():
                env.rolled_back()
            env.back_to(place)
            response = ResponseAPDU(sw=refusal.sw)
        return bytes(response)

    def _execute(self, command: CommandAPDU) -> bytes:
        state = self.system.state
        if state in SILENT:
            raise StatusError(StatusWord.FUNCTION_NOT_SUPPORTED)
        if factory.concerns(command):
            self._factory.execute(self.environment, command)
            return b""
        row = find(self._table, command, state)
        return row.handler(self.environment, command)

    def _fitted(self, data: bytes, ne: int, begun: object | None) -> bytes:
        """What an Le of another length gets: a refused command has not gone on."""
        try:
            return self._fit(data, ne)
        except StatusError:
            self.environment.transaction = begun
            raise


def _parse(raw: bytes) -> CommandAPDU:
    try:
        return CommandAPDU.parse(raw)
    except MalformedData:
        raise StatusError(StatusWord.WRONG_LENGTH) from None
