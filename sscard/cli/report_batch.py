"""``sscard report batch``, ``failures``, ``progress``, ``card``, ``numbers``: what was made."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sscard.cli.ending import NOT_FOR_EVERYBODY
from sscard.cli.report_ledger import Keystore, LedgerPlace, now, read
from sscard.cli.report_output import AsJson, Csv, Html, Outputs, Xlsx


def batch(
    number: Annotated[str, typer.Argument(metavar="BATCH", help="Number of the batch (批次号).")],
    ledger: LedgerPlace,
    keystore: Keystore = None,
    html: Html = None,
    csv: Csv = None,
    xlsx: Xlsx = None,
    as_json: AsJson = False,
) -> None:
    """Tell everything about one batch: states, yield, lost cards, reconciliation (批次报告).

    Example: `sscard report batch 2026030201 --ledger city.sqlite --html batch.html`

    Holds no name, ID number or bank number: it can be passed on.  Ends with 0 when the books of the
    batch balance, with 1 when something does not agree, with 2 when there is no such batch.
    """
    from sscard.issuance.reports import batch_document, batch_report, render_batch

    with read(ledger, keystore) as connection:
        report = batch_report(connection, number, now())
    Outputs(html, csv, xlsx, as_json).deliver(batch_document(report), lambda: render_batch(report))
    if not report.reconciliation.balanced:
        raise typer.Exit(NOT_FOR_EVERYBODY)


def failures(
    ledger: LedgerPlace,
    number: Annotated[str | None, typer.Option("--batch", help="One batch only (批次).")] = None,
    keystore: Keystore = None,
    html: Html = None,
    csv: Csv = None,
    xlsx: Xlsx = None,
    as_json: AsJson = False,
) -> None:
    """Tell what cards were lost to, and the yield of lots, stations and readers (失败原因).

    Example: `sscard report failures --ledger city.sqlite`

    Ends with 0.
    """
    from sscard.issuance.reports.failures import failures_document

    with read(ledger, keystore) as connection:
        document = failures_document(connection, number)
    Outputs(html, csv, xlsx, as_json).deliver(document)


def progress(
    ledger: LedgerPlace,
    keystore: Keystore = None,
    html: Html = None,
    csv: Csv = None,
    xlsx: Xlsx = None,
    as_json: AsJson = False,
) -> None:
    """Tell how far each region came in each round (任务进度表).

    Example: `sscard report progress --ledger city.sqlite --html progress.html`

    Ends with 0.
    """
    from sscard.issuance.reports.progress import progress as counted
    from sscard.issuance.reports.progress import progress_document, progress_page

    with read(ledger, keystore) as connection:
        found = counted(connection)
    page = partial(progress_page, found, now().date())
    Outputs(html, csv, xlsx, as_json).deliver(progress_document(found), page)


def card(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Card number (卡号).")],
    ledger: LedgerPlace,
    keystore: Keystore = None,
    html: Html = None,
    csv: Csv = None,
    xlsx: Xlsx = None,
    as_json: AsJson = False,
) -> None:
    """Tell everything that is known about one card, and every event about it (单卡追溯).

    Example: `sscard report card T0000001X --ledger issued`

    Chip lot, COS, ATRs, stations, check values of keys, files of the profile; not the person.  Ends
    with 0, or with 2 when there is no such card.
    """
    from sscard.issuance.reports.card import card_trace
    from sscard.issuance.reports.card_sheets import card_document

    with read(ledger, keystore) as connection:
        trace = card_trace(connection, number)
    Outputs(html, csv, xlsx, as_json).deliver(card_document(trace))


def numbers(
    ledger: LedgerPlace,
    every: Annotated[
        Path | None, typer.Option("--list", help="Write each card number to this CSV file.")
    ] = None,
    keystore: Keystore = None,
    html: Html = None,
    csv: Csv = None,
    xlsx: Xlsx = None,
    as_json: AsJson = False,
) -> None:
    """Account for every number that was ever given: issued, spoiled, reserved (号码核对).

    Example: `sscard report numbers --ledger city.sqlite --list numbers.csv`

    Ends with 0 when every number is accounted for, with 1 when numbers were given that no card and
    no order has.
    """
    from sscard.durable import new_file
    from sscard.issuance.reports.numbers import EACH, all_numbers, each_number, numbers_document
    from sscard.issuance.reports.tables import stream_csv

    outputs = Outputs(html, csv, xlsx, as_json)
    with read(ledger, keystore) as connection:
        found = all_numbers(connection)
        if every:
            with new_file(every.resolve()) as stream:
                stream_csv(stream, EACH, each_number(connection))
    outputs.deliver(numbers_document(found))
    if not found.complete:
        raise typer.Exit(NOT_FOR_EVERYBODY)
