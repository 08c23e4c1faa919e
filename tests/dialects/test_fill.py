"""The fill of a file: round trip, sizes, any bytes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.dialects import fill
from sscard.errors import MalformedData

pieces = st.sampled_from([b"\0", b"\xff", b"\1", b"\2\3"])
records = st.lists(st.tuples(pieces, st.integers(1, 300)), min_size=1, max_size=5).map(
    lambda parts: b"".join(piece * times for piece, times in parts)
)
files = st.lists(st.tuples(records, st.integers(1, 4)), max_size=5).map(
    lambda groups: [record for record, times in groups for _ in range(times)]
)


@given(files)
def test_round_trip(contents: list[bytes]) -> None:
    assert list(fill.decode(fill.encode(contents))) == contents


@pytest.mark.parametrize(
    ("contents", "written"),
    [
        ([], ""),
        ([bytes(4096)], "00100003"),
        ([b"\xff" * 85] * 4, "FF00550204"),
        (
            [b"\x08\x12" + bytes(18), b"\x0d\x04\xff\xff\xff\xff"],
            "010208120000120301020D04FF000403",
        ),
        ([b"\1\0\0\0\2"], "0105010000000203"),
    ],
    ids=["nothing", "photo", "cyclic", "two records", "runs of three stay inside a literal"],
)
def test_written_out(contents: list[bytes], written: str) -> None:
    assert fill.encode(contents).hex().upper() == written
    assert list(fill.decode(bytes.fromhex(written))) == contents


@given(st.binary(max_size=30))
def test_any_bytes_parse_or_are_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        described = fill.decode(raw)
        assert sum(map(len, described)) <= 0xFFFF
        assert all(described)


@pytest.mark.parametrize(
    "raw",
    ["010001", "04", "0000", "FF00", "0105AA", "02", "000001", "0101AA0200", "03", "00000003"],
    ids=[
        "literal without end",
        "no such code",
        "half a count of zeros",
        "half a count of FF",
        "literal too short",
        "repetition without a count",
        "no end",
        "repeated no times",
        "empty record",
        "empty run",
    ],
)
def test_what_is_no_fill(raw: str) -> None:
    with pytest.raises(MalformedData):
        fill.decode(bytes.fromhex(raw))


@pytest.mark.parametrize("raw", ["00FFFF0202", "00FFFF00000103", "00800003" * 2, "00FFFF" * 99])
def test_a_few_bytes_never_mean_gigabytes(raw: str) -> None:
    with pytest.raises(MalformedData, match="65535"):
        fill.decode(bytes.fromhex(raw))


def test_the_largest() -> None:
    for contents in ([bytes(0xFFFF)], [b"\xaa" * 257] * 255):
        assert list(fill.decode(fill.encode(contents))) == contents


@pytest.mark.parametrize(
    ("contents", "message"),
    [([bytes(0x8000)] * 2, "65535"), ([b"\xaa"] * 256, "255 times"), ([b"\1", b""], "one byte")],
)
def test_what_it_cannot_say(contents: list[bytes], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fill.encode(contents)
