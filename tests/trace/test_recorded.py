"""What is written down, and in which order what T=0 adds is joined."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.trace.entries import Entry, Exchange, PowerUp, Remark, joined
from sscard.trace.formats import json_lines
from sscard.trace.recorded import recorded

DONE = bytes.fromhex("9000")


@pytest.mark.parametrize(
    ("command", "written"),
    [
        ("0020000003123456", "0020000003000000"),
        ("805E010007123456FF654321", "805E010007" + "00" * 7),
        ("8024000103123456", "8024000103000000"),  # somebody forgot to encipher it
        ("00200000041234", "00200000" + "00" * 3),  # no command, but a PIN
        ("84240001" + "0C" + "A5" * 12, "84240001" + "0C" + "A5" * 12),
        ("00D6000002AABB", "00D6000002AABB"),
    ],
)
def test_pins_are_zeros(command: str, written: str) -> None:
    entry = recorded(bytes.fromhex(command), DONE, 0.5)
    assert entry == Exchange(bytes.fromhex(written), DONE, seconds=0.5)


@given(st.none() | st.binary(max_size=20), st.binary(max_size=20), st.floats(0, 9))
def test_whatever_is_said_can_be_read_again(
    command: bytes | None, answer: bytes, seconds: float
) -> None:
    text = json_lines.written(None) + json_lines.written(recorded(command, answer, seconds))
    assert len(tuple(json_lines.parse(text))) == 1


def exchange(command: str, response: str, line: int) -> Exchange:
    return Exchange(bytes.fromhex(command), bytes.fromhex(response), line)


def test_remarks_stay_where_they_were() -> None:
    before, after, inside = Remark("before", 1), Remark("after", 3), Remark("inside", 5)
    first, asked = exchange("0084000004", "010203049000", 2), exchange("00A4000000", "6102", 4)
    got, end = exchange("00C0000002", "AABB9000", 6), PowerUp(b"\x3b", 7)
    trace: list[Entry] = [before, first, after, asked, inside, got, end]
    whole = exchange("00A4000000", "AABB9000", 4)
    assert list(joined(trace)) == [before, first, after, whole, inside, end]
    assert list(joined([asked, inside])) == [asked, inside]
    assert list(joined([asked, inside, first])) == [asked, inside, first]
