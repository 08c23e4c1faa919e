"""Cases run over simulated cards, in process."""

from __future__ import annotations

import time
from dataclasses import replace

from sscard.conformance import Result, Verdict, run
from tests.conformance.conftest import Desk
from tests.conformance.stand_ins import Altered, Answer

_HEAD = """
[[case]]
id = "one"
title = ["一", "one"]
group = "command function"
clause = "ssc 5.1"
mark = "S"
"""


def one(desk: Desk, steps: str, more: str = "") -> Result:
    (case,) = desk.cases(f"{_HEAD}{more}\nsteps = [{steps}]")
    (result,) = desk.run([case])
    return result


def test_a_right_is_given_by_its_key_and_by_no_other(desk: Desk) -> None:
    result = one(
        desk,
        """
        { do = "content", of = "DF01/EF05" },
        { do = "select", directory = "DF01" },
        { send = "00DC012C", body = "{content}", sw = "denied" },
        { do = "key", key = "UK1DF01", version = 2, sw = "9000" },
        { send = "00DC012C", body = "{content}" },
        { sealed = "04DC012C", body = "{content}" },
        { sealed = "04DC012C", body = "{content}", mac = "wrong", sw = "mac wrong" },
        """,
    )
    assert result.verdict is Verdict.PASSED, result.reason


def test_a_wrong_answer_ends_the_case(desk: Desk) -> None:
    result = one(desk, '{ send = "00B2012C12", sw = "6982" }, { do = "power" }')
    assert result.verdict is Verdict.FAILED
    assert [seen.got for seen in result.seen] == ["6D00"]


def test_tries_of_the_pin_come_back(desk: Desk) -> None:
    steps = """
        { do = "select", directory = "SSSE" },
        { do = "pin state", sw = "63Cx", keep_sw = "before" },
        { do = "wrong pin", sw = "{before|minus 1}" },
    """
    for _ in range(8):  # more often than there are tries
        result = one(desk, steps)
        assert (result.verdict, result.unrestored) == (Verdict.PASSED, ())


def test_a_changed_pin_is_changed_back(desk: Desk) -> None:
    select = '{ do = "select", directory = "SSSE" },'
    changed = one(desk, select + '{ do = "change pin", sw = "9000" }, { do = "pin", sw = "9000" }')
    assert (changed.verdict, changed.unrestored) == (Verdict.PASSED, ())
    assert desk.session.pin == desk.bench.pin
    assert one(desk, select + '{ do = "pin", sw = "9000" }').verdict is Verdict.PASSED


def test_what_is_torn_is_old_or_new(desk: Desk) -> None:
    result = one(
        desk,
        """
        { do = "content", of = "DF01/EF05" },
        { tear = "00DC012C", body = "{content|value flipped}", moments = 13, prepare = [
            { do = "select", directory = "DF01" }, { do = "key", key = "UK1DF01" },
          ], look = [
            { do = "select", directory = "DF01" }, { do = "pin" }, { send = "00B2012C04" },
          ], undo = [
            { do = "select", directory = "DF01" }, { do = "key", key = "UK1DF01" },
            { send = "00DC012C", body = "{content}" },
          ] },
        """,
    )
    assert (result.verdict, result.unrestored) == (Verdict.PASSED, ())


def test_a_new_pin_that_is_right_is_the_testers(desk: Desk) -> None:
    result = one(
        desk,
        """
        { do = "select", directory = "SSSE" },
        { do = "change pin", old = "right", new = "five digits", sw = "9000" },
        { do = "pin", sw = "9000" },
        { send = "00200000", body = "{pin}", sw = "63Cx" },
        { do = "change pin", old = "five digits", new = "right", sw = "9000" },
        { send = "00200000", body = "{pin}", sw = "9000" },
        """,
    )
    assert result.verdict is Verdict.PASSED, result.reason
    assert desk.session.pin == desk.bench.pin


def _altered(desk: Desk, alter: Answer, *steps: str) -> tuple[Result, ...]:
    text = "".join(f"{_HEAD.replace('one', f'case-{n}')}steps = [{s}]" for n, s in enumerate(steps))
    card = Altered(desk.card, alter)
    return run(desk.cases(text), desk.bench, card, time.perf_counter, session=desk.session)


def test_the_first_refused_preparation_fails_and_later_ones_are_not_run(desk: Desk) -> None:
    name = bytes.fromhex("D15600000500")
    steps = ['{ do = "select", directory = "DF01" }, { do = "pin", sw = "9000" }'] * 3

    def alter(raw: bytes) -> bytes | None:
        return b"\x6a\x82" if name in raw else None

    results = _altered(desk, alter, *steps)
    assert [each.verdict for each in results] == [Verdict.FAILED, *[Verdict.NOT_RUN] * 2]
    assert results[0].reason == "select DF01: answered 6A82"
    assert results[2].reason == "select DF01 was refused in case-0"


