"""``sscard batch``: the office's path, from the list that comes to the card that is collected."""

from __future__ import annotations

import typer

from sscard.cli.batch_answers import answers
from sscard.cli.batch_intake import intake
from sscard.cli.batch_lists import lists
from sscard.cli.batch_people import people
from sscard.cli.batch_rounds import rounds, units
from sscard.cli.batch_show import shown

app = typer.Typer(
    help="Batches: lists in, lists out, cards to people (批次).", no_args_is_help=True
)


@app.callback()
def _group() -> None:
    """Batches: lists in, lists out, cards to people (批次).

    The order of a batch: `round open`, `unit import`, `enter`, `verify`, `make`, `bank-request`,
    `bank-answer`, `card-list`, `print-file`, `stripe-file`; then the stations make the cards;
    `hand-over`, `received`, `account-opening`, `return-data`, `deliver`, `labels`, `receipts`;
    `collect`, `activate`, `close`.

    All of them need `--ledger`; the environment may say it: SSCARD_LEDGER, SSCARD_LEDGER_KEYSTORE,
    SSCARD_OPERATOR.
    """


app.add_typer(rounds, name="round")
app.add_typer(units, name="unit")
for part in (intake, answers, lists, people, shown):
    app.registered_commands += part.registered_commands
