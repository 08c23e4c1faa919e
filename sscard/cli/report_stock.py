"""``sscard report stock`` and ``book``: what each party has, and what was moved or counted."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from sscard.cli.report_ledger import Keystore, LedgerPlace, Operator, read, written
from sscard.cli.report_output import AsJson, Csv, Html, Outputs, Xlsx


class What(StrEnum):
    """What happened to the pieces."""

    RECEIVED = "received"
    ISSUED = "issued"
    HANDED_OVER = "handed-over"
    REJECTED = "rejected"
    TEST = "test"
    SPOILED = "spoiled"
    DESTROYED = "destroyed"
    COUNTED = "counted"


def stock(
    ledger: LedgerPlace,
    party: Annotated[str | None, typer.Option(help="One party only (单位).")] = None,
    keystore: Keystore = None,
    html: Html = None,
    csv: Csv = None,
    xlsx: Xlsx = None,
    as_json: AsJson = False,
) -> None:
    """Tell what each party has of each lot of bodies and chips, and every movement (库存).

    Example: `sscard report stock --ledger city.sqlite --party integrator`

    Ends with 0.
    """
    from sscard.issuance.reports import movements
    from sscard.issuance.reports.stock import holdings
    from sscard.issuance.reports.stock_sheets import stock_document

    with read(ledger, keystore) as connection:
        which = movements.of_party(party)
        held = holdings(movements.summed(connection, which))
        document = stock_document(held, movements.movements(connection, which))
    Outputs(html, csv, xlsx, as_json).deliver(document)


def book(
    what: Annotated[What, typer.Argument(help="What happened (出入).")],
    quantity: Annotated[int, typer.Argument(min=0, help="How many (数量).")],
    ledger: LedgerPlace,
    party: Annotated[str, typer.Option(help="Who books this (单位).")],
    item: Annotated[str, typer.Option(help="`body`, `chip` or another word (物品).")] = "body",
    lot: Annotated[str, typer.Option(help="Lot of the pieces (批号).")] = "",
    other: Annotated[
        str, typer.Option("--other", help="The other party of received and handed-over (对方).")
    ] = "",
    number: Annotated[str | None, typer.Option("--batch", help="For this batch (批次).")] = None,
    signed_by: Annotated[
        str, typer.Option(help="Who signed (签字); of destroyed pieces two people: a,b.")
    ] = "",
    note: Annotated[str, typer.Option(help="Facts about the pieces, not about people.")] = "",
    take_back: Annotated[
        bool, typer.Option("--take-back", help="Take a wrong movement back (冲销); needs --note.")
    ] = False,
    operator: Operator = "",
    keystore: Keystore = None,
) -> None:
    """Book a movement of stock, or what was counted (登记出入库、盘点).

    Example: `sscard report book received 510 --party integrator --other supplier --lot L26
    --batch 2026030201 --signed-by zhao --ledger city.sqlite`

    A count says how many are there now; a movement is added to those before it.  What was booked
    wrongly stays to be seen: book it again with `--take-back`.  Ends with 0, or with 2.
    """
    from sscard.issuance.ledger.schema.words import Movement
    from sscard.issuance.reports.booking import Entry, book_entry

    movement, sign = Movement[what.name], -1 if take_back else 1
    try:
        entry = Entry(party, item, lot, movement, sign * quantity, other, number, signed_by, note)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    with written(ledger, keystore, operator) as opened:
        key = book_entry(opened, entry)
    typer.echo(f"已登记 booked: {key} {movement.value} {what.value} {entry.quantity}")
