"""Saying a trace again to another card, and what is different there.

Only commands that change nothing and count nothing are said as they were.  What proves a key was
made for a challenge that is gone: it is said anew where somebody can prove the key, and left out
otherwise, because a wrong proof costs a try.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from enum import Enum, unique

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.channel.ssc import SECURE
from sscard.errors import MalformedData
from sscard.profiles import Profile
from sscard.trace.entries import Entry, Exchange, PowerUp, joined
from sscard.trace.social.card import Card, Place
from sscard.trace.social.commands import Asked, meaning


@unique
class Outcome(Enum):
    """How the other card answered; the value is (Chinese, English)."""

    SAME = ("相同", "same")
    #: By chance or by keys: only status and length are compared.
    ALIKE = ("同形", "alike: chance or keys")
    DIFFERENT = ("不同", "DIFFERENT")
    LEFT_OUT = ("略过", "left out")


@dataclass(frozen=True, slots=True)
class Compared:
    """An entry and what came of it; ``answer`` is empty for what was left out."""

    entry: PowerUp | Exchange
    outcome: Outcome
    answer: bytes = field(default=b"", repr=False)


#: Name of a key, its version, challenge: the proof, or None for a key that nobody has.
Prove = Callable[[str, int, bytes], bytes | None]
#: Yields commands, None for power off and on; receives answers.
Replay = Generator[bytes | None, bytes, tuple[Compared, ...]]

_HARMLESS = frozenset(
    {
        INS.SELECT,
        INS.READ_RECORD,
        INS.READ_BINARY,
        INS.GET_DATA,
        INS.GET_CHALLENGE,
        INS.INTERNAL_AUTHENTICATE,
    }
)
_BY_CHANCE = frozenset({INS.GET_CHALLENGE, INS.INTERNAL_AUTHENTICATE})
_PROOF = 8


def replay(entries: Iterable[Entry], profile: Profile, prove: Prove) -> Replay:
    """All power-ups and exchanges in order."""
    said = _Replaying(Card(profile), prove)
    found = []
    for entry in joined(entries):
        if isinstance(entry, PowerUp):
            said.place = Place()
            answer = yield None
            compared = Compared(entry, _compare(entry.answer, answer), answer)
        elif isinstance(entry, Exchange):
            compared = yield from said.exchange(entry)
        else:
            continue
        found.append(compared)
    return tuple(found)


@dataclass(slots=True)
class _Replaying:
    card: Card
    prove: Prove
    place: Place = field(default_factory=Place)
    challenge: bytes = b""

    def exchange(self, entry: Exchange) -> Generator[bytes | None, bytes, Compared]:
        try:
            command = CommandAPDU.parse(entry.command)
        except MalformedData:
            return Compared(entry, Outcome.LEFT_OUT)
        asked = Asked(command, self.card, self.place)
        again = self._again(asked)
        if again is None:
            return Compared(entry, Outcome.LEFT_OUT)
        answer = yield again
        self._follow(asked, answer)
        if command.ins in _BY_CHANCE:
            return Compared(entry, _alike(entry.response, answer), answer)
        return Compared(entry, _compare(entry.response, answer), answer)

    def _again(self, asked: Asked) -> bytes | None:
        """What to say in place of the command; None to say nothing."""
        command = asked.command
        if command.ins == INS.EXTERNAL_AUTHENTICATE and not command.cla:
            return self._proof(asked)
        asks_tries = command.ins == INS.VERIFY and not command.data
        harmless = command.ins in _HARMLESS and not command.cla & SECURE
        return bytes(command) if harmless or asks_tries else None

    def _proof(self, asked: Asked) -> bytes | None:
        command = asked.command
        version = command.data[2 * _PROOF :]
        name = self.card.key_name(self.place.directory, command.p2)
        proof = self.prove(name, version[0] if version else 1, self.challenge)
        if proof is None or len(self.challenge) != _PROOF:
            return None
        data = proof + self.challenge + version
        return bytes(CommandAPDU(command.cla, command.ins, command.p1, command.p2, data))

    def _follow(self, asked: Asked, answer: bytes) -> None:
        try:
            response = ResponseAPDU.parse(answer)
        except MalformedData:
            return
        if response.sw != StatusWord.OK:
            return
        if asked.command.ins == INS.GET_CHALLENGE:
            self.challenge = response.data
        found = meaning(asked).place
        if found is not None:
            self.place = found


def _compare(then: bytes, now: bytes) -> Outcome:
    return Outcome.SAME if then == now else Outcome.DIFFERENT


def _alike(then: bytes, now: bytes) -> Outcome:
    same = len(then) == len(now) and then[-2:] == now[-2:]
    return Outcome.ALIKE if same else Outcome.DIFFERENT
