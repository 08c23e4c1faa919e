"""``sscard list make`` and ``sheet``: lists from tables that people fill in, and on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A field of the header, or one that is alike in all records (统一值); repeatable.",
    ),
]
Worksheet = Annotated[
    str | None, typer.Option("--worksheet", help="The sheet of a workbook with several (工作表).")
]


class Numbers(StrEnum):
    """How much of ID numbers and card numbers is printed."""

    LAST4 = "last4"
    FULL = "full"


def make(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="CSV or XLSX (表格).")],
    layout: Annotated[str, typer.Option(help="Name or file of the list's layout (布局).")],
    out: Annotated[Path, typer.Option(help="The list to write (输出文件).")],
    given: Set = None,
    worksheet: Worksheet = None,
) -> None:
    """Make a list from a table (由表格生成清单).

    Example: `sscard list make people.xlsx --layout office-list --out B0001.txt --set batch=B0001
    --set unit=验收测试学校 --set mark=新增`

    The first row names the fields, in Chinese or English as `sscard list layouts` has them, or by
    name.  Constants and counts are filled in, and a missing column of serial numbers.  Formulas,
    links and macros are refused; xlsx needs the extra `xlsx`.  Ends with 0, or with 2 when
    something is wrong with the table; nothing is written then.
    """
    from sscard.issuance.exchange import load_list_layout, make_list

    found = load_list_layout(layout)
    try:
        made = make_list(table, found, settings(given), sheet=worksheet)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--set") from None
    written = made.write(out.resolve())
    typer.echo(f"已写 wrote {out}: {written.records} 条记录 records")


def sheet(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="List, CSV or XLSX (清单或表格).")],
    kind: Annotated[str, typer.Option(help="Which sheet (单据种类); see below.")],
    out: Annotated[Path, typer.Option(help="The HTML file to write (输出文件).")],
    numbers: Annotated[
        Numbers, typer.Option(help="ID and card numbers: last 4 characters, or all (证号显示).")
    ] = Numbers.LAST4,
    given: Set = None,
    worksheet: Worksheet = None,
) -> None:
    """Print a list: one HTML file for A4, to sign and stamp (打印单据).

    Example: `sscard list sheet receipts.csv --kind receipt --out sheet.html --set batch=B0001`

    Kinds: receipt (领卡签收表), hand-over (成品卡交接单), semi-finished (半成品卡交接单), spoiled
    (废卡交接单), destroyed (作废卡销毁单), returned (未制卡数据退回单), overdue (逾期未领卡退回单),
    labels (箱签与包裹签), progress (任务进度表), fees (费用与补助), stock (库存).

    FILE is a list in the layout of its kind (see `docs/sheets.md`), or a table ending in .csv or
    .xlsx with the columns of that layout.  Ends with 0, or with 2 when something is wrong with
    FILE; nothing is written then.
    """
    from sscard.durable import replace_file
    from sscard.issuance.sheets import Numbers as Shown
    from sscard.issuance.sheets.kinds import KINDS

    if kind not in KINDS:
        raise typer.BadParameter(f"one of {', '.join(KINDS)}", param_hint="--kind")
    try:
        header, records = _content(file, KINDS[kind].layout, settings(given), worksheet)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--set") from None
    page = KINDS[kind].make(header, records, Shown(numbers.value))
    replace_file(out.resolve(), page.encode())
    typer.echo(f"已写 wrote {out}: {len(records)} 条记录 records")


def _content(
    file: Path, layout: str, given: Mapping[str, str], worksheet: str | None
) -> tuple[Mapping[str, str], Sequence[Mapping[str, str]]]:
    """Header and records of a list or of a table, all of them sound."""
    from sscard.issuance.exchange import check_list, load_list_layout, make_list

    found = load_list_layout(layout)
    if file.suffix.lower() in (".csv", ".xlsx"):
        made = make_list(file, found, given, sheet=worksheet)
        made.require_sound()
        return made.header, made.records
    if given:
        raise ValueError("a list says everything itself: nothing to set")
    checked = check_list(file, found)
    records = [record.values for record in checked.records()]
    return {**checked.header, "sha256": checked.sha256.hex()}, records


def settings(given: list[str] | None) -> dict[str, str]:
    """What ``--set`` says.  Raises ValueError for one that is no NAME=VALUE, or is there twice."""
    found: dict[str, str] = {}
    for each in given or ():
        name, equals, value = each.partition("=")
        if not equals or not name or name in found:
            raise ValueError("needs NAME=VALUE, each name once")
        found[name] = value
    return found
