"""Names of columns in lists of people, and the nested values they stand for.

A plain element is a column of its name; a part of a repeated or constructed one is reached by
a path, ``degree.1.school``: element, which copy (from 1, if repeated), part (if constructed).
A composite code is a column as a whole (``medical_type``) or in parts (``medical_type.insurance``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sscard.profiles.element import Element
from sscard.profiles.model import Profile

#: No file has more records than this; a list must not make us build longer ones.
_COPIES = frozenset(map(str, range(1, 255)))


def columns(profile: Profile) -> tuple[str, ...]:
    """Every column that ``profile`` understands, in the order of the card."""
    copies = {
        element.name: file.records or 1
        for directory in profile.directories
        for file in directory.files
        for element in file.elements[:1]
    }
    return tuple(
        column
        for element in profile.elements.values()
        for column in _columns(element, max(copies.get(element.name, 1), element.repeat))
    )


def nest(row: Mapping[str, str]) -> dict[str, Any]:
    """Columns with paths as nested values; empty columns are left out.

    ``{"degree.2.school": "X"}`` gives ``{"degree": [None, {"school": "X"}]}``.  Raises
    ValueError when two columns contradict each other (``degree`` beside ``degree.1``).
    """
    tree: dict[str, Any] = {}
    for column, value in row.items():
        if value:
            _put(tree, column.split("."), value)
    return {name: _lists(branch) for name, branch in tree.items()}


def _columns(element: Element, copies: int) -> Iterator[str]:
    stems = [f"{element.name}.{i}" for i in range(1, copies + 1)] if copies > 1 else [element.name]
    for stem in stems:
        if not element.elements or element.composite:
            yield stem
        for part in element.elements:
            yield from (f"{stem}.{column}" for column in _columns(part, 1))


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
        if not isinstance(tree, dict):
            break
    if not isinstance(tree, dict) or path[-1] in tree:
        raise ValueError(f"column {'.'.join(path)} contradicts another column")
    tree[path[-1]] = value


def _lists(branch: Any) -> Any:
    if not isinstance(branch, dict):
        return branch
    filled = {step: _lists(value) for step, value in branch.items()}
    if not all(step.isascii() and step.isdigit() for step in filled):
        return filled
    if not filled.keys() <= _COPIES:
        raise ValueError(f"a column counts copies from 1 to {len(_COPIES)}")
    last = max(map(int, filled))
    return [filled.get(str(i)) for i in range(1, last + 1)]
