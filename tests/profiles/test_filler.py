"""What stands behind a text that is shorter than its element (ssc 1.3 [S]; ssc-more 2 [T], [1])."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sscard.errors import ProfileError
from sscard.profiles import FieldError, Profile, load_profile, split_name
from sscard.profiles.fields import Field
from sscard.profiles.loader import parse_profile


def padded(target: str, filler: int) -> Profile:
    """The second generation with another filler in one place."""
    text = f"""
        extends = "gen2"
        name = "padded"
        title_zh = "填充"
        title_en = "Padded"
        card_version = "2.00"
        suite = "3des"
        chip = "gen2-32k"
        [[changes]]
        target = "{target}"
        filler = {filler}
        source = "test"
        mark = "T"
    """
    return parse_profile(text, "padded.toml")


SPACES = padded("SSSE/EF06.name", 0x20)
NAME = SPACES.elements["name"]
LETTERS = padded("SSSE/EF06.name_extension", 0x46).elements["name_extension"]


def test_only_what_is_written_is_padded() -> None:
    assert NAME.encode("张三") == b"\xd5\xc5\xc8\xfd".ljust(30, b" ")
    assert NAME.encode(None) == NAME.encode("") == NAME.fill == bytes(30)
    assert LETTERS.encode("买") == b"\xc2\xf2".ljust(20, b"F")
    assert load_profile("gen2").elements["name"].encode("张三") == b"\xd5\xc5\xc8\xfd".ljust(
        30, b"\0"
    )


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"\xd5\xc5\xc8\xfd".ljust(30, b" "), "张三"),
        (b"\xd5\xc5\xc8\xfd".ljust(30, b"\0"), "张三"),
        (b"\xd5\xc5\xc8\xfd   ".ljust(30, b"\0"), "张三"),
        (b"A B".ljust(30, b" "), "A B"),
        (b" " * 30, None),
        (bytes(30), None),
        (b" ".ljust(30, b"\0"), None),
    ],
)
def test_filler_and_zeros_are_taken_off(raw: bytes, value: str | None) -> None:
    assert NAME.decode(raw) == value


def test_spaces_belong_to_a_text_that_is_padded_with_zeros() -> None:
    assert load_profile("gen2").elements["name"].decode(b"A ".ljust(30, b"\0")) == "A "


@given(st.text(st.characters(codec="gbk", exclude_categories=("Cc",)), min_size=1, max_size=10))
@example("丗")  # 81 46
@example("WOLF")
def test_a_text_comes_back_or_is_refused(text: str) -> None:
    if text.endswith("F"):
        with pytest.raises(FieldError, match="ends in 46, which fills the field"):
            LETTERS.encode(text)
    else:
        assert LETTERS.decode(LETTERS.encode(text)) == text


def test_a_name_is_not_cut_behind_its_filler() -> None:
    name = "MARIA ANTONIA DE LAS MERCEDES FERNANDEZ"
    assert name[29] == " "
    assert split_name(name) == (name[:30], name[30:])
    assert split_name(name, filler=0x20) == (name[:29], name[29:])
    file = SPACES.directory("SSSE").file(0xEF06)
    read = [file.decode_record(*each) for each in file.encode({"name": name})]
    assert read == [{"name": name[:29]}, {"name_extension": " FERNANDEZ"}]


def test_a_name_of_one_part_that_ends_in_its_filler_is_refused() -> None:
    assert split_name("MARIA ", filler=0x20) == ("MARIA ", "")
    with pytest.raises(FieldError, match="name: ends in 20"):
        NAME.encode("MARIA ")


@pytest.mark.parametrize(
    ("target", "filler", "why"),
    [
        ("SSSE/EF06.name", 0x30, "Input should be 0, 32 or 70|0, 32"),
        ("SSSE/EF06.birth_date", 0x20, "only text is padded with a filler of its own"),
        ("SSSE/EF07.fingerprint", 0x20, "only text is padded with a filler of its own"),
    ],
)
def test_only_text_has_a_filler_of_the_known_ones(target: str, filler: int, why: str) -> None:
    with pytest.raises(ProfileError, match=why):
        padded(target, filler)


def test_a_field_takes_any_filler() -> None:
    assert Field("name", "cn", 4, filler=0xEE).pad(b"\x12") == b"\x12\xee\xee\xee"
    assert Field("name", "cn", 4, filler=0xEE).fill == b"\xff" * 4
