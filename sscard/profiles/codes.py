"""Code tables: which codes an element may hold, and what they mean (ssc 8 [S]).

Where the public text gives a range, the table has a range: every code inside is taken, whether its
name is known or not, and none outside.  A code made of parts has a table for each part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one code stands for; ``en`` is empty where only the Chinese term is known.

    ``short`` is another way to write the Chinese term (汉 for 汉族).
    """

    zh: str
    en: str = ""
    short: str = ""

    @property
    def spellings(self) -> frozenset[str]:
        """What a list may say instead of the code, folded."""
        return frozenset(each.casefold() for each in (self.zh, self.short, self.en))


@dataclass(frozen=True, slots=True)
class CodeRange:
    """Codes of equally many digits, from the first to the last."""

    first: str
    last: str

    def __contains__(self, code: str) -> bool:
        same_form = len(code) == len(self.first) and code.isascii() and code.isdigit()
        return same_form and self.first <= code <= self.last


@dataclass(frozen=True, slots=True)
class CodeTable:
    """The codes of one standard.  ``source`` and ``mark`` say where they are from.

    ``codes`` are those with a known meaning; ``unnamed`` and those in ``ranges`` are legal too.
    Where the meanings are from elsewhere, ``meanings_source`` and ``meanings_mark`` say it; they
    are empty where the meanings are as sure as the codes.  Only codes stand on a card.
    """

    name: str
    zh: str
    en: str
    source: str
    mark: str
    codes: Mapping[str, Meaning]
    unnamed: tuple[str, ...] = ()
    ranges: tuple[CodeRange, ...] = ()
    meanings_source: str = ""
    meanings_mark: str = ""

    @classmethod
    def from_table(cls, name: str, table: Mapping[str, Any]) -> CodeTable:
        """The table in a TOML document (``codes/*.toml``)."""
        words = {key: table[key] for key in ("zh", "en", "source", "mark")}
        codes = {code: Meaning(**meaning) for code, meaning in table.get("codes", {}).items()}
        return cls(
            name=name,
            codes=MappingProxyType(codes),
            unnamed=tuple(table.get("unnamed", ())),
            ranges=tuple(CodeRange(**each) for each in table.get("ranges", ())),
            meanings_source=table.get("meanings_source", ""),
            meanings_mark=table.get("meanings_mark", ""),
            **words,
        )

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and (
            code in self.codes or code in self.unnamed or any(code in each for each in self.ranges)
        )

    @property
    def samples(self) -> tuple[str, ...]:
        """Every code that is listed, and both ends of every range."""
        ends: Iterable[str] = (end for each in self.ranges for end in (each.first, each.last))
        return tuple(dict.fromkeys((*self.codes, *self.unnamed, *ends)))

    def meaning(self, code: str) -> Meaning | None:
        """What ``code`` stands for; None where that is not known."""
        return self.codes.get(code)

    def find(self, text: str) -> str | None:
        """The code that is ``text`` or means it in Chinese or English.

        None when there is none, or when several codes share the meaning.
        """
        wanted = text.strip().casefold()
        if wanted in self:
            return wanted
        found = [
            code
            for code, meaning in self.codes.items()
            if wanted == code.casefold() or wanted in meaning.spellings
        ]
        return found[0] if wanted and len(found) == 1 else None
