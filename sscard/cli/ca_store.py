"""``sscard ca new``: a root and an issuing CA that nobody had before."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

Store = Annotated[Path, typer.Argument(metavar="STORE", help="The CA's store (CA库文件).")]


def new(
    store: Store,
    name: Annotated[
        str, typer.Option(help="Name (CN) of the root (根证书名称).")
    ] = "sscard stand-in root CA",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Make a CA: a root, an issuing CA, and a secret (新建证书机构).

    Example: `sscard ca new office.ca`

    STORE is sealed under a passphrase of 12 characters or more.  In it are the key of the issuing
    CA and the secret from which pairs, PINs and master keys of cards come: *whoever has it has
    those of every card.*  The certificates of root and issuing CA are written beside it, as PEM
    (office.pem); stations and terminals trust them.  The root's own key is forgotten when it has
    signed the issuing CA.

    Keep copies of STORE and passphrase: without them no answer can be given again.

    Ends with 0 when both files are there, 2 when one is there already, or for a passphrase that is
    too short.
    """
    from datetime import datetime

    from sscard.cli.ca_show import certificates, print_json, show_authorities
    from sscard.cli.passphrase import ask_new
    from sscard.errors import KeyStoreError
    from sscard.issuance.ca.load import declared
    from sscard.issuance.ca.store import (
        KIND,
        create_store,
        new_secrets,
        pem_path,
        public_certificates,
    )
    from sscard.issuance.machines import CHINA

    for each in (store, pem_path(store)):
        if each.exists():  # before anybody types
            raise KeyStoreError(f"{each}: is there already")
    passphrase = ask_new(KIND, str(store))
    try:
        today = datetime.now(CHINA).date()
        made = new_secrets((("C", "CN"), ("CN", name)), today, declared(), os.urandom)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--name") from None
    public = create_store(store, made, passphrase, os.urandom)
    if as_json:
        print_json(
            {
                "store": str(store),
                "certificates": str(public),
                **certificates(public_certificates(made), test=made.test),
            }
        )
        return
    show_authorities(public_certificates(made))
    typer.echo(f"已建 made {store}; 证书 certificates: {public}")
