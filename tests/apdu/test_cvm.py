"""CVM lists, rules and results."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.cvm import Condition, CVMList, CVMResults, Method, Result, Rule
from sscard.errors import MalformedData

DOCUMENT = tomllib.loads(
    (Path(__file__).parents[1] / "vectors/emv-data-objects.toml").read_text("utf-8")
)

octets, amounts = st.integers(0, 255), st.integers(0, 0xFFFFFFFF)


def words(rule: Rule) -> str:
    go_on = "+" if rule.go_on else "-"
    return f"{Method(rule.method).name} {Condition(rule.condition).name} {go_on}"


@pytest.mark.parametrize("row", DOCUMENT["cvm"], ids=lambda row: row["name"])
def test_lists(row: dict[str, Any]) -> None:
    raw = bytes.fromhex(row["hex"])
    if row.get("expect") == "malformed":
        with pytest.raises(MalformedData, match="CVM list"):
            CVMList.parse(raw)
        return
    parsed = CVMList.parse(raw)
    assert (parsed.x, parsed.y) == (row["x"], row["y"])
    assert [words(rule) for rule in parsed.rules] == row["rules"]
    assert bytes(parsed) == raw


@given(amounts, amounts, st.lists(st.builds(Rule, octets, octets), max_size=5).map(tuple))
def test_lists_come_back(x: int, y: int, rules: tuple[Rule, ...]) -> None:
    made = CVMList(x, y, rules)
    assert CVMList.parse(bytes(made)) == made


@given(st.binary(max_size=24))
def test_any_bytes_parse_or_are_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        assert bytes(CVMList.parse(raw)) == raw
    with suppress(MalformedData):
        assert bytes(CVMResults.parse(raw)) == raw


def test_results() -> None:
    # No CVM, always, successful; and what is said before any was done (EMV book 4, 6.3.4.5 [G]).
    done = CVMResults(Method.NO_CVM, Condition.ALWAYS, Result.SUCCESSFUL)
    assert bytes(done).hex() == "1f0002"
    assert CVMResults.parse(bytes.fromhex("3F0000")) == CVMResults(Method.NOT_PERFORMED, 0, 0)
    with pytest.raises(MalformedData, match="3 bytes"):
        CVMResults.parse(bytes(2))


def test_caller_mistakes() -> None:
    with pytest.raises(ValueError, match="four bytes"):
        CVMList(1 << 32, 0, ())
    with pytest.raises(ValueError, match="four bytes"):
        CVMList(0, -1, ())
    with pytest.raises(ValueError, match="Rule"):
        Rule(256, 0)
