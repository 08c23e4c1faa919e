"""``sscard ca``: the stand-in of a certification authority, and what it has given."""

from __future__ import annotations

import typer

from sscard.cli.ca_again import again
from sscard.cli.ca_answer import answer
from sscard.cli.ca_folder import folder
from sscard.cli.ca_serve import serve
from sscard.cli.ca_show import show
from sscard.cli.ca_store import new
from sscard.cli.ca_verify import verify

app = typer.Typer(
    help="""Certificates of cards: a CA's stand-in (证书机构).

    A third-generation card makes a key; the CA answers with two certificates, a pair for
    encryption, a new admin PIN and a new master key.  `sscard personalize --certificates --ca PATH`
    asks the CA at PATH: a store, a folder of files, or a file that says where a service is.

    Passphrases come from SSCARD_CA_PASSPHRASE (a store) and SSCARD_CA_FOLDER_PASSPHRASE (a folder),
    from the file that the same name with _FILE gives, or from the terminal.
    """,
    no_args_is_help=True,
)

app.command()(new)
app.command()(show)
app.command()(folder)
app.command()(answer)
app.command()(again)
app.command()(serve)
app.command()(verify)
