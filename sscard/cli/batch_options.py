"""Options that all commands on a ledger have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

LedgerPlace = Annotated[
    str,
    typer.Option(
        "--ledger",
        envvar="SSCARD_LEDGER",
        metavar="PATH|URL",
        help="The ledger (台账): a SQLite file, or postgresql+psycopg://…",
    ),
]
Keystore = Annotated[
    Path | None,
    typer.Option(
        "--ledger-keystore",
        envvar="SSCARD_LEDGER_KEYSTORE",
        help="Store with the ledger's key (台账密钥).  Without it a TEST key.",
    ),
]
Operator = Annotated[
    str,
    typer.Option(
        "--operator", envvar="SSCARD_OPERATOR", help="Who does this (经办人): kept with each event."
    ),
]
Production = Annotated[bool, typer.Option("--production", help="Refuse TEST keys.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Topologies = Annotated[
    list[Path] | None,
    typer.Option(
        "--topology",
        envvar="SSCARD_TOPOLOGIES",
        help="Who does what with a bank (拓扑): a TOML file, or the name of a packaged one; "
        "repeatable, the first is for banks without one.",
    ),
]
Batch = Annotated[str, typer.Argument(metavar="BATCH", help="Number of the batch (批次号).")]
LayoutOption = Annotated[
    str | None,
    typer.Option("--layout", help="Another layout: its name, or the path of a TOML file (布局)."),
]
SignKey = Annotated[
    Path | None,
    typer.Option("--key", help="Private Ed25519 key in PEM: seal the list with it (签名私钥)."),
]
Trusted = Annotated[
    list[Path] | None,
    typer.Option(
        "--trusted", help="Public Ed25519 key in PEM; the seal must be its (公钥); repeatable."
    ),
]
Party = Annotated[
    str | None, typer.Option("--party", help="Who sends or receives the list (对方).")
]
