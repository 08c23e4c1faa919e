"""``python -m simulator``: the same as ``sscard simulate``."""

from __future__ import annotations

import typer

from sscard.cli.ending import one_message
from sscard.cli.simulate import simulate

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown")
app.command()(simulate)

if __name__ == "__main__":
    with one_message():
        app()
