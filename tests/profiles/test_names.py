"""The holder's name over tags 09 and 4E: never cut inside a character, never silently shortened."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sscard.profiles import FieldError, load_profile, split_name

GBK_CHARACTERS = st.sampled_from("AZ ·〇张三囍阿卜杜热合曼麦")


@pytest.mark.parametrize(
    ("name", "head", "tail"),
    [
        ("张三", "张三", ""),
        ("", "", ""),
        ("阿" * 15, "阿" * 15, ""),
        ("阿" * 16, "阿" * 15, "阿"),
        ("A" + "阿" * 15, "A" + "阿" * 14, "阿"),  # byte 30 is half a character: it moves whole
        ("阿" * 25, "阿" * 15, "阿" * 10),
        ("N" * 50, "N" * 30, "N" * 20),
    ],
)
def test_where_a_name_is_cut(name: str, head: str, tail: str) -> None:
    assert split_name(name) == (head, tail)


@pytest.mark.parametrize("name", ["N" * 51, "阿" * 26, "A" + "阿" * 24 + "B"])
def test_a_name_that_does_not_fit_is_refused(name: str) -> None:
    with pytest.raises(FieldError) as caught:
        split_name(name)
    assert (caught.value.code, caught.value.element) == ("NAME_TOO_LONG", "name")
    assert name not in str(caught.value)


@pytest.mark.parametrize("name", ["张𠮷", "Ñandú", "李\ud800"])
def test_a_name_outside_gbk_is_refused(name: str) -> None:
    with pytest.raises(FieldError) as caught:
        split_name(name)
    assert caught.value.code == "NAME_ENCODING"
    assert str(caught.value).isascii(), "no part of the name is in the message"
    assert caught.value.__context__ is None, "a UnicodeEncodeError would hold the name"


@given(st.text(GBK_CHARACTERS, max_size=30))
def test_the_parts_are_the_name_and_fit(name: str) -> None:
    if len(name.encode("gbk")) > 50:
        with pytest.raises(FieldError, match="do not fit"):
            split_name(name)
        return
    assume(len(name.encode("gbk")) < 50)  # 50 bytes fit unless byte 30 is half a character
    head, tail = split_name(name)
    assert head + tail == name
    assert len(head.encode("gbk")) <= 30
    assert len(tail.encode("gbk")) <= 20


def test_the_profile_writes_a_long_name_into_both_elements() -> None:
    basics = load_profile("gen2").directory("SSSE").file(0xEF06)
    name = "A" + "阿" * 16
    written = dict(basics.encode({"name": name}))
    assert written[2] == b"\x09\x1e" + ("A" + "阿" * 14).encode("gbk") + b"\0"
    assert written[3] == b"\x4e\x14" + ("阿" * 2).encode("gbk").ljust(20, b"\0")
    parts = [basics.decode_record(n, written[n]) for n in (2, 3)]
    assert parts[0]["name"] + parts[1]["name_extension"] == name


def test_a_short_name_leaves_the_extension_alone() -> None:
    basics = load_profile("gen2").directory("SSSE").file(0xEF06)
    assert [number for number, _ in basics.encode({"name": "张三"})] == [2]


def test_an_extension_may_also_be_given_by_itself() -> None:
    basics = load_profile("gen2").directory("SSSE").file(0xEF06)
    written = dict(basics.encode({"name": "张三", "name_extension": "四"}))
    assert written[3][2:4] == "四".encode("gbk")


@pytest.mark.parametrize(("name", "code"), [("N" * 51, "NAME_TOO_LONG"), ("张𠮷", "NAME_ENCODING")])
def test_the_profile_refuses_with_the_same_codes(name: str, code: str) -> None:
    problems = load_profile("gen2").problems({"name": name, "sex": "7"})
    assert [(p.element, p.code) for p in problems] == [("name", code), ("sex", "FIELD_INVALID")]
