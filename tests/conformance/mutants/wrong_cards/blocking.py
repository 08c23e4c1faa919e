"""Blocking of applications and of the card."""

from __future__ import annotations

import pytest

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.cos import card
from sscard.cos.environment import Environment
from wrong_cards.hands import Handler, Hands, mutant

_APPLICATION, _CARD = (0x84, INS.APPLICATION_BLOCK), (0x84, INS.CARD_BLOCK)


class _Anything:
    """Contains whatever one asks for."""

    def __contains__(self, item: object) -> bool:
        return True

    def clear(self) -> None:
        """Nothing to forget."""


@mutant
def application_block_without_lk(hands: Hands) -> None:
    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(env.security, "locks", _Anything())
                return handler(env, command)

        return run

    hands.around(around, _APPLICATION)


@mutant
def blocked_application_answers(hands: Hands) -> None:
    """APPLICATION BLOCK is answered 9000, and the application goes on."""

    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            handler(env, command)
            env.nvm.roll_back()
            env.blocked = False
            return b""

        return run

    hands.around(around, _APPLICATION)


@mutant
def card_block_without_bk(hands: Hands) -> None:
    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(env, "require", lambda rule: None)
                return handler(env, command)

        return run

    hands.around(around, _CARD)


@mutant
def blocked_card_answers(hands: Hands) -> None:
    hands.patch.setattr(card, "SILENT", frozenset())
