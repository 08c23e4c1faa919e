"""One case being played: what has been sent, what is selected, which values there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from sscard.apdu.command import CommandAPDU
from sscard.apdu.t0 import MORE, WRONG_LE
from sscard.conformance.bench import Bench, KeySource
from sscard.conformance.case import Case, Step
from sscard.conformance.certificates import ADF, DDF
from sscard.conformance.expectation import Verdict
from sscard.conformance.moves import Cut, Reply, Script, Whole
from sscard.conformance.result import Exchange, Identity
from sscard.conformance.template import Template, Value
from sscard.conformance.trust import FEWEST_TRIES, PIN, Trust
from sscard.errors import KeyStoreError
from sscard.keys.hierarchy import Factors
from sscard.keys.operations import KeyNotHeld
from sscard.keys.types import SecretKey
from sscard.perso.plan import POWER_UP

_GET_RESPONSE = bytes.fromhex("00C00000")
#: A header and one length.
_WITH_LENGTH = 5
_VERIFY_PIN, _CHANGE_PIN, _BARE = bytes.fromhex("00200000"), b"\x80\x5e", 5
_VERIFY, _CHANGE, _UNBLOCK = 0x20, 0x5E, 0x24


Nested: TypeAlias = "Callable[[Play, tuple[Step, ...], bool], Script[list[Reply]]]"


class Stop(Exception):
    """The case cannot go on, for a reason that is not the answer being judged."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


def not_run(reason: str) -> Stop:
    """What must come before could not be done, or must not be tried."""
    return Stop(Verdict.NOT_RUN, reason)


def lacking(error: KeyStoreError) -> Stop:
    """The key source has not this key, or cannot do this with it; or it is out of order."""
    return (not_applicable if isinstance(error, KeyNotHeld) else not_run)(str(error))


def not_applicable(reason: str) -> Stop:
    """The card, the profile or the bench has not what the case is about."""
    return Stop(Verdict.NOT_APPLICABLE, reason)


@dataclass(slots=True)
class Session:
    """A run over one card: what is remembered from case to case."""

    bench: Bench
    identity: Identity | None = None
    trust: Trust = field(default_factory=Trust)
    #: Contents of files, as they were read once, by place and record number.
    contents: dict[tuple[str, int], bytes] = field(default_factory=dict, repr=False)
    #: What the card has refused where it only prepares a case, with the case that met it first.
    refusals: dict[str, str] = field(default_factory=dict)
    #: The PIN that the card has now; None where the tester has none.
    pin: bytes | None = field(default=None, repr=False)
    #: The PIN that the card was given without an answer: it may have that one or ``pin``.
    doubtful: bytes | None = field(default=None, repr=False)
    #: Secrets of the certificate application that the card has now, by name.
    secrets: dict[str, SecretKey] = field(default_factory=dict, repr=False)
    #: What it was given without an answer: it may have that or what is in ``secrets``.
    doubtful_secrets: dict[str, SecretKey] = field(default_factory=dict, repr=False)
    #: What of the certificate application the card has; None as long as nobody has looked.
    written: frozenset[str] | None = None

    def __post_init__(self) -> None:
        self.pin = self.bench.pin
        self.secrets = self.bench.certificates.secrets()


