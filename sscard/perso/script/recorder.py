"""Writes a plan down while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.response import ResponseAPDU
from sscard.perso.plan import Plan, PowerUp
from sscard.perso.script.card_data import Content
from sscard.perso.script.errors import ScriptError
from sscard.perso.script.functions import Random
from sscard.perso.script.model import (
    Assign,
    Call,
    CardValue,
    Comment,
    EachChunk,
    IfCard,
    Literal,
    Part,
    Reset,
    Response,
    Send,
    Statement,
    Variable,
)
from sscard.perso.script.recognise import Named
from sscard.perso.script.remarks import remark

#: UPDATE commands take their data from the contents, never from anywhere else.
_UPDATES = frozenset({INS.UPDATE_RECORD, INS.UPDATE_BINARY})
_CHALLENGE, _CHUNK, _OFFSET = Variable("CHALLENGE"), Variable("CHUNK"), Variable("OFFSET")
#: What one short command without secure messaging can carry.
_LONGEST = 0xFF
_SFI_FORM = 0x80

Step = CommandAPDU | PowerUp


@dataclass(slots=True)
class Recorder:
    """Statements of the plan that runs; ``steps`` are its commands and their answers.

    ``contents`` are consumed in the order in which the plan writes them; those in ``optional``
    are written only for cards that have them.
    """

    named: Named
    contents: list[Content] = field(repr=False)
    optional: frozenset[str]
    source: Random
    statements: list[Statement] = field(default_factory=list)
    steps: list[tuple[Step, ResponseAPDU]] = field(default_factory=list, repr=False)
    drawn: list[bytes] = field(default_factory=list, repr=False)
    _challenge: bytes = field(default=b"", repr=False)
    _begun: int | None = None  # where the command begins that the last challenge is for
    _written: int = 0  # bytes of contents[0]
    _remark: str = ""

    def random(self, size: int) -> bytes:
        """Random bytes for the plan; the script draws its own."""
        value = self.source(size)
        self.drawn.append(value)
        name = f"RANDOM_{len(self.drawn)}"
        self.named.add_random(name, value)
        self.statements.append(Assign(name, (Call("random", (size,)),)))
        return value

    def note(self, step: Step, response: ResponseAPDU) -> None:
        """Write one step down.  Raises ScriptError for what has no name."""
        self.steps.append((step, response))
        if isinstance(step, PowerUp):
            self._used_challenge()
            self._say("复位 power up")
            self.statements.append(Reset(self.named.expression(response.data)))
        elif step.ins == INS.GET_CHALLENGE:
            self._note_challenge(step, response)
        elif step.ins in _UPDATES:
            self._note_update(step, response)
        else:
            self._note_command(step, response)

    def _note_challenge(self, step: CommandAPDU, response: ResponseAPDU) -> None:
        self._challenge, self._begun = response.data, len(self.statements)
        self.statements.append(_send(step, response))
        part = Part(Response(), 0, len(response.data))
        self.statements.append(Assign(_CHALLENGE.name, (part,)))

    def _note_command(self, step: CommandAPDU, response: ResponseAPDU) -> None:
        found = self.named.unprotected(step, self._challenge, _CHALLENGE)
        plain, protection = found or (step, None)
        proof = self.named.proof(plain.data, self._challenge, _CHALLENGE)
        self._say(remark(plain))
        data = proof or self.named.expression(plain.data)
        if protection is not None and all(isinstance(each, Literal) for each in data):
            raise ScriptError("a protected command carries something that has no name")
        self._used_challenge()
        answer = self.named.expression(response.data)
        named = any(isinstance(each, CardValue) for each in answer)
        self.statements.append(
            Send(
                (Literal(bytes((plain.cla, plain.ins, plain.p1, plain.p2))),),
                data,
                plain.ne,
                protection,
                _statuses(response),
                answer if named else (),
            )
        )

    def _note_update(self, step: CommandAPDU, response: ResponseAPDU) -> None:
        found = self.named.expression(step.data)
        header = (Literal(bytes((step.cla, step.ins, step.p1, step.p2))),)
        if found and isinstance(found[0], CardValue):  # the hand-over area
            self._say(remark(step))
            self.statements.append(Send(header, found, statuses=_statuses(response)))
            return
        content = self._content(step.data)
        if self._written:  # the loop behind the first chunk says it already
            self._advance(content, step.data)
            return
        self._say(content.what)
        block = self._writes(step, content, _statuses(response))
        optional = content.name in self.optional
        self.statements.extend((IfCard(content.name, tuple(block)),) if optional else block)
        self._advance(content, step.data)

    def _writes(
        self, step: CommandAPDU, content: Content, statuses: tuple[str, ...]
    ) -> list[Statement]:
        value = CardValue(content.name)
        header = Literal(bytes((step.cla, step.ins, step.p1, step.p2)))
        if step.ins == INS.UPDATE_RECORD:
            return [Send((header,), (value,), statuses=statuses)]
        size = len(step.data) if len(step.data) < len(content.data) else _LONGEST
        start = step.p2 if step.p1 & _SFI_FORM else step.p1 << 8 | step.p2
        rest = Send((Literal(bytes((step.cla, step.ins))), _OFFSET), (_CHUNK,), statuses=statuses)
        return [
            Send((header,), (Call("head", ((value,), size)),), statuses=statuses),
            EachChunk(
                _CHUNK.name,
                size,
                (Call("tail", ((value,), size)),),
                _OFFSET.name,
                start + size,
                (rest,),
            ),
        ]

    def _content(self, data: bytes) -> Content:
        expected = self.contents[0].data[self._written :] if self.contents else b""
        if not data or not expected.startswith(data):
            raise ScriptError("the plan writes something that the card's data do not name")
        return self.contents[0]

    def _advance(self, content: Content, data: bytes) -> None:
        self._written += len(data)
        if self._written == len(content.data):
            del self.contents[0]
            self._written = 0

    def _say(self, text: str) -> None:
        """A comment in front of the command, and of the challenge that was got for it."""
        if text and text != self._remark:
            at = len(self.statements) if self._begun is None else self._begun
            self.statements.insert(at, Comment(text))
        self._remark = text

    def _used_challenge(self) -> None:
        self._challenge, self._begun = b"", None


def record(plan_of: Callable[[Random], Plan[object]], recorder: Recorder) -> Plan[None]:
    """The plan itself, written down.  Raises what the plan raises, and ScriptError."""
    plan = plan_of(recorder.random)
    try:
        step = next(plan)
        while True:
            response = yield step
            recorder.note(step, response)
            step = plan.send(response)
    except StopIteration:
        if recorder.contents:
            raise ScriptError("the plan left out some of the card's contents") from None


def _send(step: CommandAPDU, response: ResponseAPDU) -> Send:
    header = Literal(bytes((step.cla, step.ins, step.p1, step.p2)))
    return Send((header,), ne=step.ne, statuses=_statuses(response))


def _statuses(response: ResponseAPDU) -> tuple[str, ...]:
    return (f"{response.sw.value:04X}",)
