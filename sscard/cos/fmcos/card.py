"""The card: bytes in, bytes out, with FMCOS or a COS like it."""

from __future__ import annotations

from collections.abc import Callable

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.challenge import Challenges
from sscard.cos.dispatch import find
from sscard.cos.fmcos.binary import Unwritten
from sscard.cos.fmcos.files import Files
from sscard.cos.fmcos.memory import Memory
from sscard.cos.fmcos.protection import refuse_locked
from sscard.cos.fmcos.session import Session
from sscard.cos.fmcos.table import COMMANDS
from sscard.cos.life_cycle import CardState
from sscard.cos.nvm import JOURNAL_PAGES, NVM
from sscard.dialects.chip import PAGE
from sscard.dialects.fmcos import FMCOS, Dialect
from sscard.errors import MalformedData

_LARGEST = 0xFFFF
_CLASSES = frozenset(cla for cla, _ in COMMANDS)
#: What a locked application still answers.
_ALWAYS = (INS.SELECT, INS.GET_CHALLENGE)


class FmcosCard:
    """One chip without an MF, or what its memory holds.  ``random`` gives challenges' bytes."""

    def __init__(self, nvm: NVM, random: Callable[[int], bytes], dialect: Dialect = FMCOS) -> None:
        self.nvm = nvm
        base = JOURNAL_PAGES * PAGE
        memory = Memory(nvm, base, min(len(nvm.cells) - base, _LARGEST))
        self._challenges = Challenges(random)
        self._session = Session(Files(memory), self._challenges, dialect)

    @property
    def free(self) -> int:
        """Bytes of the memory that no object has."""
        return self._session.files.memory.free

    def reset(self) -> None:
        """Power came back: a torn command is finished or undone, both registers are 0."""
        self.nvm.power_up()
        self._challenges.forget()
        self._session.reset()

    def process(self, raw: bytes) -> bytes:
        """Execute one command.  Every refusal leaves as a status word."""
        try:
            response = ResponseAPDU(self._execute(raw))
            self.nvm.commit()
        except Unwritten as warned:
            response = ResponseAPDU(warned.data, warned.sw)
        except StatusError as refusal:
            self.nvm.roll_back()  # no command is refused after it has made or removed objects
            response = ResponseAPDU(sw=refusal.sw)
        return bytes(response)

    def _execute(self, raw: bytes) -> bytes:
        given = False
        try:
            command = _parsed(raw)
            answer = self._carried_out(command)
            given = command.ins == INS.GET_CHALLENGE
            return answer
        finally:
            if not given:  # a challenge is good for the next command only, refused or not
                self._challenges.forget()

    def _carried_out(self, command: CommandAPDU) -> bytes:
        if command.cla not in _CLASSES:  # FMCOS has no word for logical channels
            raise StatusError(StatusWord.CLA_NOT_SUPPORTED)
        row = find(COMMANDS, command, CardState.ISSUED)
        if command.ins not in _ALWAYS and self._session.files.main:
            refuse_locked(self._session)
        return row.handler(self._session, command)


def _parsed(raw: bytes) -> CommandAPDU:
    try:
        return CommandAPDU.parse(raw)
    except MalformedData:
        raise StatusError(StatusWord.WRONG_LENGTH) from None
