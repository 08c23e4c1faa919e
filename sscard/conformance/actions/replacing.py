"""PINs and master keys of the certificate application replaced, and put back (ssc-more 1.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.channel import pki as channel
from sscard.channel.protection import MAC_SIZE
from sscard.conformance.actions.action import Action, Kind
from sscard.conformance.actions.secrets import (
    CHALLENGE,
    FORMER,
    asked,
    challenged,
    key_of,
    last,
    other_key,
)
from sscard.conformance.case import Step, Text
from sscard.conformance.certificates import ADMIN_PIN, SECRETS, USER_PIN
from sscard.conformance.moves import Reply, Script
from sscard.conformance.play import Play
from sscard.keys.types import SecretKey

#: Those for which there is a command: the user PIN is the holder's.
REPLACED = tuple(each for each in SECRETS if each != USER_PIN)
Make: TypeAlias = Callable[[bytes], CommandAPDU]


def replace_secret(play: Play, step: Step) -> Script[Reply | None]:
    """84 5E or 84 D4 under the present secret: by the same, or by another one."""
    name, other = step.text("secret"), step.text("new") == "other"
    old = key_of(play, name)
    make, new = _change(play, name, old, other=other)
    if (refused := (yield from challenged(play, step))) is not None:
        return refused
    reply = yield from play.ask(_maced(step, make, last(play)))
    if reply.ok:
        play.session.secrets[name] = new
        return reply
    play.secrets_touched.add(name)
    if reply.sw is None:
        play.session.doubtful_secrets[name] = new
    return reply


def put_back(play: Play, name: str) -> Script[Reply]:
    """Replace a secret that is not the tester's by the one that is; it has just been shown."""
    own = play.bench.certificates.secrets()[name]
    make, _ = _change(play, name, play.session.secrets[name], other=False)
    yield from asked(play, pki.CHALLENGE)
    reply = yield from play.ask(make(last(play)))
    if reply.ok:
        play.session.secrets[name] = own
    return reply


def _change(play: Play, name: str, old: SecretKey, *, other: bool) -> tuple[Make, SecretKey]:
    """What makes the command for a challenge, and what the card has behind it.

    The same is the tester's own.
    """
    if name == ADMIN_PIN:
        packed = play.bench.certificates.admin_pin or b""
        new_pin = _other_pin(packed) if other else packed
        return (lambda given: channel.change_admin_pin(old, new_pin, given)), channel.pin_key(
            new_pin
        )
    own = play.bench.certificates.secrets()[name]
    new = other_key(own) if other else own
    return (lambda given: channel.replace_master(old, new.reveal(), given)), new


def _maced(step: Step, make: Make, challenge: bytes) -> CommandAPDU:
    made, mac = make(challenge), step.text("mac", "right")
    if mac == "other challenge":
        another = make(bytes(byte ^ 0xFF for byte in challenge))
        made = replace(made, data=made.data[:-MAC_SIZE] + another.data[-MAC_SIZE:])
    return replace(made, data=_BEHIND[mac](made.data))


_BEHIND: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "right": lambda data: data,
        "other challenge": lambda data: data,
        "wrong": lambda data: data[:-1] + bytes((data[-1] ^ 1,)),
        "missing": lambda data: data[:-MAC_SIZE],
    }
)


def _other_pin(packed: bytes) -> bytes:
    """Each digit one more."""
    return bytes.fromhex("".join(str((int(digit) + 1) % 10) for digit in packed.hex()))


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "replace secret": Action(
            replace_secret,
            Text("更新 {secret}（{new}，MAC {mac}）", "replace the {secret} ({new}, MAC {mac})"),
            {"secret": Kind.TEXT, "new": Kind.TEXT, "mac": Kind.TEXT, "challenge": Kind.SIZE},
            ("secret",),
            {"secret": REPLACED, "new": ("same", "other"), "mac": tuple(_BEHIND)},
            keeps=(CHALLENGE, FORMER),
            defaults={"new": "same", "mac": "right"},
        ),
    }
)
