"""Secure messaging: MACs of updates and of PIN commands."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from sscard.apdu.command import CommandAPDU
from sscard.channel import protection, ssc
from sscard.channel.protection import Protection
from sscard.cos.environment import Environment
from sscard.cos.ssse import maintenance, records
from sscard.dialects.operations import KeyType
from wrong_cards.hands import Handler, Hands, mutant
from wrong_cards.rights import SEALED_UPDATES


@mutant
def mac_not_verified(hands: Hands) -> None:
    hands.compares(protection, lambda received, expected: True)


@mutant
def mac_first_byte_only(hands: Hands) -> None:
    hands.compares(protection, lambda received, expected: received[:1] == expected[:1])


@mutant
def mac_does_not_cover_the_header(hands: Hands) -> None:
    """The card also takes the MAC of the same data under a neighbouring P1 or P2."""
    right = Protection._mac
    others: list[bytes] = []

    def mac(own: Protection, bare: CommandAPDU) -> bytes:
        moved = [replace(bare, p2=bare.p2 ^ 1 << bit) for bit in range(8)]
        moved += [replace(bare, p1=bare.p1 ^ 1 << bit) for bit in range(8)]
        others[:] = [right(own, each) for each in moved]
        return right(own, bare)

    hands.compares(protection, lambda received, expected: received in (expected, *others))
    hands.patch.setattr(Protection, "_mac", mac)


@mutant
def sealed_command_serves_twice(hands: Hands) -> None:
    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            last = env.challenges._last
            answer = handler(env, command)
            env.challenges._last = last
            return answer

        return run

    hands.around(around, *SEALED_UPDATES)


@mutant
def sealing_key_of_ssse_everywhere(hands: Hands) -> None:
    """An ADF takes the MAC of SSSE's STK, not of its own."""

    def stk(env: Environment) -> Any:
        return env.key(KeyType.MAINTENANCE, maintenance.STK)

    hands.patch.setattr(records, "current_stk", stk)


@mutant
def mac_stays_in_the_record(hands: Hands) -> None:
    """What is written ends in the MAC: the card cuts the data where it should cut the MAC."""

    def unwrap(command: CommandAPDU, suite: Any, key: Any, challenge: bytes) -> CommandAPDU:
        plain = ssc.unwrap(command, suite, key, challenge)
        spoilt = plain.data[: -ssc.MAC_SIZE] + command.data[-ssc.MAC_SIZE :]
        return CommandAPDU(plain.cla, plain.ins, plain.p1, plain.p2, spoilt, plain.ne)

    names = {name: getattr(ssc, name) for name in ("SECURE", "MAC_SIZE")}
    hands.patch.setattr(records, "ssc", SimpleNamespace(unwrap=unwrap, **names))
