"""Each codec: what it refuses, what it reads, round trips, and any bytes at all."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.profiles.codecs import CODECS
from sscard.profiles.fields import Field, FieldError, FieldType


def encode(codec: str, kind: FieldType, size: int, value: object) -> bytes:
    field = Field("some_element", kind, size)
    return field.pad(CODECS[codec].encode(field, value))


def decode(codec: str, kind: FieldType, raw: bytes) -> object:
    return CODECS[codec].decode(Field("some_element", kind, len(raw)), raw)


GOOD = [
    ("text", "an", 6, "张A", "D5C541000000"),
    ("text", "an", 4, "〇·", "A996A1A4"),
    ("digits", "cn", 3, "12345", "12345F"),
    ("digits", "cn", 3, "1234", "1234FF"),
    ("digits", "an", 4, "123", "31323300"),
    ("date", "cn", 4, "2024-02-29", "20240229"),
    ("datetime", "cn", 7, "2018-06-11T09:30:59", "20180611093059"),
    ("division", "cn", 3, "510100", "510100"),
    ("card_id", "cn", 16, "510100D156000005C0666779FFFFFFFF", "510100D156000005C0666779FFFFFFFF"),
    ("hex", "b", 3, "01AB00", "01AB00"),
    ("hex", "cn", 2, "12DB", "12DB"),
    ("blob", "b", 4, "01AB", "01AB0000"),
    ("number", "cn", 4, 12345, "00012345"),
    ("number", "an", 3, 7, "303037"),
    ("number", "b", 2, 258, "0102"),
    ("number", "cn", 4, 0, "00000000"),
    ("fen", "cn", 4, 1234, "00001234"),
    ("fen", "b", 4, 1234, "000004D2"),
    ("organization", "cn", 12, "9156000002511300511300DB", "9156000002511300511300DB"),
    ("card_number", "an", 9, "AI666666X", "414936363636363658"),
    ("person_number", "an", 18, "11010519491231002X", "3131303130353139343931323331303032" + "58"),
]


@pytest.mark.parametrize(("codec", "kind", "size", "value", "content"), GOOD)
def test_both_ways(codec: str, kind: FieldType, size: int, value: object, content: str) -> None:
    assert encode(codec, kind, size, value) == bytes.fromhex(content)
    assert decode(codec, kind, bytes.fromhex(content)) == value


@pytest.mark.parametrize(
    ("codec", "kind", "size", "value", "content"),
    [
        ("date", "cn", 4, "20240229", "20240229"),
        ("date", "cn", 4, date(2024, 2, 29), "20240229"),
        ("datetime", "cn", 7, datetime(2018, 6, 11, 9, 30), "20180611093000"),
        ("number", "cn", 2, "0042", "0042"),
        ("hex", "b", 2, b"\x01\x02", "0102"),
        ("fen", "cn", 4, "12.34", "00001234"),
        ("fen", "b", 4, "0.00", "00000000"),
        ("card_id", "cn", 16, bytes.fromhex("510100D156000005") + bytes(8), None),
    ],
)
def test_other_forms_of_a_value_are_taken(
    codec: str, kind: FieldType, size: int, value: object, content: str | None
) -> None:
    expected = value if content is None else bytes.fromhex(content)
    assert encode(codec, kind, size, value) == expected


@pytest.mark.parametrize(
    ("codec", "kind", "size", "value", "code"),
    [
        ("text", "an", 3, "ABCD", "FIELD_TOO_LONG"),
        ("text", "an", 3, "张张", "FIELD_TOO_LONG"),
        ("text", "an", 30, "𠮷", "FIELD_INVALID"),
        ("text", "an", 30, "A\0B", "FIELD_INVALID"),
        ("text", "an", 30, 5, "FIELD_INVALID"),
        ("digits", "cn", 2, "12345", "FIELD_TOO_LONG"),
        ("digits", "cn", 2, "12A", "FIELD_INVALID"),
        ("digits", "cn", 2, "１２", "FIELD_INVALID"),
        ("digits", "cn", 2, 12, "FIELD_INVALID"),
        ("date", "cn", 4, "2023-02-29", "FIELD_INVALID"),
        ("date", "cn", 4, "2023-0229", "FIELD_INVALID"),
        ("date", "cn", 4, "2023-W01-1", "FIELD_INVALID"),
        ("date", "cn", 4, "02.01.2023", "FIELD_INVALID"),
        ("date", "cn", 4, 20230101, "FIELD_INVALID"),
        ("date", "cn", 4, datetime(2023, 1, 1), "FIELD_INVALID"),
        ("datetime", "cn", 7, "2018-06-11T24:00:00", "FIELD_INVALID"),
        ("datetime", "cn", 7, "2018-06-11T09:60:00", "FIELD_INVALID"),
        ("datetime", "cn", 7, "2018-06-11", "FIELD_INVALID"),
        ("datetime", "cn", 7, None, "FIELD_INVALID"),
        ("division", "cn", 3, "5101", "FIELD_INVALID"),
        ("division", "cn", 3, "51010A", "FIELD_INVALID"),
        ("division", "cn", 3, "999999", "FIELD_INVALID"),
        ("card_id", "cn", 16, "510100D156000006C0666779FFFFFFFF", "FIELD_INVALID"),
        ("card_id", "cn", 16, "510100D156000005", "FIELD_INVALID"),
        ("hex", "b", 2, "01", "FIELD_INVALID"),
        ("hex", "b", 2, "xy", "FIELD_INVALID"),
        ("hex", "b", 2, 12, "FIELD_INVALID"),
        ("blob", "b", 2, "010203", "FIELD_TOO_LONG"),
        ("number", "cn", 1, 100, "FIELD_TOO_LONG"),
        ("number", "an", 2, 100, "FIELD_TOO_LONG"),
        ("number", "b", 2, 65536, "FIELD_TOO_LONG"),
        ("number", "cn", 4, "9" * 5000, "FIELD_TOO_LONG"),
        ("fen", "cn", 4, "12", "FIELD_INVALID"),
        ("fen", "cn", 4, "12.3", "FIELD_INVALID"),
        ("fen", "cn", 4, "１.00", "FIELD_INVALID"),
        ("fen", "cn", 4, "12.345", "FIELD_INVALID"),
        ("fen", "cn", 4, "12.34\n", "FIELD_INVALID"),
        ("fen", "cn", 4, 12.34, "FIELD_INVALID"),
        ("fen", "cn", 4, True, "FIELD_INVALID"),
        ("fen", "cn", 4, "1000000.00", "FIELD_TOO_LONG"),
        ("fen", "b", 4, "9" * 5000 + ".00", "FIELD_TOO_LONG"),
        ("organization", "cn", 12, "915600000251130051130002FF", "FIELD_INVALID"),
        ("organization", "cn", 12, 5, "FIELD_INVALID"),
        ("card_number", "an", 9, "X0000001", "FIELD_INVALID"),
        ("card_number", "an", 9, "X0000001é", "FIELD_INVALID"),
        ("card_number", "an", 9, 123456789, "FIELD_INVALID"),
        ("person_number", "an", 18, "11010519491231002", "FIELD_INVALID"),
        ("person_number", "an", 18, "11010519491231002Ｘ", "FIELD_INVALID"),
        ("number", "b", 2, -1, "FIELD_INVALID"),
        ("number", "b", 2, "-1", "FIELD_INVALID"),
        ("number", "b", 2, True, "FIELD_INVALID"),
        ("number", "b", 2, 1.5, "FIELD_INVALID"),
    ],
)
def test_what_is_refused(codec: str, kind: FieldType, size: int, value: object, code: str) -> None:
    with pytest.raises(FieldError) as caught:
        encode(codec, kind, size, value)
    assert (caught.value.element, caught.value.code) == ("some_element", code)
    context = caught.value.__context__
    assert not isinstance(context, UnicodeError), "it would carry the value"


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_a_refusal_never_shows_the_value(codec: str) -> None:
    for value in ("CANARY-张𠮷-CANARY", "CANARY" * 40):
        for kind in CODECS[codec].types:
            with pytest.raises(FieldError) as caught:
                encode(codec, kind, min(CODECS[codec].sizes or {5}), value)
            assert "CANARY" not in f"{caught.value}{caught.value!r}"


@pytest.mark.parametrize(
    ("codec", "kind", "content"),
    [
        ("text", "an", "D5"),
        ("text", "an", "410A42"),
        ("digits", "cn", "12AB"),
        ("digits", "cn", "F123"),
        ("digits", "an", "3141"),
        ("date", "cn", "20230229"),
        ("date", "cn", "2018040003"),
        ("date", "cn", "201804"),
        ("datetime", "cn", "20180611246000"),
        ("division", "cn", "51010F"),
        ("division", "cn", "51010000"),
        ("number", "cn", "123F"),
        ("number", "an", "3141"),
        ("fen", "cn", "123F"),
        ("card_number", "an", "FF"),
        ("person_number", "an", "310A32"),
    ],
)
def test_what_does_not_decode(codec: str, kind: FieldType, content: str) -> None:
    with pytest.raises(MalformedData, match="some_element"):
        decode(codec, kind, bytes.fromhex(content))


def test_a_division_that_no_list_names_is_read_but_not_written() -> None:
    """Abolished and ministry-internal ones are in our lists; cards in use may hold others."""
    assert decode("division", "cn", bytes.fromhex("999999")) == "999999"
    for code in ("110103", "639900"):
        assert encode("division", "cn", 3, code) == bytes.fromhex(code)


@given(st.sampled_from(sorted(CODECS)), st.binary(min_size=1, max_size=20), st.integers(1, 20))
def test_any_bytes_decode_or_are_malformed(codec: str, raw: bytes, size: int) -> None:
    for kind in CODECS[codec].types:
        with suppress(MalformedData):
            CODECS[codec].decode(Field("some_element", kind, size), raw)


@given(st.dates())
def test_dates_round_trip(day: date) -> None:
    assert decode("date", "cn", encode("date", "cn", 4, day)) == day.isoformat()


@given(st.datetimes())
def test_times_round_trip(time: datetime) -> None:
    shown = time.replace(microsecond=0).isoformat()
    assert decode("datetime", "cn", encode("datetime", "cn", 7, shown)) == shown


@given(st.from_regex(r"[0-9]{1,10}", fullmatch=True))
def test_digits_round_trip(digits: str) -> None:
    assert decode("digits", "cn", encode("digits", "cn", 5, digits)) == digits
    assert decode("digits", "an", encode("digits", "an", 10, digits)) == digits


@given(st.integers(0, 9999))
def test_numbers_round_trip(number: int) -> None:
    for kind, size in (("cn", 2), ("an", 4), ("b", 2)):
        assert decode("number", kind, encode("number", kind, size, number)) == number


@given(st.text(st.characters(codec="gbk", exclude_categories=("Cc",)), min_size=1, max_size=20))
def test_text_round_trips(text: str) -> None:
    assert decode("text", "an", encode("text", "an", 40, text)) == text


def test_a_text_that_cannot_be_read_is_not_behind_the_error() -> None:
    """``__context__`` would hold the bytes of the card, ``from None`` only hides them."""
    text = CODECS["text"]
    with pytest.raises(MalformedData) as caught:
        text.decode(Field("name", "an", 6), b"\xd5\xc5\xff\xff\xff\xff")
    assert caught.value.__context__ is None
