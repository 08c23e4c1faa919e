"""Code tables: which codes an element may hold, and what they mean (ssc 8 [S])."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one code stands for; ``en`` is empty where only the Chinese term is known."""

    zh: str
    en: str = ""


@dataclass(frozen=True, slots=True)
class CodeTable:
    """The codes of one standard.  ``source`` and ``mark`` say where they are from."""

    name: str
    zh: str
    en: str
    source: str
    mark: str
    codes: Mapping[str, Meaning]

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and code in self.codes

    def meaning(self, code: str) -> Meaning | None:
        """What ``code`` stands for; None for a code that is not in the table."""
        return self.codes.get(code)

    def find(self, text: str) -> str | None:
        """The code that is ``text`` or means it in Chinese or English.

        None when there is none, or when several codes share the meaning.
        """
        wanted = text.strip().casefold()
        found = [
            code
            for code, meaning in self.codes.items()
            if wanted in (code, meaning.zh.casefold(), meaning.en.casefold())
        ]
        return found[0] if wanted and len(found) == 1 else None
