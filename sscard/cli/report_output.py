"""Where a report goes: tables on the terminal, JSON, an HTML page, CSV files, a workbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sscard.issuance.reports import Report, Sheet

Html = Annotated[
    Path | None, typer.Option("--html", help="Write one HTML page that needs no network (网页).")
]
Csv = Annotated[
    Path | None, typer.Option("--csv", help="Write one CSV file for each table to this folder.")
]
Xlsx = Annotated[
    Path | None,
    typer.Option("--xlsx", help="Write a workbook, one sheet a table; needs the extra `xlsx`."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

#: Rows of a table on the terminal; the other forms have all.
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Outputs:
    """The forms that were asked for; without any the tables are printed."""

    html: Path | None = None
    csv: Path | None = None
    xlsx: Path | None = None
    as_json: bool = False

    def deliver(self, document: Report, page: Callable[[], str] | None = None) -> None:
        """Write and print the report; ``page`` makes its HTML where it is not tables only.

        Raises OSError, ProfileError.
        """
        from sscard.issuance.reports import as_json, render_tables, write_csv, write_page

        if self.html:
            text = page() if page else render_tables(document)
            write_page(self.html.resolve(), text)
            _tell(self.html)
        if self.csv:
            write_csv(self.csv.resolve(), document)
            _tell(self.csv)
        if self.xlsx:
            _write_workbook(self.xlsx, document)
            _tell(self.xlsx)
        if self.as_json:
            import json

            typer.echo(json.dumps(as_json(document), ensure_ascii=False, indent=2))
        elif not (self.html or self.csv or self.xlsx):
            print_report(document)


def print_report(document: Report) -> None:
    """Facts and tables on the terminal; of long tables the beginning."""
    from sscard.issuance.reports.cells import shown

    typer.secho(f"{document.zh} {document.en}", bold=True)
    for fact in document.facts:
        if fact.cell is not None:
            column = fact.column
            typer.echo(f"{column.zh} {column.en}: {shown(column, fact.value)}")
    for sheet in document.sheets:
        if sheet.rows:
            _print(sheet)


def _print(sheet: Sheet) -> None:
    from rich.table import Table
    from rich.text import Text

    from sscard.cli.console import stdout
    from sscard.issuance.reports.cells import shown

    table = Table(title=f"{sheet.zh} {sheet.en}", title_justify="left", caption_justify="left")
    for column in sheet.columns:
        name = f"{column.zh} {column.en}"
        table.add_column(name, justify="right" if column.numeric else "left")
    for number, row in enumerate(sheet.values()):
        if number == _SHOWN:
            more = len(sheet.rows) - _SHOWN
            table.caption = f"另有 {more} 行 and {more} more: --json, --html, --csv, --xlsx"
            break
        table.add_row(*(Text(shown(c, v)) for c, v in zip(sheet.columns, row, strict=True)))
    stdout().print(table)


def _write_workbook(path: Path, document: Report) -> None:
    from sscard.durable import new_file
    from sscard.issuance.reports import write_xlsx

    with new_file(path.resolve()) as stream:
        write_xlsx(stream, document)


def _tell(path: Path) -> None:
    typer.echo(f"已写 wrote {path}", err=True)
