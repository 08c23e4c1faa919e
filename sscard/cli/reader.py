"""``sscard reader``: which readers there are, and what is in them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.console import stdout

if TYPE_CHECKING:
    from sscard.perso.node import Node
    from sscard.transport import Reader

app = typer.Typer(help="Card readers of this computer (读卡器).", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Card readers of this computer (读卡器)."""


@app.command("list")
def list_readers(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """List the readers, the cards in them and what their ATR says (列出读卡器).

    Example: `sscard reader list`

    The number or the name, or a part of it, is what --reader of other commands takes.  No card is
    disturbed, also none that another program uses.

    Ends with 0 when the PC/SC service answered, also without readers, 2 when it does not run or
    pyscard is not installed.
    """
    from sscard.transport import Service

    with Service() as service:
        found = service.readers()
    if as_json:
        _print_json(found)
    else:
        _print_table(found)


@app.command()
def wait(
    name: Annotated[str, typer.Argument(metavar="READER", help="Name or number of the reader.")],
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait at most.")] = 60,
    removed: Annotated[
        bool, typer.Option("--removed", help="Wait until no card is in the reader.")
    ] = False,
) -> None:
    """Wait until a card is in a reader, and print its ATR (等待卡片).

    Example: `sscard reader wait 0 --timeout 30`

    Ends with 0 when a card is there (with --removed: none), 2 when the time is over or there is no
    such reader, 130 after Ctrl-C.
    """
    from sscard.cli.ending import INTERRUPTED
    from sscard.transport import Service

    try:
        with Service() as service:
            wanted = service.find(name)
            seen = service.wait(wanted, time.monotonic, timeout=timeout, present=not removed)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(seen.atr.hex().upper())


def _print_json(found: tuple[Reader, ...]) -> None:
    import json

    from sscard.cli.card_tree import document

    shown = [
        {
            "index": index,
            "name": each.name,
            "state": each.state.name.lower(),
            "atr": each.atr.hex().upper(),
            "contactless": _by_antenna(each),
            "meaning": [document(child) for child in _said(each).children],
        }
        for index, each in enumerate(found)
    ]
    typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))


def _print_table(found: tuple[Reader, ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("号 no.", "读卡器 reader", "状态 state", "复位应答 ATR"):
        table.add_column(heading, overflow="fold")
    for index, each in enumerate(found):
        table.add_row(
            str(index), Text(each.name), " ".join(each.state.value), each.atr.hex().upper()
        )
        for line in _lines(each):
            table.add_row("", "", "", Text(line, style="bright_black"))
    stdout().print(table if found else "未连接读卡器 no reader is connected")


def _lines(each: Reader) -> list[str]:
    if not each.atr:
        return []
    node = _said(each)
    way = ["非接触 by antenna (ATR made by the reader)"] if _by_antenna(each) else []
    note = [node.note] if node.note else []
    parts = [
        " ".join((part.identifier, part.zh, part.en, str(part.value), part.meaning)).rstrip()
        for part in node.children
    ]
    return way + note + parts


def _said(each: Reader) -> Node:
    from sscard.perso.inventory_atr import answer_to_reset

    return answer_to_reset(each.atr)


def _by_antenna(each: Reader) -> bool:
    from sscard.transport import by_antenna

    return by_antenna(each.atr)
