"""Commands as the case writes them, plain or under a MAC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from sscard.apdu.command import CommandAPDU
from sscard.channel.ssc import MAC_SIZE, SECURE
from sscard.conformance.actions.keys import asked
from sscard.conformance.case import Step
from sscard.conformance.moves import Reply, Script
from sscard.conformance.play import Play, lacking, not_applicable
from sscard.errors import KeyStoreError

_HEADER, _SIZE = 4, 8
_MAINTENANCE = "maintenance"
#: What becomes of the data and the MAC behind them.
_MACS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "right": lambda data: data,
        "wrong": lambda data: data[:-1] + bytes((data[-1] ^ 1,)),
        "missing": lambda data: data[:-MAC_SIZE],
        "other data": lambda data: data,
        "other header": lambda data: data,
    }
)
#: The command that the MAC is of, where it is not the one that goes.
_OTHER: Mapping[str, Callable[[CommandAPDU], CommandAPDU]] = MappingProxyType(
    {
        "other data": lambda sent: replace(sent, data=sent.data[:-1] + bytes((sent.data[-1] ^ 1,))),
        "other header": lambda sent: replace(sent, p2=sent.p2 ^ 1),
    }
)
MACS = tuple(_MACS)


def send(play: Play, step: Step) -> Script[Reply | None]:
    """The bytes as they are; on T=0 the answer is fetched."""
    return (yield from play.ask(written(play, step, "send")))


def raw(play: Play, step: Step) -> Script[Reply | None]:
    """The bytes as they are, and the answer as it comes."""
    return (yield from play.send(written(play, step, "raw")))


def sealed(play: Play, step: Step) -> Script[Reply | None]:
    """GET CHALLENGE, then the command with a MAC under the directory's STK."""
    command = yield from sealing(play, step, "sealed")
    return command if isinstance(command, Reply) else (yield from play.ask(command))


def sealing(play: Play, step: Step, field: str) -> Script[bytes | Reply]:
    """The command with its MAC; or the card's refusal to give a challenge."""
    wanted = step.fields.get("challenge", _SIZE)
    if isinstance(wanted, int):
        reply = yield from asked(play, wanted)
        if not reply.ok:
            return reply
    text = play.hex(step, field) + play.hex(step, "body")
    cla, ins, p1, p2 = text[:_HEADER]
    command = CommandAPDU(cla & ~SECURE, ins, p1, p2, text[_HEADER:])
    key = step.text("key") or _stk(play)
    mac = step.text("mac", "right")
    enciphered = step.fields.get("enciphered") is True
    return sealed_command(play, key, command, mac, enciphered=enciphered)


def sealed_command(
    play: Play, key: str, command: CommandAPDU, mac: str, *, enciphered: bool
) -> bytes:
    """The command with its MAC, or one that is wrong, missing, or of another command."""
    given = play.variables.get("challenge")
    challenge = given if isinstance(given, bytes) else bytes(_SIZE)
    try:
        made = play.keys.sealed(key, play.factors, challenge, command, enciphered=enciphered)
        if mac in _OTHER:
            other = play.keys.sealed(key, play.factors, challenge, _OTHER[mac](command))
            made = replace(made, data=made.data[:-MAC_SIZE] + other.data[-MAC_SIZE:])
    except KeyStoreError as error:
        raise lacking(error) from None
    return bytes(replace(made, data=_MACS[mac](made.data)))


def written(play: Play, step: Step, field: str) -> bytes:
    """What a step writes: the whole command, or a header with ``body`` and ``ne`` behind it."""
    command = play.hex(step, field)
    if "body" in step.fields:
        body = play.hex(step, "body")
        command += bytes((len(body) & 0xFF,)) + body
    if "ne" in step.fields:
        command += bytes((step.number("ne") & 0xFF,))
    return command


def _stk(play: Play) -> str:
    """The name of the current directory's STK.  Stops where it has none."""
    for directory in play.bench.profile.directories:
        if directory.name == play.selected:
            for key in directory.keys:
                if key.type == _MAINTENANCE:
                    return key.name
    raise not_applicable(f"{play.selected or 'what is selected'} has no maintenance key (STK)")
