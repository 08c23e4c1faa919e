"""A profile for people (tables) and for programs (a document): all, one place, what is assumed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sscard.cli.profile_parts import (
    QUIET,
    facts_table,
    groups,
    identity,
    in_short,
    mark,
    names_of,
    parts_table,
    plain_table,
    roomy,
    share,
)
from sscard.errors import ProfileError
from sscard.profiles.facts import (
    WHOLE,
    Stated,
    at_place,
    counted,
    resting_on_assumption,
    stated,
)
from sscard.profiles.field_words import kind_term
from sscard.profiles.model import Directory, Profile

_SUGGESTED = 3


def found_at(profile: Profile, place: str) -> tuple[Stated, ...]:
    """The part at ``place`` and what is in it.  Raises ProfileError that says what there is."""
    parts = stated(profile)
    found = at_place(parts, place)
    if not found:
        known = [part.place for part in parts]
        close = get_close_matches(place, known, _SUGGESTED) or [
            part.place for part in parts if part.kind == "directories"
        ]
        raise ProfileError(f"{profile.name} has no {place!r}; there are: {', '.join(close)} …")
    return found


def document(parts: Sequence[Stated]) -> list[dict[str, Any]]:
    """Each part with its place and all of its facts."""
    return [
        {
            "place": part.place,
            "table": part.kind,
            "unconfirmed": part.unconfirmed,
            "facts": dict(part.facts),
        }
        for part in parts
    ]


def assumed_document(profile: Profile) -> dict[str, Any]:
    """What rests on assumption, counted by mark."""
    resting = resting_on_assumption(stated(profile))
    return {
        "profile": profile.name,
        "count": len(resting),
        "by_mark": dict(Counter(part.mark for part in resting)),
        "places": document(resting),
    }


def overview(profile: Profile, width: int) -> RenderableType:
    """What the card is, its directories and files, and how many facts are unconfirmed."""
    parts = stated(profile)
    resting = len(resting_on_assumption(parts))
    return Group(
        _heading(parts[0]),
        facts_table(parts[0]),
        Text(),
        _directories(profile, {part.place: part for part in parts}, width),
        Text(),
        Text(", ".join(f"{kind_term(kind)} {count}" for kind, count in counted(parts).items())),
        Text(f"依据未确认 unconfirmed: {resting}", "yellow" if resting else ""),
    )


def detail(parts: Sequence[Stated], place: str, width: int) -> RenderableType:
    """One part with all that it says and everything in it; or the entries of a table."""
    inside = [part for part in parts if part.place != place]
    own = parts[0] if len(inside) < len(parts) else None
    kinds = dict.fromkeys(part.kind for part in inside)
    if own is not None and own.kind in ("directories", WHOLE):
        kinds.pop("elements", None)  # of its files, each of which can be asked for
    tables = [_table(kind, inside, width, place) for kind in kinds]
    head: list[RenderableType] = [] if own is None else [_heading(own), facts_table(own)]
    return Group(*head, *(line for table in tables for line in table))


def assumed(profile: Profile, width: int) -> RenderableType:
    """Everything that no real card may rest on, by directory, and how much of which mark."""
    parts = stated(profile)
    resting = resting_on_assumption(parts)
    lines = [
        line
        for group, found in groups(resting, parts).items()
        for line in (_group_heading(group, found), _assumed(group, found, width), Text())
    ]
    marks = Counter(part.mark for part in resting)
    by_mark = ", ".join(f"{name} {count}" for name, count in marks.most_common())
    total = f"合计 total: {len(resting)} / {len(parts)}" + (f"  ({by_mark})" if by_mark else "")
    return Group(*lines, Text(total, "bold"))


def _heading(part: Stated) -> Text:
    name = part.facts.get("name", part.place) if part.place == WHOLE else part.place
    return Text.assemble((name, "bold cyan"), "  ", (names_of(part), "bold"))


def _group_heading(group: str, found: Sequence[Stated]) -> Text:
    return Text.assemble((kind_term(group), "bold cyan"), (f"  {len(found)}", QUIET))


def _table(kind: str, inside: Sequence[Stated], width: int, top: str) -> Iterator[RenderableType]:
    yield Text()
    found = [part for part in inside if part.kind == kind]
    yield _group_heading(kind, found)
    yield parts_table(found, width, top=top)


def _assumed(group: str, found: Sequence[Stated], width: int) -> Table:
    notes = roomy(width) and any("note" in part.facts for part in found)
    table = plain_table(width)
    table.add_column("位置\nplace", style="cyan", overflow="fold", ratio=share(width, 3))
    table.add_column("内容\nwhat it says", overflow="fold", ratio=share(width, 4))
    table.add_column("标记\nmark", no_wrap=True)
    table.add_column("出处\nsource", style=QUIET, overflow="fold", ratio=share(width, 3))
    if notes:
        table.add_column("说明\nnote", overflow="fold")
    for part in found:
        said = ": ".join(filter(None, (names_of(part), in_short(part))))
        note = [Text(part.facts.get("note", ""))] if notes else []
        place = Text(identity(part) if part.kind == group else part.place)
        table.add_row(place, Text(said), mark(part), Text(part.facts["source"]), *note)
    return table


def _directories(profile: Profile, parts: dict[str, Stated], width: int) -> Table:
    table = plain_table(width)
    table.add_column("位置\nplace", style="cyan", no_wrap=True)
    table.add_column("名称\nname", overflow="fold", ratio=share(width, 1))
    if roomy(width):
        table.add_column("结构\nstructure", no_wrap=True)
        table.add_column("字节\nbytes", justify="right", no_wrap=True)
    table.add_column("读权限\nread", overflow="fold")
    table.add_column("改权限\nupdate", overflow="fold")
    table.add_column("标记\nmark", no_wrap=True)
    for directory in profile.directories:
        part = parts[directory.name]
        layout = [directory.kind, ""] if roomy(width) else []
        head = Text(part.place, "bold cyan"), Text(names_of(part), "bold")
        table.add_row(*head, *layout, "", "", mark(part))
        for row in _files(directory, parts, width):
            table.add_row(*row)
    return table


def _files(directory: Directory, parts: dict[str, Stated], width: int) -> Iterator[Sequence[Text]]:
    for file in directory.files:
        part = parts[f"{directory.name}/{file.fid:04X}"]
        layout = [file.structure, f"{file.length:,}"] if roomy(width) else []
        rights = (part.facts[name] for name in ("read", "update"))
        cells = (f"  {file.fid:04X}", names_of(part), *layout, *rights)
        yield (*map(Text, cells), mark(part))
