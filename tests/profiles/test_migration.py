"""Which records may hold a value of the second generation, and how one tells (ssc 2.8 [S])."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.profiles import FieldError, load_profile
from sscard.profiles.migration import (
    PADDING,
    REDEFINED,
    Definition,
    Redefinition,
    redefinitions,
)

GEN1, GEN2 = load_profile("gen1"), load_profile("gen2")
FOUND = redefinitions(GEN1, GEN2)
BY_TAG = {each.tag: each for each in FOUND}
VECTORS = tomllib.loads((Path(__file__).parents[1] / "vectors/migration.toml").read_text("utf-8"))

#: Of ssc 2.8 (old lengths [1]) and ssc 2.2 to 2.5 (new ones [S]): place, tag, bytes before and now.
TABLE = """
DF01/EF09 32 3 2
DF01/EF0A 37 4 3
DF01/EF0A 38 4 2
DF02/EF06 4B 4 5
DF02/EF06 4D 4 3
DF02/EF06 4F 4 6
DF02/EF06 50 4 3
DF02/EF09 55 10 16
DF02/EF09 97 4 3
DF03/EF05 61 4 3
DF03/EF07 71 4 3
DF04/EF05 81 62 8
DF04/EF05 84 62 3
DF04/EF05 87 62 17
DF04/EF06 90 4 1
DF04/EF06 93 4 2
"""


def test_the_table_of_annex_c() -> None:
    lines = (
        f"{e.directory.name}/{e.file.fid:04X} {e.tag:02X} {e.old.size} {e.new.size}" for e in FOUND
    )
    assert "\n".join(lines) == TABLE.strip()
    assert sorted(BY_TAG) == sorted(REDEFINED)


def test_what_is_longer_than_its_old_record_cannot_migrate() -> None:
    assert [f"{e.tag:02X}" for e in FOUND if not e.migrates] == ["4B", "4F", "55"]


@pytest.mark.parametrize("tag", [0x4B, 0x4F, 0x55])
def test_and_says_so_by_name(tag: int) -> None:
    item = BY_TAG[tag]
    with pytest.raises(FieldError, match=f"{item.new.name}: needs {item.new.size} bytes and one"):
        item.encode("1")


def test_a_record_without_room_for_padding_could_not_say_what_it_is() -> None:
    item = BY_TAG[0x84]
    with pytest.raises(FieldError, match="needs 3 bytes and one of padding, the old record has 3"):
        item.encode("510100", 3)
    assert item.definition_of(bytes.fromhex("8403510100")) is Definition.FIRST


@pytest.mark.parametrize("vector", VECTORS["written"], ids=lambda v: f"{v['tag']:02X}")
def test_a_value_is_written_and_read(vector: dict[str, Any]) -> None:
    item, record = BY_TAG[vector["tag"]], bytes.fromhex(vector["record"])
    assert item.encode(vector["value"], vector.get("size")) == record
    assert item.decode(record) == (Definition.SECOND, vector["value"])


@pytest.mark.parametrize("vector", VECTORS["read"], ids=lambda v: v["why"])
def test_a_record_is_read(vector: dict[str, Any]) -> None:
    item, record = BY_TAG[vector["tag"]], bytes.fromhex(vector["record"])
    assert item.definition_of(record) is Definition(vector["definition"])
    assert item.decode(record) == (Definition(vector["definition"]), vector.get("value"))


@pytest.mark.parametrize("item", [e for e in FOUND if e.migrates], ids=lambda e: e.subject)
def test_every_example_of_the_new_definition_comes_back(item: Redefinition) -> None:
    for value, content in item.new.examples:
        record = item.encode(value)
        assert len(record) == 2 + item.old.size
        assert record[2:] == content + PADDING * (item.old.size - item.new.size)
        assert item.decode(record) == (Definition.SECOND, value)


@pytest.mark.parametrize("item", FOUND, ids=lambda e: e.subject)
def test_every_example_of_the_old_definition_is_still_that(item: Redefinition) -> None:
    for value, content in item.old.examples:
        record = item.old.framed(content)
        assert item.decode(record) == (Definition.FIRST, value)


items = st.sampled_from(FOUND)


@given(items, st.binary(max_size=80))
def test_any_bytes_are_read_or_malformed(item: Redefinition, raw: bytes) -> None:
    with suppress(MalformedData):
        item.decode(raw)


@given(items, st.binary(max_size=80))
def test_any_content_is_read_or_malformed(item: Redefinition, content: bytes) -> None:
    record = bytes((item.tag, len(content))) + content
    wanted = len(content) > item.new.size and set(content[item.new.size :]) == {0xEE}
    assert (item.definition_of(record) is Definition.SECOND) == wanted
    with suppress(MalformedData):
        assert item.decode(record)[0] is item.definition_of(record)


@given(st.integers(0, 99), st.integers(3, 255))
def test_a_number_comes_back_from_a_record_of_any_length(value: int, size: int) -> None:
    item = BY_TAG[0x93]
    assert item.decode(item.encode(value, size)) == (Definition.SECOND, value)


@pytest.mark.parametrize("record", ["", "32", "330131", "3203323400320132"])
def test_another_record_is_malformed(record: str) -> None:
    with pytest.raises(MalformedData):
        BY_TAG[0x32].definition_of(bytes.fromhex(record))
