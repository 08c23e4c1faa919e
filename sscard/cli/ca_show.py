"""``sscard ca show``: root, issuing CA, and what was asked and answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sscard.cli.console import stdout

if TYPE_CHECKING:
    from sscard.issuance.ca.folder import Folder
    from sscard.issuance.ca.trusted import Trusted
    from sscard.keys.x509 import Certificate


def show(
    path: Annotated[
        Path | None,
        typer.Argument(metavar="PATH", help="Store, folder or PEM file; without it the TEST CA."),
    ] = None,
    pem: Annotated[bool, typer.Option("--pem", help="Print the certificates as PEM.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Show a CA: certificates, and requests that were answered or wait (查看证书机构).

    Example: `sscard ca show office.ca`

    Of a store: root, issuing CA, and what its register counts.  Of a folder: the certificates that
    it was made with, and its requests by card identification code.  `sscard ca show --pem` prints
    the certificates of the TEST CA.  No name of a person and no secret is ever shown.

    Ends with 0, or with 2 for what cannot be opened.
    """
    found, test, more = _seen(path)
    if pem:
        typer.echo(found.pem(), nl=False)
        return
    if as_json:
        print_json({**certificates(found, test=test), **more})
        return
    from sscard.cli.summary import announce_test_keys

    announce_test_keys(("CA",) if test else ())
    show_authorities(found)
    for line in _told(more):
        typer.echo(line)


def _seen(path: Path | None) -> tuple[Trusted, bool, dict[str, Any]]:
    """Certificates, whether they are of a TEST CA, and what else there is to say."""
    from sscard.issuance.ca.load import packaged_authority
    from sscard.issuance.ca.store import public_certificates
    from sscard.issuance.ca.trusted import is_pem, read_trusted

    if path is None:
        secrets = packaged_authority().secrets
        return public_certificates(secrets), True, {}
    if path.is_dir():
        return _folder(path)
    if path.is_file() and is_pem(path.read_bytes()):
        return read_trusted(path), False, {}
    return _store(path)


def _store(path: Path) -> tuple[Trusted, bool, dict[str, Any]]:
    from sscard.cli.passphrase import ask
    from sscard.issuance.ca.load import load_issuing
    from sscard.issuance.ca.trusted import Trusted

    authority = load_issuing(path, ask)
    entries = authority.register.entries()
    counted = {
        "cards": len({each.card_id for each in entries if each.answered}),
        "certified": sum(each.answered for each in entries),
        "again": sum(each.again and each.answered for each in entries),
        "refused": sum(each.refused for each in entries),
    }
    return Trusted(authority.root, authority.issuers), authority.test, {"register": counted}


def _folder(path: Path) -> tuple[Trusted, bool, dict[str, Any]]:
    import os

    from sscard.cli.passphrase import ask
    from sscard.issuance.ca.folder import open_folder

    folder = open_folder(path, ask, os.urandom)
    return (
        folder.trusted,
        folder.test,
        {"requests": [_request(folder, name) for name in folder.names()]},
    )


def _request(folder: Folder, name: str) -> dict[str, str]:
    from sscard.errors import MalformedData

    try:
        answered = folder.answer(folder.request(name)) is not None
    except MalformedData as error:
        return {"request": name, "state": "broken", "detail": str(error)}
    return {"request": name, "state": "answered" if answered else "waits", "detail": ""}


def _told(more: Mapping[str, Any]) -> list[str]:
    if "register" in more:
        counted = more["register"]
        return [
            f"登记 register: {counted['cards']} 张卡 cards, {counted['certified']} 份答复 answers, "
            f"{counted['again']} 重新 again, {counted['refused']} 拒绝 refused"
        ]
    words = {"answered": "已答复 answered", "waits": "等待 waits", "broken": "损坏 broken"}
    return [
        f"{each['request']}  {words[each['state']]}  {each['detail']}".rstrip()
        for each in more.get("requests", ())
    ]


def show_authorities(trusted: Trusted) -> None:
    """Root and issuing CAs in a table."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="cyan")
    table.add_column(overflow="fold")
    for title, each in _titled(trusted):
        table.add_row(Text(title, style="bold"), "")
        for fact in _facts(each):
            table.add_row(Text(f"  {fact['zh']} {fact['en']}"), Text(fact["value"]))
    stdout().print(table)


def certificates(trusted: Trusted, *, test: bool) -> dict[str, Any]:
    """The same for programs."""
    return {
        "test": test,
        "root": _entries(trusted.root),
        "issuers": [_entries(each) for each in trusted.issuers],
    }


def print_json(found: Mapping[str, Any]) -> None:
    """For programs."""
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


def _titled(trusted: Trusted) -> list[tuple[str, Certificate]]:
    return [
        ("根证书 root", trusted.root),
        *(("签发证书 issuing CA", each) for each in trusted.issuers),
    ]


def _entries(certificate: Certificate) -> dict[str, str]:
    return {each["name"]: each["value"] for each in _facts(certificate)}


def _facts(certificate: Certificate) -> list[dict[str, str]]:
    """A CA is no person: nothing is masked."""
    from sscard.keys.x509.facts import facts

    return [
        {"name": each.name, "zh": each.zh, "en": each.en, "value": each.shown(reveal=True)}
        for each in facts(certificate)
    ]
