"""``sscard ca verify``: what a certificate says, and whether its chain holds."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.console import stdout
from sscard.cli.ending import DONE

if TYPE_CHECKING:
    from sscard.issuance.ca.trusted import Trusted
    from sscard.keys.x509 import Certificate

_NOT_VERIFIED = 1


def verify(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Certificate: DER, PEM, or a card's file (证书).")
    ],
    root: Annotated[
        Path | None,
        typer.Option(help="PEM file of root and issuing CA; without it the TEST CA's."),
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day on which it should count; now if not said."),
    ] = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show name and card number; else masked.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Verify a certificate of a card up to the root (验证证书).

    Example: `sscard ca verify sign.cer --root office.pem`

    Shown are serial number, issuer, subject, validity, key usage and fingerprint; then whether each
    signature up to the root holds, and every certificate counts on the day.  A file that was read
    from a card may have fill behind the certificate.  That a card has the key of its certificate
    is no part of it: `sscard validate` asks the card.

    Ends with 0 when it is verified, 1 when it is not, 2 when a file is none.
    """
    from sscard.errors import NotVerified
    from sscard.issuance.machines import CHINA
    from sscard.keys.x509.chain import verify as verified

    certificate, trusted = _certificate(file), _trusted(root)
    day = at.replace(hour=12, tzinfo=CHINA) if at else datetime.now(CHINA)
    try:
        verified(certificate, trusted.issuers, trusted.root, day)
        reason = ""
    except NotVerified as error:
        reason = str(error)
    if as_json:
        _print_json(certificate, reason, reveal=reveal)
    else:
        _print_table(certificate, reason, reveal=reveal)
    raise typer.Exit(_NOT_VERIFIED if reason else DONE)


def _trusted(root: Path | None) -> Trusted:
    from sscard.cli.summary import announce_test_keys
    from sscard.issuance.ca.load import packaged_authority
    from sscard.issuance.ca.store import public_certificates
    from sscard.issuance.ca.trusted import read_trusted

    if root is not None:
        return read_trusted(root)
    announce_test_keys(("CA",))
    return public_certificates(packaged_authority().secrets)


def _certificate(file: Path) -> Certificate:
    """Raises MalformedData, KeyStoreError or OSError naming the file."""
    from sscard.errors import MalformedData
    from sscard.issuance.ca.trusted import is_pem, read_pem
    from sscard.issuance.exchange.opening import read_whole
    from sscard.keys.x509 import parse

    raw = read_whole(file, 1 << 16)
    try:
        return parse(read_pem(file)[0] if is_pem(raw) else raw)
    except MalformedData as error:
        raise MalformedData(f"{file}: {error}") from None


def _print_json(certificate: Certificate, reason: str, *, reveal: bool) -> None:
    import json

    from sscard.keys.x509.facts import facts

    found = {each.name: each.shown(reveal=reveal) for each in facts(certificate)}
    told = {"verified": not reason, "reason": reason, "certificate": found}
    typer.echo(json.dumps(told, ensure_ascii=False, indent=2))


def _print_table(certificate: Certificate, reason: str, *, reveal: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from sscard.keys.x509.facts import facts

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="cyan")
    table.add_column(overflow="fold")
    for each in facts(certificate):
        table.add_row(Text(f"{each.zh} {each.en}"), Text(each.shown(reveal=reveal)))
    said = f"未通过 not verified: {reason}" if reason else "验证通过 verified"
    table.add_row(Text("证书链 chain"), Text(said, "red" if reason else "green"))
    stdout().print(table)
