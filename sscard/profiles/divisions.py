"""Division codes: GB/T 2260 in force and abolished, and the few that stand outside it.

The tables are constants of the package (codes/divisions.tsv, codes/divisions-own.tsv), read
once, on the first look-up: about 7,270 lines, some milliseconds.  Sources and licences: NOTICE.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType


class Use(StrEnum):
    """Where a code may stand."""

    ANYWHERE = "anywhere"  # GB/T 2260
    CARD = "card"  # ministry-internal, e.g. 639900: issuing regions, never in a citizen number
    PERSON = "person"  # in citizen numbers only


@dataclass(frozen=True, slots=True)
class Division:
    """One division.  ``until`` is the last year in which a list names it; None: in force.

    ``name_en`` is empty below the provinces.  Years before 1984 are noisy in the sources.
    """

    code: str
    name_zh: str
    name_en: str = ""
    until: int | None = None
    use: Use = Use.ANYWHERE


def division(code: str) -> Division | None:
    """The division with this 6-digit code, None when no list names it (ssc 8 [S])."""
    return divisions().get(code)


def in_citizen_numbers(code: str) -> bool:
    """Whether a citizen number may begin with ``code``: current or abolished, not internal."""
    found = division(code)
    return found is not None and found.use is not Use.CARD


@cache
def divisions() -> Mapping[str, Division]:
    """All divisions by code, in the order of the codes within each table."""
    return MappingProxyType({entry.code: entry for entry in (*_national(), *_own())})


def _national() -> Iterator[Division]:
    for code, name, until, english, *_ in _lines("divisions.tsv"):
        yield Division(code, name, english, int(until) if until else None)


def _own() -> Iterator[Division]:
    for code, name, use, *_ in _lines("divisions-own.tsv"):
        yield Division(code, name, use=Use(use))


def _lines(table: str) -> Iterator[list[str]]:
    text = (files("sscard.profiles") / "codes" / table).read_text("utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            yield [*line.split("\t"), "", ""]  # trailing empty columns are left out
