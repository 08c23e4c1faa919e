"""A place in a profile is told by names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.profiles.words import in_words

DOCUMENT: dict[str, Any] = {
    "directories": [
        {
            "name": "DF03",
            "keys": [{"name": "STK"}],
            "files": [
                {
                    "fid": 0xEF05,
                    "elements": [
                        {"name": "region", "tag": 0x61},
                        {"name": "log"},
                        {"tag": 0x4A, "elements": [{"name": "code", "tag": 0x13}]},
                    ],
                }
            ],
        },
        5,
    ],
    "changes": [{"target": "SSSE/EF06"}],
}

WORDS = [
    (
        "directories[0].files[0].elements[0].tag",
        "directory DF03, file EF05, element 61 (region): tag",
    ),
    ("directories[0].files[0].elements[1]", "directory DF03, file EF05, element log"),
    (
        "directories[0].files[0].elements[2].elements[0].examples[1]",
        "directory DF03, file EF05, element 4A, part 13 (code), example 2",
    ),
    ("directories[0].files[0].elements[7].size", "directory DF03, file EF05, element 8: size"),
    ("directories[0].keys[0].kid", "directory DF03, key STK: kid"),
    ("directories[1].name", "directory 2: name"),
    ("directories", "directories"),
    ("settings.pin_tries", "setting pin_tries"),
    ("settings.pin_tries.value", "setting pin_tries: value"),
    ("bank.pdol", "bank setting pdol"),
    ("changes[0].source", "change of SSSE/EF06: source"),
    ("additions[2].files", "addition to 3: files"),
    ("chip", "chip"),
    ("document", "document"),
]


@pytest.mark.parametrize(("place", "words"), WORDS)
def test_a_place_in_words(place: str, words: str) -> None:
    assert in_words(place, DOCUMENT) == words


@given(st.text(), st.dictionaries(st.text(), st.integers() | st.lists(st.integers())))
def test_any_place_of_any_document_has_words(place: str, document: dict[str, Any]) -> None:
    assert bool(in_words(place, document)) == bool(place)
