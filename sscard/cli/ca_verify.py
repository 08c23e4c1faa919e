"""``sscard ca verify``: what certificates say, and whether their chains hold."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.ending import DONE
from sscard.cli.readers import ReaderName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sscard.cli.ca_verified import Found
    from sscard.issuance.ca.trusted import Trusted

_NOT_VERIFIED = 1
_LARGEST = 1 << 16


def verify(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Certificate: DER, PEM, or a card's file (证书)."),
    ] = None,
    card: Annotated[
        Path | None,
        typer.Option(metavar="IMAGE", help="Both certificates of a card image (卡映像)."),
    ] = None,
    reader: ReaderName = None,
    root: Annotated[
        Path | None,
        typer.Option(help="PEM file of root and issuing CA; without it the TEST CA's."),
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day on which it should count; now if not said."),
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Write a card's certificates here: sign.cer, enc.cer.")
    ] = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show name and card number; else masked.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Verify certificates of a card up to the root (验证证书).

    Example: `sscard ca verify sign.cer --root office.pem`

    Example: `sscard ca verify --card issued/cards/A00000013.card --root office.pem --save out`

    Shown are serial number, issuer, subject, validity, key usage and fingerprint; then whether each
    signature up to the root holds, and every certificate counts on the day.  Of a card, image or
    --reader, both certificates are read, each beside the public key it should be of.  Nothing is
    shown to the card.  That it has the private key is no part of it: `sscard validate` asks.

    Ends with 0 when all is verified, 1 when it is not, or when the card lacks one or both; 2 when a
    file is none, or no card is there.
    """
    from sscard.cli.ca_verified import print_json, print_table

    if sum(each is not None for each in (file, card, reader)) != 1:
        raise typer.BadParameter("one of FILE, --card and --reader")
    found = _in_file(file) if file else _on_card(card, reader)
    if save is not None:
        _save(found, save)
    judged = _judged(found, _trusted(root), at)
    (print_json if as_json else print_table)(judged, reveal=reveal)
    raise typer.Exit(DONE if judged and not any(judged.values()) else _NOT_VERIFIED)


def _judged(found: Sequence[Found], trusted: Trusted, at: datetime | None) -> dict[Found, str]:
    """What is wrong with each; empty where nothing is."""
    from sscard.issuance.machines import CHINA

    day = at.replace(hour=12, tzinfo=CHINA) if at else datetime.now(CHINA)
    return {each: each.wrong(trusted, day) for each in found}


def _trusted(root: Path | None) -> Trusted:
    from sscard.cli.summary import announce_test_keys
    from sscard.issuance.ca.load import packaged_authority
    from sscard.issuance.ca.store import public_certificates
    from sscard.issuance.ca.trusted import read_trusted

    if root is not None:
        return read_trusted(root)
    announce_test_keys(("CA",))
    return public_certificates(packaged_authority().secrets)


def _in_file(file: Path) -> tuple[Found, ...]:
    """Raises MalformedData or KeyStoreError naming the file."""
    from sscard.cli.ca_verified import Found
    from sscard.errors import MalformedData
    from sscard.issuance.ca.trusted import is_pem, read_pem
    from sscard.issuance.exchange.opening import read_whole
    from sscard.keys.x509 import parse

    raw = read_whole(file, _LARGEST)
    try:
        return (Found(file.name, parse(read_pem(file)[0] if is_pem(raw) else raw)),)
    except MalformedData as error:
        raise MalformedData(f"{file}: {error}") from None


def _on_card(image: Path | None, reader: str | None) -> tuple[Found, ...]:
    """Both certificates; nothing of a card that has neither.

    Raises MalformedData, TransportError.
    """
    from sscard.cli.ca_verified import Found
    from sscard.cli.readers import opened
    from sscard.issuance.ca.load import declared
    from sscard.perso.certificates.reading import read_pairs
    from sscard.perso.plan import run

    with opened(image, reader) as source:
        source.card.reset()
        pairs = run(read_pairs(declared()), source.card)
    found = tuple(
        Found(_SAVED[pair.pair], pair.certificate.certificate(), matches=pair.matches())
        for pair in pairs
    )
    return found if any(each.certificate for each in found) else ()


_SAVED = {"signature": "sign.cer", "encryption": "enc.cer"}


def _save(found: Sequence[Found], folder: Path) -> None:
    """Readable by their owner only: they name a person."""
    from sscard.durable import replace_file

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in found:
        if each.certificate is not None:
            replace_file(folder / each.name, each.certificate.der)
