"""The banks an applicant may choose."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Banks:
    """Known banks: every accepted spelling, folded, to the name used from then on."""

    spellings: Mapping[str, str]

    @classmethod
    def of(cls, names: Iterable[str]) -> Banks:
        """Banks known by one name each."""
        return cls({_folded(name): name for name in names})

    def __or__(self, other: Banks) -> Banks:
        """Both lists; a spelling known here keeps its meaning."""
        return Banks({**other.spellings, **self.spellings})

    def find(self, spelling: str) -> str | None:
        """The bank's name, None when it is unknown.  Case and surrounding space do not matter."""
        return self.spellings.get(_folded(spelling))


@cache
def packaged_banks() -> Banks:
    """The test banks of banks.toml (assumed)."""
    text = (files("sscard.issuance") / "banks.toml").read_text("utf-8")
    spellings: dict[str, str] = {}
    for bank in tomllib.loads(text)["banks"]:
        spellings |= {_folded(each): bank["name"] for each in (bank["name"], *bank["aliases"])}
    return Banks(spellings)


def _folded(spelling: str) -> str:
    return spelling.strip().casefold()
