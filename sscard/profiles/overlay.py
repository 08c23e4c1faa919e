"""A profile as a base and what is different from it, so that nothing is written twice.

A file that says ``extends = "gen2"`` begins with all of that profile.  Its title, suite and chip,
its settings and its own directories take their place in it as in any profile; a setting is replaced
whole.  ``[[changes]]`` name what they change as ``Profile.unconfirmed`` does: ``SSSE``,
``SSSE.STK``, ``SSSE/EF06``, ``SSSE/EF05.spec_version``.  ``[[additions]]`` put keys or files into a
directory, elements into a file.  Whoever changes a fact says where the new one is from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sscard.errors import ProfileError

Document = Mapping[str, Any]

#: What can be put into which part.  The same is changed by targets of its own, not from above.
_TAKES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"directories": ("keys", "files"), "files": ("elements",), "keys": (), "elements": ()}
)
_PARTS = ("keys", "files", "elements")
_PROVENANCE = ("source", "mark")


@dataclass(frozen=True, slots=True)
class _Found:
    """A table of the document, and of which list."""

    table: dict[str, Any]
    kind: str

    @property
    def identity(self) -> str:
        """The field that tells it from the others: another one would be another part."""
        return _identity(self.kind)


def overlaid(base: Document, own: Document) -> dict[str, Any]:
    """The document ``base`` with everything that ``own`` says otherwise or beside it.

    Raises ProfileError with the place in ``own`` of the first entry that does not hold.
    """
    document: dict[str, Any] = _copied(base)
    for name, value in own.items():
        if name in ("settings", "bank") and isinstance(value, Mapping):
            document[name] = {**document.get(name, {}), **value}
        elif name == "directories" and isinstance(value, list):
            document[name] = [*_tables(document, name), *_copied(value)]
        elif name not in ("changes", "additions"):
            document[name] = value
    for place, entry in _entries(own, "changes"):
        _change(_target(document, place, entry), place, entry)
    for place, entry in _entries(own, "additions"):
        _add(_target(document, place, entry), place, entry)
    return document


def _change(found: _Found, place: str, entry: dict[str, Any]) -> None:
    for name in _PROVENANCE:
        if name not in entry:
            raise ProfileError(f"{place}.{name}: is needed, the base's is that of the old fact")
    for name in (found.identity, *_PARTS):
        if name in entry:
            raise ProfileError(f"{place}.{name}: is not changed here: target names what is")
    found.table.update(entry)


def _add(found: _Found, place: str, entry: dict[str, Any]) -> None:
    takes = _TAKES[found.kind]
    for name, parts in entry.items():
        if name not in takes:
            room = " and ".join(takes) or "nothing"
            raise ProfileError(f"{place}.{name}: has no place there; what has is {room}")
        if not _tables(entry, name):
            raise ProfileError(f"{place}.{name}: is a list of tables")
        found.table[name] = [*_tables(found.table, name), *_copied(parts)]


def _target(document: Document, place: str, entry: dict[str, Any]) -> _Found:
    """What ``target`` names; it is taken out of ``entry``."""
    target = entry.pop("target", None)
    found = _find(document, target) if isinstance(target, str) else None
    if found is None:
        raise ProfileError(f"{place}.target: there is no {target!r}")
    return found


def _find(document: Document, target: str) -> _Found | None:
    """``DIRECTORY[/FID][.NAME…]``: behind a file its elements and their parts, else a key."""
    way, *names = target.split(".")
    directory, *fids = way.split("/")
    steps = [("directories", directory), *(("files", fid) for fid in fids)]
    steps += [("elements" if fids else "keys", name) for name in names]
    found: _Found | None = None
    for kind, wanted in steps:
        tables = _tables(found.table if found else document, kind)
        found = next((_Found(t, kind) for t in tables if _named(t, kind) == wanted), None)
        if found is None:
            return None
    return found


def _named(table: Document, kind: str) -> object:
    value = table.get(_identity(kind))
    return f"{value:04X}" if kind == "files" and isinstance(value, int) else value


def _identity(kind: str) -> str:
    return "fid" if kind == "files" else "name"


def _entries(own: Document, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    entries = own.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise ProfileError(f"{name}: is a list of tables")
    yield from ((f"{name}[{i}]", dict(entry)) for i, entry in enumerate(entries))


def _tables(table: Document, name: str) -> list[dict[str, Any]]:
    """The list of this name when it is one; whatever else stands there the model refuses."""
    found = table.get(name)
    parts = found if isinstance(found, list) else []
    return parts if all(isinstance(part, dict) for part in parts) else []


def _copied(value: Any) -> Any:
    """Tables and lists anew, so that no change reaches where they are from."""
    if isinstance(value, Mapping):
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value
