"""``sscard card diff``: what differs between two card images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.console import stdout
from sscard.cli.ending import DONE, NOT_FOR_EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from simulator.difference import Difference

_SIGNS = {
    "only first": ("-", "仅前者有", "red"),
    "only second": ("+", "仅后者有", "green"),
    "changed": ("~", "不同", "yellow"),
}


def diff(
    first: Annotated[Path, typer.Argument(help="Card image (卡映像), for instance from before.")],
    second: Annotated[Path, typer.Argument(help="The card image to compare it with.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Show what differs between two cards: files, keys, counters, states (比较两张卡).

    Example: `sscard card diff before.card after.card`

    Objects are compared by name: directory, file, key with its version, application, data grouping.
    Of a file it says how many bytes of which record differ, of a key, a PIN and a data grouping
    only that it differs: no value is shown.  Counters, tries and life-cycle states are shown from
    both cards.  Wear and where an object lies are no difference.

    Ends with 0 when nothing differs, 1 when something does, 2 when an image cannot be used.
    """
    from simulator import load_card
    from simulator.difference import differences

    found = differences(load_card(first), load_card(second))
    if as_json:
        _print_json((first.name, second.name), found)
    else:
        stdout().print(shown((first.name, second.name), found))
    raise typer.Exit(NOT_FOR_EVERYBODY if found else DONE)


def shown(names: tuple[str, str], found: Sequence[Difference]) -> RenderableType:
    """For people, in the order of the memory."""
    from rich.console import Group
    from rich.text import Text

    title = Text.assemble((names[0], "bold red"), " → ", (names[1], "bold green"))
    if not found:
        return Group(title, Text("没有差别 no difference"))
    lines = [title]
    for each in found:
        sign, word, style = _SIGNS[each.how]
        lines.append(Text.assemble((f"{sign} {each.place}", style), f"  {word} {each.how}"))
        lines += [Text(f"    {fact.name}: {fact.first} → {fact.second}") for fact in each.facts]
        lines += [Text(f"    {value}") for value in each.values]
    return Group(*lines)


def _print_json(names: tuple[str, str], found: Sequence[Difference]) -> None:
    import json

    document = {
        "first": names[0],
        "second": names[1],
        "equal": not found,
        "differences": [
            {
                "how": each.how,
                "place": each.place,
                "kind": each.kind.value,
                "facts": {f.name: {"first": f.first, "second": f.second} for f in each.facts},
                "values": list(each.values),
            }
            for each in found
        ],
    }
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
