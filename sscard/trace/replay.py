"""Saying a trace again to another card, and what is different there.

Only commands that change nothing and count nothing are said as they were.  What proves a key was
made for a challenge that is gone: it is said anew where somebody can prove the key, and left out
otherwise, because a wrong proof costs a try.  So a key that was refused once is not shown again,
and one that the trace's card had refused is not shown at all.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from enum import Enum, unique

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.pki import CLASS, PkiINS
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.channel.ssc import SECURE
from sscard.errors import MalformedData
from sscard.profiles import Profile
from sscard.trace.entries import Entry, Exchange, PowerUp, joined
from sscard.trace.pki.commands import selects
from sscard.trace.social.card import Card, Place
from sscard.trace.social.commands import Asked, meaning


@unique
class Outcome(Enum):
    """How the other card answered; the value is (Chinese, English)."""

    SAME = ("相同", "same")
    #: By chance or by keys: only status and length are compared.
    ALIKE = ("同形", "alike: chance or keys")
    DIFFERENT = ("不同", "DIFFERENT")
    #: 6982 in place of data, behind a PIN or a key that was left out.
    NO_RIGHT = ("无权限", "not compared: a right was left out")
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
#: What anybody may ask the certificate application for, beside that.
_FREE = frozenset({(CLASS, PkiINS.EXPORT_PUBLIC_KEY), (CLASS, PkiINS.HASH)})
_BY_CHANCE = frozenset({INS.GET_CHALLENGE, INS.INTERNAL_AUTHENTICATE})
_PROOF = 8
_DONE = StatusWord.OK.to_bytes(2, "big")
_NO_RIGHT = StatusWord.SECURITY_NOT_SATISFIED.to_bytes(2, "big")


def replay(entries: Iterable[Entry], profile: Profile, prove: Prove) -> Replay:
    """All power-ups and exchanges in order."""
    said = _Replaying(Card(profile), prove)
    found = []
    for entry in joined(entries):
        if isinstance(entry, PowerUp):
            said.power_up()
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
    #: Whether the card of the trace had rights that this one was not given.
    lacking: bool = False
    refused: set[str] = field(default_factory=set)
    #: Whether the certificate application is selected: on the trace's card, and on this one.
    certificates: tuple[bool, bool] = (False, False)

    def power_up(self) -> None:
        """The MF is current, all rights are gone."""
        self.place, self.challenge, self.lacking = Place(), b"", False
        self.certificates = (False, False)

    def exchange(self, entry: Exchange) -> Generator[bytes | None, bytes, Compared]:
        try:
            command = CommandAPDU.parse(entry.command)
        except MalformedData:
            return Compared(entry, Outcome.LEFT_OUT)
        asked = Asked(command, self.card, self.place)
        again = self._again(asked, entry.response)
        if again is None:
            self.lacking |= entry.response == _DONE
            return Compared(entry, Outcome.LEFT_OUT)
        answer = yield again
        self._follow(asked, answer)
        self._selected(command, entry.response, answer)
        return Compared(entry, self._outcome(asked, entry.response, answer), answer)

    def _outcome(self, asked: Asked, then: bytes, now: bytes) -> Outcome:
        by_chance = asked.command.ins in _BY_CHANCE
        found = _alike(then, now) if by_chance else _compare(then, now)
        if found is Outcome.DIFFERENT and self.lacking and now == _NO_RIGHT:
            return Outcome.NO_RIGHT
        return found

    def _again(self, asked: Asked, then: bytes) -> bytes | None:
        """What to say in place of the command; None to say nothing."""
        command = asked.command
        if any(self.certificates) and (command.cla, command.ins) in _FREE:
            return bytes(command)
        if command.ins == INS.EXTERNAL_AUTHENTICATE and not command.cla:
            # The certificate application's master keys are the authority's.
            known = then == _DONE and not any(self.certificates)
            return self._proof(asked) if known else None
        asks_tries = command.ins == INS.VERIFY and not command.data
        harmless = command.ins in _HARMLESS and not command.cla & SECURE
        return bytes(command) if harmless or asks_tries else None

    def _selected(self, command: CommandAPDU, then: bytes, now: bytes) -> None:
        if command.ins != INS.SELECT:
            return
        before, here = self.certificates
        self.certificates = (
            selects(command, selected=before) if then[-2:] == _DONE else before,
            selects(command, selected=here) if now[-2:] == _DONE else here,
        )

    def _proof(self, asked: Asked) -> bytes | None:
        command = asked.command
        version = command.data[2 * _PROOF :]
        name = self._key(asked)
        if name in self.refused or len(self.challenge) != _PROOF:
            return None
        proof = self.prove(name, version[0] if version else 1, self.challenge)
        if proof is None:
            return None
        data = proof + self.challenge + version
        return bytes(CommandAPDU(command.cla, command.ins, command.p1, command.p2, data))

    def _key(self, asked: Asked) -> str:
        return self.card.key_name(self.place.directory, asked.command.p2)

    def _follow(self, asked: Asked, answer: bytes) -> None:
        try:
            response = ResponseAPDU.parse(answer)
        except MalformedData:
            return
        if asked.command.ins == INS.EXTERNAL_AUTHENTICATE and answer != _DONE:
            self.refused.add(self._key(asked))
            self.lacking = True
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
