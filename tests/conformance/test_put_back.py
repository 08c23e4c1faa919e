"""After every case the card is what it was, but for what the case says that it leaves."""

from __future__ import annotations

import time
from collections.abc import Callable
from fnmatch import fnmatchcase

import pytest

from sscard.conformance import Result, Verdict, cases_for, run
from sscard.conformance.suites import Label
from tests.conformance.conftest import SPECS, Desk
from tests.conformance.stand_ins import Altered, Answer
from tests.conformance.watch import Watch, dirty

_HEAD = """
[[case]]
id = "one"
title = ["一", "one"]
group = "CHANGE PIN"
clause = "ssc 5.1"
mark = "S"
"""
_CHANGE, _RELOAD, _VERIFY = b"\x80\x5e", bytes.fromhex("842400"), bytes.fromhex("00200000")
_SELECT = '{ do = "select", directory = "SSSE" }'
#: Of LD/T 6001.3 those that write or use tries, of each kind; 6001.2 is watched with its own tests.
_PICKED = ("change-pin.*", "DF07_*", "DF02_SAFETY.EF07.update.*", "KEY_VER1.*DF07*", "KEY_VER1.P*")


def picked(label: Label) -> bool:
    return any(fnmatchcase(label.id, each) for each in _PICKED)


def test_each_case_leaves_the_card_as_it_was(make_desk: Callable[[str], Desk]) -> None:
    """As with a real reader, which cannot cut power: no later case hides what one has left."""
    desk = make_desk("gen2").with_bench(power=None)
    cases = cases_for(desk.profile, quirks=("sscard",), only=picked)
    assert dirty(desk, cases) == []


@pytest.mark.full
@pytest.mark.parametrize("spec", SPECS)
def test_each_case_of_all_leaves_the_card_as_it_was(
    make_desk: Callable[[str], Desk], spec: str
) -> None:
    desk = make_desk(spec)
    assert dirty(desk, cases_for(desk.profile, quirks=("sscard",))) == []


# --- a PIN that was set without an answer


def one(desk: Desk, alter: Answer, *steps: str) -> tuple[Result, Altered]:
    (case,) = desk.cases(f"{_HEAD}\nsteps = [{_SELECT}, {', '.join(steps)}]")
    card = Altered(desk.card, alter)
    (result,) = run([case], desk.bench, card, time.perf_counter, session=desk.session)
    return result, card


def pin_is_right(desk: Desk) -> bool:
    return one(desk, lambda _: None, '{ do = "pin", sw = "9000" }')[0].verdict is Verdict.PASSED


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("head", [_CHANGE, _RELOAD])
def test_a_pin_set_without_an_answer_is_found_and_put_back(
    desk: Desk, head: bytes, carried_out: bool
) -> None:
    """The card was pulled a moment too early: before or behind what it did."""
    left = [head]

    def alter(raw: bytes) -> bytes | None:
        if left and raw.startswith(left[0]):
            left.clear()
            if carried_out:
                desk.card.transmit(raw)
            return b"\x90"  # no status word
        return None

    word = "change pin" if head == _CHANGE else "reload pin"
    key = '{ do = "key", key = "PUK" }, ' if head == _RELOAD else ""
    result, _ = one(desk, alter, f'{key}{{ do = "{word}", new = "other", sw = "9000" }}')
    assert (result.verdict, result.unrestored) == (Verdict.BROKEN, ())
    assert desk.session.doubtful is None
    assert pin_is_right(desk)


def test_a_pin_that_nobody_can_look_for_is_said_and_looked_for_later(desk: Desk) -> None:
    gone = [False]

    def alter(raw: bytes) -> bytes | None:
        gone[0] = gone[0] or raw.startswith(_CHANGE)
        return b"\x90" if gone[0] else None

    result, _ = one(desk, alter, '{ do = "change pin", new = "other", sw = "9000" }')
    assert result.unrestored[0].startswith("the PIN may be another one")
    again, card = one(desk, alter, '{ do = "pin", sw = "9000" }')
    assert again.verdict is Verdict.NOT_RUN
    assert card.count(_VERIFY) == 0, "the card is not even selected"
    assert pin_is_right(desk)


# --- the PUK


