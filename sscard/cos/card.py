"""The card: bytes in, bytes out.  It routes a command to the application that is selected."""

from __future__ import annotations

from collections.abc import Callable

from sscard.apdu.atr import Atr
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.pboc import NEXT as FOLLOWING
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.ssc import SSSE_NAME
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos import factory, key_replacement, le
from sscard.cos.challenge import Challenges
from sscard.cos.dispatch import find
from sscard.cos.environment import Environment
from sscard.cos.factory import Factory
from sscard.cos.life_cycle import SILENT, CardState
from sscard.cos.nvm import NVM
from sscard.cos.partition import split
from sscard.cos.pki import Certificates
from sscard.cos.protocol import Protocol
from sscard.cos.pse import Banking
from sscard.cos.ssse import table
from sscard.cos.system import System
from sscard.dialects.chip import CERTIFICATES, Chip
from sscard.dialects.operations import Structure
from sscard.errors import MalformedData
from sscard.keys import SUITES

MF, SSSE = 0x3F00, 0xDDF1
_BY_FID, _UNDER_CURRENT, _BY_NAME = 0x00, 0x02, 0x04


class Card:
    """One chip with its operating system.  ``random`` gives the bytes of challenges."""

    def __init__(self, nvm: NVM, chip: Chip, random: Callable[[int], bytes]) -> None:
        self.nvm = nvm
        self._chip = chip
        self._fit = le.policy(chip, Protocol.T1)
        parts, suite = split(nvm, chip), SUITES[chip.suite]
        self.system = System(parts["system"], suite)
        self._main = Environment(parts["exchange"], MF, random, suite)
        self._social = Environment(parts["ssse"], SSSE, random, suite)
        self.banking = Banking(parts["pse"], Challenges(random), self.system.happen)
        self.banking.equip(antenna=bool(chip.ats), delivery=chip.instances)
        self.banking.pse_over_antenna = chip.pse_over_antenna
        self.banking.blocks_in_order = chip.blocks_in_order
        self.banking.ppse_over_contacts = chip.ppse_over_contacts
        #: Nothing on a chip without a partition for it.
        self.certificates: Certificates | None = None
        if CERTIFICATES in parts:
            own = Challenges(random)
            self.certificates = Certificates(parts[CERTIFICATES], own, chip.certificates)
        taken = self.certificates or ()
        self._factory = Factory(self.system, self._main, self._social, self.banking, taken)
        self._tables = {id(self._main): table.MAIN, id(self._social): table.SSSE}
        for env in (self._main, self._social):
            env.empty_pin_grants = chip.empty_pin_grants
        more = () if self.certificates is None else (self.certificates,)
        self._applications = (self._main, self._social, self.banking, *more)
        self._current: Environment | Banking | Certificates = self._main

    def reset(self, protocol: Protocol = Protocol.T1) -> bytes:
        """Power came back: a torn command is finished or undone; the answer is the ATR.

        Over the antenna it is the ATS, with the same historical bytes (ssc 6 [T]).
        """
        self.nvm.power_up()
        self._fit = le.policy(self._chip, protocol)
        self.system.opened = False
        for application in self._applications:
            application.contactless = protocol is Protocol.CONTACTLESS
            application.reset()
        self._current = self._social if self._nameless() else self._main
        historical = self.system.historical
        if protocol is Protocol.CONTACTLESS and self._chip.ats:
            body = self._chip.ats + historical
            return bytes((len(body) + 1,)) + body
        blank = self.system.state is CardState.BLANK
        return bytes(Atr(historical, self._chip.atr["blank" if blank else "final"]))

    def process(self, raw: bytes) -> bytes:
        """Execute one command.  Every refusal leaves as a status word."""
        current = self._current
        env = current if isinstance(current, Environment) else self._social
        place, begun = env.place(), env.transaction
        certificate = current.place() if isinstance(current, Certificates) else None
        try:
            command = _parse(raw)
            response = self._execute(command)
            data = response.data
            if command.ne and data and len(data) != command.ne:
                response = ResponseAPDU(self._fitted(data, command.ne, env, begun), response.sw)
            self.nvm.commit()
        except StatusError as refusal:
            if self.nvm.roll_back():
                self._rolled_back()
            env.back_to(place)
            if isinstance(current, Certificates):
                current.back_to(certificate)
            response = ResponseAPDU(sw=refusal.sw)
        return bytes(response)

    def _execute(self, command: CommandAPDU) -> ResponseAPDU:
        state = self.system.state
        if state in SILENT:
            raise StatusError(StatusWord.FUNCTION_NOT_SUPPORTED)
        if (command.cla, command.ins) == (0x00, INS.SELECT):
            return self._select(command)
        current = self._current
        if not isinstance(current, Environment):
            return ResponseAPDU(current.execute(command, state))
        if key_replacement.concerns(command):
            key_replacement.execute(current, command, state)
            return ResponseAPDU()
        if (command.cla, command.ins) in factory.INSTRUCTIONS:
            self._current = self._factory.execute(current, command)
            return ResponseAPDU()
        if current.blocked:
            raise StatusError(StatusWord.APPLICATION_LOCKED)
        row = find(self._tables[id(current)], command, state)
        data = row.handler(current, command)
        if row.event is not None:
            self.system.happen(row.event)
        return ResponseAPDU(data)

    def _fitted(self, data: bytes, ne: int, env: Environment, begun: object | None) -> bytes:
        """What an Le of another length gets.

        A refused command has not gone on with a transaction; a SELECT has selected (assumed).
        """
        try:
            return self._fit(data, ne)
        except StatusError:
            env.transaction = begun
            self.banking.take_back()
            raise

    def _select(self, command: CommandAPDU) -> ResponseAPDU:
        following = (command.p1, command.p2) == (_BY_NAME, FOLLOWING)
        if command.p1 not in (_BY_FID, _UNDER_CURRENT, _BY_NAME) or not (
            command.p2 == 0 or following
        ):
            raise StatusError(StatusWord.WRONG_P1P2)
        if not command.data:
            raise StatusError(StatusWord.WRONG_LENGTH)
        if command.p1 == _BY_NAME:
            return self._select_name(command.data, following=following)
        if len(command.data) != 2:
            raise StatusError(StatusWord.WRONG_LENGTH)
        return ResponseAPDU(self._select_fid(int.from_bytes(command.data, "big"), command.p1))

    def _select_name(self, name: bytes, *, following: bool) -> ResponseAPDU:
        for env in () if following else (self._social, self._main):
            directory = None if name == SSSE_NAME and self._nameless() else env.by_name(name)
            if directory is not None:
                fci = env.select_directory(directory)
                self._current = env  # only now: a blocked directory changes nothing
                return ResponseAPDU(fci)
        answer = self.banking.select(name, following=following)
        if answer is not None:
            self._current = self.banking
            return answer
        if self.certificates is None or following:
            raise StatusError(StatusWord.FILE_NOT_FOUND)
        found = self.certificates.select(name)
        self._current = self.certificates
        return ResponseAPDU(found)

    def _select_fid(self, fid: int, p1: int) -> bytes:
        if p1 == _BY_FID:
            for env in (self._main, self._social):
                # A DF is found below the application it belongs to, the MF and DDF1 from anywhere.
                if fid == env.root or (env is self._current and fid in env.files.directories):
                    return self._select_directory(env, fid)
        current = self._current
        if isinstance(current, Certificates):
            return current.select_fid(fid, under_current=p1 == _UNDER_CURRENT)
        if isinstance(current, Banking):
            raise StatusError(StatusWord.FILE_NOT_FOUND)
        if current.blocked:
            raise StatusError(StatusWord.APPLICATION_LOCKED)
        file = current.current().by_fid.get(fid)
        if file is None or file.structure is Structure.INTERNAL:
            raise StatusError(StatusWord.FILE_NOT_FOUND)
        current.select_file(file)
        return b""

    def _select_directory(self, env: Environment, fid: int) -> bytes:
        directory = env.files.directories.get(fid)
        if directory is None:
            raise StatusError(StatusWord.FILE_NOT_FOUND)
        answer = env.select_directory(directory)
        self._current = env
        return answer

    def _nameless(self) -> bool:
        """Whether SSSE is selected by the reset, and never by its name."""
        return self._chip.ssse_from_reset and self.system.state is CardState.ISSUED

    def _rolled_back(self) -> None:
        for application in self._applications:
            application.rolled_back()


def _parse(raw: bytes) -> CommandAPDU:
    try:
        return CommandAPDU.parse(raw)
    except MalformedData:
        raise StatusError(StatusWord.WRONG_LENGTH) from None
