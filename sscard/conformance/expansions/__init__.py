"""What templates are repeated for: rows made from a profile, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from sscard.profiles import Profile

#: A row's fields by name: text, numbers, bytes, truth values, and lists of step tables.
Row: TypeAlias = Mapping[str, "str | int | bool | bytes | Sequence[Mapping[str, Any]]"]
Rows: TypeAlias = Callable[[Profile], Iterable[Row]]

EXPANSIONS: Mapping[str, Rows] = MappingProxyType({})
