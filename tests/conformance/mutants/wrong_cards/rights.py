"""Access conditions and the security state: who may read and update, and for how long."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

import pytest

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.status import StatusError
from sscard.cos import security
from sscard.cos.environment import Environment
from sscard.cos.files import ElementaryFile
from sscard.cos.security import SecurityState
from sscard.dialects.rights import Condition
from wrong_cards.hands import Handler, Hands, mutant

READS = ((0x00, INS.READ_RECORD), (0x00, INS.READ_BINARY))
UPDATES = ((0x00, INS.UPDATE_RECORD), (0x00, INS.UPDATE_BINARY))
SEALED_UPDATES = ((0x04, INS.UPDATE_RECORD), (0x04, INS.UPDATE_BINARY))
_PIN, _KEY, _BOTH = (True, False), (False, True), (True, True)


def _unasked(handler: Handler) -> Handler:
    """The handler, and nobody asks for a right."""

    def run(env: Environment, command: CommandAPDU) -> bytes:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(env, "require", lambda rule: None)
            return handler(env, command)

    return run


def _met(hands: Hands, condition: Condition, by: Iterable[tuple[bool, bool]]) -> None:
    """Let a condition be met by these (PIN shown, key shown)."""
    table = {**security._MET, condition: frozenset(by)}
    hands.patch.setattr(security, "_MET", MappingProxyType(table))


@mutant
def read_right_not_checked(hands: Hands) -> None:
    hands.around(_unasked, *READS)


@mutant
def update_right_not_checked(hands: Hands) -> None:
    hands.around(_unasked, *UPDATES, *SEALED_UPDATES)


@mutant
def mac_opens_the_file(hands: Hands) -> None:
    hands.around(_unasked, *SEALED_UPDATES)


@mutant
def pin_or_key_asks_for_both(hands: Hands) -> None:
    _met(hands, Condition.PIN_OR_KEY, [_BOTH])


@mutant
def pin_or_key_by_key_only(hands: Hands) -> None:
    _met(hands, Condition.PIN_OR_KEY, [_KEY, _BOTH])


@mutant
def pin_or_key_by_pin_only(hands: Hands) -> None:
    _met(hands, Condition.PIN_OR_KEY, [_PIN, _BOTH])


@mutant
def pin_and_key_by_one_of_them(hands: Hands) -> None:
    _met(hands, Condition.PIN_AND_KEY, [_PIN, _KEY, _BOTH])


@mutant
def pin_opens_key_files(hands: Hands) -> None:
    _met(hands, Condition.KEY, [_PIN, _KEY, _BOTH])


@mutant
def never_yields_to_the_pin(hands: Hands) -> None:
    _met(hands, Condition.NEVER, [_PIN, _BOTH])


@mutant
def any_key_of_the_directory(hands: Hands) -> None:
    """Any key that was shown in a directory opens all its files."""

    def permits(state: SecurityState, rule: Any, holder: int) -> bool:
        key = rule.kid is not None and any(at == holder for at, _ in state.keys)
        return (state.pin, key) in security._MET[rule.condition]

    hands.patch.setattr(SecurityState, "permits", permits)


@mutant
def keys_outlive_select(hands: Hands) -> None:
    hands.patch.setattr(SecurityState, "directory_selected", lambda state: None)


@mutant
def keys_open_the_neighbour(hands: Hands) -> None:
    """A key goes along into the next directory and opens what the key with its id opens there."""

    def permits(state: SecurityState, rule: Any, holder: int) -> bool:
        key = rule.kid in {kid for _, kid in state.keys}
        return (state.pin, key) in security._MET[rule.condition]

    keys_outlive_select(hands)
    hands.patch.setattr(SecurityState, "permits", permits)


@mutant
def select_takes_the_pin(hands: Hands) -> None:
    selected = SecurityState.directory_selected

    def forgetting(state: SecurityState) -> None:
        selected(state)
        state.pin = False

    hands.patch.setattr(SecurityState, "directory_selected", forgetting)


@mutant
def pin_outlives_power_off(hands: Hands) -> None:
    def reset(right: Any) -> None:
        pin = hands.social.security.pin
        right()
        hands.social.security.pin = pin

    hands.at_reset(reset)


@mutant
def keys_of_ssse_outlive_power_off(hands: Hands) -> None:
    """Also over the SELECT that follows: nobody could use them otherwise."""
    kept: set[tuple[int, int]] = set()

    def reset(right: Any) -> None:
        kept.clear()
        kept.update(key for key in hands.social.security.keys if key[0] == hands.social.root)
        right()

    def permits(state: SecurityState, rule: Any, holder: int) -> bool:
        key = rule.kid is not None and (holder, rule.kid) in state.keys | kept
        return (state.pin, key) in security._MET[rule.condition]

    hands.at_reset(reset)
    hands.patch.setattr(SecurityState, "permits", permits)


@mutant
def neighbours_file_by_sfi(hands: Hands) -> None:
    """A short identifier that the directory does not have finds a file of another one."""
    right = hands.social.file

    def file(sfi: int) -> ElementaryFile:
        try:
            return right(sfi)
        except StatusError:
            others = hands.social.files.directories.values()
            found = next((each.by_sfi[sfi] for each in others if sfi in each.by_sfi), None)
            if found is None:
                raise
            return found

    hands.patch.setattr(hands.social, "file", file)
