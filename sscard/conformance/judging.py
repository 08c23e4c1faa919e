"""What is thought of one answer: its status word, its data, and what an action found besides."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from sscard.conformance.actions import ACTIONS
from sscard.conformance.building import SW_IS
from sscard.conformance.case import Step, Text
from sscard.conformance.checks import Answer, check_named
from sscard.conformance.expectation import Verdict, worst
from sscard.conformance.moves import Reply
from sscard.conformance.play import Play
from sscard.errors import SscardError

_UNLIKE = {"deviates": Verdict.DEVIATES, "report": Verdict.REPORTED}
_REFUSALS = (0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6D, 0x6E, 0x6F)
_OK = "9000"


#: What is said of an answer that an assumption has foreseen.
AS_ASSUMED = "as assumed"


class Judged(NamedTuple):
    """The verdict on a step, and why it is none better; ``last``: the case cannot go on."""

    verdict: Verdict
    why: str = ""
    last: bool = False


def judge(play: Play, step: Step, reply: Reply | None) -> Judged:
    """The verdict on what came back; None is a step without a command."""
    if reply is None:
        return Judged(Verdict.PASSED)
    if SW_IS in step.fields:
        kept = play.hex(step, SW_IS).hex().upper()
        step = replace(step, expected=replace(step.expected, must=(kept,)))
    status = step.expected.judge(reply.sw)
    if not step.tested and status in (Verdict.FAILED, Verdict.DEVIATES):
        stop = play.refusal(described(step).en, f"answered {reply.said}")
        return Judged(stop.verdict, stop.reason, last=True)
    why = _status(step, reply, status)
    wrong = play.take_complaint() or _beside_refusal(reply) or _data(play, step, reply)
    verdict = worst((status, _unlike(step) if wrong else status))
    return Judged(verdict, wrong or why, last=_is_last(step, reply, verdict))


def described(step: Step) -> Text:
    """The step in a few words, without values that are not in the case's text."""
    return ACTIONS[step.action].described(step)


def _unlike(step: Step) -> Verdict:
    """What other data than expected is worth."""
    otherwise = Verdict.REPORTED if step.expected.assumed else Verdict.FAILED
    return _UNLIKE.get(step.text("unlike"), otherwise)


def _status(step: Step, reply: Reply, status: Verdict) -> str:
    match status:
        case Verdict.FAILED:
            return f"answered {reply.said}, expected {step.expected}"
        case Verdict.DEVIATES:
            return step.expected.why or f"{reply.said} is allowed, too"
        case Verdict.BROKEN:
            return reply.said
        case Verdict.REPORTED if step.expected.assumed:
            same = step.expected.said(reply.sw)
            return AS_ASSUMED if same else f"answered {reply.said}, {step.expected}"
        case _:
            return ""


def _is_last(step: Step, reply: Reply, verdict: Verdict) -> bool:
    """After a failure, and where what follows builds on a 9000 that did not come."""
    if verdict in (Verdict.FAILED, Verdict.BROKEN):
        return True
    return step.expected.must == (_OK,) and not reply.ok


def _beside_refusal(reply: Reply) -> str:
    if reply.sw is not None and reply.sw >> 8 in _REFUSALS and reply.data:
        return f"{len(reply.data)} bytes of data beside the refusal {reply.said}"
    return ""


def _data(play: Play, step: Step, reply: Reply) -> str:
    """What is wrong with the answer's data; nothing is asked of a refusal."""
    if not reply.ok:
        return ""
    if "data_is" in step.fields:
        return "" if reply.data == play.hex(step, "data_is") else "other data than expected"
    if not (named := step.text("data")):
        return ""
    check, argument = check_named(named)
    answer = Answer(
        reply.data,
        play.bench.profile,
        play.case.about,
        step.text("of"),
        step.number("record", 1),
        play.variables,
        play.selected,
    )
    try:
        return check(answer, argument)
    except SscardError as error:
        return str(error)
    except (ValueError, LookupError):  # their words may hold data of the card
        return "the answer has not the form that the check looks for"
