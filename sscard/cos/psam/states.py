"""What is under way inside a PSAM: volatile, one session key at a time (ssc 5.3 [S])."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, unique
from types import MappingProxyType
from typing import Any, ClassVar

from sscard.apdu.psam import Cipher
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel.medical import Purchase
from sscard.cos.environment import Environment
from sscard.dialects.psam_chip import KeyAfter
from sscard.keys import SecretKey


@unique
class State(Enum):
    """What the session key's register holds."""

    IDLE = "no session key"
    READY = "session key, nothing computed"
    ENCIPHERING = "enciphering"
    MACING = "making a MAC"
    PURCHASE = "MAC1 given"


@unique
class Step(Enum):
    """The commands, as the state machine sees them; CIPHER DATA by its P1."""

    DELIVERY = "DELIVERY SESSION KEY"
    ENCIPHER = "CIPHER DATA 00"
    LAST_MAC = "CIPHER DATA 01"
    ENCIPHER_MORE = "CIPHER DATA 02"
    NEXT_MAC = "CIPHER DATA 03"
    ONLY_MAC = "CIPHER DATA 05"
    FIRST_MAC = "CIPHER DATA 07"
    INIT_SAM = "INIT SAM FOR PURCHASE"
    CREDIT_SAM = "CREDIT SAM FOR PURCHASE"


#: The step that each P1 of CIPHER DATA is.
CIPHER_STEPS: Mapping[int, Step] = MappingProxyType({each: Step[each.name] for each in Cipher})


@dataclass(frozen=True, slots=True)
class Delivered:
    """A session key for CIPHER DATA; ``chain`` is how far a MAC is."""

    state: State
    session: SecretKey
    #: The type of the key it was made of: what may be computed.
    type: int
    chain: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class PendingPurchase:
    """What INIT SAM FOR PURCHASE leaves for CREDIT SAM FOR PURCHASE."""

    state: ClassVar[State] = State.PURCHASE

    purchase: Purchase
    session: SecretKey


_BEGINNING = {Step.DELIVERY: State.READY, Step.INIT_SAM: State.PURCHASE}
#: Complete computations: their key is gone, or good for another one (a setting).
_COMPLETING = (
    (State.READY, Step.ENCIPHER),
    (State.READY, Step.ONLY_MAC),
    (State.ENCIPHERING, Step.ENCIPHER),
    (State.MACING, Step.LAST_MAC),
)


def transitions(after: KeyAfter) -> Mapping[tuple[State, Step], State]:
    """The state after each command that succeeds; what is not here is 6901."""
    complete = State.IDLE if after is KeyAfter.GONE else State.READY
    return MappingProxyType(
        {
            **{(state, step): end for state in State for step, end in _BEGINNING.items()},
            **dict.fromkeys(_COMPLETING, complete),
            (State.READY, Step.ENCIPHER_MORE): State.ENCIPHERING,
            (State.ENCIPHERING, Step.ENCIPHER_MORE): State.ENCIPHERING,
            (State.READY, Step.FIRST_MAC): State.MACING,
            (State.MACING, Step.NEXT_MAC): State.MACING,
            (State.PURCHASE, Step.CREDIT_SAM): State.IDLE,
        }
    )


TRANSITIONS: Mapping[KeyAfter, Mapping[tuple[State, Step], State]] = MappingProxyType(
    {each: transitions(each) for each in KeyAfter}
)


def state_of(env: Environment) -> State:
    """What the register holds."""
    pending: Any = env.transaction
    return State.IDLE if pending is None else pending.state


def enter(env: Environment, step: Step, after: KeyAfter) -> tuple[Any, State]:
    """Let a command in: what was left for it, and the state when it has succeeded.

    From here on there is no session key unless the command leaves one.  Raises StatusError 6901.
    """
    pending, state = env.transaction, state_of(env)
    env.transaction = None
    try:
        return pending, TRANSITIONS[after][state, step]
    except KeyError:
        raise StatusError(StatusWord.WRONG_STATE, step.value) from None
