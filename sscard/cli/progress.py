"""What a person sees while a long run goes on: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from sscard.issuance.report_data import CardResult, Outcome

#: Without a terminal one line every so many people is enough to see that it goes on.
_EVERY = 25
#: What is said at once, not only in the report.
_TOLD = (Outcome.FAILED, Outcome.WAITING)


def followed(results: Iterable[CardResult], total: int, *, quiet: bool) -> Iterator[CardResult]:
    """The results as they come, shown on stderr.  ``total`` people; ``quiet`` shows nothing."""
    if quiet:
        yield from results
    elif sys.stderr.isatty():
        yield from _bar(results, total)
    else:
        yield from _lines(results, total)


def _bar(results: Iterable[CardResult], total: int) -> Iterator[CardResult]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """Cards per second since the start."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.speed or 0:.1f} 张/秒 cards/s")

    columns = (
        TextColumn("制卡 issuing"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TextColumn("剩余 remaining"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total)
        for result in results:
            if result.outcome in _TOLD:
                progress.console.print(
                    f"{_place(result)}: {result.detail}", style="red", markup=False
                )
            if result.outcome is not Outcome.SPOILED:
                progress.advance(task)
            yield result


def _lines(results: Iterable[CardResult], total: int) -> Iterator[CardResult]:
    done = 0
    for result in results:
        if result.outcome in _TOLD:
            sys.stderr.write(f"{_place(result)}: {result.detail}\n")
        if result.outcome is not Outcome.SPOILED:
            done += 1
            if done % _EVERY == 0 or done == total:
                sys.stderr.write(f"{done}/{total}\n")
        yield result


def _place(result: CardResult) -> str:
    zh, en = result.outcome.value
    return f"第{result.row}行 row {result.row}, {result.card_number or '–'}: {zh} {en}"
