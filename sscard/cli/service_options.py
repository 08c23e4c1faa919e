"""Options of the commands that serve a store or a CA to other machines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

#: Where a service listens that is not told anything else.
LISTEN = "127.0.0.1:7446"

ClientsFile = Annotated[Path, typer.Option(help="TOML file of the clients (客户表).")]
CertificateFile = Annotated[
    Path | None, typer.Option(help="Certificate chain of the service, PEM.")
]
KeyFile = Annotated[Path | None, typer.Option(help="Its private key, PEM.")]
ListenAt = Annotated[str, typer.Option(help="HOST:PORT; port 0 takes a free one.")]
Plain = Annotated[bool, typer.Option("--plain", help="Without TLS; on a loopback address only.")]
