"""``sscard batch round`` and ``unit``: what is there before the first list comes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sscard.cli.batch_options import AsJson, Keystore, LedgerPlace, Operator, Production

rounds = typer.Typer(help="Rounds of a region's issue (轮次).", no_args_is_help=True)
units = typer.Typer(help="Units: employers, schools, villages (单位).", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="ROUND", help="Name of the round (轮次).")]


@rounds.command("open")
def open_round(
    name: Name,
    ledger: LedgerPlace,
    region: Annotated[str, typer.Option(help="The region (地区).")],
    expected: Annotated[int, typer.Option(min=0, help="People expected (应制卡数).")] = 0,
    age_limit: Annotated[
        int | None, typer.Option(help="Who is older gets no card in this round (年龄限制).")
    ] = None,
    insurance: Annotated[
        list[str] | None,
        typer.Option(help="Insurance status that may have a card (参保状态); repeatable."),
    ] = None,
    photo: Annotated[bool, typer.Option("--photo", help="Nobody without a photo.")] = False,
    general_test: Annotated[
        str | None, typer.Option(help="Certificate of the sample's general test (通用测试).")
    ] = None,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
) -> None:
    """Open a round (开轮次).

    Example: `sscard batch round open 2026-1 --region 测试市 --expected 656 --ledger office.sqlite`

    No batch is made in a round before its sample has passed the general test.  Ends with 0, or 2.
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.issuance.orders.rows import Round
    from sscard.issuance.orders.rules import Eligibility

    rules = Eligibility(insurance=tuple(insurance or ()), photo=photo)
    opened = Round(name, region, expected, age_limit, rules, general_test)
    with desk(Place(ledger, ledger_keystore, operator, production)) as at:
        at.orders.open_round(opened, at.actor)
    typer.echo(f"已开轮次 opened: {name}")


@rounds.command("test")
def pass_test(
    name: Name,
    certificate: Annotated[str, typer.Argument(help="Number of the certificate (合格证书).")],
    ledger: LedgerPlace,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
) -> None:
    """Say that the sample passed the general test (通用测试合格).

    Example: `sscard batch round test 2026-1 LD-2026-0012 --ledger office.sqlite`
    """
    from sscard.cli.batch_desk import Place, desk

    with desk(Place(ledger, ledger_keystore, operator, production)) as at:
        at.orders.pass_general_test(name, certificate, at.actor)
    typer.echo(f"通用测试合格 general test passed: {name}")


@rounds.command("close")
def close_round(
    name: Name,
    ledger: LedgerPlace,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
) -> None:
    """End a round: nobody is entered any more (结束轮次).

    Example: `sscard batch round close 2026-1 --ledger office.sqlite`
    """
    from sscard.cli.batch_desk import Place, desk

    with desk(Place(ledger, ledger_keystore, operator, production)) as at:
        at.orders.close_round(name, at.actor)
    typer.echo(f"已结束 closed: {name}")


@units.command("import")
def import_units(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or XLSX list (单位名单).")],
    ledger: LedgerPlace,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    as_json: AsJson = False,
) -> None:
    """Take a list of units: code, name, kind, town, centre, address (导入单位).

    Example: `sscard batch unit import units.csv --ledger office.sqlite`

    The heading is 单位编号, 单位名称, 类别, 乡镇街道, 经办中心, 地址, or the English names; three
    are needed.  Units that are there already are left as they are.  Ends with 0, or 2.
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.cli.batch_say import say
    from sscard.issuance.batches.units import read_units

    found = read_units(file)
    with desk(Place(ledger, ledger_keystore, operator, production)) as at:
        new = at.orders.add_units(found, at.actor)
    text = f"单位 units: {len(found)}，新增 new: {new}"
    say(text, {"units": len(found), "new": new}, as_json=as_json)
