"""No run burns a counter that it does not restore: against cards that refuse what is right."""

from __future__ import annotations

import time

import pytest

from sscard.conformance import Result, Verdict, run
from sscard.conformance.trust import Trust
from tests.conformance.conftest import Desk
from tests.conformance.stand_ins import Altered, Answer

_VERIFY, _EXTERNAL, _CHANGE = bytes.fromhex("00200000"), bytes.fromhex("00820004"), b"\x80\x5e"
_SELECT = '{ do = "select", directory = "SSSE" }'
_RIGHT_PIN = f'[{_SELECT}, {{ do = "pin" }}]'
_WRONG_PIN = f'[{_SELECT}, {{ do = "wrong pin", sw = "63Cx" }}]'
_WRITTEN_PIN = f'[{_SELECT}, {{ send = "00200000", body = "{{wrong_pin}}", sw = "63Cx" }}]'
_RIGHT_KEY = f'[{_SELECT}, {{ do = "key", key = "UKSSSE" }}]'
_WRONG_KEY = f'[{_SELECT}, {{ do = "key", key = "UKSSSE", proof = "wrong", sw = "63Cx" }}]'


def _run(desk: Desk, alter: Answer, *steps: str, more: str = "") -> tuple[list[Result], Altered]:
    text = "".join(
        f"""
        [[case]]
        id = "case-{number}"
        title = ["例", "case"]
        group = "CHANGE PIN"
        clause = "ssc 3.2"
        mark = "S"
        {more}
        steps = {each}
        """
        for number, each in enumerate(steps, start=1)
    )
    card = Altered(desk.card, alter)
    results = run(desk.cases(text), desk.bench, card, time.perf_counter, session=desk.session)
    return list(results), card


def _refuses(head: bytes, answer: str) -> Answer:
    """A card that says this to commands with that head and data behind it."""
    return lambda raw: bytes.fromhex(answer) if raw.startswith(head) and len(raw) > 5 else None


@pytest.mark.parametrize(
    ("head", "answer", "right", "wrong"),
    [
        (_VERIFY, "63C5", _RIGHT_PIN, _WRONG_PIN),
        (_VERIFY, "6983", _RIGHT_PIN, _WRONG_PIN),
        (_EXTERNAL, "63CF", _RIGHT_KEY, _WRONG_KEY),
        (_EXTERNAL, "6983", _RIGHT_KEY, _WRONG_KEY),
    ],
)
def test_what_was_refused_once_is_never_tried_again(
    desk: Desk, head: bytes, answer: str, right: str, wrong: str
) -> None:
    """The first refusal of a right proof fails a case; the others name it and are not run."""
    results, card = _run(desk, _refuses(head, answer), right, right, wrong, right)
    assert [each.verdict for each in results] == [Verdict.FAILED, *[Verdict.NOT_RUN] * 3]
    assert all("case-1" in each.reason for each in results[1:])
    assert sum(c.startswith(head) and len(c) > 5 for c in card.commands) == 1


@pytest.mark.parametrize("step", [_WRONG_PIN, _WRITTEN_PIN])
@pytest.mark.parametrize("tries", ["63C1", "63C0", "6983", "9000", "6D00"])
def test_no_wrong_pin_without_two_tries(desk: Desk, tries: str, step: str) -> None:
    """The counter is looked at first; where it says nothing, nothing is tried."""

    def alter(raw: bytes) -> bytes | None:
        return bytes.fromhex(tries) if raw == _VERIFY else None

    (result,), card = _run(desk, alter, step)
    assert result.verdict in (Verdict.NOT_RUN, Verdict.FAILED)
    right = desk.bench.pin or b""
    assert all(c[5:] == right for c in card.commands if c.startswith(_VERIFY) and len(c) > 5)


@pytest.mark.parametrize("step", [_WRONG_PIN, _WRONG_KEY])
def test_a_wrong_proof_comes_between_right_ones(desk: Desk, step: str) -> None:
    head = _VERIFY if step is _WRONG_PIN else _EXTERNAL
    (result,), card = _run(desk, lambda _: None, step)
    assert (result.verdict, result.unrestored) == (Verdict.PASSED, ())
    shown = [c for c in card.commands if c.startswith(head) and len(c) > 5]
    assert len(shown) == 3  # right, to know that it is; wrong; right, to give the tries back


