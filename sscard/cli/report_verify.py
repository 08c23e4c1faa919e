"""``sscard report verify-ledger``: whether a ledger is what its events say."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sscard.cli.report_ledger import Keystore, opened
from sscard.cli.report_output import AsJson

if TYPE_CHECKING:
    from sscard.issuance.ledger.verification import Head, Verification
    from sscard.issuance.ledger.verify import Progress

_NAMES = {
    "events": "事件 events",
    "cards": "卡 cards",
    "rounds": "轮次 rounds",
    "units": "单位 units",
    "batches": "批次 batches",
    "orders": "申领单 orders",
    "bodies": "卡体 bodies",
    "stock": "库存变动 stock",
    "stations": "工位 stations",
    "checks": "抽检 checks",
    "fees": "费用 fees",
    "lists": "名单 lists",
}


def verify_ledger(
    ledger: Annotated[
        str,
        typer.Argument(
            envvar="SSCARD_LEDGER",
            metavar="PATH|URL",
            help="The ledger (台账): a SQLite file, a folder of `sscard personalize`, or "
            "postgresql+psycopg://…",
        ),
    ],
    expect: Annotated[
        str | None,
        typer.Option(
            "--expect",
            metavar="SEQ:HEX",
            help="The end of the chain as it was noted (上次记下的链尾).",
        ),
    ] = None,
    keystore: Keystore = None,
    as_json: AsJson = False,
) -> None:
    """Look for whatever was changed, added or removed past the ledger (核对台账).

    Example: `sscard report verify-ledger issued --expect 4711:0123456789abcdef`

    Every event is held against the one before it, and every row against its last event, with the
    ledger's keys; others may go on writing.  The end of the chain that is printed is to be noted on
    paper or by another party: with `--expect` a later look shows that no event went since, and
    that this is no older copy.  Without it, an older copy of everything looks whole.

    Ends with 0 when all is whole, with 1 when something was found, with 2 when the ledger cannot be
    read.
    """
    from sscard.issuance.ledger.verify import verify

    noted = _head(expect)
    with opened(ledger, keystore) as (engine, keys), _progress(quiet=as_json) as progress:
        found = verify(engine, keys, noted, progress)
    if as_json:
        typer.echo(json.dumps(_told(found), ensure_ascii=False, indent=2))
    else:
        _show(found)
    if not found.whole:
        raise typer.Exit(1)


def _head(text: str | None) -> Head | None:
    from sscard.issuance.ledger.verification import Head

    if text is None:
        return None
    try:
        return Head.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--expect") from None


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    """A bar on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("核对 verifying", total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)


def _told(found: Verification) -> dict[str, Any]:
    findings = [
        asdict(each) | {"fault": each.fault.value, "zh": each.fault.zh, "en": each.fault.en}
        for each in found.findings
    ]
    return {
        "whole": found.whole,
        "head": str(found.head),
        "events": found.events,
        "rows": dict(found.rows),
        "found": found.found,
        "findings": findings,
    }


def _show(found: Verification) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("内容 what", "已核对 looked at", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.columns[1].justify = "right"
    for name, count in {"events": found.events, **found.rows}.items():
        table.add_row(_NAMES.get(name, name), f"{count:,}")
    Console().print(table)
    for each in found.findings:
        place = " ".join(filter(None, (each.kind, each.subject)))
        detail = f" ({each.detail})" if each.detail else ""
        typer.secho(f"{each.fault.zh} {each.fault.en}: {place}{detail}", fg=typer.colors.RED)
    if found.found > len(found.findings):
        typer.echo(f"… 共 in all {found.found:,}")
    if found.whole:
        typer.secho("完好 whole", fg=typer.colors.GREEN)
    typer.echo(f"链尾,请记下 end of the chain, to be noted: {found.head}")
