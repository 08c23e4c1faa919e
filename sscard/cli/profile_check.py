"""Whether profiles and overlays hold, each with its size or with every mistake in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sscard.cli.profile_list import COUNTED
from sscard.errors import ProfileError
from sscard.profiles.chips import load_chip
from sscard.profiles.facts import counted, resting_on_assumption, stated
from sscard.profiles.field_words import kind_term
from sscard.profiles.fit import needed
from sscard.profiles.loader import compose, load_profile, overlay_document
from sscard.profiles.model import Profile


@dataclass(frozen=True, slots=True)
class Checked:
    """One spec: ``mistakes`` are lines with file and place; ``counts`` are there when it holds."""

    spec: str
    mistakes: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    room: dict[str, tuple[int, int]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """For programs."""
        room = {name: {"needed": n, "available": a} for name, (n, a) in self.room.items()}
        common = {"spec": self.spec, "ok": not self.mistakes, "mistakes": list(self.mistakes)}
        return {**common, **self.counts, "bytes": room} if not self.mistakes else common

    def lines(self) -> Iterator[str]:
        """For people: every mistake, or one line that says how much there is."""
        yield from self.mistakes
        if not self.mistakes:
            counts = ", ".join(f"{kind_term(kind)} {self.counts[kind]}" for kind in COUNTED)
            room = ", ".join(f"{name} {n:,} / {a:,}" for name, (n, a) in self.room.items())
            unconfirmed = f"未确认 unconfirmed {self.counts['unconfirmed']}"
            yield f"{self.spec}: 正确 ok: {counts}; 字节 bytes {room}; {unconfirmed}"


def checked(spec: str) -> Iterator[Checked]:
    """A profile as it is; an overlay on each of the profiles that it is for."""
    try:
        document = None if "+" in spec else overlay_document(spec)
    except ProfileError as error:
        yield Checked(spec, _lines(error))
        return
    if document is None:
        yield _checked(spec)
        return
    bases = document.get("bases")
    if not isinstance(bases, list) or not bases or not all(isinstance(b, str) for b in bases):
        bases = ["gen3"]  # on which the overlay is told that
    for base in bases:
        yield _checked_on(base, spec)


def _checked_on(base: str, spec: str) -> Checked:
    try:
        compose(base)
    except ProfileError as error:
        lines = (f"{Path(spec).name}: bases: {line}" for line in _lines(error))
        return Checked(f"{base}+{spec}", tuple(lines))
    return _checked(f"{base}+{spec}")


def _checked(spec: str) -> Checked:
    try:
        profile = load_profile(spec)
    except ProfileError as error:
        return Checked(spec, _lines(error))
    parts = stated(profile)
    counts = {**counted(parts), "unconfirmed": len(resting_on_assumption(parts))}
    return Checked(spec, (), counts, _room(profile))


def _room(profile: Profile) -> dict[str, tuple[int, int]]:
    sizes = load_chip(profile.chip).partitions
    return {name: (size, sizes[name]) for name, size in needed(profile).items()}


def _lines(error: ProfileError) -> tuple[str, ...]:
    return tuple(str(error).splitlines())
