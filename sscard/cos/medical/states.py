"""What is under way between INIT and CREDIT or DEBIT: volatile, one transaction at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, unique
from types import MappingProxyType
from typing import Any, ClassVar

from sscard.apdu.medical_data import InitForPurchase
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel.medical import Load
from sscard.cos.environment import Environment
from sscard.keys import SecretKey


@unique
class State(Enum):
    """Where a directory with an amount file stands (ssc 5.2 [S])."""

    IDLE = "idle"
    LOAD_INITIALIZED = "load initialized"
    PURCHASE_INITIALIZED = "purchase initialized"


@unique
class Step(Enum):
    """The commands of the class, as the state machine sees them."""

    INIT_FOR_LOAD = "INIT FOR LOAD"
    INIT_FOR_PURCHASE = "INIT FOR PURCHASE"
    CREDIT_FOR_LOAD = "CREDIT FOR LOAD"
    DEBIT_FOR_PURCHASE = "DEBIT FOR PURCHASE"
    GET_BALANCE = "GET BALANCE"
    GET_TRANSACTION_PROOF = "GET TRANSACTION PROOF"
    UPDATE_STARTING_DAY = "UPDATE STARTING DAY"
    GET_STARTING_DAY = "GET STARTING DAY"


@dataclass(frozen=True, slots=True)
class PendingLoad:
    """What INIT FOR LOAD leaves for CREDIT FOR LOAD."""

    STATE: ClassVar[State] = State.LOAD_INITIALIZED

    load: Load
    session: SecretKey
    dtk: SecretKey


@dataclass(frozen=True, slots=True)
class PendingPurchase:
    """What INIT FOR PURCHASE leaves for DEBIT FOR PURCHASE, which makes the session key."""

    STATE: ClassVar[State] = State.PURCHASE_INITIALIZED

    request: InitForPurchase
    counter: int
    random: bytes = field(repr=False)
    dpk: SecretKey
    dtk: SecretKey


#: These neither need nor end a transaction.
KEEPING = frozenset({Step.GET_BALANCE, Step.GET_STARTING_DAY})
_ANYWHERE = {
    Step.INIT_FOR_LOAD: State.LOAD_INITIALIZED,
    Step.INIT_FOR_PURCHASE: State.PURCHASE_INITIALIZED,
    Step.GET_TRANSACTION_PROOF: State.IDLE,
    Step.UPDATE_STARTING_DAY: State.IDLE,
}
#: The state after each command that succeeds; what is not here is 6901.  A command that is refused
#: leaves IDLE, but for those that keep.
TRANSITIONS: Mapping[tuple[State, Step], State] = MappingProxyType(
    {
        **{(state, step): after for state in State for step, after in _ANYWHERE.items()},
        **{(state, step): state for state in State for step in KEEPING},
        (State.LOAD_INITIALIZED, Step.CREDIT_FOR_LOAD): State.IDLE,
        (State.PURCHASE_INITIALIZED, Step.DEBIT_FOR_PURCHASE): State.IDLE,
    }
)


def state_of(env: Environment) -> State:
    """Where the environment stands."""
    pending: Any = env.transaction
    return State.IDLE if pending is None else pending.STATE


def enter(env: Environment, step: Step) -> Any:
    """Let a command in: the answer is what INIT left, of the type that the state goes with.

    From here on the environment is idle unless the command keeps or begins a transaction.  Raises
    StatusError 6901.
    """
    pending, state = env.transaction, state_of(env)
    if step not in KEEPING:
        env.transaction = None
    if (state, step) not in TRANSITIONS:
        raise StatusError(StatusWord.WRONG_STATE, step.value)
    return pending