def test_tries_that_do_not_come_back_are_said(desk: Desk) -> None:
    """A card that forgets to give the tries back when the PIN is right."""
    said = iter(["63C6", "63C6", "63C6", "63C5", "63C5"])

    def alter(raw: bytes) -> bytes | None:
        return bytes.fromhex(next(said)) if raw == _VERIFY else None

    (result,), _ = _run(desk, alter, _WRONG_PIN)
    assert result.unrestored == ("the PIN has 5 tries of 6",)


def test_a_pin_that_cannot_be_changed_back_is_said(desk: Desk) -> None:
    changes = iter([None, bytes.fromhex("6985")])

    def alter(raw: bytes) -> bytes | None:
        return next(changes) if raw.startswith(_CHANGE) else None

    steps = f'[{_SELECT}, {{ do = "change pin", sw = "9000" }}]'
    (result,), _ = _run(desk, alter, steps)
    assert result.unrestored == ("the PIN is another one: CHANGE PIN was answered 6985",)


def test_no_secret_is_in_words_or_representations(desk: Desk) -> None:
    """The PIN and proofs are in the exchanges, which never show."""
    results, card = _run(desk, lambda _: None, _RIGHT_PIN, _WRONG_KEY)
    pin = (desk.bench.pin or b"").hex()
    shown = repr(results) + repr(desk.session) + repr(desk.bench)
    assert pin not in shown
    assert not [c for c in card.commands if len(c) > 12 and c[5:].hex() in shown.lower()]


def test_the_case_about_a_key_fails_without_trying_it_again(desk: Desk) -> None:
    """Another case has met the refusal first: its own must not look as if it had not been run."""
    own = f'[{_SELECT}, {{ do = "key", key = "UKSSSE", sw = "9000" }}]'
    more = 'about = { key = "UKSSSE", version = 1 }'
    results, card = _run(desk, _refuses(_EXTERNAL, "63CF"), _RIGHT_KEY, own, more=more)
    assert [each.verdict for each in results] == [Verdict.FAILED, Verdict.FAILED]
    assert "case-1" in results[1].reason
    assert sum(c.startswith(_EXTERNAL) for c in card.commands) == 1


def test_the_ledger_knows_what_may_be_tried() -> None:
    trust = Trust()
    assert trust.why_not("K v1") == ""
    assert trust.why_not_wrong("K v1") == "K v1 has not been shown right in this run"
    trust.shown("K v1", 0x9000, "a")
    assert trust.why_not_wrong("K v1") == ""
    trust.failed("K v1", 0x63C2)
    assert trust.why_not_wrong("K v1") == ""
    trust.failed("K v1", 0x63C1)
    assert trust.why_not_wrong("K v1") == "K v1 has 1 tries left"
    assert trust.why_not("K v1") == ""  # it is known to be right, and gives the tries back
    trust.failed("K v1", 0x6983)
    assert trust.why_not("K v1") == "K v1 is blocked"
    trust.shown("K v1", 0x9000, "b")
    assert trust.why_not_wrong("K v1") == ""


@pytest.mark.parametrize("sw", [0x6985, 0x6A88, 0x6700, None])
def test_an_answer_about_something_else_distrusts_no_key(sw: int | None) -> None:
    trust = Trust()
    trust.shown("K v1", sw, "a")
    assert (trust.refused, trust.proven, trust.tries) == ({}, set(), {})


def test_no_second_wrong_pin_is_written_where_one_try_is_left(desk: Desk) -> None:
    """The counter was fine before the case; the case itself brings it down."""
    answers = iter(["63C1"])

    def alter(raw: bytes) -> bytes | None:
        wrong = raw.startswith(_VERIFY) and len(raw) > 5 and raw[5:] != desk.bench.pin
        return bytes.fromhex(next(answers)) if wrong else None

    step = '{ send = "00200000", body = "{wrong_pin}", sw = "63Cx" }'
    (result,), _ = _run(desk, alter, f"[{_SELECT}, {step}, {step}]")
    assert result.verdict is Verdict.NOT_RUN
    assert result.reason == "PIN has 1 tries left"
