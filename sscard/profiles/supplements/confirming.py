"""Other marks for some parts of a profile, and everything else as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from sscard.profiles.element import Mark, Part
from sscard.profiles.model import Profile


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a fact is from now, and how sure it is."""

    source: str
    mark: Mark


def with_provenance(profile: Profile, new: Mapping[int, Provenance]) -> Profile:
    """``profile`` with some of its parts, named by ``id``, marked anew."""
    rebuilt: Profile = _rebuilt(profile, new)
    return rebuilt


def inner(value: object, own: Set[int]) -> Iterator[Part]:
    """The parts in ``value``, itself not, whose ``id`` is not among ``own``."""
    for each in _below(value):
        if isinstance(each, Part) and id(each) not in own:
            yield each
            yield from inner(each, own)


def _below(value: object) -> Iterator[object]:
    """What the fields of a model hold, tables and lists opened."""
    fields = type(value).model_fields if isinstance(value, BaseModel) else ()
    for name in fields:
        held = getattr(value, name)
        if isinstance(held, Mapping):
            yield from held.values()
        elif isinstance(held, tuple):
            yield from held
        else:
            yield held


def _rebuilt(value: Any, marked: Mapping[int, Provenance]) -> Any:
    """Models are frozen: whatever holds a marked part is made anew, and nothing else is.

    ``model_copy`` would keep what cached properties have made of the old parts.
    """
    if isinstance(value, tuple):
        parts = [_rebuilt(each, marked) for each in value]
        return tuple(parts) if _differ(parts, value) else value
    if isinstance(value, dict):
        parts = [_rebuilt(each, marked) for each in value.values()]
        return dict(zip(value, parts, strict=True)) if _differ(parts, value.values()) else value
    if not isinstance(value, BaseModel):
        return value
    fields = {name: getattr(value, name) for name in type(value).model_fields}
    rebuilt = {name: _rebuilt(each, marked) for name, each in fields.items()}
    if (new := marked.get(id(value))) is not None:
        rebuilt |= {"source": new.source, "mark": new.mark}
    if not _differ(rebuilt.values(), fields.values()):
        return value
    return type(value).model_construct(value.model_fields_set, **rebuilt)


def _differ(new: Any, old: Any) -> bool:
    return any(one is not other for one, other in zip(new, old, strict=True))
