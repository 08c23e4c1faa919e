"""Chip files."""

from __future__ import annotations

from typing import Any

import pytest

from sscard.apdu.atr import InterfaceBytes
from sscard.dialects.chip import PARTITIONS, Chip, Times
from sscard.errors import ProfileError
from sscard.profiles.chips import load_chip

TABLE: dict[str, Any] = {
    "name": "tiny",
    "size": 4096,
    "partitions": {"system": 256, "exchange": 256, "ssse": 512, "pse": 512},
    "cos_version": "REF 1.0",
    "lot": "TEST-GEN2",
    "transport_tries": 3,
    "mark": "assumed",
    "suite": "3des",
    "le": {"t0": "6Cxx", "other": "shorter answer"},
}


def test_the_packaged_chip_is_whole_pages_and_its_parts_fit() -> None:
    chip = load_chip("gen2-32k")
    assert chip.size == 32768
    assert set(chip.partitions) == set(PARTITIONS)
    assert not [size for size in chip.partitions.values() if size % 64]
    assert sum(chip.partitions.values()) < chip.size


def test_the_third_generation_chip_is_larger_and_computes_with_sm4() -> None:
    chip = load_chip("gen3-80k")
    assert (chip.size, chip.suite) == (81920, "sm4")
    assert chip.ats.hex().upper() == "7880A002", "ssc 6 [T], without length and historical bytes"
    assert sum(chip.partitions.values()) < chip.size


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("suite", "ssf33"),
        ("le", "6Cxx"),
        ("le", {"t0": "6Cxx"}),
        ("le", {"t0": "6Cxx", "other": "whatever"}),
        ("atr", "3B6D0000"),
        ("atr", {"blank": "3B6D0000"}),
        ("atr", {"blank": "3B6D0000", "final": "3B6D00"}),
        ("atr", {"blank": "3B6D0000", "final": "3B6C0000"}),
        ("atr", {"blank": "3F6D0000", "final": "3B6D0000"}),
        ("atr", {"blank": "3B6D000000", "final": "3B6D0000"}),
        ("atr", {"blank": "", "final": "3B6D0000"}),
        ("atr", {"blank": 1, "final": "3B6D0000"}),
        ("ats", ""),
        ("ats", "78"),
        ("ats", "7880A00200"),
        ("ats", "80"),
        ("ats", 0x78),
        ("empty_pin_grants", "yes"),
        ("pse_over_antenna", 1),
        ("blocks_in_order", "no"),
        ("ppse_over_contacts", "no"),
        ("ssse_from_reset", 0),
        ("times", 1000),
        ("times", {"command": 1000}),
        ("times", {"command": 1000, "page": 2.0}),
        ("times", {"command": -1, "page": 2000}),
    ],
)
def test_a_wrong_entry_is_named(entry: str, value: object) -> None:
    with pytest.raises(ProfileError, match=rf"tiny\.toml: {entry} "):
        Chip.from_table({**TABLE, entry: value}, "tiny.toml")


def test_times_are_microseconds() -> None:
    chip = Chip.from_table({**TABLE, "times": {"command": 5, "page": 7}}, "tiny.toml")
    assert (chip.times.command, chip.times.page) == (5, 7)
    assert load_chip("gen3-80k").times == Times(1000, 2000)


def test_antenna_and_empty_pin_may_be_left_out() -> None:
    chip = Chip.from_table(TABLE, "tiny.toml")
    assert (chip.ats, chip.empty_pin_grants) == (b"", True)
    chip = Chip.from_table({**TABLE, "ats": "00", "empty_pin_grants": False}, "tiny.toml")
    assert (chip.ats, chip.empty_pin_grants) == (b"\0", False)
    assert (chip.pse_over_antenna, chip.blocks_in_order) == (False, True)
    assert Chip.from_table({**TABLE, "pse_over_antenna": True}, "tiny.toml").pse_over_antenna


def test_a_blank_chip_may_offer_more_than_a_finished_one() -> None:
    plain = (InterfaceBytes(tb=0, tc=0),)
    assert Chip.from_table(TABLE, "tiny.toml").atr == {"blank": plain, "final": plain}
    said = {"blank": "3BFD940000" + "80" + "01", "final": "3B6D0000"}
    chip = Chip.from_table({**TABLE, "atr": said}, "tiny.toml")
    fast = InterfaceBytes(None, 0x94, 0, 0)
    assert chip.atr == {"blank": (fast, InterfaceBytes(0), InterfaceBytes(1)), "final": plain}


def test_an_unknown_chip() -> None:
    with pytest.raises(ProfileError, match="gen2-32k"):
        load_chip("gen9")


def test_a_table_is_a_chip_and_may_say_more() -> None:
    chip = Chip.from_table({**TABLE, "title_en": "Tiny"}, "tiny.toml")
    assert (chip.name, chip.transport_tries) == ("tiny", 3)


@pytest.mark.parametrize("missing", sorted(TABLE))
def test_what_is_missing_is_named(missing: str) -> None:
    table = {name: value for name, value in TABLE.items() if name != missing}
    with pytest.raises(ProfileError, match=rf"tiny\.toml: {missing}"):
        Chip.from_table(table, "tiny.toml")


@pytest.mark.parametrize(
    "partitions",
    [{"system": 256}, {**TABLE["partitions"], "other": 1}, {**TABLE["partitions"], "pse": 4096}],
)
def test_partitions_are_these_and_fit(partitions: dict[str, int]) -> None:
    with pytest.raises(ProfileError, match=r"tiny\.toml: (the )?partitions"):
        Chip.from_table({**TABLE, "partitions": partitions}, "tiny.toml")
