"""Whatever a card answers, a run ends with a verdict, and what can be put back is put back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.conformance import Case, Verdict, run
from tests.conformance.conftest import Desk
from tests.conformance.stand_ins import Altered, StandIn

_CASES = """
[[case]]
id = "one"
title = ["一", "one"]
group = "command function"
clause = "ssc 5.1"
mark = "S"
steps = [
  { do = "content", of = "SSSE/EF05" },
  { do = "select", directory = "SSSE", sw = "9000", data = "fci", keep = "fci" },
  { do = "pin", sw = "9000" },
  { do = "key", key = "UKSSSE", sw = "9000" },
  { do = "wrong pin", sw = "63Cx" },
  { send = "00B2012C", ne = 0, sw = "9000", data = "record", of = "SSSE/EF05", keep = "seen" },
  { sealed = "04DC012C", body = "{seen}" },
]
restore = [{ do = "select", directory = "DF01", sw = "9000", after = "seen" }]

[[case]]
id = "two"
title = ["二", "two"]
group = "anti-tear"
clause = "ssc 5.1"
mark = "S"
steps = [
  { do = "change pin", sw = "9000" },
  { tear = "00DC012C", body = "{random8}", moments = 2, look = [{ send = "00B2012C12" }] },
  { do = "internal", sw = "9000", data = "internal authentication" },
]
"""

_ANSWERS = st.one_of(
    st.none(),
    st.binary(max_size=4),
    st.builds(
        lambda data, sw: data + sw,
        st.binary(max_size=20),
        st.sampled_from(
            [b"\x90\0", b"\x63\xc2", b"\x63\xc0", b"\x69\x82", b"\x6c\x10", b"\x61\x05"]
        ),
    ),
)


@settings(max_examples=60, deadline=None)
@given(answers=st.lists(_ANSWERS, min_size=1, max_size=40), atr=st.none() | st.binary(max_size=20))
def test_any_card_gets_a_verdict(
    session_desk: Desk, answers: list[bytes | None], atr: bytes | None
) -> None:
    desk = session_desk.with_bench(city="510100")
    left = list(answers)

    def answer(raw: bytes) -> bytes | None:
        del raw
        return left.pop(0) if left else answers[-1]

    card = StandIn(answer, atr)
    results = run(_cases(desk), desk.bench, card, time.perf_counter)
    assert [result.case.id for result in results] == ["one", "two"]
    assert all(isinstance(result.verdict, Verdict) for result in results)
    assert all(result.verdict is not Verdict.PASSED for result in results)


@settings(max_examples=40, deadline=None)
@given(at=st.integers(0, 40), answer=_ANSWERS)
def test_what_was_touched_is_put_back_wherever_a_case_ends(
    session_desk: Desk, at: int, answer: bytes | None
) -> None:
    """One answer of a good card is another one: its PIN still has all its tries afterwards."""
    desk = session_desk.with_bench()
    desk.card.reset()
    count = -1

    def alter(raw: bytes) -> bytes | None:
        nonlocal count
        count += 1
        return answer if count == at else None

    card = Altered(desk.card, alter)
    case = replace(_cases(desk)[0], restore=())
    (result,) = run([case], desk.bench, card, time.perf_counter)
    unlucky = result.unrestored or result.verdict is Verdict.PASSED
    desk.card.reset()
    desk.card.transmit(bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF00"))
    tries = desk.card.transmit(bytes.fromhex("00200000")).hex()
    assert tries == "63c6" or unlucky
    desk.card.transmit(bytes.fromhex("0020000003") + (desk.bench.pin or b""))


def _cases(desk: Desk) -> tuple[Case, ...]:
    return desk.cases(_CASES)


def test_restore_steps_run_although_the_case_has_failed(desk: Desk) -> None:
    text = _CASES.replace('sw = "63Cx"', 'sw = "6A80"').replace(', after = "seen"', "")
    (result, _) = desk.run(desk.cases(text))
    assert result.verdict is Verdict.FAILED
    assert [seen.phase for seen in result.seen][-1] == "restore"
    assert result.seen[-1].verdict is Verdict.PASSED


def test_restore_steps_wait_for_what_they_need(make_desk: Callable[[str], Desk]) -> None:
    desk = make_desk("gen2")
    text = _CASES.replace('sw = "63Cx"', 'sw = "6A80"')
    (result, _) = desk.run(desk.cases(text))
    assert "restore" not in [seen.phase for seen in result.seen]
