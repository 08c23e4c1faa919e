"""``sscard batch``: what the other parties send back."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.batch_options import (
    AsJson,
    Batch,
    Keystore,
    LedgerPlace,
    Operator,
    Production,
    Topologies,
    Trusted,
)
from sscard.cli.ending import NOT_FOR_EVERYBODY

if TYPE_CHECKING:
    from sscard.issuance.batches.answers import Answered

answers = typer.Typer()
AGAIN = "此文件已导入，未作任何更改 this file was taken before: nothing is changed"

Layout = Annotated[
    str, typer.Option("--layout", help="Name of a layout, or path of a layout file (布局).")
]


@answers.command("bank-answer")
def bank_answer(
    batch: Batch,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The bank's list (银行返回).")],
    ledger: LedgerPlace,
    layout: Layout = "bank-numbers",
    last: Annotated[
        bool,
        typer.Option("--last", help="No other answer comes: whoever is not in this one goes back."),
    ] = False,
    returned: Annotated[
        Path | None,
        typer.Option(help="Write the people whom the bank does not take here (未制卡数据)."),
    ] = None,
    trusted: Trusted = None,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    topology: Topologies = None,
    as_json: AsJson = False,
) -> None:
    """Take the bank's answer: its numbers go to people by ID number (配银行卡号).

    Example: `sscard batch bank-answer B0001 answer.txt --ledger office.sqlite`

    Also for the numbers that a bank returns after its station (对应关系,
    `--layout number-correspondence`) and for decisions without numbers (`city-bank-return`).
    What is clear is taken; a record that is not (another name, a number of somebody else, a person
    of another batch) is told by its line and not used.  A list with broken lines, or of another
    batch, is refused as a whole.  The same file again changes nothing.

    Ends with 0 when everybody has a number, 1 when somebody has none, 2 when the list is refused.
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.cli.batch_reading import checked_list
    from sscard.cli.batch_say import working
    from sscard.issuance.batches.answers import take_answer
    from sscard.issuance.batches.returned import write_returned

    checked = checked_list(file, layout, trusted=tuple(trusted or ()))
    with (
        desk(Place(ledger, ledger_keystore, operator, production, tuple(topology or ()))) as at,
        working("配号 matching", checked.count, quiet=as_json),
    ):
        found = take_answer(at.orders, batch, checked, at.actor, last=last)
    if returned and not found.again:
        write_returned(returned.resolve(), found.returned)
    _tell(found, as_json=as_json)


def _tell(found: Answered, *, as_json: bool) -> None:
    from sscard.cli.batch_say import as_objects, differences, say

    document = {
        "taken": found.taken,
        "same": found.same,
        "refused": len(found.returned),
        "waiting": found.waiting,
        "differences": as_objects(found.differences),
        "again": found.again,
    }
    text = (
        f"已配号 taken: {found.taken}，已有 had it: {found.same}，"
        f"银行未通过 refused: {len(found.returned)}，待返回 waiting: {found.waiting}，"
        f"差异 differences: {len(found.differences)}"
    )
    if found.again:
        text = AGAIN
    elif not as_json:
        differences(found.differences)
    say(text, document, as_json=as_json)
    if not found.whole:
        raise typer.Exit(NOT_FOR_EVERYBODY)


class BodyKind(StrEnum):
    """What bodies come with."""

    PRINTED = "printed"
    BLANK = "blank"
    PREMADE = "premade"


