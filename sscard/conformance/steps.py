"""Steps of a case, one after the other: what is sent, and what is thought of the answer."""

from __future__ import annotations

from sscard.conformance.actions import ACTIONS
from sscard.conformance.case import Step, Text
from sscard.conformance.expectation import Verdict
from sscard.conformance.judging import Judged, described, judge
from sscard.conformance.moves import Reply, Script
from sscard.conformance.play import Play, Stop
from sscard.conformance.result import Seen


def play_steps(play: Play, steps: tuple[Step, ...], phase: str) -> Script[list[Seen]]:
    """Play steps until one of them ends the case."""
    seen: list[Seen] = []
    for number, step in enumerate(steps, start=1):
        if (name := step.text("after")) and name not in play.variables:
            continue
        judged, reply = yield from _one(play, step)
        seen.append(_seen(play, step, number, phase, (judged, reply)))
        if judged.last and phase != RESTORE:
            break
        _keep(play, step, reply)
    return seen


SETUP, TEST, RESTORE = "setup", "test", "restore"


def nested(play: Play, steps: tuple[Step, ...], strict: bool) -> Script[list[Reply]]:
    """Steps inside a step: the replies; ``strict``: each must be answered as expected.  Stops."""
    replies = []
    for step in steps:
        reply = yield from ACTIONS[step.action].play(play, step)
        if reply is None:
            continue
        if strict and step.expected.judge(reply.sw) in (Verdict.FAILED, Verdict.BROKEN):
            raise play.refusal(described(step).en, f"answered {reply.said}")
        _keep(play, step, reply)
        replies.append(reply)
    return replies


def _one(play: Play, step: Step) -> Script[tuple[Judged, Reply | None]]:
    try:
        reply = yield from ACTIONS[step.action].play(play, step)
        return judge(play, step, reply), reply
    except Stop as stop:
        return Judged(stop.verdict, stop.reason, last=True), None
    except ValueError as error:  # what a card has said, or the case, fits into no command
        return Judged(Verdict.NOT_RUN, f"the step cannot be made: {error}", last=True), None


def _keep(play: Play, step: Step, reply: Reply | None) -> None:
    if reply is None or reply.sw is None:
        return
    if reply.ok and (name := step.text("keep")):
        play.variables[name] = reply.data
    if name := step.text("keep_sw"):
        play.variables[name] = reply.sw.to_bytes(2, "big")


def _seen(
    play: Play, step: Step, number: int, phase: str, outcome: tuple[Judged, Reply | None]
) -> Seen:
    judged, reply = outcome
    words = described(step)
    if note := step.text("note"):
        words = Text(note, note)
    got = reply.said if reply else ""
    expected = str(step.expected) if reply else ""
    return Seen(number, phase, words, play.take(), expected, got, judged.verdict, judged.why)
