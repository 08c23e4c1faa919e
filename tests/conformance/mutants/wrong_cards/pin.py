"""The PIN: what VERIFY accepts, what it counts, and how it is changed."""

from __future__ import annotations

from typing import Any

import pytest

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.status import StatusError
from sscard.channel import protection
from sscard.cos.environment import Environment
from sscard.cos.files import StoredKey
from sscard.cos.ssse import pin, tries
from sscard.dialects.operations import KeyType
from wrong_cards.hands import Handler, Hands, mutant

VERIFY, CHANGE = (0x00, INS.VERIFY), (0x80, INS.CHANGE_PIN)
CHANGE_UNBLOCK = (0x84, INS.PIN_CHANGE_UNBLOCK)


def _pin_only(hands: Hands, name: str, changed: Any) -> None:
    """Replace a function of the counters for the PIN; keys keep the right one."""
    right = getattr(tries, name)

    def chosen(env: Environment, key: StoredKey, *rest: Any) -> Any:
        return (changed if key.type is KeyType.PIN else right)(env, key, *rest)

    hands.patch.setattr(tries, name, chosen)


def _all_tries_back(hands: Hands) -> None:
    env = hands.social
    root = env.files.directories.get(env.root)
    if root is not None and (KeyType.PIN, 0, 1) in root.keys:
        hands.nvm.write(root.keys[KeyType.PIN, 0, 1].at + 1, b"\0")
        hands.nvm.commit()


@mutant
def wrong_pin_accepted(hands: Hands) -> None:
    hands.compares(pin, lambda one, other: True)


@mutant
def beginning_of_the_pin_accepted(hands: Hands) -> None:
    def equal(shown: bytes, stored: bytes) -> bool:
        digits = shown.rstrip(b"\xff")
        return stored.startswith(digits) and bool(digits)

    hands.compares(pin, equal)


@mutant
def wrong_pin_not_counted(hands: Hands) -> None:
    _pin_only(hands, "use", lambda env, key: tries.require(env, key))


@mutant
def tries_back_at_power_off(hands: Hands) -> None:
    def reset(right: Any) -> None:
        right()
        _all_tries_back(hands)

    hands.at_reset(reset)


@mutant
def tries_back_after_a_torn_command(hands: Hands) -> None:
    """A recovery of the memory gives the PIN all its tries: tearing searches the PIN."""
    recover, torn = hands.nvm._recover, []

    def recovering(copies: list[bytes]) -> None:
        recover(copies)
        torn.append(True)

    def reset(right: Any) -> None:
        right()
        if torn:
            torn.clear()
            _all_tries_back(hands)

    hands.patch.setattr(hands.nvm, "_recover", recovering)
    hands.at_reset(reset)


@mutant
def right_pin_gives_no_tries_back(hands: Hands) -> None:
    right = tries.give_back
    judge = tries.judge

    def keeping(env: Environment, key: StoredKey, good: bool) -> None:
        if not good:
            judge(env, key, good)
        tries.take_back(env, key)

    _pin_only(hands, "judge", keeping)
    hands.patch.setattr(tries, "give_back", right)


@mutant
def count_of_tries_one_too_many(hands: Hands) -> None:
    """63Cx says one try more than there is; what is counted is right."""

    def line(process: Any) -> Any:
        def lie(raw: bytes) -> bytes:
            answer = process(raw)
            counted = raw[:2] == b"\x00\x20" and answer[-2:-1] == b"\x63"
            return answer[:-1] + bytes((answer[-1] + 1,)) if counted else answer

        return lie

    hands.line(line)


@mutant
def locked_pin_still_opens(hands: Hands) -> None:
    """After the last try the right PIN is accepted all the same."""
    _pin_only(hands, "require", lambda env, key: None)


@mutant
def asking_burns_a_try(hands: Hands) -> None:
    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            if not command.data:
                tries.use(env, env.key(KeyType.PIN, 0))
            return handler(env, command)

        return run

    hands.around(around, VERIFY)


@mutant
def asking_grants_the_right(hands: Hands) -> None:
    """VERIFY without data answers 63Cx, and afterwards the PIN counts as shown."""

    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            if not command.data:
                env.security.pin = True
            return handler(env, command)

        return run

    hands.around(around, VERIFY)


@mutant
def change_without_the_old_pin(hands: Hands) -> None:
    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(pin, "_show", lambda env, key, data: None)
                return handler(env, command)

        return run

    hands.around(around, CHANGE)


@mutant
def change_keeps_the_old_pin(hands: Hands) -> None:
    hands.patch.setattr(pin, "_replace", lambda env, key, new: None)


@mutant
def wrong_old_pin_not_counted(hands: Hands) -> None:
    """CHANGE PIN is a way to try PINs for ever."""

    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            try:
                return handler(env, command)
            except StatusError as refusal:
                if refusal.sw.tries_left is not None:
                    tries.take_back(env, env.key(KeyType.PIN, 0))
                    env.nvm.commit()
                raise

        return run

    hands.around(around, CHANGE)


@mutant
def unblock_without_mac(hands: Hands) -> None:
    """PIN CHANGE/UNBLOCK takes any MAC; updates do not."""

    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            with pytest.MonkeyPatch.context() as patch:
                Hands(hands.card, patch).compares(protection, lambda received, expected: True)
                return handler(env, command)

        return run

    hands.around(around, CHANGE_UNBLOCK)


@mutant
def unblock_without_puk(hands: Hands) -> None:
    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(env, "require", lambda rule: None)
                return handler(env, command)

        return run

    hands.around(around, CHANGE_UNBLOCK)


@mutant
def unblock_gives_no_tries_back(hands: Hands) -> None:
    _pin_only(hands, "give_back", lambda env, key: None)
    hands.patch.setattr(tries, "judge", _judge_with(tries.judge))


def _judge_with(right: Any) -> Any:
    """VERIFY still gives tries back: only the unblock does not."""

    def judge(env: Environment, key: StoredKey, good: bool) -> None:
        right(env, key, good)
        env.nvm.write(key.at + 1, b"\0") if env.nvm.image[key.at] else None

    return judge
