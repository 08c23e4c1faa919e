"""Codes made of parts that stand one behind the other in one record (ssc 8 [S])."""

from __future__ import annotations

import pytest

from sscard.errors import MalformedData, ProfileError
from sscard.profiles import FieldError, load_profile
from sscard.profiles.columns import nest
from sscard.profiles.loader import parse_profile

GEN2 = load_profile("gen2")
MEDICAL = GEN2.elements["medical_type"]


def test_a_composite_code_is_given_as_a_whole_or_in_parts() -> None:
    whole = nest({"employment_registration_type": "10021"})
    parts = nest(
        {"employment_registration_type.kind": "10", "employment_registration_type.form": "021"}
    )
    file = GEN2.directory("DF02").file(0xEF06)
    assert file.encode(whole) == file.encode(parts) == ((2, b"\x4b\x0510021"),)
    assert file.decode_record(2, b"\x4b\x0510021") == parts


def test_parts_that_are_not_given_stay_fill() -> None:
    assert MEDICAL.encode("310") == b"310" + bytes(5)
    assert MEDICAL.encode({"outpatient_pooling": "1"}) == b"\0\0\0\0001\0\0\0"
    assert MEDICAL.decode(b"310" + bytes(5)) == {"insurance": "310"}
    assert MEDICAL.encode("") == MEDICAL.encode(None) == bytes(8)
    assert MEDICAL.decode(bytes(8)) is None


@pytest.mark.parametrize(
    ("value", "element", "why"),
    [
        ("310010000", "medical_type", "is not a code of 8 characters"),
        ("３１００", "medical_type", "is not a code of 8 characters"),
        ("110", "medical_type", "is not a code of type of medical insurance"),
        ({"insurance": "110"}, "medical_type.insurance", "is not a code of type of medical"),
        ({"colour": "1"}, "medical_type", "has other parts than insurance, remote_treatment"),
        (310, "medical_type", "has other parts than"),
    ],
)
def test_a_refusal_names_the_column_that_the_value_came_from(
    value: object, element: str, why: str
) -> None:
    with pytest.raises(FieldError, match=why) as caught:
        MEDICAL.encode(value)
    assert caught.value.element == element


@pytest.mark.parametrize("raw", [b"", b"310", b"310010000", b"310\xff0000"])
def test_other_bytes_are_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedData, match=r"medical_type|remote_treatment"):
        MEDICAL.decode(raw)


def test_parts_without_tags_are_text() -> None:
    text = """
        extends = "gen2"
        name = "wrong"
        title_zh = "错"
        title_en = "Wrong"
        card_version = "2.00"
        suite = "3des"
        chip = "gen2-32k"
        [[changes]]
        target = "DF02/EF06.employment_registration_type.kind"
        type = "cn"
        codec = "digits"
        examples = [["10", "10FF"]]
        source = "test"
        mark = "S"
    """
    with pytest.raises(ProfileError, match="parts without tags, of a tagged item, are of type"):
        parse_profile(text, "wrong.toml")


def test_a_text_in_a_composite_code_keeps_its_tagged_neighbours_apart() -> None:
    degree = GEN2.elements["degree"]
    assert not degree.composite
    with pytest.raises(FieldError, match="has other parts than degree_code"):
        degree.encode("401")
