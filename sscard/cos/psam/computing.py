"""DELIVERY SESSION KEY and CIPHER DATA (ssc 5.3 [S])."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from sscard.apdu.command import CommandAPDU
from sscard.apdu.psam import FACTOR
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import psam as channel
from sscard.cos.psam import keyring
from sscard.cos.psam.environment import PsamEnvironment
from sscard.cos.psam.keyring import Kept
from sscard.cos.psam.states import CIPHER_STEPS, Delivered, State, Step, enter
from sscard.keys import SecretKey, Suite

_TYPE, _SINGLE = 0x1F, 8
#: The types of key that may do each step.
_MACS = frozenset({keyring.MAC, keyring.BOTH})
_ENCIPHERS = frozenset({keyring.ENCIPHER, keyring.BOTH})
_MAY: Mapping[Step, frozenset[int]] = MappingProxyType(
    {
        Step.ENCIPHER: _ENCIPHERS,
        Step.ENCIPHER_MORE: _ENCIPHERS,
        Step.ONLY_MAC: _MACS,
        Step.FIRST_MAC: _MACS,
        Step.NEXT_MAC: _MACS,
        Step.LAST_MAC: _MACS,
    }
)


def deliver(env: PsamEnvironment, command: CommandAPDU) -> bytes:
    """Diversify a key, make a session key of it, keep that.

    Raises StatusError 6985 (no application; a key for other commands), 6A88, 6A80 (levels).
    """
    _, ready = enter(env, Step.DELIVERY, env.rules.key_after_computation)
    end = len(command.data) - env.suite.block
    factors = split_factors(command.data[:end])
    kept = keyring.find(env, command.p1 & _TYPE, command.p2)
    if kept.type not in _MACS | _ENCIPHERS:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    if not kept.levels == command.p1 >> 5 == len(factors):
        raise StatusError(StatusWord.WRONG_DATA)
    key = card_key(env.suite, kept, factors)
    session = env.suite.session_key(key, command.data[end:])
    env.transaction = Delivered(ready, session, kept.type)
    return b""


def cipher(env: PsamEnvironment, command: CommandAPDU) -> bytes:
    """Encipher blocks, or go on with a MAC.

    Raises StatusError 6700, 6901 (no session key, or another computation), 6985 (type of key).
    """
    step, block = CIPHER_STEPS[command.p1], env.suite.block
    least = 2 * block if step is Step.ONLY_MAC else block
    if len(command.data) % block or len(command.data) < least:
        raise StatusError(StatusWord.WRONG_LENGTH)
    delivered, after = enter(env, step, env.rules.key_after_computation)
    if delivered.type not in _MAY[step]:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    if step in (Step.ENCIPHER, Step.ENCIPHER_MORE):
        _leave(env, delivered, after)
        return channel.encipher(delivered.session, command.data)
    chain = _chain(env, delivered, step, command.data)
    _leave(env, replace(delivered, chain=chain), after)
    return channel.folded(chain) if step in (Step.ONLY_MAC, Step.LAST_MAC) else b""


def card_key(suite: Suite, kept: Kept, factors: tuple[bytes, ...]) -> SecretKey:
    """The key of the user card; a user card's MAC key has 8 bytes in 3DES."""
    key = kept.record.key
    single = kept.type == keyring.MAC and suite.block == _SINGLE
    return channel.diversified(suite, key, factors, _SINGLE if single else key.SIZE)


def split_factors(data: bytes) -> tuple[bytes, ...]:
    """Factors of 8 bytes, one behind the other."""
    return tuple(data[at : at + FACTOR] for at in range(0, len(data), FACTOR))


def _chain(env: PsamEnvironment, delivered: Delivered, step: Step, data: bytes) -> bytes:
    if step in (Step.ONLY_MAC, Step.FIRST_MAC):
        block = env.suite.block
        return channel.chained(delivered.session, data[:block], data[block:])
    return channel.chained(delivered.session, delivered.chain, data)


def _leave(env: PsamEnvironment, delivered: Delivered, after: State) -> None:
    if after is not State.IDLE:
        chain = delivered.chain if after is State.MACING else b""
        env.transaction = replace(delivered, state=after, chain=chain)
