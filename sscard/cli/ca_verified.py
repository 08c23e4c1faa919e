"""What ``sscard ca verify`` found, judged and shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from sscard.cli.console import stdout
from sscard.errors import NotVerified
from sscard.issuance.ca.trusted import Trusted
from sscard.keys.x509 import Certificate
from sscard.keys.x509.chain import verify
from sscard.keys.x509.facts import facts


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A certificate, None where a card has only the other one of its two.

    ``matches`` says whether it is of the key beside it on its card.
    """

    name: str
    certificate: Certificate | None
    matches: bool | None = None

    def wrong(self, trusted: Trusted, at: datetime) -> str:
        """Why it does not count then; empty where it does."""
        if self.certificate is None:
            return "卡上没有此证书 the card has only the other one"
        if self.matches is False:
            return "它不是卡上公钥的证书 it is not of the public key beside it on the card"
        try:
            verify(self.certificate, trusted.issuers, trusted.root, at)
        except NotVerified as error:
            return str(error)
        return ""


def print_json(judged: Mapping[Found, str], *, reveal: bool) -> None:
    """For programs."""
    told = {
        "verified": bool(judged) and not any(judged.values()),
        "certificates": [_entries(each, wrong, reveal) for each, wrong in judged.items()],
    }
    typer.echo(json.dumps(told, ensure_ascii=False, indent=2))


def print_table(judged: Mapping[Found, str], *, reveal: bool) -> None:
    """For people."""
    if not judged:
        typer.echo("卡上没有证书 there are no certificates on the card")
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="cyan")
    table.add_column(overflow="fold")
    for each, wrong in judged.items():
        if len(judged) > 1:
            table.add_row(Text(each.name, style="bold"), "")
        for fact in facts(each.certificate) if each.certificate else ():
            table.add_row(Text(f"{fact.zh} {fact.en}"), Text(fact.shown(reveal=reveal)))
        if each.matches:
            table.add_row(Text("公钥 public key"), Text("与卡上一致 that on the card", "green"))
        said = f"未通过 not verified: {wrong}" if wrong else "验证通过 verified"
        table.add_row(Text("证书链 chain"), Text(said, "red" if wrong else "green"))
    stdout().print(table)


def _entries(found: Found, wrong: str, reveal: bool) -> dict[str, Any]:
    told = facts(found.certificate) if found.certificate else ()
    return {
        "name": found.name,
        "verified": not wrong,
        "reason": wrong,
        "key_matches": found.matches,
        "certificate": {each.name: each.shown(reveal=reveal) for each in told},
    }
