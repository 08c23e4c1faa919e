"""``sscard report``: what a ledger says about batches, cards, numbers, stock and fees."""

from __future__ import annotations

import typer

from sscard.cli.report_batch import batch, card, failures, numbers, progress
from sscard.cli.report_fees import fees
from sscard.cli.report_stock import book, stock
from sscard.cli.report_verify import verify_ledger

app = typer.Typer(help="Reports on a ledger (台账报告).", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Reports on a ledger (台账报告): batches, yield, stock, fees, one card."""


for _command in (batch, failures, card, numbers, progress, stock, book, fees):
    app.command()(_command)
app.command()(verify_ledger)
