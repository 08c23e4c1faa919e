"""What differs between two profiles, for people (by directory) and for programs (a document)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from sscard.cli.profile_parts import QUIET, groups, in_short, names_of, shown
from sscard.profiles.difference import Difference, Fact
from sscard.profiles.facts import PROVENANCE, Stated
from sscard.profiles.field_words import kind_term, term

_SIGNS = {
    "added": ("+", "增加", "green"),
    "removed": ("-", "去除", "red"),
    "changed": ("~", "变更", "yellow"),
}
_INDENT = (0, 0, 0, 4)


def document(names: tuple[str, str], found: Sequence[Difference]) -> dict[str, Any]:
    """Every difference with every fact, before and after; null where nothing is said."""
    return {
        "before": names[0],
        "after": names[1],
        "equal": not found,
        "differences": [
            {
                "how": each.how,
                "place": each.part.place,
                "table": each.part.kind,
                "provenance_only": each.provenance_only,
                "facts": {f.name: {"before": f.before, "after": f.after} for f in each.facts},
            }
            for each in found
        ],
    }


def shown_differences(
    names: tuple[str, str], found: Sequence[Difference], every: Sequence[Stated]
) -> RenderableType:
    """By directory; ``every`` has the parts of both profiles.  What lies in a part that only one
    profile has is counted there.
    """
    title = Text.assemble((names[0], "bold red"), " → ", (names[1], "bold green"))
    if not found:
        return Group(title, Text("没有差别 no difference"))
    by_part = {each.part.place: each for each in found}
    lines: list[RenderableType] = [title]
    for group, parts in groups([each.part for each in found], every).items():
        lines += [Text(), Text(kind_term(group), "bold cyan")]
        for part in parts:
            lines += _lines(by_part[part.place], by_part)
    counts: Counter[str] = Counter(each.how for each in found)
    totals = (f"{_SIGNS[how][1]} {how} {counts[how]}" for how in _SIGNS if counts[how])
    only = sum(each.provenance_only for each in found)
    quiet = f"  (仅出处、标记或说明 only source, mark or note: {only})" if only else ""
    return Group(*lines, Text(), Text.assemble((", ".join(totals), "bold"), (quiet, QUIET)))


def _lines(each: Difference, every: dict[str, Difference]) -> Iterator[RenderableType]:
    above = every.get(each.part.above)
    if each.how != "changed":
        if above is None or above.how == "changed":  # else counted with what holds it
            yield _whole(each, every)
        return
    yield _title(each)
    told = [fact for fact in each.facts if each.provenance_only or fact.name not in PROVENANCE]
    for fact in told:
        yield Padding(_fact(each.part, fact), _INDENT)
    marks = next((fact for fact in each.facts if fact.name == "mark"), None)
    if marks is not None and marks not in told:
        yield Padding(_fact(each.part, marks), _INDENT)


def _title(each: Difference, *more: str) -> Text:
    sign, _, colour = _SIGNS[each.how]
    style = QUIET if each.provenance_only else colour
    names = names_of(each.part) if each.part.above else ""
    quiet = ((f"  {said}", QUIET) for said in more if said)
    title = (f"{sign} {each.part.place}", style)
    return Text.assemble(title, f"  {names}" if names else "", *quiet)


def _whole(each: Difference, every: dict[str, Difference]) -> Text:
    inside = Counter(kind_term(part.kind) for part in _inside(each.part, every))
    counts = ", ".join(f"{kind} {count}" for kind, count in inside.items())
    return _title(each, in_short(each.part), f"[{each.part.mark}]", counts)


def _inside(part: Stated, every: dict[str, Difference]) -> Iterator[Stated]:
    for each in every.values():
        if each.part.above == part.place and each.part.place != part.place:
            yield each.part
            yield from _inside(each.part, every)


def _fact(part: Stated, fact: Fact) -> Text:
    before, after = (_value(part, fact.name, value) for value in (fact.before, fact.after))
    name = term(part.model, fact.name)
    order = "(顺序 order)" if fact.name in part.order else ""
    return Text.assemble((f"{name}{order}: ", QUIET), (before, "red"), " → ", (after, "green"))


def _value(part: Stated, name: str, value: Any) -> str:
    return "—" if value is None else shown(name, value, part)
