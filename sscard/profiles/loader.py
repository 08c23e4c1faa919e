"""Reading profiles and code tables from TOML files; the only file of the package that does."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from sscard.errors import ProfileError
from sscard.profiles.checks import mistakes
from sscard.profiles.codes import CodeTable, Meaning
from sscard.profiles.model import Profile
from sscard.profiles.overlay import overlaid
from sscard.profiles.rules import with_rules

_PACKAGE = files("sscard.profiles")


def profile_names() -> tuple[str, ...]:
    """The profiles that come with sscard."""
    return _names(_PACKAGE / "catalog")


def load_profile(profile: str | Path) -> Profile:
    """A packaged profile by its name (``"gen2"``), or one from a file (``*.toml``).

    Raises ProfileError that names the file and every place in it that is wrong.
    """
    if isinstance(profile, Path) or profile.endswith(".toml"):
        path = Path(profile)
        return parse_profile(_read(path, path.name), path.name)
    if profile not in profile_names():
        raise ProfileError(f"no profile {profile!r}; there are: {', '.join(profile_names())}")
    return _packaged(profile)


def profile_sha256(profile: str | Path) -> bytes:
    """SHA-256 of a profile's file, as ledgers keep it; arguments and errors as ``load_profile``.

    Where it extends another profile: of the hash of the file and the hash of that profile.
    """
    if isinstance(profile, Path) or profile.endswith(".toml"):
        origin, text = Path(profile).name, _read(Path(profile), Path(profile).name)
    else:
        origin, text = f"{profile}.toml", _in_catalog(profile)
    try:
        base = _base(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ProfileError) as error:
        raise ProfileError(f"{origin}: {error}") from None
    own = sha256(text.encode()).digest()
    return own if base is None else sha256(own + profile_sha256(base)).digest()


def parse_profile(text: str, origin: str) -> Profile:
    """The profile that ``text`` (TOML) declares; ``origin`` names it in errors.

    Raises ProfileError.
    """
    try:
        document = with_rules(_document(text))
        profile = Profile.model_validate(document, context={"codes": code_tables()})
    except ValidationError as error:
        raise ProfileError(_listed(origin, _places(error))) from None
    except (tomllib.TOMLDecodeError, ProfileError) as error:
        raise ProfileError(f"{origin}: {error}") from None
    wrong = [f"{place}: {reason}" for place, reason in mistakes(profile)]
    if wrong:
        raise ProfileError(_listed(origin, wrong))
    return profile


@cache
def code_tables() -> Mapping[str, CodeTable]:
    """The packaged code tables by name."""
    folder = _PACKAGE / "codes"
    return MappingProxyType({name: _code_table(folder, name) for name in _names(folder)})


def _code_table(folder: Traversable, name: str) -> CodeTable:
    document: dict[str, Any] = tomllib.loads(_read(folder / f"{name}.toml", name))
    codes = {code: Meaning(**meaning) for code, meaning in document.pop("codes").items()}
    return CodeTable(name=name, codes=MappingProxyType(codes), **document)


@cache
def _packaged(name: str) -> Profile:
    return parse_profile(_in_catalog(name), f"{name}.toml")


def _document(text: str) -> dict[str, Any]:
    """The tables of a profile's file, on top of those of the profile that it extends."""
    document = tomllib.loads(text)
    base = _base(document)
    if base is None:
        return document
    own = {name: value for name, value in document.items() if name != "extends"}
    return overlaid(_document(_in_catalog(base)), own)


def _base(document: Mapping[str, Any]) -> str | None:
    base = document.get("extends")
    if base is not None and base not in profile_names():
        raise ProfileError(f"extends: no profile {base!r}; there are: {', '.join(profile_names())}")
    return base


def _in_catalog(name: str) -> str:
    return _read(_PACKAGE / "catalog" / f"{name}.toml", f"{name}.toml")


def _names(folder: Traversable) -> tuple[str, ...]:
    found = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


def _read(path: Traversable | Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{name}: cannot be read ({error})") from None


def _places(error: ValidationError) -> list[str]:
    return [f"{_place(found['loc'])}: {found['msg']}" for found in error.errors()]


def _place(loc: tuple[int | str, ...]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc)
    return steps.removeprefix(".") or "document"


def _listed(origin: str, wrong: list[str]) -> str:
    return "\n".join(f"{origin}: {line}" for line in wrong)
