"""Data objects of the financial side: what a tag is called and how its value reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.emv_tags import DATA_OBJECTS, Form, data_object

#: Values of the published test card (pboc 6.1) and of published traces (pboc 2.2).
READINGS = (
    (0x5A, "6228000100001117", "6228000100001117"),
    (0x5A, "622800010000111F", "622800010000111"),
    (0x57, "6228000100001117D30122010123456789", "6228000100001117D30122010123456789"),
    (0x5F24, "301231", "2030-12-31"),
    (0x5F25, "950701", "1995-07-01"),
    (0x5F20, "46554C4C2046554E4354494F4E414C", "FULL FUNCTIONAL"),
    (0x5F20, "D5C5C8FD2020", "张三"),
    (0x50, "50424F43204445424954", "PBOC DEBIT"),
    (0x5F34, "01", "01"),
    (0x9F36, "0102", 258),
    (0x9F38, "9F7A019F02065F2A02", "9F7A[1] 9F02[6] 5F2A[2]"),
    (0x94, "0801020010010300", "1.1 1.2 2.1 2.2 2.3"),
    (0x84, "315041592E5359532E4444463031", "1PAY.SYS.DDF01"),
    (0x84, "7378312E73682EC9E7BBE1B1A3D5CF", "sx1.sh.社会保障"),
)
#: Bytes say these best, or they do not parse.
UNREADABLE = (
    (0x84, "A000000333010101"),
    (0x84, "D15600000500"),
    (0x5A, "62280001000A1117"),
    (0x5F24, "30123A"),
    (0x5F24, "3012"),
    (0x9F38, "9F7A"),
    (0x94, "08010200FF"),
    (0x8E, "000000000000000042031E031F00"),
    (0xC1, "00"),
)


@pytest.mark.parametrize(("tag", "value", "reading"), READINGS)
def test_a_value_reads(tag: int, value: str, reading: str | int) -> None:
    assert data_object(tag).read(bytes.fromhex(value)) == reading


@pytest.mark.parametrize(("tag", "value"), UNREADABLE)
def test_a_value_that_only_its_bytes_can_say(tag: int, value: str) -> None:
    assert data_object(tag).read(bytes.fromhex(value)) is None


def test_tags_without_a_name_are_legal() -> None:
    assert data_object(0xDF7F01).form is Form.BYTES


def test_every_tag_has_both_names_and_is_a_tag() -> None:
    for tag, known in DATA_OBJECTS.items():
        first, *more = tag.to_bytes((tag.bit_length() + 7) // 8, "big")
        assert known.zh
        assert known.en.isascii()
        assert bool(more) == (first & 0x1F == 0x1F), f"{tag:X}"


@given(st.sampled_from(sorted(DATA_OBJECTS)), st.binary(max_size=64))
def test_any_value_reads_or_does_not(tag: int, value: bytes) -> None:
    reading = data_object(tag).read(value)
    assert reading is None or isinstance(reading, int) or reading.isprintable()
