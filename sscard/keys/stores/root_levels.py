"""The levels of a store's keys, as its document says them.

root_level = "province"     # of every key: ministry (where nothing is said), province, city
area = "510100"             # whose they are below the ministry; a province's: two digits count

[root_levels]               # of single keys
IRK = "ministry"
"""

from __future__ import annotations

from collections.abc import Mapping

from sscard.errors import KeyStoreError
from sscard.keys.key_entry import Level
from sscard.keys.key_table import KEYS_BY_NAME
from sscard.keys.operations import AUTHENTICATION_CODE_KEY
from sscard.keys.roots import DEPTH, MINISTRY_ROOTS, Roots

#: What a document may say of levels.
ENTRIES = ("root_level", "area", "root_levels")
#: What is held at a level beside the key table: the exchange key has the name that a profile gives.
_BESIDE = frozenset({AUTHENTICATION_CODE_KEY})


def roots_of(document: Mapping[str, object]) -> Roots:
    """The levels.  Raises KeyStoreError naming the entry that is wrong."""
    if not document.keys() & set(ENTRIES):
        return MINISTRY_ROOTS
    if document.get("kind") == "bank":
        raise KeyStoreError("a bank's keys have no root_level")
    exceptions = document.get("root_levels", {})
    if not isinstance(exceptions, dict):
        raise KeyStoreError("[root_levels] is no table")
    for name in exceptions:
        _require_known(name, document)
    area = document.get("area")
    if area is not None and not isinstance(area, str):
        raise KeyStoreError("area is a city code, 6 digits as text")
    try:
        return Roots(
            _level("root_level", document.get("root_level", Level.MINISTRY)),
            area,
            {name: _level(f"root_levels.{name}", level) for name, level in exceptions.items()},
        )
    except ValueError as error:
        raise KeyStoreError(f"root_level, area: {error}") from None


def entries(roots: Roots) -> dict[str, object]:
    """What a document says of these levels; nothing where all keys are the ministry's."""
    if roots == MINISTRY_ROOTS:
        return {}
    levels = {name: str(level) for name, level in sorted(roots.exceptions.items())}
    return {"root_level": str(roots.level), "area": roots.area, "root_levels": levels}


def _level(entry: str, value: object) -> Level:
    if value not in tuple(DEPTH):
        raise KeyStoreError(f"{entry} must be one of {', '.join(DEPTH)}")
    return Level(str(value))


def _require_known(name: str, document: Mapping[str, object]) -> None:
    if document.get("kind") == "exchange" or name in KEYS_BY_NAME or name in _BESIDE:
        return
    keys = document.get("keys")
    if not isinstance(keys, dict) or name not in keys:
        raise KeyStoreError(f"root_levels.{name}: there is no such key")