@pytest.mark.parametrize("mac", ["right", "wrong"])
def test_a_refused_unblock_gives_the_puk_its_tries_back(desk: Desk, mac: str) -> None:
    """With a right MAC and no PUK shown the model uses no try; others may (ssc 3.1 [S])."""
    key = '{ do = "key", key = "PUK" }, ' if mac == "wrong" else ""
    watch = Watch(desk)
    steps = f'{key}{{ do = "unblock pin", mac = "{mac}", sw = ["6988", "6982"] }}'
    for _ in range(4):  # more often than the PUK has tries
        result, card = one(desk, lambda _: None, steps)
        assert (result.verdict, result.unrestored) == (Verdict.PASSED, ())
        assert card.count(bytes.fromhex("842400")) == 2
    assert watch.changed() == []


def test_a_puk_that_stays_short_of_tries_is_said(desk: Desk) -> None:
    def alter(raw: bytes) -> bytes | None:
        return bytes.fromhex("6985") if raw.startswith(bytes.fromhex("842400")) else None

    result, _ = one(desk, alter, '{ do = "unblock pin", sw = "6985" }')
    assert result.unrestored == ("the tries of the PUK are not known: answered 6985",)


# --- whom it is shown


def test_another_card_is_shown_nothing(desk: Desk) -> None:
    """Somebody has changed the card between two cases."""
    assert pin_is_right(desk)
    other = Altered(desk.card, lambda _: None)
    other.reset = lambda: bytes.fromhex("3B6D0000") + bytes(13)  # type: ignore[method-assign]
    (case,) = desk.cases(f'{_HEAD}\nsteps = [{_SELECT}, {{ do = "wrong pin", sw = "63Cx" }}]')
    (result,) = run([case], desk.bench, other, time.perf_counter, session=desk.session)
    assert result.verdict is Verdict.BROKEN
    assert "another card" in result.reason
    assert other.commands == []


def test_a_proof_that_a_case_writes_out_comes_between_right_ones(desk: Desk) -> None:
    proof = '{ send = "0082000410 0000000000000000 0000000000000000", sw = "any" }'
    (case,) = desk.cases(f'{_HEAD}\nabout = {{ key = "UKSSSE" }}\nsteps = [{_SELECT}, {proof}]')
    refuses = Altered(desk.card, lambda raw: b"\x63\xc2" if raw[1] == 0x82 else None)
    (result,) = run([case], desk.bench, refuses, time.perf_counter)
    assert result.verdict is Verdict.FAILED
    assert refuses.count(b"\x00\x82") == 1, "a key that is not the card's is not tried again"
    (result,) = desk.run([case])
    assert (result.verdict, result.unrestored) == (Verdict.REPORTED, ())


def test_no_cut_beyond_the_tries(desk: Desk) -> None:
    """A torn VERIFY uses tries, too: of two that are left at most one."""
    states = iter(["63C2", "63C2"])

    def alter(raw: bytes) -> bytes | None:
        return bytes.fromhex(next(states, "63C1")) if raw == _VERIFY else None

    tear = '{ tear = "00200000", body = "{wrong_pin}", sw = "63Cx", check = "not refreshed" }'
    result, _ = one(desk, alter, '{ do = "wrong pin", sw = "63Cx" }', '{ do = "pin state" }', tear)
    assert result.verdict is Verdict.NOT_RUN
    assert "PIN has 1 tries left" in result.reason


@pytest.mark.parametrize("word", ['"attempt"', "true", '"card"'])
def test_what_is_lost_for_good_is_not_tried_unasked(desk: Desk, word: str) -> None:
    text = f"{_HEAD}\ndestructive = {word}\nsteps = [{_SELECT}]"
    (case,) = desk.cases(text)
    card = Altered(desk.card, lambda _: None)
    (result,) = run([case], desk.bench, card, time.perf_counter)
    assert (result.verdict, result.reason, card.commands) == (Verdict.NOT_RUN, "destructive", [])
    (result,) = desk.with_bench(destructive=True).run([case])
    assert result.verdict is Verdict.PASSED


def test_a_wrong_pin_many_times_is_for_destructive_cases(desk: Desk) -> None:
    (case,) = desk.cases(f'{_HEAD}\nsteps = [{_SELECT}, {{ do = "wrong pin", times = 16 }}]')
    card = Altered(desk.card, lambda _: None)
    (result,) = run([case], desk.bench, card, time.perf_counter)
    assert result.verdict is Verdict.NOT_RUN
    assert pin_is_right(desk), "at least one try was left"
