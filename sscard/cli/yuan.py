"""Amounts of money as people type them."""

from __future__ import annotations

import re

import typer


def fen(text: str) -> int:
    """Fen of an amount in yuan with at most two decimals.  Raises BadParameter."""
    found = re.fullmatch(r"(\d{1,10})(?:\.(\d{1,2}))?", text, re.ASCII)
    if found is None:
        raise typer.BadParameter("is yuan with at most two decimals, as in 12.30")
    return int(found[1] + (found[2] or "").ljust(2, "0"))
