"""``sscard list make``: lists from tables that people fill in."""

from __future__ import annotations

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
Sheet = Annotated[
    str | None, typer.Option("--sheet", help="The sheet of a workbook with several (工作表).")
]


def make(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="CSV or XLSX (表格).")],
    layout: Annotated[str, typer.Option(help="Name or file of the list's layout (布局).")],
    out: Annotated[Path, typer.Option(help="The list to write (输出文件).")],
    given: Set = None,
    sheet: Sheet = None,
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
        made = make_list(table, found, settings(given), sheet=sheet)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--set") from None
    written = made.write(out.resolve())
    typer.echo(f"已写 wrote {out}: {written.records} 条记录 records")


def settings(given: list[str] | None) -> dict[str, str]:
    """What ``--set`` says.  Raises ValueError for one that is no NAME=VALUE, or is there twice."""
    found: dict[str, str] = {}
    for each in given or ():
        name, equals, value = each.partition("=")
        if not equals or not name or name in found:
            raise ValueError("needs NAME=VALUE, each name once")
        found[name] = value
    return found
