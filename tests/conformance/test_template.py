"""The template language: typed places, slices, filters, and nothing that is evaluated."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.conformance.template import FILTERS, Template, Value, parse


def _filled(text: str, **values: Value) -> str:
    template = parse(text)
    return template if isinstance(template, str) else template.fill(values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00B2{record:02X}{p2:02X}", "00B2032C"),
        ("{content}", "0103AABBCC"),
        ("{content[2:]}", "AABBCC"),
        ("{content[:-1]}", "0103AABB"),
        ("{content|flipped}", "FEFC554433"),
        ("{content|value flipped}", "0103554433"),
        ("{content|last flipped}", "0103AABB33"),
        ("{content|short}", "0103AABB"),
        ("{content|long}", "0103AABBCC00"),
        ("{content[2:]|zeros}", "000000"),
        ("{content|lc}", "05"),
        ("{content|short|lc}", "04"),
        ("{counter|plus 1}", "0000"),
        ("{counter|minus 1}", "FFFE"),
        ("{name} {record}", "DF01 3"),
        ("no places", "no places"),
    ],
)
def test_places_are_filled(text: str, expected: str) -> None:
    content, counter = bytes.fromhex("0103AABBCC"), b"\xff\xff"
    filled = _filled(text, record=3, p2=0x2C, content=content, counter=counter, name="DF01")
    assert filled == expected


@pytest.mark.parametrize(
    "text",
    ["{", "}", "{}", "{0}", "{a.b}", "{a()}", "{a[0]}", "{a!r}", "{a:>9}", "{__class__}", "{A}"],
)
def test_braces_that_are_no_place_are_mistakes(text: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        parse(text)


def test_an_unknown_filter_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="no filter 'upper'; there are: flipped"):
        parse("{a|upper}")


@pytest.mark.parametrize(
    ("text", "value"), [("{a:02X}", "text"), ("{a:02X}", b"1"), ("{a|short}", 1), ("{a[1:]}", "x")]
)
def test_a_value_of_the_wrong_type_is_a_mistake(text: str, value: Value) -> None:
    with pytest.raises(ValueError, match=r"\{a\} is"):
        _filled(text, a=value)


def test_what_has_no_value_stays() -> None:
    template = parse("00{a:02X}{b}{c}")
    assert isinstance(template, Template)
    partly = template.partly({"a": 1, "c": "FF"})
    assert partly.names == {"b"}
    assert partly.fill({"b": b"\x22"}) == "000122FF"
    with pytest.raises(ValueError, match=r"there is no \{b\}"):
        partly.fill({})


@given(st.binary(max_size=300), st.sampled_from(sorted(FILTERS)))
def test_filters_take_any_bytes(data: bytes, name: str) -> None:
    assert isinstance(FILTERS[name](data), bytes)


@given(st.text(max_size=40))
def test_any_text_is_a_template_or_a_mistake(text: str) -> None:
    with suppress(ValueError):
        parse(text)
