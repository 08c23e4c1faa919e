"""Specs: ``gen3``, ``gen3+sichuan+demo-bank``.

The first part is a profile, the others are overlays; each is the name of one that comes with
sscard, or the path of a ``*.toml``.
"""

from __future__ import annotations

from pathlib import Path

from sscard.errors import ProfileError
from sscard.profiles.composition import Composition, Source, based, with_overlay
from sscard.profiles.sources import (
    no_overlay,
    no_profile,
    packaged_names,
    source_of,
)

_JOINT = "+"


def composed(spec: str | Path, folder: Path = Path(), way: tuple[str, ...] = ()) -> Composition:
    """The layers that ``spec`` names, one on the other.  Raises ProfileError.

    ``folder`` is where paths begin; ``way`` are the files whose base is being looked for.
    """
    first, *overlays = _parts(spec, folder)
    key = first if isinstance(first, str) else str(first.resolve())
    if key in way:
        circle = " → ".join(Path(each).name for each in (*way[way.index(key) :], key))
        raise ProfileError(f"goes round in a circle: {circle}")
    source = source_of(first)
    if source.is_overlay:
        wanted = f"gen3{_JOINT}{Path(first).stem}"
        raise ProfileError(f"{source.origin}: is an overlay and lies on a profile, as in {wanted}")
    composition = with_base(source, Path(key).parent, (*way, key))
    for part in overlays:
        composition = _with_overlay(composition, part)
    return composition


def with_base(source: Source, folder: Path, way: tuple[str, ...] = ()) -> Composition:
    """The profile in ``source`` and all that it extends; arguments and errors as ``composed``."""
    try:
        if "extends" not in source.document:
            return based(source, None)
        return based(source, _base(source.document["extends"], folder, way))
    except ProfileError as error:
        raise ProfileError(f"{source.origin}: {error}") from None


def origin_of(spec: str | Path) -> str | None:
    """The file that errors name; None where several together are wrong.  Raises ProfileError."""
    first, *overlays = _parts(spec, Path())
    if overlays:
        return None
    return first.name if isinstance(first, Path) else f"{first}.toml"


def part_of(text: str | Path, folder: Path = Path()) -> str | Path:
    """One part of a spec: a name, or the path that begins in ``folder``."""
    is_path = isinstance(text, Path) or text.endswith(".toml")
    return folder / text if is_path else text


def _parts(spec: str | Path, folder: Path) -> list[str | Path]:
    """A path may have a ``+`` in it where it is the whole spec."""
    if isinstance(spec, Path) or (spec.endswith(".toml") and (folder / spec).exists()):
        return [folder / spec]
    parts = spec.split(_JOINT)
    if not all(parts):
        raise ProfileError(f"{spec!r}: before and behind each {_JOINT} stands a name or a path")
    return [part_of(part, folder) for part in parts]


def _base(spec: object, folder: Path, way: tuple[str, ...]) -> Composition:
    try:
        if not isinstance(spec, str):
            raise no_profile(spec)
        return composed(spec, folder, way)
    except ProfileError as error:
        raise ProfileError(f"extends: {error}") from None


def _with_overlay(base: Composition, part: str | Path) -> Composition:
    if isinstance(part, str) and part not in packaged_names():
        raise no_overlay(part)
    source = source_of(part)
    if not source.is_overlay:
        raise ProfileError(f"{source.origin}: is a profile and can only come first, not on one")
    try:
        return with_overlay(base, source)
    except ProfileError as error:
        lines = (f"{source.origin}: {line}" for line in str(error).splitlines())
        raise ProfileError("\n".join(lines)) from None
