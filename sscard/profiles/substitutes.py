"""Characters of names that GBK does not have, and what a region writes in their place (issuance 4).

The table is text, so that it can stand in a setting: ``䶮=龑 𠮷=吉``.
"""

from __future__ import annotations

from collections.abc import Mapping

from sscard.profiles.fields import outside_gbk

_LONGEST = 8


def is_table(text: str | int) -> bool:
    """Whether this is a table: one character outside GBK, ``=``, 1 to 8 characters of GBK."""
    pairs = [pair.partition("=") for pair in text.split()] if isinstance(text, str) else None
    return pairs is not None and all(
        len(rare) == 1
        and outside_gbk(rare) is not None
        and 1 <= len(instead) <= _LONGEST
        and outside_gbk(instead) is None
        for rare, _, instead in pairs
    )


def read_table(text: str) -> Mapping[str, str]:
    """What stands in place of each character."""
    return {rare: instead for rare, _, instead in (pair.partition("=") for pair in text.split())}


def substituted(name: str, table: Mapping[str, str]) -> str:
    """``name`` with every character of the table replaced; others stay, in GBK or not."""
    return "".join(table.get(char, char) for char in name)
