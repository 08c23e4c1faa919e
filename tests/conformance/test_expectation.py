"""Judging status words: the whole truth table."""

from __future__ import annotations

import pytest

from sscard.conformance.expectation import Expectation, Verdict, require_pattern, worst

_DENIED = Expectation("denied", ("6982",), ("6985", "63Cx"))
_ANY = Expectation("any", report=True)
_NOT = Expectation("", never=("9000", "61xx"))


@pytest.mark.parametrize(
    ("expected", "sw", "verdict"),
    [
        (_DENIED, 0x6982, Verdict.PASSED),
        (_DENIED, 0x6985, Verdict.DEVIATES),
        (_DENIED, 0x63C0, Verdict.DEVIATES),
        (_DENIED, 0x63CF, Verdict.DEVIATES),
        (_DENIED, 0x63D0, Verdict.FAILED),
        (_DENIED, 0x9000, Verdict.FAILED),
        (_DENIED, None, Verdict.BROKEN),
        (_ANY, 0x9000, Verdict.REPORTED),
        (_ANY, 0x6F00, Verdict.REPORTED),
        (_ANY, None, Verdict.BROKEN),
        (_NOT, 0x9000, Verdict.FAILED),
        (_NOT, 0x6110, Verdict.FAILED),
        (_NOT, 0x6A80, Verdict.PASSED),
        (_NOT, None, Verdict.BROKEN),
    ],
)
def test_a_status_word_is_judged(expected: Expectation, sw: int | None, verdict: Verdict) -> None:
    assert expected.judge(sw) is verdict


def test_must_wins_over_what_is_allowed() -> None:
    assert Expectation("", ("9000",), ("9000",)).judge(0x9000) is Verdict.PASSED


def test_a_case_is_as_good_as_its_worst_step() -> None:
    order = [
        Verdict.PASSED,
        Verdict.REPORTED,
        Verdict.DEVIATES,
        Verdict.NOT_APPLICABLE,
        Verdict.NOT_RUN,
        Verdict.BROKEN,
        Verdict.FAILED,
    ]
    assert set(order) == set(Verdict)
    for at, each in enumerate(order):
        assert all(worst((each, other)) is each for other in order[: at + 1])
    assert worst(()) is Verdict.PASSED


@pytest.mark.parametrize("text", ["9000", "63Cx", "61xx", "6A82"])
def test_these_are_patterns(text: str) -> None:
    assert require_pattern(text) == text


@pytest.mark.parametrize("text", ["90", "xx00", "6x82", "63CX", "A000", "9000 ", 9000, None])
def test_these_are_none(text: object) -> None:
    with pytest.raises(ValueError, match="no status word"):
        require_pattern(text)
