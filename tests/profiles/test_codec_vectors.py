"""Values of the specification's samples and of real traces, as bytes on the card."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from sscard.profiles import Element, FieldError, load_profile

FOLDER = Path(__file__).parents[1] / "vectors/codecs"
DOCUMENTS = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.toml")}
ELEMENTS = {
    element.name: element
    for directory in load_profile("gen2").directories
    for file in directory.files
    for outer in file.elements
    for element in (outer, *outer.elements)
}


def vectors(kind: str) -> list[Any]:
    return [
        pytest.param(vector, id=f"{name}-{vector['element']}-{i}")
        for name, document in sorted(DOCUMENTS.items())
        for i, vector in enumerate(document.get(kind, []))
    ]


def element_of(vector: dict[str, Any]) -> Element:
    element = ELEMENTS[vector["element"]]
    if "filler" not in vector:
        return element
    return Element.model_validate(
        element.model_dump() | {"filler": vector["filler"], "examples": ()}
    )


def test_the_files_hold_nothing_else() -> None:
    assert {kind for document in DOCUMENTS.values() for kind in document} == {
        "value",
        "written",
        "refused",
    }


@pytest.mark.parametrize("vector", vectors("value"))
def test_both_ways(vector: dict[str, Any]) -> None:
    element, content = element_of(vector), bytes.fromhex(vector["content"])
    assert len(content) == element.size
    assert element.encode(vector["value"]) == content
    assert element.decode(content) == vector["value"]
    assert element.doubt(vector["value"]) == vector.get("doubt", "")


@pytest.mark.parametrize("vector", vectors("written"))
def test_another_way_of_writing(vector: dict[str, Any]) -> None:
    element, content = element_of(vector), bytes.fromhex(vector["content"])
    assert element.encode(vector["value"]) == content
    assert element.encode(element.decode(content)) == content


@pytest.mark.parametrize("vector", vectors("refused"))
def test_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(FieldError) as caught:
        element_of(vector).encode(vector["value"])
    assert str(vector["value"]) not in f"{caught.value}{caught.value!r}"
