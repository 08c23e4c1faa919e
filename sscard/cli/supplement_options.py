"""How commands that make cards name a supplement and the keys that are trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Supplement = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Signed supplement (补充文件) that confirms or overrides facts of the profile; its "
        "signature is FILE.sig.",
    ),
]
IssuerKeys = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="PEM",
        help="Public key of whoever may sign the supplement (发卡机构公钥); repeatable.",
    ),
]
