"""``sscard photo``: judge collected photos, and make the card's file of one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.ending import DONE, NOT_FOR_EVERYBODY
from sscard.cli.photo_options import Rules

if TYPE_CHECKING:
    from sscard.cli.photo_results import Judged

app = typer.Typer(help="Photos: check and make the card's file (照片).", no_args_is_help=True)

_Landmarks = Annotated[
    Path | None,
    typer.Option(
        help="JSON file with places in pixels from the left and the upper edge: hair_top, "
        "left_eye, right_eye (two numbers each), left_cheek, right_cheek.  Without it nothing is "
        "said of the face."
    ),
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.callback()
def _group() -> None:
    """Photos: check and make the card's file (照片)."""


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Collected photos (照片).")],
    photo_rules: Rules = None,
    landmarks: _Landmarks = None,
    as_json: _AsJson = False,
) -> None:
    """Say whether photos are what the rule asks for, and what the card's file would be (检查照片).

    Example: `sscard photo check photos/*.jpg`

    Ends with 0 when every photo is good, 1 when some go back, 2 when a file cannot be read.
    """
    from sscard.cli.photo_results import judged, landmarks_of, rules_of, show

    if landmarks and len(files) > 1:
        raise typer.BadParameter("is for one photo", param_hint="--landmarks")
    rules, face = rules_of(photo_rules), landmarks_of(landmarks)
    results = [judged(file, rules, face) for file in files]
    show(results, as_json=as_json)
    raise typer.Exit(_ending(results))


@app.command()
def make(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Collected photo (照片).")],
    out: Annotated[Path, typer.Option(help="Write the card's file (JPEG) here.")],
    photo_rules: Rules = None,
    landmarks: _Landmarks = None,
    as_json: _AsJson = False,
) -> None:
    """Make the file for the card, at most 4,096 bytes in the best quality that fits (制作卡内照片).

    Example: `sscard photo make photo.jpg --out card.jpg`

    Ends with 0 when it is written, 1 when the photo goes back and nothing is written, 2 when a
    file cannot be read or written.
    """
    from sscard.cli.photo_results import judged, landmarks_of, rules_of, show
    from sscard.durable import replace_file

    if out.resolve() == file.resolve():
        raise typer.BadParameter("it is the photo itself", param_hint="--out")
    result = judged(file, rules_of(photo_rules), landmarks_of(landmarks))
    if result.card:
        replace_file(out.resolve(), result.card.data)
    show([result], as_json=as_json)
    raise typer.Exit(_ending([result]))


def _ending(results: list[Judged]) -> int:
    return DONE if all(each.card for each in results) else NOT_FOR_EVERYBODY
