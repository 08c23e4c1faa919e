"""Chip files of PSAMs."""

from __future__ import annotations

from typing import Any

import pytest

from sscard.dialects.psam_chip import PsamChip, PsamRules
from sscard.errors import ProfileError
from sscard.profiles.chips import chip_names, load_chip, load_psam_chip, psam_chip_names

TABLE: dict[str, Any] = {
    "name": "psam-tiny",
    "size": 4096,
    "partitions": {"system": 256, "environment": 1024},
    "cos_version": "1",
    "lot": "L",
    "transport_tries": 3,
    "mark": "assumed",
    "suite": "3des",
    "le": {"t0": "6Cxx", "other": "shorter answer"},
    "times": {"command": 1000, "page": 2000},
    "rules": {
        "counter_goes_on_at": "init",
        "wrong_mac2": "9302",
        "key_after_computation": "gone",
    },
}


def test_the_packaged_chips() -> None:
    assert psam_chip_names() == ("psam-3des-16k", "psam-sm4-16k")
    assert not set(psam_chip_names()) & set(chip_names())
    for name in psam_chip_names():
        chip = load_psam_chip(name)
        assert (chip.name, chip.rules) == (name, PsamRules())
        assert sum(chip.partitions.values()) < chip.size
    with pytest.raises(ProfileError, match="no chip"):
        load_chip("psam-3des-16k")
    with pytest.raises(ProfileError, match="no PSAM chip 'gen2-32k'; there are: psam-3des"):
        load_psam_chip("gen2-32k")


@pytest.mark.parametrize(
    ("entry", "value", "said"),
    [
        ("suite", "ssf33", "suite must be"),
        ("le", {"t0": "6Cxx"}, "le has the entries"),
        ("le", {"t0": "6Cxx", "other": "x"}, "le.other is one of"),
        ("times", {"command": 1000}, "times says command and page"),
        ("rules", [], "rules has the entries"),
        ("rules", {**TABLE["rules"], "wrong_mac2": "9000"}, "rules.wrong_mac2 is one of 9302"),
        ("partitions", {"system": 256}, "partitions must be"),
        ("partitions", {"system": 256, "environment": 100}, "environment is not a number"),
        ("size", 0, "size is not a number"),
        ("size", 1024, "the partitions are larger"),
    ],
)
def test_a_wrong_entry_is_named(entry: str, value: object, said: str) -> None:
    with pytest.raises(ProfileError, match=rf"^tiny\.toml: {said}"):
        PsamChip.from_table({**TABLE, entry: value}, "tiny.toml")


@pytest.mark.parametrize("entry", list(TABLE))
def test_a_missing_entry_is_named(entry: str) -> None:
    table = {name: value for name, value in TABLE.items() if name != entry}
    with pytest.raises(ProfileError, match=rf"^tiny\.toml: {entry} is missing"):
        PsamChip.from_table(table, "tiny.toml")
