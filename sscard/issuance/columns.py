"""Header names: one column has several accepted spellings, and none may come twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sscard.issuance.csv_table import Table

HEADER_LINE = 1


def positions(table: Table, names: Mapping[str, str], required: Iterable[str]) -> dict[str, int]:
    """Where each column stands, by the column's own name.

    ``names`` maps accepted spellings (folded) to columns.  Raises ApplicantError for a required
    column that is missing, for a doubled one, also when the two are spelled differently, and for
    a name that is not in ``names``: a misspelt column is not left out of the cards in silence.
    """
    columns = [names.get(folded(spelling)) for spelling in table.header]
    # First, because without a header the first person stands here and must not be quoted.
    missing = [_spellings(column, names) for column in required if column not in columns]
    if missing:
        raise table.error(HEADER_LINE, f"missing column {', '.join(missing)}")
    found: dict[str, int] = {}
    for index, (spelling, column) in enumerate(zip(table.header, columns, strict=True)):
        if column is None:
            raise table.error(HEADER_LINE, f"unknown column {_unknown(table.header, names)}")
        if column in found:
            raise table.error(HEADER_LINE, f"column {spelling!r} is doubled ({column})")
        found[column] = index
    return found


def folded(spelling: str) -> str:
    """The form in which header names are compared."""
    return spelling.strip().casefold()


def _unknown(header: Iterable[str], names: Mapping[str, str]) -> str:
    """All of them: a list for cards of another generation has many."""
    return ", ".join(repr(spelling) for spelling in header if folded(spelling) not in names)


def _spellings(column: str, names: Mapping[str, str]) -> str:
    return "/".join(spelling for spelling, each in names.items() if each == column)
