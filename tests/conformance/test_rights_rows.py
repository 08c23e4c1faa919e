"""Which security states open which file: against the tables of the specification (ssc 2, 3.1)."""

from __future__ import annotations

from functools import cache

import pytest

from sscard.conformance.expansions import EXPANSIONS, Row
from sscard.profiles import load_profile
from tests.conformance.conftest import SPECS

_VERSIONS = (1, 2, 3)


@cache
def rows(spec: str, name: str) -> tuple[Row, ...]:
    return tuple(EXPANSIONS[name](load_profile(spec)))


def states(spec: str, place: str, right: str) -> dict[str, str]:
    return {
        str(row["state"]): str(row["outcome"])
        for row in rows(spec, "rights")
        if (row["place"], row["right"]) == (place, right)
    }


def opened(spec: str, place: str, right: str) -> set[str]:
    return {name for name, outcome in states(spec, place, right).items() if outcome == "granted"}


def alone(key: str) -> set[str]:
    return {f"{key} v{version}" for version in _VERSIONS}


#: File, right → what opens it, written down from ssc 2.1 to 2.8.
_OPENED = [
    ("gen2", "SSSE/EF05", "read", {"nothing shown"}),
    ("gen2", "SSSE/EF06", "read", {"nothing shown"}),
    ("gen3", "SSSE/EF06", "read", alone("RKSSSE") | {"PIN, RKSSSE v1"}),
    ("gen3", "SSSE/EF06", "update", alone("UKSSSE") | {"PIN, UKSSSE v1"}),
    ("gen2", "DF04/EF08", "update", set()),
    ("gen2", "DF04/EF06", "update", alone("UK2DF04") | {"PIN, UK2DF04 v1"}),
    (
        "gen2",
        "DF04/EF06",
        "read",
        {f"PIN, RK1DF04 v{version}" for version in _VERSIONS} | {"RK1DF04 v1, PIN"},
    ),
    ("gen1", "DF03/EF07", "read", {*(f"PIN, RK1DF03 v{n}" for n in _VERSIONS), "RK1DF03 v1, PIN"}),
    ("gen3", "DF07/EF06", "read", alone("RK2DF07") | {"PIN, RK2DF07 v1"}),
]


@pytest.mark.parametrize(("spec", "place", "right", "wanted"), _OPENED)
def test_what_opens_a_file(spec: str, place: str, right: str, wanted: set[str]) -> None:
    assert opened(spec, place, right) == wanted


def test_the_pin_or_the_key_opens() -> None:
    found = opened("gen2", "DF03/EF05", "read")  # the one file that names RK2DF03
    assert {"PIN", *alone("RK2DF03")} <= found
    assert all(name.startswith(("PIN", "RK2DF03")) for name in found)
    refused = {
        n for n, outcome in states("gen2", "DF03/EF05", "read").items() if "denied" in outcome
    }
    assert {*alone("RK1DF03"), "all other keys", "power-off", "wrong RK2DF03"} <= refused


def test_what_the_pin_opens_stays_open_until_power_off() -> None:
    found = states("gen2", "DF04/EF08", "read")
    assert found["another directory selected"] == found["directory selected again"] == "granted"
    assert found["power-off"] == found["wrong PIN"] == "denied"


@pytest.mark.parametrize("spec", SPECS)
def test_every_right_is_tried_open_and_closed(spec: str) -> None:
    for directory in load_profile(spec).directories:
        for file in directory.files:
            for right, rule in (("read", file.read), ("update", file.update)):
                if file.structure == "internal":
                    continue
                said = states(spec, f"{directory.name}/{file.fid:04X}", right).values()
                found = {outcome.removesuffix(" as assumed") for outcome in said}
                wanted = {"free": {"granted"}, "never": {"denied"}}
                assert found >= wanted.get(rule.condition.value, {"granted", "denied"})


@pytest.mark.parametrize("spec", SPECS)
def test_every_record_and_every_version_of_every_key_has_its_row(spec: str) -> None:
    profile = load_profile(spec)
    records = {(row["place"], row["record"]) for row in rows(spec, "records")}
    keys = {(row["key"], row["version"]) for row in rows(spec, "keys")}
    assert records == {
        (f"{directory.name}/{file.fid:04X}", template.number)
        for directory in profile.directories
        for file in directory.files
        for template in file.record_templates()
    }
    assert keys == {
        (key.name, version)
        for directory in profile.directories
        for key in directory.keys
        for version in range(1, profile.versions(key) + 1)
    }
    harmful = {row["key"] for row in rows(spec, "keys") if row["proof"] == "harmful"}
    assert harmful == {"BK", *(k for k, _ in keys if str(k).startswith("LK"))}


@pytest.mark.parametrize("spec", SPECS)
def test_pieces_of_a_body_cover_it(spec: str) -> None:
    for row in rows(spec, "files"):
        if row["kind"] == "body":
            reads = row["body_reads"]
            assert isinstance(reads, list)
            sizes = [step["ne"] for step in reads]
            assert sum(sizes) + int(row["last_chunk_size"]) == row["length"]
            assert sum(sizes) == row["last_chunk"]
