"""``sscard keys testca``: certification authorities for the signatures of test cards."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sscard.keys.certificates import Subject
    from sscard.keys.stores.new_certificates import NewAuthorities, Plan

#: What a folder gets: the CAs' and issuers' private keys, CA keys for terminals, issuers'
#: certificates, and these with the issuers' keys alone.
STORE, PUBLIC, ISSUERS = "certificates.toml", "ca-keys.toml", "issuer-certificates.toml"
SIGNING = "card-issuers.toml"
_SERIAL = 3


def _index(text: str) -> str:
    if not re.fullmatch("[0-9A-Fa-f]{2}", text):
        raise typer.BadParameter("is two hexadecimal digits")
    return text


def new_authorities(
    out: Annotated[Path, typer.Option(help="New folder for the files (输出文件夹).")],
    issuer: Annotated[
        str, typer.Option(help="First 3 to 8 digits of the issuer's accounts (发卡行BIN).")
    ] = "622800",
    expires: Annotated[
        str, typer.Option(help="Last month of the issuer's certificates, YYYY-MM.")
    ] = "2049-12",
    rsa_index: Annotated[
        str, typer.Option(callback=_index, help="Index of the RSA CA, hexadecimal.")
    ] = "F8",
    sm2_index: Annotated[
        str, typer.Option(callback=_index, help="Index of the SM2 CA, hexadecimal.")
    ] = "F9",
    ca_bits: Annotated[int, typer.Option(min=1024, max=1984, help="Bits of the CA's RSA key.")] = (
        1408
    ),
    issuer_bits: Annotated[
        int, typer.Option(min=1024, max=1984, help="Bits of the issuer's RSA key.")
    ] = 1152,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Make TEST authorities and an issuer for card signatures (测试CA).

    Example: `sscard keys testca --out testca --issuer 622800`

    Both families are made: RSA, and SM2 (国密).  Four files are written to --out:

    * card-issuers.toml: certificates and private keys of the issuers: `sscard personalize
    --card-issuers`;

    * certificates.toml: private keys of CAs and issuers, in plain text and marked TEST;

    * ca-keys.toml: the CAs' public keys with provider (RID), index and check value, for terminals:
      `sscard transact --ca-keys`;

    * issuer-certificates.toml: the issuer's certificates, tags 8F, 90, 92 and 9F32.

    *All of them are for tests only.*  An issuer in production has its keys in an HSM, and its
    certificates from the payment system.  No private key is ever shown.

    Ends with 0 when the files are there, 2 when the folder is there already or a value cannot be.
    """
    from sscard.cli.summary import announce_test_keys
    from sscard.keys.stores import new_certificates

    plan = _plan(_subject(issuer, expires), (rsa_index, sm2_index), (ca_bits, issuer_bits))
    _new_folder(out)
    made = new_certificates.make(plan, os.urandom)
    _write(made, out)
    announce_test_keys(("certification authorities",))
    if as_json:
        import json

        typer.echo(json.dumps(_document(made, out), ensure_ascii=False, indent=2))
    else:
        _show(made, out)


def _subject(issuer: str, expires: str) -> Subject:
    from sscard.keys.certificates import ISSUER, Subject

    found = re.fullmatch(r"(\d{4})-(\d\d)", expires, re.ASCII)
    if found is None:
        raise typer.BadParameter("is YYYY-MM", param_hint="--expires")
    year, month = int(found[1]), int(found[2])
    serial = os.urandom(_SERIAL)
    try:
        return Subject(ISSUER, issuer, year, month, serial)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--issuer, --expires") from None


def _plan(subject: Subject, indexes: tuple[str, str], bits: tuple[int, int]) -> Plan:
    from sscard.keys.stores.new_certificates import Plan

    rsa, sm2 = (int(each, 16) for each in indexes)
    if any(each % 8 for each in bits):
        raise typer.BadParameter("are whole bytes", param_hint="--ca-bits, --issuer-bits")
    try:
        return Plan(subject, rsa, sm2, *bits)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--ca-bits, --issuer-bits") from None


def _new_folder(out: Path) -> None:
    from sscard.errors import KeyStoreError

    if out.exists():
        raise KeyStoreError(f"{out}: is there already")
    out.mkdir(mode=0o700, parents=True)


def _write(made: NewAuthorities, out: Path) -> None:
    """Readable by their owner only, the public ones as well: there is no reason for others."""
    from sscard.durable import replace_file
    from sscard.keys.stores import ca_keys

    for name, text in (
        (SIGNING, made.issuers_text()),
        (STORE, made.store_text()),
        (PUBLIC, ca_keys.text(made.public)),
        (ISSUERS, made.certificates_text()),
    ):
        replace_file(out / name, text.encode("utf-8"))


def _document(made: NewAuthorities, out: Path) -> dict[str, Any]:
    from sscard.keys.certificates import check_value
    from sscard.keys.certificates.authority import RID
    from sscard.keys.stores.ca_keys import sm2_check_value

    plan, subject = made.plan, made.plan.subject
    rsa, sm2 = made.rsa_ca.public, made.sm2_ca.public
    return {
        "test": True,
        "rid": RID.hex().upper(),
        "issuer": subject.number,
        "expires": f"{subject.year}-{subject.month:02}",
        "serial": subject.serial.hex().upper(),
        "rsa": {
            "index": f"{plan.rsa_index:02X}",
            "bits": plan.ca_bits,
            "issuer_bits": plan.issuer_bits,
            "check_value": check_value(plan.rsa_index, rsa).hex().upper(),
        },
        "sm2": {
            "index": f"{plan.sm2_index:02X}",
            "check_value": sm2_check_value(plan.sm2_index, sm2).hex().upper(),
        },
        "files": {name: str(out / name) for name in (SIGNING, STORE, PUBLIC, ISSUERS)},
    }


def _show(made: NewAuthorities, out: Path) -> None:
    from rich.table import Table
    from rich.text import Text

    from sscard.cli.console import stdout

    said = _document(made, out)
    rsa, sm2 = said["rsa"], said["sm2"]
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="cyan")
    table.add_column(overflow="fold")
    rows = (
        ("提供方 RID", said["rid"]),
        ("发卡行 issuer", f"{said['issuer']}, 有效至 until {said['expires']}, {said['serial']}"),
        ("RSA CA", f"{rsa['index']}, {rsa['bits']} bits, issuer {rsa['issuer_bits']} bits"),
        ("  校验值 SHA-1", rsa["check_value"]),
        ("SM2 CA", sm2["index"]),
        ("  校验值 SM3", sm2["check_value"]),
        ("制卡用 for production, TEST", said["files"][SIGNING]),
        ("私钥 private, TEST", said["files"][STORE]),
        ("终端用 for terminals", said["files"][PUBLIC]),
        ("发卡行证书 certificates", said["files"][ISSUERS]),
    )
    for label, value in rows:
        table.add_row(Text(label), Text(value))
    stdout().print(table)
