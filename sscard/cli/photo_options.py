"""Options of the commands that take a list of people with photos and fingerprints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Photos = Annotated[
    Path | None,
    typer.Option(
        help="Folder of photos (照片): ID number, staff or student number with .jpg or .jpeg, or "
        "the file that column `photo` names.  With it everybody must have one."
    ),
]
Fingerprints = Annotated[
    Path | None,
    typer.Option(
        help="Folder of fingerprint templates (指纹), named as photos are, with .bin, or by column "
        "`fingerprint`; who has none gets none."
    ),
]
Rules = Annotated[
    Path | None, typer.Option(help="The office's own figures for photos, a TOML file.")
]
