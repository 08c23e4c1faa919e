"""Files of profiles, overlays and code tables: the only place of the package where any is read."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from sscard.errors import ProfileError
from sscard.profiles.codes import CodeTable
from sscard.profiles.composition import OverlayKind, Source
from sscard.profiles.words import not_toml

_PACKAGE = files("sscard.profiles")
_PROFILES = "catalog"
_OVERLAYS: Mapping[OverlayKind, str] = MappingProxyType({"region": "regions", "bank": "banks"})


def profile_names() -> tuple[str, ...]:
    """The profiles that come with sscard."""
    return _names(_PACKAGE / _PROFILES)


def overlay_names() -> Mapping[OverlayKind, tuple[str, ...]]:
    """The overlays that come with sscard, regions and banks."""
    return {kind: _names(_PACKAGE / folder) for kind, folder in _OVERLAYS.items()}


@cache
def code_tables() -> Mapping[str, CodeTable]:
    """The packaged code tables by name."""
    folder = _PACKAGE / "codes"
    return MappingProxyType({name: _code_table(folder, name) for name in _names(folder)})


def source_of(part: str | Path) -> Source:
    """A file by its path, or by the name of a profile or overlay.

    Raises ProfileError, also for a file of another's that borrows the name of one of ours.
    """
    if isinstance(part, Path):
        source = parsed(part.name, _read(part, part.name))
        if (name := source.document.get("name")) in packaged_names():
            raise ProfileError(f"{part.name}: name: {name} is one that comes with sscard")
        return source
    for folder in (_PROFILES, *_OVERLAYS.values()):
        if part in _names(_PACKAGE / folder):
            origin = f"{part}.toml"
            source = parsed(origin, _read(_PACKAGE / folder / origin, origin))
            return replace(source, packaged=True)
    raise no_profile(part)


def parsed(origin: str, text: str) -> Source:
    """The text of a file with what it says.  Raises ProfileError."""
    try:
        return Source(origin, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{origin}: {not_toml(text, error)}") from None


def no_profile(part: object) -> ProfileError:
    """That no profile is called so, and what there is."""
    known = profile_names()
    suggestion = _did_you_mean(part, known)
    return ProfileError(f"no profile {part!r}; there are: {', '.join(known)}{suggestion}")


def no_overlay(part: str) -> ProfileError:
    """That no overlay is called so, and what there is."""
    names = overlay_names()
    known = "; ".join(f"{kind}: {', '.join(each)}" for kind, each in names.items())
    suggestion = _did_you_mean(part, (name for each in names.values() for name in each))
    return ProfileError(f"no overlay {part!r}; there are: {known}{suggestion}")


def _did_you_mean(part: object, known: Iterable[str]) -> str:
    """Behind a list of names, the one that is most like ``part``."""
    close = get_close_matches(part, list(known), 1) if isinstance(part, str) else []
    return f"; did you mean {close[0]}?" if close else ""


def packaged_names() -> frozenset[str]:
    """The profiles and overlays that come with sscard."""
    return frozenset((*profile_names(), *(n for names in overlay_names().values() for n in names)))


def _code_table(folder: Traversable, name: str) -> CodeTable:
    return CodeTable.from_table(name, tomllib.loads(_read(folder / f"{name}.toml", name)))


def _names(folder: Traversable) -> tuple[str, ...]:
    found = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


def _read(path: Traversable | Path, name: str) -> str:
    try:
        return path.read_bytes().decode("utf-8")  # line ends as they are: TOML judges them
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{name}: cannot be read ({error})") from None
