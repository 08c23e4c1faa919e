"""Rows that are the same for every card: forms of commands, amounts, data objects of the bank's."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.conformance import packaged
from sscard.conformance.expansions.file_rows import Row
from sscard.profiles import Profile

_TABLE = "tables/rows.toml"


def forms(profile: Profile) -> Iterator[Row]:
    """The ways to say which record a command means (ssc 1.3, 5.1 [S])."""
    return _rows(profile, "form")


def amounts(profile: Profile) -> Iterator[Row]:
    """The amounts of off-line transactions (ssc 5.2 [S])."""
    return _rows(profile, "amount")


def data_objects(profile: Profile) -> Iterator[Row]:
    """What GET DATA of the debit application may give (pboc 2.3 [H])."""
    return _rows(profile, "object")


def _rows(profile: Profile, name: str) -> Iterator[Row]:
    del profile
    yield from (dict(each) for each in packaged.document(_TABLE).document[name])
