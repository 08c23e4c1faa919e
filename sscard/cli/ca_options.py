"""Which CA a command speaks for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sscard.issuance.ca.registered import RegisteredAuthority

Authority = Annotated[
    Path | None,
    typer.Option("--ca", metavar="STORE", help="The CA's store; without it the TEST CA."),
]


def issuing(ca: Path | None, folder: Path) -> RegisteredAuthority:
    """The CA in a store; the TEST CA, whose register is in the folder then, and which is said.

    Raises KeyStoreError.
    """
    from sscard.cli.passphrase import ask
    from sscard.cli.summary import announce_test_keys
    from sscard.issuance.ca.load import load_issuing, packaged_issuing

    found = packaged_issuing(folder / "ca.register") if ca is None else load_issuing(ca, ask)
    announce_test_keys(("CA",) if found.test else ())
    return found
