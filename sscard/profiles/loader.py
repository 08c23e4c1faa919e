"""Profiles from the specs that name them: composed of their layers, then checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from sscard.errors import ProfileError
from sscard.profiles.checks import mistakes
from sscard.profiles.composition import Composition, Layer
from sscard.profiles.model import Profile
from sscard.profiles.rules import with_rules
from sscard.profiles.sources import (
    code_tables,
    overlay_names,
    parsed,
    profile_names,
    source_of,
)
from sscard.profiles.specs import composed, origin_of, part_of, with_base
from sscard.profiles.words import in_words, sentence

__all__ = [
    "LastLayer",
    "code_tables",
    "compose",
    "load_profile",
    "overlay_document",
    "overlay_names",
    "parse_profile",
    "profile_layers",
    "profile_names",
    "profile_of",
    "profile_sha256",
]


class LastLayer(Protocol):
    """What comes on top of everything else: an issuer's signed word on facts."""

    def applied_to(self, composition: Composition, /) -> Composition:
        """The composition with one more layer.  Raises ProfileError."""
        ...

    def confirmed(self, profile: Profile, /) -> Profile:
        """The profile of that composition, its facts marked.  Raises ProfileError."""
        ...


def load_profile(spec: str | Path, supplement: LastLayer | None = None) -> Profile:
    """The profile that ``spec`` names, with all its layers.

    Raises ProfileError that names the file and every place in it that is wrong.
    """
    if supplement is None and isinstance(spec, str) and ".toml" not in spec:
        return _packaged(spec)
    if supplement is None:
        return profile_of(compose(spec), origin_of(spec))
    return supplement.confirmed(profile_of(compose(spec, supplement)))


def profile_layers(spec: str | Path, supplement: LastLayer | None = None) -> tuple[Layer, ...]:
    """The files that ``spec`` is made of, the lowest first, each with its hash."""
    return compose(spec, supplement).layers


def profile_sha256(spec: str | Path, supplement: LastLayer | None = None) -> bytes:
    """One SHA-256 over all layers, as ledgers keep it; arguments and errors as ``load_profile``."""
    return compose(spec, supplement).sha256


def compose(spec: str | Path, supplement: LastLayer | None = None) -> Composition:
    """The layers that ``spec`` names, one on the other, not yet checked as a whole.

    Raises ProfileError: a part that does not exist or has no place there, or a rule broken.
    """
    composition = composed(spec)
    return composition if supplement is None else supplement.applied_to(composition)


def parse_profile(text: str, origin: str) -> Profile:
    """The profile that ``text`` (TOML) declares; ``origin`` names it in errors.

    Raises ProfileError.
    """
    return profile_of(with_base(parsed(origin, text), Path()), origin)


def profile_of(composition: Composition, origin: str | None = None) -> Profile:
    """The checked profile of a composition; ``origin`` names it in errors.  Raises ProfileError."""
    origin, document = origin or _together(composition), composition.document
    try:
        document = with_rules(document)
        profile = Profile.model_validate(document, context={"codes": code_tables()})
    except ValidationError as error:
        raise ProfileError(_listed(origin, _places(error, document))) from None
    except ProfileError as error:
        raise ProfileError(f"{origin}: {error}") from None
    wrong = [f"{in_words(place, document)}: {reason}" for place, reason in mistakes(profile)]
    if wrong:
        raise ProfileError(_listed(origin, wrong))
    return profile


def overlay_document(part: str | Path) -> Mapping[str, Any] | None:
    """What an overlay's file says, by name or path; None for a profile.  Raises ProfileError."""
    source = source_of(part_of(part))
    return source.document if source.is_overlay else None


def _together(composition: Composition) -> str:
    """What several files together are called in errors."""
    signed = "".join(f" with supplement {title}" for title in composition.of("supplement"))
    return composition.name + signed


@cache
def _packaged(spec: str) -> Profile:
    return profile_of(compose(spec), origin_of(spec))


def _places(error: ValidationError, document: Mapping[str, Any]) -> list[str]:
    return [f"{_place(each['loc'], document)}: {sentence(each)}" for each in error.errors()]


def _place(loc: tuple[int | str, ...], document: Mapping[str, Any]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc)
    place = steps.removeprefix(".")
    return in_words(place, document) if place else "document"


def _listed(origin: str, wrong: list[str]) -> str:
    return "\n".join(f"{origin}: {line}" for line in wrong)
