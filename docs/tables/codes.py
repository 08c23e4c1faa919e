"""The code tables of the cards, each with the elements that it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.profiles import Element, load_profile
from sscard.profiles.codes import CodeTable
from sscard.profiles.loader import code_tables
from tables.markdown import table

_PROFILE = "gen2"
_RANGE = "every code between; no other names are public"


def code_table_sections() -> str:
    """A section for each table, in the order of the card."""
    used: dict[str, list[str]] = {}
    for place, element in _coded():
        used.setdefault(element.codes.name if element.codes else "", []).append(place)
    sections = (_section(code_tables()[name], places) for name, places in used.items())
    return "\n".join(sections)


def _coded() -> Iterator[tuple[str, Element]]:
    for directory in load_profile(_PROFILE).directories:
        for file in directory.files:
            for element in file.elements:
                place = f"{directory.name}/{file.fid:04X}"
                tag = "" if element.tag is None else f" tag {element.tag:02X}"
                for each in (element, *element.elements):
                    name = each.name if each is element else f"{element.name}.{each.name}"
                    if each.codes is not None:
                        yield f"`{name}` ({place}{tag})", each


def _section(codes: CodeTable, places: list[str]) -> str:
    rows = [
        *((f"`{code}`", found.zh, found.en) for code, found in codes.codes.items()),
        *((f"`{code}`", "", "meaning not public") for code in codes.unnamed),
        *((f"`{each.first}` to `{each.last}`", "", _RANGE) for each in codes.ranges),
    ]
    head = f"### {codes.zh} {codes.en}\n\nElements: {', '.join(places)}.\n"
    meanings = ""
    if codes.meanings_source:
        meanings = f"; of the meanings: {codes.meanings_source} [{codes.meanings_mark}]"
    origin = f"Source: {codes.source} [{codes.mark}]{meanings}; file `{codes.name}.toml`.\n"
    return f"{head}{origin}\n{table(('code', '中文', 'English'), rows)}"
