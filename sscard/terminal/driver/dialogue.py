"""Plans of the driver: commands for both slots, and questions for an HSM between them.

A plan that asks waits for the answer as a generator waits: that is the state between two steps.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from enum import Enum, unique
from typing import Any, NamedTuple, TypeAlias, TypeVar

from sscard.apdu.status import StatusError
from sscard.errors import KeyStoreError, MalformedData, NotVerified, ProfileError
from sscard.keys.stores.service.card_seen import CardSeen
from sscard.terminal.driver.codes import DriverError, ErrorCode, of_status
from sscard.terminal.psam.slots import Addressed, TwoCards

Result = TypeVar("Result")


@unique
class Question(Enum):
    """What an HSM is asked; the value is the name of its method."""

    BASIC = "read_basic"
    READ = "read"
    WRITE = "write"
    RELOAD = "reload_pin"
    RELOAD_MESSAGE = "reload_pin_message"
    UNBLOCK = "unblock_pin"
    UNBLOCK_MESSAGE = "unblock_pin_message"
    DEBIT = "debit"
    #: For the CA of the program: no HSM has it, and only a program in steps is asked.
    CERTIFICATES = "certificates"


class Ask(NamedTuple):
    """A question: the output of this step, and which card it is about."""

    question: Question
    text: str
    card: CardSeen

    def __repr__(self) -> str:
        return f"<ask: {self.question.value}>"


#: Commands are answered by ResponseAPDU, questions by the arguments of the next step.
Dialogue: TypeAlias = Generator[Addressed | Ask, Any, Result]


def ask(question: Question, fields: tuple[str, ...], card: CardSeen) -> Dialogue[tuple[str, ...]]:
    """The arguments of the next step, pKey first."""
    answer: tuple[str, ...] = yield Ask(question, joined(fields), card)
    return answer


def joined(fields: tuple[str, ...]) -> str:
    """Fields as they stand in an output: each is ended by a bar."""
    return "".join(f"{each}|" for each in fields)


def judged(
    plan: TwoCards[Result] | Dialogue[Result], refusals: Mapping[int, ErrorCode]
) -> Dialogue[Result]:
    """The plan, and for some status words another code than −SW.  Raises DriverError."""
    try:
        return (yield from plan)
    except StatusError as refused:
        raise DriverError(refusals.get(refused.sw, of_status(refused.sw))) from None


def coded(plan: Dialogue[Result]) -> Dialogue[Result]:
    """The plan, with a code for all that can go wrong in it.  Raises DriverError."""
    try:
        return (yield from plan)
    except StatusError as refused:
        raise DriverError(of_status(refused.sw)) from None
    except NotVerified:
        raise DriverError(ErrorCode.NOT_GENUINE) from None
    except MalformedData:
        raise DriverError(ErrorCode.CARD_DATA) from None
    except KeyStoreError:  # no PSAM has ever had this key
        raise DriverError(ErrorCode.SW_6A88) from None
    except ProfileError:  # the tables of these cards have not what the function needs
        raise DriverError(ErrorCode.SW_6A82) from None
