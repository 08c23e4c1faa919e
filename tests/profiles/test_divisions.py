"""Division codes: complete, abolished ones included, internal ones kept apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sscard.profiles import divisions as module
from sscard.profiles.divisions import Use, division, divisions, in_citizen_numbers

NOTICE = Path(__file__).parents[2] / "NOTICE"


@pytest.mark.parametrize(
    ("code", "name", "until"),
    [
        ("441802", "清城区", None),
        ("130203", "路北区", None),
        ("659012", "白杨市", None),
        ("659013", "草湖市", None),  # only in the younger source
        ("110103", "崇文区", 2009),
        ("310230", "崇明县", 2016),
        ("533001", "保山市", 1999),
    ],
)
def test_current_and_abolished_codes_are_known(code: str, name: str, until: int | None) -> None:
    found = division(code)
    assert found is not None
    assert (found.name_zh, found.until) == (name, until)
    assert in_citizen_numbers(code)


def test_the_two_sources_together_have_7266_codes() -> None:
    national = [entry for entry in divisions().values() if entry.use is Use.ANYWHERE]
    assert len(national) == 7266
    assert sum(entry.until is None for entry in national) == 3214
    assert all(re.fullmatch("[1-8][0-9]{5}", entry.code) for entry in divisions().values())
    assert all(entry.name_zh for entry in divisions().values())


def test_only_provinces_have_english_names() -> None:
    english = {entry.code for entry in divisions().values() if entry.name_en}
    assert english == {code for code in divisions() if code.endswith("0000") and code != "830000"}
    assert division("630000") == module.Division("630000", "青海省", "Qinghai")


@pytest.mark.parametrize("code", ["639900", "519900"])
def test_internal_codes_are_for_cards_not_for_people(code: str) -> None:
    found = division(code)
    assert found is not None
    assert found.use is Use.CARD
    assert not in_citizen_numbers(code)


@pytest.mark.parametrize("code", ["", "11", "000000", "999999", "110101 ", "１１０１０１"])
def test_what_no_list_names_is_unknown(code: str) -> None:
    assert division(code) is None
    assert not in_citizen_numbers(code)


def test_both_works_are_attributed() -> None:
    notice = NOTICE.read_text("utf-8")
    assert "creativecommons.org/licenses/by/4.0" in notice
    assert "Copyright (c) 2014, Hsiaoming Yang" in notice
