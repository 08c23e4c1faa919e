"""What is readable and yet looks wrong: told with a card's content, never a reason to refuse."""

from __future__ import annotations

import pytest

from sscard.perso.inventory_elements import elements
from sscard.profiles import load_profile

GEN2 = load_profile("gen2")


@pytest.mark.parametrize(
    ("name", "raw", "doubt"),
    [
        ("card_number", "583030303030303139", ""),
        ("card_number", "583030303030303138", "check character is another than computed"),
        ("card_number", "313233000000000000", "not a card number of 9 characters"),
        ("card_identification_code", "510100D156000005C0666779FFFFFFFF", ""),
        ("card_identification_code", "51010FD156000005C0666779FFFFFFFF", "not built as"),
        ("initialization_organization", "9156000002511300511300DB", ""),
        ("initialization_organization", "9156000003511300511300DB", "not built as"),
        ("birthplace", "510100", ""),
        ("birthplace", "999999", "no list names this division"),
        ("sex", "31", ""),
        ("sex", "37", "not in the code table"),
        ("medal", "393135", ""),
        ("medal", "393939", "not in the code table"),
        ("name", "D5C5", ""),
        ("medical_type", "3331303031303030", ""),
    ],
)
def test_a_doubt_is_told(name: str, raw: str, doubt: str) -> None:
    element = GEN2.elements[name]
    value = element.decode(bytes.fromhex(raw))
    assert value is not None
    assert doubt in element.doubt(value)
    assert bool(doubt) == bool(element.doubt(value))


def test_the_inventory_of_a_card_tells_it() -> None:
    file = GEN2.directory("SSSE").file(0xEF06)
    records = [template.fill for template in file.record_templates()]
    records[3] = bytes.fromhex("0A0137")
    sex = elements(file, records, {})[3]
    assert (sex.value, sex.meaning) == ("7", "")
    assert sex.note == "不在代码表中 not in the code table"
