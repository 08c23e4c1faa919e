"""The ``sscard`` command.  It joins profiles, ledgers, plans and cards; it knows no card itself."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from sscard import __version__
from sscard.cli.bank_data import app as bank_data
from sscard.cli.batch import app as batch
from sscard.cli.ca import app as ca
from sscard.cli.card import app as card
from sscard.cli.check import check
from sscard.cli.conformance import conformance
from sscard.cli.ending import one_message
from sscard.cli.face import app as face
from sscard.cli.keys import app as keys
from sscard.cli.lists_exchanged import app as lists_exchanged
from sscard.cli.personalize import personalize
from sscard.cli.photo import app as photo
from sscard.cli.profile import app as profile
from sscard.cli.psam import app as psam
from sscard.cli.reader import app as reader
from sscard.cli.report import app as report
from sscard.cli.script import app as script
from sscard.cli.simulate import simulate
from sscard.cli.station import app as station
from sscard.cli.terminal import app as terminal
from sscard.cli.trace import app as trace
from sscard.cli.transact import transact
from sscard.cli.validate import validate

app = typer.Typer(
    name="sscard",
    help="Personalize, simulate and test Chinese social security cards (社会保障卡).",
    epilog=(
        "Exit codes: 0 done; 1 done, but not for everybody (see the report); "
        "2 usage, configuration, or a line that had to stop, with what and where; "
        "130 interrupted, nothing is lost."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sscard {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[  # its callback has done it all
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Personalize, simulate and test Chinese social security cards (社会保障卡)."""


app.command("personalize")(personalize)
app.command("check")(check)
app.command("conformance")(conformance)
app.add_typer(bank_data, name="bank-data")
app.add_typer(batch, name="batch")
app.command("simulate")(simulate)
app.command("transact")(transact)
app.command("validate")(validate)
app.add_typer(ca, name="ca")
app.add_typer(card, name="card")
app.add_typer(face, name="face")
app.add_typer(keys, name="keys")
app.add_typer(lists_exchanged, name="list")
app.add_typer(photo, name="photo")
app.add_typer(profile, name="profile")
app.add_typer(psam, name="psam")
app.add_typer(reader, name="reader")
app.add_typer(report, name="report")
app.add_typer(script, name="script")
app.add_typer(station, name="station")
app.add_typer(terminal, name="terminal")
app.add_typer(trace, name="trace")


def main() -> None:
    """Run the command line; every expected failure ends with one message and its exit code."""
    with one_message():
        app()
    sys.exit(0)
