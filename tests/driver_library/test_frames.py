"""Calls as bytes: round trips, a frame written by hand, and anything else."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.driver.frames import (
    LONGEST_CALL,
    MAGIC,
    Call,
    answer_frame,
    body_size,
    parse_answer,
    parse_call,
)
from sscard.errors import MalformedData

#: Written out after docs/driver-library.md: iVerifyPIN(1), and a call with a string.
VERIFY = bytes.fromhex("00000015 53534401 0A 6956657269667950494E 01 69 00000001")
READ = bytes.fromhex("00000014 53534401 03 414243 02 69 FFFFFFFF 73 00000001 7C")

arguments = st.one_of(st.integers(-(1 << 31), (1 << 31) - 1), st.binary(max_size=200))
calls = st.builds(
    Call,
    st.text("abcdefghijklmnopqrstuvwxyzABCD_123", max_size=40),
    st.lists(arguments, max_size=16).map(tuple),
)


def test_by_hand() -> None:
    assert Call("iVerifyPIN", (1,)).frame() == VERIFY
    assert Call("ABC", (-1, b"|")).frame() == READ
    assert answer_frame(-2, "张|".encode("gbk")).hex() == "00000007fffffffed5c57c"


@given(calls)
def test_round_trip(call: Call) -> None:
    frame = call.frame()
    assert body_size(frame[:4]) == len(frame) - 4
    assert parse_call(frame[4:]) == call


@given(st.integers(-(1 << 31), (1 << 31) - 1), st.binary(max_size=100))
def test_answers(code: int, out: bytes) -> None:
    frame = answer_frame(code, out)
    assert parse_answer(frame[4:]) == (code, out)


@given(st.one_of(st.binary(max_size=60), st.binary(max_size=60).map(lambda rest: MAGIC + rest)))
def test_any_bytes_parse_or_are_malformed(body: bytes) -> None:
    with suppress(MalformedData):
        assert Call(parse_call(body).name, parse_call(body).arguments).frame()[4:] == body


@given(calls, st.data())
def test_no_frame_parses_cut_short_or_with_more(call: Call, data: st.DataObject) -> None:
    body = call.frame()[4:]
    cut = data.draw(st.integers(0, len(body) - 1))
    for other in (body[:cut], body + b"\0"):
        with pytest.raises(MalformedData):
            parse_call(other)


@pytest.mark.parametrize("head", [b"GET ", b"POST", b"\0\0\0\0", b"\0\0\0\3", b"\0\2\0\1"])
def test_no_frame(head: bytes) -> None:
    with pytest.raises(MalformedData):
        body_size(head)


@pytest.mark.parametrize(
    "call",
    [
        Call("a" * 256),
        Call("a", (1,) * 17),
        Call("a", (1 << 31,)),
        Call("a", (bytes(65_536),)),
        Call("a", (bytes(65_535),) * 3),
    ],
)
def test_what_has_no_place_in_a_call(call: Call) -> None:
    with pytest.raises(ValueError, match=r"^(a call|a string|an int)"):
        call.frame()


def test_a_call_shows_no_arguments() -> None:
    assert "1101" not in repr(Call("iReadCard", (1, b"110101199003070038|")))
    assert len(Call("a", (bytes(65_535),)).frame()) < LONGEST_CALL
