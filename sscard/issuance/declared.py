"""What is declared in TOML (layouts, rules, flows): the file found, and what is wrong in it."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from sscard.errors import ProfileError


class Declared(BaseModel):
    """What a file declares: nothing but what is known, and nothing changes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Kind = TypeVar("Kind", bound=BaseModel)


def packaged(package: str) -> tuple[str, ...]:
    """Names of the ``.toml`` files that come with sscard in ``package``."""
    files = resources.files(package).iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


def load(kind: type[Kind], package: str, name: str | Path, *, what: str) -> Kind:
    """What comes with sscard under this name, or the declaration in a ``.toml`` file.

    ``what`` is the word for it in messages.  Raises ProfileError naming file and place.
    """
    own = str(name).endswith(".toml")
    if not own and name not in packaged(package):
        known = ", ".join(packaged(package))
        raise ProfileError(f"no {what} {name}; there are {known}, or name a .toml file")
    source = Path(name) if own else resources.files(package) / f"{name}.toml"
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
