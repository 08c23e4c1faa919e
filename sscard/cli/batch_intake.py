"""``sscard batch``: people come in, are verified, and become a batch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.batch_options import (
    AsJson,
    Batch,
    Keystore,
    LayoutOption,
    LedgerPlace,
    Operator,
    Production,
    Topologies,
    Trusted,
)
from sscard.cli.ending import NOT_FOR_EVERYBODY
from sscard.cli.photo_options import Photos, Rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sscard.issuance.batches.entering import Taken
    from sscard.issuance.batches.fields import Values
    from sscard.issuance.batches.intake import Incoming

intake = typer.Typer()

RoundName = Annotated[str, typer.Option("--round", help="The round (轮次).")]
UnitCode = Annotated[str | None, typer.Option("--unit", help="Code of the unit (单位编号).")]
FlowName = Annotated[
    str,
    typer.Option(
        "--flow",
        help="How these cards are made (流程): bank-first, bank-after, single, replacement, "
        "instant, group, individual.",
    ),
]


@intake.command()
def enter(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The list of people (申领名单).")],
    ledger: LedgerPlace,
    round_name: RoundName,
    region: Annotated[str, typer.Option(help="The region (地区).")],
    unit: UnitCode = None,
    flow: FlowName = "bank-first",
    profile: Annotated[str, typer.Option(help="Profile name, or path of a file.")] = "gen2",
    layout: LayoutOption = None,
    receiver: Annotated[
        Path | None,
        typer.Option(help="The office's certificate in PEM: the list is enciphered (证书)."),
    ] = None,
    receiver_key: Annotated[
        Path | None, typer.Option(help="Its private key in PEM (私钥).")
    ] = None,
    trusted: Trusted = None,
    photos: Photos = None,
    photo_rules: Rules = None,
    returned: Annotated[
        Path | None,
        typer.Option(help="Write the records that go back here (未制卡数据)."),
    ] = None,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    topology: Topologies = None,
    as_json: AsJson = False,
) -> None:
    """Take a list of people: an office's CSV or XLSX, or a list in a layout (采集).

    Example: `sscard batch enter people.csv --round 2026-1 --region 测试市 --unit U001
    --returned returned.txt --ledger office.sqlite`

    A unit's own file (集体申领) has `--layout unit-application`, and, enciphered, `--receiver` with
    `--receiver-key`.  The list is judged as a whole before anything is written; records that cannot
    be taken go back with their reasons.  The same file again changes nothing.

    Ends with 0 when everybody was taken, 1 when some go back, 2 when the list is refused.
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.cli.batch_reading import Envelope, people_of
    from sscard.cli.batch_say import working
    from sscard.cli.lists import Folders
    from sscard.issuance.batches.entering import enter as taken_in
    from sscard.issuance.orders import Intake
    from sscard.issuance.orders.lists import ListNote

    found, register = people_of(
        file,
        layout,
        Envelope.of(receiver, receiver_key),
        tuple(trusted or ()),
        profile,
        Folders(photos, rules=photo_rules),
    )
    note = ListNote(
        direction="in",
        layout=found.layout,
        kind="applicants",
        sha256=found.sha256,
        records=len(found.table.rows),
        party=unit or region,
    )
    into = Intake(round_name, flow, region, unit)
    with (
        desk(Place(ledger, ledger_keystore, operator, production, tuple(topology or ()))) as at,
        working("采集 entering", len(found.table.rows), quiet=as_json),
    ):
        taken = taken_in(at.orders, register, into, note, at.actor)
    _write_returned(returned, taken, found)
    _tell_taken(taken, as_json=as_json)


def _write_returned(path: Path | None, taken: Taken, found: Incoming) -> None:
    if path is None or taken.again:
        return
    from sscard.issuance.batches.entering import named
    from sscard.issuance.batches.returned import write_returned

    write_returned(path.resolve(), named(taken.returned, found.table))


def _tell_taken(taken: Taken, *, as_json: bool) -> None:
    from sscard.cli.batch_say import say

    people = len({each["row"] for each in taken.returned})
    document = {
        "entered": len(taken.orders),
        "returned": people,
        "reasons": _counted(taken.returned),
        "again": taken.again,
    }
    if taken.again:
        text = "此文件已导入，未作任何更改 this file was taken before: nothing is changed"
    else:
        lines = (f"  {code}: {count}" for code, count in _counted(taken.returned).items())
        text = "\n".join((f"已采集 entered: {len(taken.orders)}，退回 returned: {people}", *lines))
    say(text, document, as_json=as_json)
    if people:
        raise typer.Exit(NOT_FOR_EVERYBODY)


