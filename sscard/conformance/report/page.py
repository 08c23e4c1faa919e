"""What all pages about a card are made of: one file, nothing from outside, no scripts.

A page extends ``page.html.j2`` and fills its block ``content``; ``parts.html.j2`` has the macros
for headings, tables, marks and dialogues.  Words are Chinese first, with English beside.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from jinja2 import Environment


class Words(NamedTuple):
    """The same thing in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} {self.en}".strip()


class Mark(NamedTuple):
    """How something came out: a sign and words, so that nothing hangs on the colour.

    ``kind`` is the colour: good, warn, bad, calm or none.
    """

    kind: str
    sign: str
    words: Words


class Fact(NamedTuple):
    """One thing that is said of the whole page; ``code`` sets it in the type of machines."""

    words: Words
    value: str
    code: bool = False


class Tile(NamedTuple):
    """A number that the page begins with."""

    kind: str
    number: int
    words: Words


class Head(NamedTuple):
    """What is the same on every page.  ``verdict`` is the answer to why it was made."""

    title: Words
    verdict: Mark
    #: One sentence below the verdict: what it means.
    told: Words
    facts: tuple[Fact, ...]
    tiles: tuple[Tile, ...] = ()
    #: TEST keys and the like, in a red banner above everything.
    banner: Words | None = None


class Table(NamedTuple):
    """Rows of cells; a cell is text, a number, a ``Mark``, or ``Words``.

    ``numeric`` are the columns set to the right, ``code`` those in the type of machines.  The first
    column heads its row.
    """

    label: Words
    columns: tuple[Words, ...]
    rows: tuple[tuple[object, ...], ...]
    numeric: frozenset[int] = frozenset()
    code: frozenset[int] = frozenset()


def environment(*more: Traversable) -> Environment:
    """Where pages come from: the templates here, and those in the folders ``more``.

    Whatever they show is escaped.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folders = (files("sscard.conformance.report") / "templates", *more)
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(lambda name: _text(folders, name)),
    )
    made.tests["mark"] = lambda cell: isinstance(cell, Mark)
    made.tests["words"] = lambda cell: isinstance(cell, Words)
    return made


def _text(folders: tuple[Traversable, ...], name: str) -> str | None:
    for folder in folders:
        found = folder / name
        if found.is_file():
            return found.read_text(encoding="utf-8")
    return None
