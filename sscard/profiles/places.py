"""Province and city of a division code, as the subject of a certificate names them."""

from __future__ import annotations

from dataclasses import dataclass

from sscard.profiles.divisions import division

#: Second halves of a code that stand for no city of their own (GB/T 2260).
_NO_CITY = frozenset({"市辖区", "县", "省直辖县级行政区划"})


@dataclass(frozen=True, slots=True)
class Place:
    """Chinese names, as in GB/T 2260: ``浙江省``, ``杭州市``."""

    province: str
    city: str


def place(code: str) -> Place | None:
    """The place of a 6-digit division code, None for one without names; abolished ones count.

    In a municipality province and city are the same, and where a county stands directly under its
    province the county is the city.
    """
    province = _name(f"{code[:2]}0000")
    if province is None:
        return None
    city, own = _name(f"{code[:4]}00"), _name(code)
    if city in _NO_CITY:
        city = province if province.endswith("市") or own in _NO_CITY else own
    named = city or own
    return None if named is None else Place(province, named)


def _name(code: str) -> str | None:
    found = division(code)
    return found.name_zh if found else None
