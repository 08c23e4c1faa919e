"""The words of the manual in both languages: one table, ``texts.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, get_args

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

Section = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """A language with its texts."""

    language: Language
    texts: Mapping[str, Section]

    @classmethod
    def of(cls, language: Language) -> Words:
        """The words of this language."""
        return cls(language, texts(language))

    @property
    def ui(self) -> Section:
        """The section of headings, labels and sentences."""
        return self.texts["ui"]


@cache
def texts(language: Language) -> Mapping[str, Section]:
    """The sections of the table (``ui``, ``marks``, ``settings`` …), each word in one language."""
    place = files("sscard.profiles.manual") / "texts.toml"
    document = tomllib.loads(place.read_text(encoding="utf-8"))
    column = LANGUAGES.index(language)
    return MappingProxyType(
        {
            section: MappingProxyType({key: words[column] for key, words in rows.items()})
            for section, rows in document.items()
        }
    )


def other(language: Language) -> Language:
    """The language that this one is not."""
    return "en" if language == "zh" else "zh"
