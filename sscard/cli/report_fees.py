"""``sscard report fees``: fees of a period, and settling them with the city."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.report_ledger import Keystore, LedgerPlace, Operator, read, written
from sscard.cli.report_output import AsJson, Csv, Html, Outputs, Xlsx

if TYPE_CHECKING:
    from sscard.issuance.reports import Period, Settlement

_DATES = ["%Y-%m-%d"]


def fees(
    ledger: LedgerPlace,
    first: Annotated[datetime, typer.Option("--from", formats=_DATES, help="First day (起).")],
    last: Annotated[
        datetime, typer.Option("--to", formats=_DATES, help="Last day, included (止).")
    ],
    settle: Annotated[
        str | None,
        typer.Option("--settle", metavar="NAME", help="Settle what is open, under this name."),
    ] = None,
    party: Annotated[str | None, typer.Option(help="One party only (单位).")] = None,
    operator: Operator = "",
    keystore: Keystore = None,
    html: Html = None,
    csv: Csv = None,
    xlsx: Xlsx = None,
    as_json: AsJson = False,
) -> None:
    """Tell the fees and subsidies of a period; settle them once (费用结算).

    Example: `sscard report fees --ledger city.sqlite --from 2026-03-01 --to 2026-03-31
    --settle 2026-03`

    Fees belong to the day on which they arose.  A settlement takes every fee of the period that is
    not settled yet, and is an event of the ledger; its name is used once.  Ends with 0, or with 2
    when nothing is left to settle.
    """
    from sscard.issuance.reports import Period
    from sscard.issuance.reports.fee_sheets import fees_document
    from sscard.issuance.reports.settlement import fee_sums
    from sscard.issuance.reports.settlement import fees as arisen

    try:
        period = Period(first.date(), last.date())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    done = _settled(ledger, keystore, operator, settle, period, party) if settle else None
    with read(ledger, keystore) as connection:
        sums = fee_sums(connection, period, party)
        document = fees_document(period, sums, arisen(connection, period, party), done)
    Outputs(html, csv, xlsx, as_json).deliver(document)


def _settled(
    ledger: str,
    keystore: Path | None,
    operator: str,
    name: str,
    period: Period,
    party: str | None,
) -> Settlement:
    from sscard.issuance.reports import settle

    with written(ledger, keystore, operator) as book:
        try:
            return settle(book, name, period, party)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--settle") from None
