"""Reading chip files (``dialects/chips/*.toml``): the dialects themselves do no I/O."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from sscard.dialects.chip import Chip
from sscard.errors import ProfileError

_FOLDER = files("sscard.dialects") / "chips"


def chip_names() -> tuple[str, ...]:
    """The chips that come with sscard."""
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in _FOLDER.iterdir()))


@cache
def load_chip(name: str) -> Chip:
    """The packaged chip of this name.  Raises ProfileError."""
    if name not in chip_names():
        raise ProfileError(f"no chip {name!r}; there are: {', '.join(chip_names())}")
    text = (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    return Chip.from_table(tomllib.loads(text), f"{name}.toml")
