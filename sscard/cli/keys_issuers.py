"""``sscard keys issuers``: the sealed file of those who sign cards.  Never a private key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)

Issuers = Annotated[Path, typer.Argument(metavar="ISSUERS", help="Sealed file (发卡行签名文件).")]


@app.callback()
def _group() -> None:
    """Card issuers (发卡行签名): keys that sign cards, in a sealed file.

    First `new`, then the payment system certifies the public keys, then `certify`; the file is for
    `sscard personalize --card-issuers`.  Its passphrase comes from SSCARD_CARD_ISSUERS_PASSPHRASE,
    from the file that the same name with _FILE gives, or from the terminal.
    """


@app.command()
def new(
    issuers: Issuers,
    bits: Annotated[int, typer.Option(min=1024, max=1984, help="Bits of the RSA key.")] = 1152,
) -> None:
    """Make an RSA and an SM2 key in a new sealed file (新建发卡行密钥).

    Example: `sscard keys issuers new issuer.store`

    Prints the public keys as JSON, for whoever certifies them.  The passphrase has 12 characters or
    more.  Where the RSA key is in a token, no such file is needed for it (docs/keys.md).

    Ends with 0, or with 2 when there is a file already or the size cannot be.
    """
    import json

    from sscard.cli.passphrase import ask_new
    from sscard.errors import KeyStoreError
    from sscard.keys.stores import issuer_file
    from sscard.keys.stores.card_issuers import KIND

    if bits % 8:
        raise typer.BadParameter("are whole bytes", param_hint="--bits")
    if issuers.exists():
        raise KeyStoreError(f"{issuers}: is there already")
    made = issuer_file.create(issuers, bits, ask_new(KIND, str(issuers)), os.urandom)
    rsa = {"modulus": made.rsa.modulus.hex().upper(), "exponent": made.rsa.exponent}
    typer.echo(json.dumps({"rsa": rsa, "sm2": {"point": bytes(made.sm2).hex().upper()}}, indent=2))


@app.command()
def certify(
    issuers: Issuers,
    certificates: Annotated[
        Path, typer.Option(help="The issuer's certificates by tag: 8F, 90, 92 (发卡行证书).")
    ],
    ca_keys: Annotated[Path, typer.Option(help="The CAs' public keys, with check values.")],
    account: Annotated[
        str, typer.Option(help="First 6 or more digits of the accounts (账号前缀) to be signed.")
    ],
) -> None:
    """Put the payment system's certificates to the keys (导入发卡行证书).

    Example: `sscard keys issuers certify issuer.store --certificates issuer-certificates.toml
    --ca-keys ca-keys.toml --account 622800`

    Both files have the form of those that `sscard keys testca` writes.  What a terminal would not
    trust today, for such accounts, is refused, and the file is as it was.

    Ends with 0, or with 2 when a file cannot be used or keys and certificates do not fit.
    """
    from datetime import datetime

    from sscard.cli.passphrase import ask
    from sscard.errors import KeyStoreError
    from sscard.issuance.machines import CHINA
    from sscard.keys.certificates import CertificateError
    from sscard.keys.stores import issuer_file
    from sscard.keys.stores.ca_keys import load_ca_keys
    from sscard.keys.stores.card_issuers import KIND

    passphrase, known = ask(KIND, str(issuers)), load_ca_keys(ca_keys)
    changed = issuer_file.certified(issuers, certificates, known, passphrase)
    try:
        changed.store().check(account, datetime.now(CHINA).date())
    except CertificateError as error:
        raise KeyStoreError(f"{certificates}: {error}") from None
    changed.write(passphrase, os.urandom)
    typer.echo(f"已导入 certified {issuers}")
