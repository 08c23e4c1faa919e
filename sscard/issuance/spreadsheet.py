"""What a list needs so that an office can open it in a spreadsheet without harm."""

from __future__ import annotations

#: Excel takes a file without it for the local code page.
BOM = b"\xef\xbb\xbf"
#: Also in full width: a Chinese Excel takes those for the same.
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")


def inert(cell: str) -> str:
    """A cell that an applicant wrote: it must not run as a formula when the office opens it."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
