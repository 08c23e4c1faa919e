"""Which assumed fact is shown by which probe, and why the others by none."""

from __future__ import annotations

from sscard.conformance import packaged
from tables.markdown import table


def probed() -> str:
    """Places of profiles and the cases that show them."""
    rows = [(_code(each["places"]), _code(each["cases"])) for each in _entries("probed")]
    return table(("place in the profile", "cases"), rows)


def outside() -> str:
    """Places that nothing outside a card shows."""
    rows = [(_code(each["places"]), *each["reason"]) for each in _entries("outside")]
    return table(("place in the profile", "原因", "why there is no probe"), rows)


def code() -> str:
    """Assumptions of the library itself, by its files."""
    rows = [
        (_code(each["paths"]), _code(each.get("cases", ())) or each["reason"][1])
        for each in _entries("code")
    ]
    return table(("file", "cases, or why there are none"), rows)


def _entries(name: str) -> list[dict[str, list[str]]]:
    found: list[dict[str, list[str]]] = packaged.document("tables/assumed.toml").document[name]
    return found


def _code(words: list[str] | tuple[str, ...]) -> str:
    return ", ".join(f"`{word.replace('`', '')}`" for word in words)
