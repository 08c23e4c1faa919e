"""Parts of a profile for people: their names, what they say in short, and tables of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from sscard.profiles.facts import WHOLE, Stated, hexadecimal
from sscard.profiles.field_words import term, value_words

QUIET = "bright_black"
#: Narrower terminals show less beside names: the place alone has all of it, and so has --json.
_ROOM, _ROOM_FOR_SOURCES = 80, 110
_LONGEST = 60
_NAMES = ("", "name_", "label_", "title_")
#: What has a line or a column of its own and is no part of what a part says in short.
_ELSEWHERE = ("source", "mark", "note", "examples", "name", "fid", "target")
#: Columns of the tables of parts; other models get one column with all that they say.
_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Setting": ("value", "note"),
        "Key": ("kid", "type", "versions", "size"),
        "File": ("structure", "records", "size", "read", "update"),
        "Element": ("tag", "type", "size", "repeat", "codec", "codes"),
    }
)
_NARROW: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Setting": ("value",),
        "Key": ("kid", "type"),
        "File": ("read", "update"),
        "Element": ("tag", "size", "codec"),
    }
)
#: Settings that are identifiers, which people know in hexadecimal.
_IDENTIFIERS = ("_fid", "_kid")
_RIGHT = ("tag", "kid", "records", "size", "versions", "repeat")


def names_of(part: Stated) -> str:
    """The Chinese name beside the English one; nothing for a part without."""
    return "" if (pair := _name_fields(part)) is None else " ".join(part.facts[n] for n in pair)


def identity(part: Stated) -> str:
    """The last step of the place, without the table that it stands in."""
    inside = part.place if part.above == WHOLE else part.place.removeprefix(part.above)
    return inside.lstrip("./").removeprefix(f"{part.kind}.")


def shown(name: str, value: Any, part: Stated | None = None) -> str:
    """A fact for people; lists and tables as JSON, all of it."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if part is not None and type(value) is int and part.place.endswith(_IDENTIFIERS):
        return f"{value} ({value:02X})"
    return hexadecimal(name, value)


def in_short(part: Stated) -> str:
    """What it says besides names, source and mark; long values are cut."""
    told = {*_ELSEWHERE, *part.usual, *(_name_fields(part) or ())}
    facts = {
        name: shown(name, value, part) for name, value in part.facts.items() if name not in told
    }
    if tuple(facts) == ("value",):
        return facts["value"]
    return ", ".join(f"{name} {_cut(value)}" for name, value in facts.items())


def facts_table(part: Stated) -> Table:
    """Every fact on a line of its own: what it is called in both languages, and its value."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="cyan")
    table.add_column(overflow="fold")
    pair = _name_fields(part) or ()
    for name, value in part.facts.items():
        if name not in pair and name != "examples":
            words = value_words(name, value)
            table.add_row(Text(term(part.model, name)), Text(f"{shown(name, value, part)}{words}"))
    for value, content in part.facts.get("examples", ()):
        table.add_row(Text(term(part.model, "examples")), _example(value, content))
    return table


def parts_table(parts: Sequence[Stated], width: int, *, top: str) -> Table:
    """A table of parts of one model below ``top``; what is inside another one is indented."""
    model = parts[0].model
    wanted = (_COLUMNS if roomy(width) else _NARROW).get(model, ())
    columns = [name for name in wanted if any(_worth_showing(name, part) for part in parts)]
    with_names = any(_name_fields(part) for part in parts)
    with_source = width >= _ROOM_FOR_SOURCES and any("source" in part.facts for part in parts)
    table = plain_table(width)
    table.add_column("标识\nid", style="cyan", overflow="fold", ratio=share(width, 2))
    if with_names:
        table.add_column("名称\nname", overflow="fold", ratio=share(width, 3))
    for name in columns:
        justify: JustifyMethod = "right" if name in _RIGHT else "left"
        ratio = share(width, 3) if name == "value" else None
        table.add_column(_stacked(model, name), justify=justify, overflow="fold", ratio=ratio)
    if model not in _COLUMNS:
        table.add_column("内容\nwhat it says", overflow="fold", ratio=share(width, 3))
    table.add_column(_stacked(model, "mark"), no_wrap=True)
    if with_source:
        table.add_column(_stacked(model, "source"), style=QUIET, overflow="fold")
    for part in parts:
        table.add_row(
            _indented(part, top),
            *([Text(names_of(part))] if with_names else []),
            *(Text(shown(name, part.facts.get(name, ""), part)) for name in columns),
            *([] if model in _COLUMNS else [Text(in_short(part))]),
            mark(part),
            *([Text(part.facts.get("source", ""))] if with_source else []),
        )
    return table


def plain_table(width: int) -> Table:
    """A table without lines, as all of these commands print them."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.expand = not roomy(width)
    return table


def roomy(width: int) -> bool:
    """Whether a terminal has room for everything that tables can show."""
    return width >= _ROOM


def share(width: int, part: int) -> int | None:
    """What a column of words gets of a narrow terminal; in others it is as wide as its words."""
    return None if roomy(width) else part


def mark(part: Stated) -> Text:
    """The mark, yellow where nothing may rest on it."""
    return Text(part.mark or "", "yellow" if part.unconfirmed else "")


def groups(parts: Iterable[Stated], every: Iterable[Stated]) -> dict[str, list[Stated]]:
    """``parts`` by the directory they are in, or by the table that they stand in."""
    known = {part.place: part for part in every}
    found: dict[str, list[Stated]] = {}
    for part in parts:
        top = part
        while top.above not in ("", WHOLE):
            top = known[top.above]
        group = top.place if top.kind in ("directories", top.place) else top.kind
        found.setdefault(group, []).append(part)
    return found


def _name_fields(part: Stated) -> tuple[str, str] | None:
    pairs = ((f"{start}zh", f"{start}en") for start in _NAMES)
    return next((pair for pair in pairs if pair[0] in part.facts and pair[1] in part.facts), None)


def _worth_showing(name: str, part: Stated) -> bool:
    return name in part.facts and not (name == "repeat" and name in part.usual)


def _indented(part: Stated, top: str) -> Text:
    """Parts of an element stand behind it, a step to the right."""
    depth = part.above.removeprefix(top).count(".") if part.kind == "elements" else 0
    return Text("  " * depth + identity(part))


def _stacked(model: str, name: str) -> str:
    """A heading of two lines: narrow columns stay narrow."""
    return term(model, name).replace(" ", "\n", 1)


def _example(value: Any, content: str) -> Text:
    return Text.assemble(shown("", value), "  ", (_cut(content), QUIET))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
