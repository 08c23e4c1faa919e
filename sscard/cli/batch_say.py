"""What commands on batches say: a line or a table for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from sscard.issuance.batches.matching import Told
    from sscard.issuance.batches.receiving import Differs

    Difference = Told | Differs

#: Differences that are printed; programs get all of them.
_SHOWN = 20
#: Lists shorter than this are done before a bar is seen.
_LONG = 2000


def say(text: str, document: Any, *, as_json: bool) -> None:
    """One or the other."""
    if as_json:
        import json

        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    typer.echo(text)


def table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on the terminal."""
    from rich.table import Table

    from sscard.cli.console import stdout

    shown = Table(*heading)
    for row in rows:
        shown.add_row(*(str(each) for each in row))
    stdout().print(shown)


def differences(told: Sequence[Difference]) -> None:
    """What does not fit, on stderr; of a long list the beginning."""
    for each in told[:_SHOWN]:
        typer.echo(str(each), err=True)
    if len(told) > _SHOWN:
        more = len(told) - _SHOWN
        typer.echo(f"另有 {more} 处，见 and {more} more: --json", err=True)


def as_objects(told: Iterable[Difference]) -> list[Mapping[str, Any]]:
    """Differences for programs."""
    return [
        {
            "line": each.line,
            "order": each.order,
            "code": each.difference.value,
            "zh": each.difference.zh,
            "en": each.difference.en,
        }
        for each in told
    ]


@contextmanager
def working(what: str, count: int, *, quiet: bool) -> Iterator[None]:
    """A moving sign on a terminal while the ledger works on a long list."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or count < _LONG or not console.is_terminal:
        yield
        return
    with console.status(f"{what} ({count})"):
        yield
