"""Names of provinces and cities, as certificates have them."""

from __future__ import annotations

import pytest

from sscard.profiles.divisions import Use, divisions
from sscard.profiles.places import Place, place


@pytest.mark.parametrize(
    ("code", "province", "city"),
    [
        ("330100", "浙江省", "杭州市"),
        ("330108", "浙江省", "杭州市"),
        ("330199", "浙江省", "杭州市"),  # a district that no list names
        ("330000", "浙江省", "浙江省"),
        ("110000", "北京市", "北京市"),
        ("110108", "北京市", "北京市"),
        ("310230", "上海市", "上海市"),  # 县
        ("500101", "重庆市", "重庆市"),
        ("429004", "湖北省", "仙桃市"),  # directly below its province
        ("639900", "青海省", "青海省本级"),
        ("542600", "西藏自治区", "林芝地区"),  # abolished
        ("653100", "新疆维吾尔自治区", "喀什地区"),
    ],
)
def test_places(code: str, province: str, city: str) -> None:
    assert place(code) == Place(province, city)


@pytest.mark.parametrize("code", ["000000", "990000", "339900"])
def test_codes_without_names(code: str) -> None:
    assert place(code) is None


def test_every_division_of_cards_has_a_place() -> None:
    for code, division in divisions().items():
        if division.use is not Use.PERSON:
            found = place(code)
            assert found is not None
            assert found.city not in {"市辖区", "县", "省直辖县级行政区划"}
