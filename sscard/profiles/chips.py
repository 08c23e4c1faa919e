"""Reading chip files (``dialects/chips/*.toml``): the dialects themselves do no I/O."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from sscard.dialects.chip import Chip
from sscard.dialects.psam_chip import PREFIX, PsamChip
from sscard.errors import ProfileError

_FOLDER = files("sscard.dialects") / "chips"


def chip_names() -> tuple[str, ...]:
    """The chips of user cards that come with sscard."""
    return tuple(name for name in _names() if not name.startswith(PREFIX))


def psam_chip_names() -> tuple[str, ...]:
    """The chips of PSAMs that come with sscard."""
    return tuple(name for name in _names() if name.startswith(PREFIX))


@cache
def load_chip(name: str) -> Chip:
    """The packaged chip of this name.  Raises ProfileError."""
    if name not in chip_names():
        raise ProfileError(f"no chip {name!r}; there are: {', '.join(chip_names())}")
    return Chip.from_table(_table(name), f"{name}.toml")


@cache
def load_psam_chip(name: str) -> PsamChip:
    """The packaged PSAM chip of this name.  Raises ProfileError."""
    if name not in psam_chip_names():
        raise ProfileError(f"no PSAM chip {name!r}; there are: {', '.join(psam_chip_names())}")
    return PsamChip.from_table(_table(name), f"{name}.toml")


def _names() -> list[str]:
    return sorted(entry.name.removesuffix(".toml") for entry in _FOLDER.iterdir())


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