def _counted(returned: Sequence[Values]) -> dict[str, int]:
    from collections import Counter

    return dict(Counter(each["reason"] for each in returned).most_common())


@intake.command()
def verify(
    ledger: LedgerPlace,
    round_name: RoundName,
    unit: UnitCode = None,
    findings: Annotated[
        Path | None,
        typer.Option(
            help="CSV list of what the office found: 证件号码 id_number and 原因代码 reason."
        ),
    ] = None,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    as_json: AsJson = False,
) -> None:
    """Verify what is collected: everybody of the unit, but those with a finding (核验).

    Example: `sscard batch verify --round 2026-1 --unit U001 --ledger office.sqlite`

    The round's rules (age, insurance, photo) are asked for each; who fails goes back.  Ends with 0,
    1 when some go back, or 2.
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.cli.batch_say import say
    from sscard.issuance.batches.verifying import findings_of, waiting_to_be_verified

    with desk(Place(ledger, ledger_keystore, operator, production)) as at:
        ids = waiting_to_be_verified(at.orders, round_name, unit)
        told = findings_of(at.orders, findings, ids) if findings else {}
        outcomes = at.orders.verify(ids, at.actor, findings=told)
    back = [each for each in outcomes if each.reason is not None]
    text = f"已核验 verified: {len(outcomes) - len(back)}，退回 returned: {len(back)}"
    document = {"verified": len(outcomes) - len(back), "returned": len(back)}
    say(text, document, as_json=as_json)
    if back:
        raise typer.Exit(NOT_FOR_EVERYBODY)


@intake.command()
def make(
    ledger: LedgerPlace,
    round_name: RoundName,
    unit: Annotated[str, typer.Option(help="Code of the unit (单位编号).")],
    bank: Annotated[str, typer.Option(help="The bank (银行).")],
    number: Annotated[
        str | None,
        typer.Option(help="Number of the batch, which the office gives (批次号)."),
    ] = None,
    flow: FlowName = "bank-first",
    profile: Annotated[str, typer.Option(help="Profile name, or path of a file.")] = "gen2",
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    topology: Topologies = None,
    as_json: AsJson = False,
) -> None:
    """Make one unit's batch: everybody who is verified, in their order (组批).

    Example: `sscard batch make --round 2026-1 --unit U001 --bank 测试银行 --number B0001
    --ledger office.sqlite`

    With TEST keys a batch without --number gets a test number.  Ends with 0, or 2.
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.cli.batch_say import say
    from sscard.cli.declared import Signed, declared
    from sscard.issuance.orders import BatchWish, MadeAfter

    made = declared(profile, Signed())
    after = MadeAfter(made.profile.name, made.sha256, made.layers)
    wish = BatchWish(unit, round_name, flow, bank, after, number)
    with desk(Place(ledger, ledger_keystore, operator, production, tuple(topology or ()))) as at:
        batch = at.orders.make_batch(wish, at.actor)
        people = at.orders.batch(batch).expected
    text = f"已组批 batch {batch}: {people} 人 people"
    say(text, {"batch": batch, "people": people}, as_json=as_json)


@intake.command("card-numbers")
def card_numbers(
    batch: Batch,
    ledger: LedgerPlace,
    file: Annotated[
        Path,
        typer.Option("--from", help="CSV or XLSX: 证件号码 id_number and 卡号 card_number."),
    ],
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    as_json: AsJson = False,
) -> None:
    """Give the people of a batch their card numbers, which the office issues (配社保卡号).

    Example: `sscard batch card-numbers B0001 --from numbers.csv --ledger office.sqlite`

    With TEST keys `make` has made up numbers already for whoever had none.  Ends with 0, 1 when
    somebody is still without one, or 2.
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.cli.batch_say import say
    from sscard.issuance.batches.verifying import numbers_of

    with desk(Place(ledger, ledger_keystore, operator, production)) as at:
        at.orders.give_card_numbers(numbers_of(at.orders, batch, file), at.actor)
        without = len(at.orders.waiting_for_number(batch))
    say(f"缺卡号 without a card number: {without}", {"without": without}, as_json=as_json)
    if without:
        raise typer.Exit(NOT_FOR_EVERYBODY)