@answers.command()
def bodies(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV or XLSX list of bodies (卡体清单).")
    ],
    ledger: LedgerPlace,
    lot: Annotated[str, typer.Option(help="Lot of the chips (批号).")],
    batch: Annotated[
        str | None, typer.Option(help="The batch whose faces are printed on them (批次号).")
    ] = None,
    kind: Annotated[
        BodyKind, typer.Option(help="printed 已印制, blank 空白 or premade 预制卡.")
    ] = BodyKind.PRINTED,
    generation: Annotated[str, typer.Option(help="Generation, as gen2 or gen3.")] = "gen2",
    party: Annotated[str, typer.Option(help="Who has them now (持有方).")] = "integrator",
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    as_json: AsJson = False,
) -> None:
    """Take card bodies into stock: what is read off each, and whose face it has (卡体入库).

    Example: `sscard batch bodies bodies.csv --batch B0001 --lot L26 --ledger office.sqlite`

    Columns: 卡体号 body_number, and 社保卡号 card_number for printed ones, 银行卡号 bank_number for
    pre-made ones.  Stations take only bodies that are in stock.  Ends with 0, or 2.
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.cli.batch_say import say
    from sscard.issuance.batches.bodies import Delivery, take_bodies

    delivery = Delivery(kind.value, generation, lot, party, batch)
    with desk(Place(ledger, ledger_keystore, operator, production)) as at:
        found = take_bodies(at.orders, file, delivery, at.actor)
    text = AGAIN if found.again else f"已入库 in stock: {found.bodies}"
    say(text, {"bodies": found.bodies, "again": found.again}, as_json=as_json)


@answers.command()
def received(
    batch: Batch,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The list that came (交接清单).")],
    counted: Annotated[int, typer.Option(min=0, help="Cards that were counted (实点数).")],
    ledger: LedgerPlace,
    layout: Layout = "hand-over",
    party: Annotated[str, typer.Option(help="Who handed over (移交方).")] = "integrator",
    receiver: Annotated[str, typer.Option(help="Who has them now (接收方).")] = "bank",
    trusted: Trusted = None,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    as_json: AsJson = False,
) -> None:
    """Receive cards: the list is compared with what was counted, and with the ledger (交接签收).

    Example: `sscard batch received B0001 handover.txt --counted 12 --ledger office.sqlite`

    For semi-finished cards, for spoiled ones (`--layout spoiled`) and for finished ones
    (`--layout hand-over-finished`).  Nothing is written down unless everything is the same; bodies
    of semi-finished cards are booked as received then.  Ends with 0, 1 when something differs, or
    2.
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.cli.batch_reading import checked_list
    from sscard.cli.batch_say import as_objects, differences, say
    from sscard.issuance.batches.receiving import Counted, receive

    checked = checked_list(file, layout, trusted=tuple(trusted or ()))
    with desk(Place(ledger, ledger_keystore, operator, production)) as at:
        found = receive(at.orders, batch, checked, Counted(counted, party, receiver), at.actor)
    document = {
        "listed": found.listed,
        "counted": counted,
        "differences": as_objects(found.differences),
        "again": found.again,
    }
    if not as_json:
        differences(found.differences)
    word = "已签收 received" if found.same else "不符，未签收 differs, not received"
    say(f"{word}: 清单 listed {found.listed}，实点 counted {counted}", document, as_json=as_json)
    if not found.same:
        raise typer.Exit(NOT_FOR_EVERYBODY)


@answers.command("factory-return")
def factory_return(
    batch: Batch,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The maker's list (回盘).")],
    ledger: LedgerPlace,
    layout: Layout = "return-success",
    party: Annotated[str, typer.Option(help="Who made the cards (制卡方).")] = "supplier",
    trusted: Trusted = None,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    topology: Topologies = None,
    as_json: AsJson = False,
) -> None:
    """Take return data of cards that a maker finished on machines of its own (导入回盘).

    Example: `sscard batch factory-return B0001 made.txt --ledger office.sqlite`

    Also `--layout city-factory-return` or `machine-return`.  A line of somebody who waits for no
    card, or with another card number than the office's, is told and not used.  The same file again
    changes nothing.  Ends with 0, 1 when a line is not used, or 2.
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.cli.batch_reading import checked_list
    from sscard.cli.batch_say import say
    from sscard.issuance.batches.made import take_made

    checked = checked_list(file, layout, trusted=tuple(trusted or ()))
    at_place = Place(ledger, ledger_keystore, operator, production, tuple(topology or ()))
    with desk(at_place) as at:
        found = take_made(at.orders, batch, checked, party, at.actor)
    lines = [(each.row, each.reason) for each in found.refused if each.reason is not None]
    for row, reason in lines if not as_json else ():
        typer.echo(f"line {row}: {reason.en} {reason.zh}", err=True)
    document = {
        "taken": found.taken,
        "refused": [{"line": row, "code": reason.value} for row, reason in lines],
        "again": found.again,
    }
    text = f"已制 made: {found.taken}，未采用 not used: {len(lines)}"
    say(AGAIN if found.again else text, document, as_json=as_json)
    if lines:
        raise typer.Exit(NOT_FOR_EVERYBODY)


@answers.command()
def purge(
    batch: Batch,
    ledger: LedgerPlace,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    as_json: AsJson = False,
) -> None:
    """Destroy CVV2 and tracks of a batch, once the supplier has its bodies done (销毁磁条数据).

    Example: `sscard batch purge B0001 --ledger office.sqlite`

    The event with the number of people is the proof.  Ends with 0, or 2.
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.cli.batch_say import say

    with desk(Place(ledger, ledger_keystore, operator, production)) as at:
        gone = at.orders.purge_stripe(batch, at.actor)
    say(f"已销毁 purged: {gone}", {"purged": gone}, as_json=as_json)