@dataclass(slots=True)
class Play:
    """A case on its way.  ``selected`` is the profile's name of the current directory."""

    session: Session
    case: Case
    variables: dict[str, Value] = field(default_factory=dict, repr=False)
    exchanges: list[Exchange] = field(default_factory=list, repr=False)
    selected: str = ""
    #: Whether a command has gone that may have used up tries of the PIN.
    pin_touched: bool = False
    #: Whether PIN CHANGE/UNBLOCK was refused: it may have used up tries of the PUK (ssc 3.1 [S]).
    puk_touched: bool = False
    #: Keys that were shown wrong, to be shown right at the end: name, version, directory.
    keys_touched: dict[tuple[str, int], str] = field(default_factory=dict)
    #: Secrets of the certificate application that were shown wrong, or whose change was refused.
    secrets_touched: set[str] = field(default_factory=set)
    #: What an action found wrong besides the last answer.
    complaint: str = ""
    #: Plays steps inside a step; the replies.  ``strict``: each must be answered as expected.
    nested: Nested | None = field(default=None, repr=False)

    @property
    def bench(self) -> Bench:
        """What the tester has brought."""
        return self.session.bench

    @property
    def keys(self) -> KeySource:
        """The tester's keys.  Stops where there are none."""
        if self.bench.keys is None:
            raise not_applicable("the bench has no keys of this card")
        return self.bench.keys

    @property
    def factors(self) -> Factors:
        """What the card's keys are derived with.  Stops where the card does not tell."""
        identity = self.session.identity
        if identity is None:
            raise not_run("nobody knows which card it is")
        try:
            return identity.factors
        except ValueError as error:
            raise not_run(f"the keys of this card cannot be derived: {error}") from None

    def refusal(self, what: str, said: str) -> Stop:
        """A refusal of what only prepares: it fails the first case, the later ones cannot run."""
        first = self.session.refusals.setdefault(what, self.case.id)
        if first == self.case.id:
            return Stop(Verdict.FAILED, f"{what}: {said}")
        return not_run(f"{what} was refused in {first}")

    def hex(self, step: Step, name: str) -> bytes:
        """A field that is bytes, with what earlier steps have kept.  Stops where it is missing."""
        value = step.fields.get(name, b"")
        if isinstance(value, Template):
            try:
                value = bytes.fromhex(value.fill(self.variables))
            except ValueError as error:
                raise not_run(f"{step.action}: {name}: {error}") from None
        return value if isinstance(value, bytes) else b""

    def steps(self, steps: tuple[Step, ...], *, strict: bool = False) -> Script[list[Reply]]:
        """Steps inside a step."""
        if self.nested is None:
            return []
        return (yield from self.nested(self, steps, strict))

    def take_complaint(self) -> str:
        """What was wrong besides, once."""
        said, self.complaint = self.complaint, ""
        return said

    def power_up(self) -> Script[Reply]:
        """Power off and on.  Stops where another card has taken the place of the first."""
        self.selected = ""
        reply = yield POWER_UP
        self.exchanges.append(Exchange(b"", reply.raw))
        known = self.session.identity
        if reply.ok and known is not None and reply.data != known.atr:
            raise Stop(Verdict.BROKEN, "this is another card: its answer to reset is another one")
        return reply

    def send(self, command: bytes | CommandAPDU) -> Script[Reply]:
        """One exchange, as it is."""
        raw = bytes(command)
        self._guard(raw)
        reply = yield raw
        self.exchanges.append(Exchange(raw, reply.raw))
        if not reply.ok:
            self._notice(raw)
        if _shows_pin(raw):
            self.session.trust.failed(PIN, reply.sw)
        return reply

    def ask(self, command: bytes | CommandAPDU) -> Script[Reply]:
        """One command; on T=0 what it announces is fetched, and a wrong Le put right."""
        raw = self._on_the_line(bytes(command))
        if self.bench.protocol != "T=0":
            return (yield from self.send(raw))
        reply = yield from self.send(raw)
        if reply.sw is not None and reply.sw >> 8 == WRONG_LE and len(raw) <= _WITH_LENGTH:
            reply = yield from self.send(raw[:4] + bytes((reply.sw & 0xFF,)))
        return (yield from self._rest(reply))

    def whole(self, command: bytes) -> Script[Reply]:
        """One command that is to be cut later, carried out and measured."""
        command = self._on_the_line(command)
        self._guard(command)
        reply = yield Whole(command)
        self.exchanges.append(Exchange(command, reply.raw))
        if not reply.ok:
            self._notice(command)
        return (yield from self._rest(reply))

    def cut(self, command: bytes, moment: float) -> Script[None]:
        """One command with the power cut in it."""
        command = self._on_the_line(command)
        self._guard(command)
        self._notice(command)
        yield Cut(command, moment)
        self.exchanges.append(Exchange(command, None, cut=True))
        self.selected = ""

    def _on_the_line(self, command: bytes) -> bytes:
        """The command as the line carries it."""
        return _tpdu(command) if self.bench.protocol == "T=0" else command

    def take(self) -> tuple[Exchange, ...]:
        """The exchanges since it was last asked."""
        taken = tuple(self.exchanges)
        self.exchanges.clear()
        return taken

    def _rest(self, reply: Reply) -> Script[Reply]:
        data, times = reply.data, 0
        while reply.sw is not None and reply.sw >> 8 == MORE and times < 0x100:
            reply = yield from self.send(_GET_RESPONSE + bytes((reply.sw & 0xFF,)))
            data += reply.data
            times += 1
        return Reply(reply.raw, data, reply.sw, reply.error)

    def _guard(self, raw: bytes) -> None:
        """Stops before the last tries of the PIN, unless it is the case's own business."""
        trust = self.session.trust
        left = trust.tries.get(PIN, FEWEST_TRIES)
        right = self.session.pin is not None and raw[5:] == self.session.pin
        if _shows_pin(raw) and left < FEWEST_TRIES and not (right or self.case.destructive):
            raise not_run(f"{PIN} has {left} tries left")

    def _notice(self, raw: bytes) -> None:
        if self.selected in (ADF, DDF):
            return  # its PINs are noticed where they are shown
        if len(raw) > 5 and raw[1] in (_VERIFY, _CHANGE, _UNBLOCK):
            self.pin_touched = True
            self.puk_touched = self.puk_touched or (raw[1] == _UNBLOCK and self._in_ssse())

    def _in_ssse(self) -> bool:
        """Whether a directory of the social security side is selected, none of the bank's."""
        return any(each.name == self.selected for each in self.bench.profile.directories)


def _shows_pin(raw: bytes) -> bool:
    """Whether a command may use up a try of the PIN of SSSE."""
    verify = raw[:4] == _VERIFY_PIN and len(raw) > _BARE
    return verify or (len(raw) > _BARE and raw[:2] == _CHANGE_PIN)


def _tpdu(command: bytes) -> bytes:
    """The command as T=0 says it: P3 always, no Le behind data; what is wrong stays so."""
    if len(command) == _WITH_LENGTH - 1:
        return command + b"\0"
    whole = _WITH_LENGTH + command[_WITH_LENGTH - 1] if len(command) > _WITH_LENGTH else 0
    return command[:-1] if len(command) == whole + 1 else command
