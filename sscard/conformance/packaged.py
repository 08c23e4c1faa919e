"""Files of the package: groups, expectations, cases, suites, quirks: the only place that reads."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from sscard.errors import ProfileError
from sscard.profiles.words import not_toml

_PACKAGE = files("sscard.conformance")


class Source(NamedTuple):
    """A file by the name that errors call it, and what it says."""

    name: str
    document: Mapping[str, Any]


def document(name: str) -> Source:
    """One file directly in the package.  Raises ProfileError."""
    return parsed(name, _text(_PACKAGE / name, name))


@cache
def case_files() -> tuple[Source, ...]:
    """All files of cases, in order of their names.  Raises ProfileError."""
    return tuple(_documents(_PACKAGE / "cases", ""))


@cache
def expectation_files() -> tuple[Source, ...]:
    """All files of expectations, in order of their names.  Raises ProfileError."""
    return tuple(_documents(_PACKAGE / "expectations", "expectations/"))


def quirk_file(name: str | Path) -> Source:
    """A packaged quirk file by its name, another by its path.  Raises ProfileError."""
    packaged = _PACKAGE / "quirks" / f"{name}.toml"
    if isinstance(name, str) and "/" not in name and packaged.is_file():
        return parsed(f"{name}.toml", _text(packaged, f"{name}.toml"))
    path = Path(name)
    return parsed(path.name, _text(path, path.name))


def parsed(name: str, text: str) -> Source:
    """A file's text with what it says.  Raises ProfileError."""
    try:
        return Source(name, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{name}: {not_toml(text, error)}") from None


def _documents(folder: Traversable, above: str) -> Iterator[Source]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        name = f"{above}{entry.name}"
        if entry.is_dir():
            yield from _documents(entry, f"{name}/")
        elif entry.name.endswith(".toml") and name != _GROUPS:
            yield parsed(name, _text(entry, name))


_GROUPS = "groups.toml"


def _text(path: Traversable | Path, name: str) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{name}: cannot be read ({error})") from None
