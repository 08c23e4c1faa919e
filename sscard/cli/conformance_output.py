"""Where the results of ``sscard conformance`` go: the terminal, a page, JUnit XML, JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from sscard.cli.conformance_show import show
from sscard.conformance.report.document import document
from sscard.conformance.report.html import render
from sscard.conformance.report.junit import junit
from sscard.conformance.report.told import RunTold
from sscard.durable import replace_file

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Outputs:
    """The forms that were asked for; the table is printed unless JSON goes there."""

    html: Path | None = None
    junit: Path | None = None
    json: str | None = None

    def deliver(self, run: RunTold) -> None:
        """Write and print the results.  Raises OSError."""
        if self.html:
            _write(self.html, render(run).encode())
        if self.junit:
            _write(self.junit, junit(run))
        if self.json:
            write_json(self.json, document(run))
        if self.json != STDOUT:
            show(run)


def write_json(where: str, said: Any) -> None:
    """JSON to a file, or to the terminal for ``-``.  Raises OSError."""
    text = json.dumps(said, ensure_ascii=False)
    if where == STDOUT:
        typer.echo(text)
    else:
        _write(Path(where), f"{text}\n".encode())


def _write(path: Path, content: bytes) -> None:
    replace_file(path.resolve(), content)
    typer.echo(f"已写 wrote {path}", err=True)
