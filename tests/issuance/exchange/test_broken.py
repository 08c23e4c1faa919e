"""Broken files: each with all that is said of it, and nothing of it imported."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from sscard.issuance.exchange import ListError, check_list, load_list_layout

FOLDER = Path(__file__).parents[2] / "vectors" / "exchange"
DOCUMENT = tomllib.loads((FOLDER / "broken.toml").read_text("utf-8"))
VECTORS: list[dict[str, Any]] = DOCUMENT["vector"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_broken_file(vector: dict[str, Any]) -> None:
    checked = check_list(FOLDER / f"{vector['name']}.list", load_list_layout(vector["layout"]))
    assert [str(each) for each in checked.findings] == vector["findings"]
    assert vector["findings"]
    with pytest.raises(ListError) as caught:
        next(checked.records())
    assert vector["findings"][0] in str(caught.value)


def test_every_broken_file_is_told_of() -> None:
    assert DOCUMENT["source"]
    assert {f"{each['name']}.list" for each in VECTORS} == {f.name for f in FOLDER.glob("*.list")}
    assert len(VECTORS) >= 60
