"""``sscard ca folder``: a folder in which an office and a CA exchange files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from sscard.cli.ca_options import Authority, issuing


def folder(
    path: Annotated[Path, typer.Argument(metavar="FOLDER", help="New folder (交换文件夹).")],
    ca: Authority = None,
) -> None:
    """Make the folder for requests and answers (新建交换文件夹).

    Example: `sscard ca folder exchange --ca office.ca`

    Everything in it is sealed under a key of its own, which lies in folder.sealed under a
    passphrase that office and CA both have, together with the CA's certificates: what the office
    trusts comes from here.  The passphrase goes another way than the folder.

    Ends with 0, or with 2 when the folder is one already or the passphrase is too short.
    """
    from sscard.cli.passphrase import ask_new
    from sscard.errors import KeyStoreError
    from sscard.issuance.ca.folder import HEAD, KIND, new_folder
    from sscard.issuance.ca.trusted import Trusted

    head = path / HEAD
    if head.exists():  # before anybody types
        raise KeyStoreError(f"{head}: is there already")
    authority = issuing(ca, path)
    trusted = Trusted(authority.root, authority.issuers)
    new_folder(path, ask_new(KIND, str(head)), trusted, os.urandom, test=authority.test)
    typer.echo(f"已建 made {path}")
