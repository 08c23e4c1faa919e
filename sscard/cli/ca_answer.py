"""``sscard ca answer``: a CA at work over files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.ca_options import Authority, issuing
from sscard.cli.console import stdout
from sscard.cli.ending import DONE, NOT_FOR_EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sscard.issuance.ca.desk import Handled


def answer(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Of the requests (交换文件夹).")],
    ca: Authority = None,
    again: Annotated[
        bool,
        typer.Option("--again", help="Also for another key of an answered card (重新签发)."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Answer all requests of a folder (答复证书申请).

    Example: `sscard ca answer exchange --ca office.ca`

    Each request that has no answer gets one, in one step: a file is whole or not there.  Repeating
    is harmless, the same request gets the same answer.  A file that is broken is named and holds up
    no other; nothing is removed.

    A card has one key.  A request for another one of the same card is refused and noted in the CA's
    register (office.ca.register), unless --again, or `sscard ca again` for this card, says that it
    was made anew.

    Ends with 0 when every request is answered, 1 when some are not, 2 when nothing can be done:
    folder, store, register, passphrase, a folder of another CA.
    """
    import os

    from sscard.cli.passphrase import ask
    from sscard.errors import KeyStoreError
    from sscard.issuance.ca.desk import answer_all
    from sscard.issuance.ca.folder import open_folder

    opened = open_folder(folder, ask, os.urandom)
    authority = issuing(ca, folder)
    if opened.trusted.root != authority.root or opened.trusted.issuers != authority.issuers:
        raise KeyStoreError(f"{folder}: was made for another CA")
    handled = list(answer_all(opened, authority, again=again))
    if as_json:
        _print_json(handled)
    else:
        _print_table(handled)
    raise typer.Exit(DONE if all(each.answered for each in handled) else NOT_FOR_EVERYBODY)


def _print_json(handled: Sequence[Handled]) -> None:
    import json

    found = [
        {"request": each.name, "outcome": each.outcome.name.lower(), "detail": each.detail}
        for each in handled
    ]
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


def _print_table(handled: Sequence[Handled]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column("申请 request", style="cyan", overflow="fold")
    table.add_column("结果 outcome", overflow="fold")
    for each in handled:
        said = f"{each.outcome.zh} {each.outcome}" + (f": {each.detail}" if each.detail else "")
        table.add_row(Text(each.name), Text(said, "" if each.answered else "red"))
    stdout().print(table)
