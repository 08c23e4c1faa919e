"""Where tables and trees are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

#: Columns where no terminal breaks lines: a file or another program.
_UNBROKEN = 160


def stdout() -> Console:
    """The terminal in its width; else lines long enough not to be broken."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(width=_UNBROKEN, highlight=False)
