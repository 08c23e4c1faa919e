"""A dialogue with the cards of a terminal, from power-up to power-down."""

from __future__ import annotations

from dataclasses import replace
from typing import Generic, TypeVar

from sscard.apdu import iso7816, t0
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.errors import MalformedData, TransportError
from sscard.perso.plan import Connection, PowerUp
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.dialogue import Ask, Dialogue
from sscard.terminal.driver.terminal import Interface, Moment, PowersOff, Terminal
from sscard.terminal.psam.slots import Addressed, Slot

Result = TypeVar("Result")
#: What a card may have to be asked again for: no card says 61 or 6C more often in one answer.
_LONGEST = 0x100


class Finished(Generic[Result]):
    """What a dialogue came to."""

    def __init__(self, result: Result) -> None:
        self.result = result


class Conversation(Generic[Result]):
    """One dialogue under way; whatever ends it takes the power from the cards."""

    def __init__(self, terminal: Terminal, interface: Interface, plan: Dialogue[Result]) -> None:
        self._terminal, self._plan = terminal, plan
        self._readers = _readers(terminal, interface)
        self._user: Connection | None = None
        self._psam_on = False

    def go_on(self, answer: tuple[str, ...] | None = None) -> Ask | Finished[Result]:
        """Up to the next question, or to the end.  Raises DriverError, and has then ended."""
        try:
            step = next(self._plan) if answer is None else self._plan.send(answer)
            while not isinstance(step, Ask):
                step = self._step(step)
        except StopIteration as finished:
            self.end()
            result: Result = finished.value
            return Finished(result)
        except DriverError:
            self.end()
            raise
        return step

    def end(self) -> None:
        """No more commands; the cards lose their power where the connection can do that."""
        self._plan.close()
        for card in (self._user, self._terminal.psam if self._psam_on else None):
            if isinstance(card, PowersOff):
                _power_off(card)
        self._user, self._psam_on = None, False

    def _step(self, asked: Addressed) -> Addressed | Ask:
        try:
            response = self._exchange(asked)
        except DriverError as refused:  # a plan may know another way
            return self._plan.throw(refused)
        return self._plan.send(response)

    def _exchange(self, asked: Addressed) -> ResponseAPDU:
        if isinstance(asked.step, PowerUp):
            return self._power_up_psam() if asked.slot is Slot.PSAM else self._power_up()
        card = self._terminal.psam if asked.slot is Slot.PSAM else self._user
        if card is None:
            raise DriverError(ErrorCode.NO_POWER)
        try:
            return _answered(card, asked.step)
        except TransportError as lost:
            if asked.slot is Slot.PSAM:  # pulled out: an HSM can still help
                raise DriverError(ErrorCode.NO_PSAM) from None
            raise DriverError(self._terminal.blame(lost, Moment.COMMAND)) from None
        except MalformedData:
            raise DriverError(ErrorCode.CHECKSUM) from None

    def _power_up(self) -> ResponseAPDU:
        """The first reader with a card that answers."""
        refused = ErrorCode.NOT_CONNECTED
        for reader in self._readers:
            try:
                answer = reader.reset()
            except TransportError as lost:
                refused = self._terminal.blame(lost, Moment.POWER_UP)
            else:
                self._user = reader
                return ResponseAPDU(answer)
        raise DriverError(refused)

    def _power_up_psam(self) -> ResponseAPDU:
        psam = self._terminal.psam
        if psam is None:
            raise DriverError(ErrorCode.NO_PSAM)
        try:
            answer = psam.reset()
        except TransportError:
            raise DriverError(ErrorCode.NO_PSAM) from None
        self._psam_on = True
        return ResponseAPDU(answer)


def _readers(terminal: Terminal, interface: Interface) -> tuple[Connection, ...]:
    order = {
        Interface.CONTACT: (terminal.contact,),
        Interface.CONTACTLESS: (terminal.contactless,),
        Interface.CONTACT_FIRST: (terminal.contact, terminal.contactless),
        Interface.CONTACTLESS_FIRST: (terminal.contactless, terminal.contact),
    }[interface]
    return tuple(reader for reader in order if reader is not None)


def _power_off(card: PowersOff) -> None:
    try:
        card.power_off()
    except TransportError:
        return  # a card that is not there any more has no power either


def _answered(card: Connection, command: CommandAPDU) -> ResponseAPDU:
    """The card's answer; 6Cxx and 61xx are followed, where the connection has not done so."""
    answer = ResponseAPDU.parse(card.transmit(bytes(command)))
    if answer.sw >> 8 == t0.WRONG_LE:
        again = replace(command, ne=answer.sw & 0xFF or _LONGEST)
        answer = ResponseAPDU.parse(card.transmit(bytes(again)))
    if answer.sw >> 8 == t0.MORE:
        more = iso7816.get_response(answer.sw & 0xFF or _LONGEST)
        rest = ResponseAPDU.parse(card.transmit(bytes(more)))
        answer = ResponseAPDU(answer.data + rest.data, rest.sw)
    return answer
