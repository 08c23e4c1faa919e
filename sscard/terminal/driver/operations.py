"""The functions with types: what they give is an object, what goes wrong a DriverError."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sscard.errors import SscardError
from sscard.keys.stores.service.card_seen import CardSeen
from sscard.terminal.driver.basic import BasicInfo
from sscard.terminal.driver.codes import ASK_AN_HSM, DriverError, ErrorCode
from sscard.terminal.driver.conversation import Conversation
from sscard.terminal.driver.dialogue import Ask, Dialogue, Question, coded
from sscard.terminal.driver.payments import Logged, Receipt
from sscard.terminal.driver.pins import Holder
from sscard.terminal.driver.plans import Plans
from sscard.terminal.driver.standing import Authentication
from sscard.terminal.driver.terminal import Hsm, Interface, Terminal

Result = TypeVar("Result")


def read_basic(terminal: Terminal, interface: Interface) -> BasicInfo:
    """iReadCardBas.  Raises DriverError."""
    return played(terminal, interface, lambda plans: plans.basic())


def read(
    terminal: Terminal,
    interface: Interface,
    authentication: Authentication,
    card_info: str,
    address: str,
) -> str:
    """iReadCard: the output.  Raises DriverError."""
    return played(terminal, interface, lambda plans: plans.read(authentication, card_info, address))


def write(
    terminal: Terminal, interface: Interface, card_info: str, address: str, data: str
) -> None:
    """iWriteCard.  Raises DriverError; what was written before it stays written."""
    played(terminal, interface, lambda plans: plans.write(card_info, address, data))


def verify_pin(terminal: Terminal, interface: Interface, card_info: str = "") -> None:
    """iVerifyPIN.  Raises DriverError."""
    played(terminal, interface, lambda plans: plans.verify_pin(card_info))


def change_pin(terminal: Terminal, interface: Interface, card_info: str = "") -> None:
    """iChangePIN.  Raises DriverError."""
    played(terminal, interface, lambda plans: plans.change_pin(card_info))


def reload_pin(terminal: Terminal, interface: Interface, card_info: str) -> None:
    """iReloadPIN.  Raises DriverError."""
    played(terminal, interface, lambda plans: plans.reload_pin(card_info))


def unblock_pin(terminal: Terminal, interface: Interface, card_info: str) -> None:
    """iUnblockPIN.  Raises DriverError."""
    played(terminal, interface, lambda plans: plans.unblock_pin(card_info))


def debit(terminal: Terminal, interface: Interface, card_info: str, pay_info: str) -> Receipt:
    """iDoDebit.  Raises DriverError."""
    return played(terminal, interface, lambda plans: plans.debit(card_info, pay_info))


def debit_records(terminal: Terminal, interface: Interface) -> tuple[Logged, ...]:
    """iReadDebitRecord.  Raises DriverError."""
    return played(terminal, interface, lambda plans: plans.debit_records())


def played(
    terminal: Terminal, interface: Interface, make: Callable[[Plans], Dialogue[Result]]
) -> Result:
    """With the PSAM; where that is no help and there is an HSM, with its answers.

    Nothing is done twice: once the card may have been changed, neither an HSM begins anew nor has
    a program reason to, whatever the PSAM said.  Raises DriverError: where the HSM is no help
    either, with the code that the PSAM led to.
    """
    holder = Holder(terminal.keypad)
    first = Plans(terminal, holder)
    conversation = Conversation(terminal, interface, coded(make(first)))
    try:
        return without_questions(conversation)
    except DriverError as refused:
        _require_unchanged(first, refused)
        if terminal.hsm is None or refused.code not in ASK_AN_HSM:
            raise
        plans = Plans(terminal, holder, hsm=True)
        conversation = Conversation(terminal, interface, coded(make(plans)))
        try:
            return _with_answers(conversation, terminal.hsm, refused.code)
        except DriverError as again:
            _require_unchanged(plans, again)
            raise


def _require_unchanged(plans: Plans, refused: DriverError) -> None:
    """Raises DriverError −27010 for a code that would have the same done again."""
    if refused.code in ASK_AN_HSM and plans.changed:
        raise DriverError(ErrorCode.SW_6982) from None


def without_questions(conversation: Conversation[Result]) -> Result:
    """What a dialogue comes to that asks nobody.  Raises DriverError."""
    now = conversation.go_on()
    if isinstance(now, Ask):
        raise RuntimeError("a plan for a PSAM asked an HSM")
    return now.result


def _with_answers(conversation: Conversation[Result], hsm: Hsm, refused: int) -> Result:
    now = conversation.go_on()
    while isinstance(now, Ask):
        try:
            answer = _answer(hsm, now)
        except SscardError:
            conversation.end()
            raise DriverError(refused) from None
        now = conversation.go_on((answer,))
    return now.result


def _answer(hsm: Hsm, asked: Ask) -> str:
    """The HSM has a method for each question."""
    if asked.question is Question.BASIC:
        return hsm.read_basic(asked.text)
    method: Callable[[CardSeen, str], str] = getattr(hsm, asked.question.value)
    return method(asked.card, asked.text)