def test_a_refusal_with_data_has_failed(desk: Desk) -> None:
    """Also where the status word is the right one: the data are out."""
    step = '{ do = "select", directory = "DF01" }, { send = "00B2012C04", sw = "denied" }'
    (right,) = _altered(desk, lambda _: None, step)
    assert right.verdict is Verdict.PASSED
    told = bytes.fromhex("200231306982")
    (wrong,) = _altered(desk, lambda raw: told if raw[1] == 0xB2 else None, step)
    assert wrong.verdict is Verdict.FAILED
    assert wrong.reason == "4 bytes of data beside the refusal 6982"


def test_what_is_neither_old_nor_new_has_failed(desk: Desk) -> None:
    """A card that shows half of a record after a cut; looking before and after shows the truth."""
    mixed, looks = bytes.fromhex("20023100" + "9000"), 0

    def alter(raw: bytes) -> bytes | None:
        nonlocal looks
        looks += raw == bytes.fromhex("00B2012C04")
        return mixed if looks > 4 and raw[1] == 0xB2 else None

    (result,) = _altered(
        desk,
        alter,
        """
        { do = "content", of = "DF01/EF05" },
        { tear = "00DC012C", body = "{content|value flipped}", moments = 4, prepare = [
            { do = "select", directory = "DF01" }, { do = "key", key = "UK1DF01" },
          ], look = [
            { do = "select", directory = "DF01" }, { do = "pin" }, { send = "00B2012C04" },
          ], undo = [
            { do = "select", directory = "DF01" }, { do = "key", key = "UK1DF01" },
            { send = "00DC012C", body = "{content}" },
          ] },
        """,
    )
    assert result.verdict is Verdict.FAILED
    assert "cuts the card is in neither state" in result.reason


def test_a_step_that_cannot_be_made_ends_its_case_only(desk: Desk) -> None:
    """Two bytes are no header: the author's mistake, seen when the command is put together."""
    steps = ['{ do = "select", directory = "SSSE" }, { sealed = "04DC" }', '{ do = "power" }']
    first, second = _altered(desk, lambda _: None, *steps)
    assert (first.verdict, second.verdict) == (Verdict.NOT_RUN, Verdict.PASSED)
    assert first.reason.startswith("the step cannot be made: ")


def test_what_builds_on_an_answer_that_did_not_come_is_not_tried(desk: Desk) -> None:
    """6A81 is allowed to whoever cannot read all records; the records that follow are not there."""
    steps = """
        { do = "select", directory = "SSSE" },
        { send = "00B2012D40", sw = "all records", keep = "all" },
        { send = "00DC0104", body = "{all}", sw = "6982" },
    """
    (case,) = desk.cases(f"{_HEAD}\nsteps = [{steps}]")
    card = Altered(desk.card, lambda raw: b"\x6a\x81" if raw[1:4] == b"\xb2\x01\x2d" else None)
    (result,) = run([case], desk.bench, card, time.perf_counter)
    assert (result.verdict, len(result.seen)) == (Verdict.DEVIATES, 2)
    assert card.count(b"\x00\xdc") == 0


def test_behind_a_preparation_that_was_refused_nothing_is_tried(desk: Desk) -> None:
    """The first case that meets the refusal has failed, the next cannot be run; neither goes on."""
    steps = '{ do = "select", directory = "SSSE" }, { send = "00DC012C", body = "00", sw = "any" }'
    (case,) = desk.cases(f"{_HEAD}\nsteps = [{steps}]")
    card = Altered(desk.card, lambda raw: b"\x6a\x82" if raw[1] == 0xA4 else None)
    results = run([case, replace(case, id="two")], desk.bench, card, time.perf_counter)
    assert [each.verdict for each in results] == [Verdict.FAILED, Verdict.NOT_RUN]
    assert card.count(b"\x00\xdc") == 0


def test_an_answer_in_many_parts_is_fetched_on_t0(desk: Desk) -> None:
    parts = iter([b"\x01\x61\x03", b"\x10\x61\x02", b"\x00\x61\x01", b"\xff\x90\x00"])

    def alter(raw: bytes) -> bytes | None:
        if raw[1] == 0xC0:
            return next(parts)
        return b"\x61\x04" if raw[1:3] == b"\xb2\x63" else None

    steps = '{ send = "00B2632C04", sw = "9000", data_is = "011000FF" }'
    (case,) = desk.cases(f"{_HEAD}\nsteps = [{steps}]")
    there = desk.with_bench(protocol="T=0")
    (result,) = run([case], there.bench, Altered(desk.card, alter), time.perf_counter)
    assert result.verdict is Verdict.PASSED, result.reason
