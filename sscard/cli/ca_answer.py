"""``sscard ca answer`` and ``sscard ca serve``: a CA at work, over files and over the network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.ca_options import Authority, issuing
from sscard.cli.console import stdout
from sscard.cli.ending import DONE, NOT_FOR_EVERYBODY
from sscard.cli.keys_serve import LISTEN, listening, offer

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


def serve(
    clients: Annotated[Path, typer.Option(help="TOML file of the clients (客户表).")],
    ca: Authority = None,
    certificate: Annotated[
        Path | None, typer.Option(help="Certificate chain of the service, PEM.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
    listen: Annotated[str, typer.Option(help="HOST:PORT; port 0 takes a free one.")] = LISTEN,
    plain: Annotated[
        bool, typer.Option("--plain", help="Without TLS; on a loopback address only.")
    ] = False,
) -> None:
    """Serve a CA to stations on other machines (证书服务).

    Example: `sscard ca serve --ca office.ca --clients clients.toml --certificate ca-service.pem
    --key ca-service.key --listen 10.1.2.3:7447`

    It is the service of `sscard keys serve` with a CA behind it, and nothing else: tokens, rights,
    TLS and limits are the same (docs/key-service.md).  Clients are made with `sscard keys
    client-token NAME --role certificates`.  The log on stderr says who asked and what came of it:
    no card, no name, no value.

    Ends with 0 after Ctrl-C or SIGTERM, when answers under way were given; 2 when it cannot begin:
    store, register, certificate, clients, address.
    """
    from sscard.cli.passphrase import ask
    from sscard.issuance.ca.load import load_issuing, packaged_authority
    from sscard.issuance.ca.served import ServedAuthority
    from sscard.keys.stores.service.clients import read_clients

    where = listening(listen, certificate, key, plain=plain)
    known = read_clients(clients)
    authority = packaged_authority() if ca is None else load_issuing(ca, ask)
    offer(ServedAuthority(authority), known, where)


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
