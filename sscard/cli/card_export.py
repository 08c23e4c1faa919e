"""``sscard card export`` and ``import``: a card image as JSON, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sscard.cli.console import stdout

if TYPE_CHECKING:
    from rich.table import Table


def export(
    image: Annotated[Path, typer.Argument(help="Card image (卡映像), cards/*.card of a run.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    reveal: Annotated[
        bool, typer.Option(help="With keys, PIN and all contents, for import; needs --out.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write JSON to this file, readable by its owner only.")
    ] = None,
) -> None:
    """Say what a card holds without saying what it says: masked, for others to see (导出).

    Example: `sscard card export issued/cards/T0000001X.card --json`

    Every region of the memory has its name, offset, size, and the facts that are no secret: states,
    rights, counters, tries.  Contents are masked: no key, no PIN, nothing of a person.

    *With `--reveal` the file holds every byte of the card, keys and PIN included: keep it as safe
    as the card.*  Only such a file can be imported again; it is never printed.

    Ends with 0 when the image was read, 2 when there is none to use or no file can be written.
    """
    import json

    from simulator import load_card
    from simulator.card_document import document
    from sscard.durable import replace_file

    if reveal and out is None:
        why = "it is written to a file of its owner only: give --out"
        raise typer.BadParameter(why, param_hint="--reveal")
    card = load_card(image)
    text = json.dumps(document(card, reveal=reveal), ensure_ascii=False, indent=2) + "\n"
    if out is not None:
        replace_file(out, text.encode())
    elif as_json:
        typer.echo(text, nl=False)
    else:
        stdout().print(_table(document(card), image.name))


def import_(
    document: Annotated[Path, typer.Argument(help="JSON from `card export --reveal`.")],
    out: Annotated[Path, typer.Option(help="Card image (卡映像) to write; must not exist yet.")],
) -> None:
    """Make a card image of an export with `--reveal`, byte for byte the card's memory (导入).

    Example: `sscard card import t.json --out t.card`

    A masked export cannot be imported.  The image holds keys and PIN: it is readable by its owner
    only.

    Ends with 0 when the image was written, 2 when the export is masked, damaged or of no chip that
    is known, or when there is such a file already.
    """
    from simulator.card_document import load_document
    from sscard.errors import TransportError

    image = load_document(document)
    if out.exists():
        raise TransportError(f"{out}: exists already; nothing was written")
    image.save(out)
    typer.echo(f"{out}  {image.chip}")


def _table(card: dict[str, Any], title: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title=title, title_justify="left")
    for heading in ("对象 object", "类型 kind", "状态与计数 states and counters"):
        table.add_column(heading, overflow="fold")
    for region in card["regions"]:
        owner = region["owner"] if region["owner"] != region["identifier"] else ""
        words = (region["part"], owner, region["identifier"], region["detail"])
        facts = "  ".join(f"{name} {value}" for name, value in region["facts"].items())
        table.add_row(Text(" ".join(filter(None, words))), region["kind"], Text(facts))
    return table
