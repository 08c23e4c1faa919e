"""Which file, right and command has cases, and how they came out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from sscard.conformance.case import About
from sscard.conformance.report.counting import counted, worst
from sscard.conformance.report.marks import JUDGED, WRONG
from sscard.conformance.report.page import Mark, Table, Words
from sscard.conformance.report.told import CaseTold

#: What a right is called; files of no right come last.
_RIGHTS: Mapping[str, str] = MappingProxyType(
    {"read": "读 read", "update": "写 update", "append": "追加 append", "use": "使用 use", "": "–"}
)


def coverage(cases: Iterable[CaseTold]) -> tuple[Table, ...]:
    """Files by right and command, keys by version, commands by directory; none without cases."""
    all_cases = tuple(cases)
    files = [case for case in all_cases if case.about.file]
    keys = [case for case in all_cases if case.about.key]
    commands = [case for case in all_cases if case.about.command and not case.about.file]
    return tuple(each for each in (_files(files), _keys(keys), _commands(commands)) if each.rows)


def _files(cases: list[CaseTold]) -> Table:
    return _matrix(
        Words("文件×权限×命令", "Files by right and command"),
        Words("文件", "file"),
        cases,
        lambda about: f"{about.directory} / {about.file:04X}",
        lambda about: Words(_RIGHTS.get(about.right, about.right), about.command),
    )


def _keys(cases: list[CaseTold]) -> Table:
    return _matrix(
        Words("密钥×版本", "Keys by version"),
        Words("密钥", "key"),
        cases,
        lambda about: about.key,
        lambda about: Words(f"v{about.version}" if about.version else "–", ""),
    )


def _commands(cases: list[CaseTold]) -> Table:
    return _matrix(
        Words("命令×目录", "Commands by directory"),
        Words("命令", "command"),
        cases,
        lambda about: about.command,
        lambda about: Words(about.directory or "–", ""),
    )


def _matrix(
    label: Words,
    corner: Words,
    cases: list[CaseTold],
    row: Callable[[About], str],
    column: Callable[[About], Words],
) -> Table:
    found: dict[tuple[str, Words], list[CaseTold]] = {}
    for case in cases:
        found.setdefault((row(case.about), column(case.about)), []).append(case)
    heads = sorted({name for name, _ in found})
    columns = sorted({name for _, name in found}, key=_place)
    rows = tuple(
        (head, *(_cell(found.get((head, each), [])) for each in columns)) for head in heads
    )
    return Table(label, (corner, *columns), rows, code=frozenset({0}))


def _place(column: Words) -> tuple[bool, int, Words]:
    """Rights first, in the order in which they are used."""
    rights = list(_RIGHTS.values())
    known = column.zh in rights
    return (not known, rights.index(column.zh) if known else 0, column)


def _cell(cases: list[CaseTold]) -> Mark | None:
    """A sign and how many: all of them, or how many of how many."""
    if not cases:
        return None
    counts = counted(cases)
    mark, total = worst(counts), len(cases)
    wrong = sum(counts[each] for each in WRONG)
    judged = sum(counts[each] for each in JUDGED)
    part = wrong or judged or total
    number = f"{part}" if part == total else f"{part}/{total}"
    return Mark(mark.kind, mark.sign, Words(number, ""))
