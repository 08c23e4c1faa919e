"""Flows and topologies are declared in TOML: finding the files, and saying what is wrong in one."""

from __future__ import annotations

import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from sscard.errors import ProfileError


class Declared(BaseModel):
    """What a file declares: nothing but what is known, and nothing changes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


D = TypeVar("D", bound=Declared)


def packaged(folder: str) -> tuple[str, ...]:
    """Names of what comes with sscard in ``folder`` (flows, topologies)."""
    files = (resources.files(__package__) / folder).iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


def load(kind: type[D], folder: str, name: str | Path) -> D:
    """What comes with sscard under this name, or the declaration in a ``.toml`` file.

    Raises ProfileError naming file and place.
    """
    if not str(name).endswith(".toml") and name not in packaged(folder):
        known = ", ".join(packaged(folder))
        raise ProfileError(f"{folder}: no {name}; there are {known}, or name a .toml file")
    return _read(kind, _place(folder, name))


def _place(folder: str, name: str | Path) -> Traversable:
    if str(name).endswith(".toml"):
        return Path(name)
    return resources.files(__package__) / folder / f"{name}.toml"


def _read(kind: type[D], source: Traversable) -> D:
    try:
        return kind.model_validate(tomllib.loads(source.read_text("utf-8")))
    except OSError as error:
        raise ProfileError(f"{source}: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(each) for each in first["loc"])
        raise ProfileError(f"{source}: {place}: {first['msg']}") from None
    except ValueError as error:  # no UTF-8, no TOML
        raise ProfileError(f"{source}: {error}") from None
