"""Verdicts for people: a sign, words in both languages, a colour."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.conformance.case import Text
from sscard.conformance.expectation import Verdict
from sscard.conformance.report.page import Mark, Words
from sscard.conformance.report.told import StepTold

MARKS: Mapping[Verdict, Mark] = MappingProxyType(
    {
        Verdict.FAILED: Mark("bad", "✗", Words("不合格", "failed")),
        Verdict.BROKEN: Mark("bad", "‼", Words("无应答", "no answer")),
        Verdict.DEVIATES: Mark("warn", "≈", Words("有差异，允许", "deviates, allowed")),
        Verdict.REPORTED: Mark("calm", "i", Words("仅记录", "reported only")),
        Verdict.PASSED: Mark("good", "✓", Words("合格", "passed")),
        Verdict.NOT_RUN: Mark("none", "○", Words("未执行", "not run")),
        Verdict.NOT_APPLICABLE: Mark("none", "–", Words("不适用", "not applicable")),
    }
)
#: What only a status word can come to.
_STATUS_ALONE = frozenset({Verdict.REPORTED})
#: What a case must not be for the card to pass.
WRONG = frozenset({Verdict.FAILED, Verdict.BROKEN})
#: Whose dialogues are told in full.
TOLD = (Verdict.FAILED, Verdict.BROKEN, Verdict.DEVIATES, Verdict.REPORTED)
#: What says something about the card.
JUDGED = frozenset({*TOLD, Verdict.PASSED})


def by_status(step: StepTold) -> bool:
    """Whether it is the status word that came out so, and not the data or something else."""
    return not step.why or step.verdict in _STATUS_ALONE or step.why.startswith("answered ")


def said(words: Text) -> str:
    """Both languages, one behind the other."""
    return words.zh if words.zh == words.en else f"{words.zh} {words.en}"
