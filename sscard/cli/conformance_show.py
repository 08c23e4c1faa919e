"""What ``sscard conformance`` prints: the list of cases, progress, and the table at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

import typer

from sscard.cli.console import stdout
from sscard.conformance.case import Case
from sscard.conformance.report.counting import by_group, verdict
from sscard.conformance.report.marks import MARKS, WRONG, by_status, said
from sscard.conformance.report.page import Mark, Words
from sscard.conformance.report.told import CaseTold, RunTold

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID
    from rich.text import Text

#: The column that only pages have room for.
_TITLE = 1
_STYLES = {"good": "green", "bad": "bold red", "warn": "yellow", "calm": "cyan", "none": "dim"}


class Followed(Protocol):
    """Who is told of each case."""

    def __call__(self, case: CaseTold, /) -> None:
        """A case is done."""
        ...


@contextmanager
def followed(total: int, done: int) -> Iterator[Followed]:
    """A bar on a terminal, a line for each group elsewhere; on stderr.  ``done`` were so before."""
    if not sys.stderr.isatty():
        lines = _Lines(total, done)
        yield lines
        lines.end()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("检测 testing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("剩余 remaining"),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield _Bar(progress, progress.add_task("", total=total, completed=done))


@dataclass(slots=True)
class _Bar:
    progress: Progress
    task: TaskID

    def __call__(self, case: CaseTold, /) -> None:
        if case.verdict in WRONG:
            self.progress.console.print(_wrong(case), style="red", markup=False)
        self.progress.update(self.task, advance=1, description=case.group)


@dataclass(slots=True)
class _Lines:
    """A group's line is written when another begins."""

    total: int
    done: int
    group: str = ""
    counts: dict[str, int] = field(default_factory=dict)

    def __call__(self, case: CaseTold, /) -> None:
        if case.group != self.group:
            self.end()
            self.group = case.group
        if case.verdict in WRONG:
            sys.stderr.write(f"{_wrong(case)}\n")
        self.done += 1

    def end(self) -> None:
        """The line of the last group."""
        if self.group:
            sys.stderr.write(f"{self.done}/{self.total} {self.group}\n")


def _wrong(case: CaseTold) -> str:
    step = next((each for each in case.steps if each.verdict is case.verdict), None)
    if step is None:
        seen = case.reason
    elif by_status(step):
        seen = f"{said(step.doing)}: {step.got} ≠ {step.expected}"
    else:
        seen = f"{said(step.doing)}: {step.why}"
    return f"{MARKS[case.verdict].sign} {case.id}: {seen}"


def show(run: RunTold) -> None:
    """The table by group and the verdict."""
    from rich.table import Table

    found = by_group(run)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, words in enumerate(found.columns):
        if number != _TITLE:
            table.add_column(
                f"{words.zh}\n{words.en}",
                justify="right" if number in found.numeric else "left",
                no_wrap=number == 0,
            )
    for row in found.rows:
        table.add_row(*map(_cell, row[:_TITLE] + row[_TITLE + 1 :]))
    mark, told = verdict(run)
    console = stdout()
    console.print(table)
    console.print(_marked(mark), str(told))


def _cell(value: object) -> Text | str:
    if isinstance(value, Mark):
        return _marked(value)
    if isinstance(value, Words):
        return str(value)
    return "" if value is None else str(value)


def _marked(mark: Mark) -> Text:
    from rich.text import Text

    return Text(f"{mark.sign} {mark.words}", _STYLES[mark.kind])


def listed(cases: Sequence[Case]) -> None:
    """The cases, by group, as they are run."""
    for name, group in groupby(cases, lambda case: case.group):
        found = tuple(group)
        typer.secho(f"{name}  {len(found)}", bold=True)
        for case in found:
            lost = f"  [{case.destructive}]" if case.destructive else ""
            left = f"  ⚠ {case.leaves}" if case.leaves else ""
            typer.echo(f"  {case.id}{lost}  {said(case.title)}{left}")
    typer.echo(f"{len(cases)} 例 cases")


def list_document(cases: Iterable[Case]) -> list[dict[str, Any]]:
    """The cases for programs."""
    return [
        {
            "id": case.id,
            "title": list(case.title),
            "group": case.group,
            "clause": case.clause,
            "mark": case.mark,
            "needs": list(case.needs),
            "destructive": case.destructive,
            "leaves": case.leaves,
        }
        for case in cases
    ]
