"""One document on another: what is different from a base, so that nothing is written twice.

Settings take the place of those of the base, each whole; directories come behind its own.
``[[changes]]`` and ``[[removals]]`` name what they mean as ``Profile.unconfirmed`` does: ``SSSE``,
``SSSE.STK``, ``SSSE/EF06``, ``SSSE/EF05.spec_version``.  ``[[additions]]`` put keys or files into a
directory, elements into a file.  Whoever changes or removes a fact says where that is from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sscard.errors import ProfileError
from sscard.profiles.words import in_words

Document = Mapping[str, Any]

#: What can be put into which part.  The same is changed by targets of its own, not from above.
_TAKES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"directories": ("keys", "files"), "files": ("elements",), "keys": (), "elements": ()}
)
_PARTS = ("keys", "files", "elements")
_ENTRIES = ("changes", "additions", "removals")
PROVENANCE = ("source", "mark")
SETTINGS = ("settings", "bank")


@dataclass(frozen=True, slots=True)
class Found:
    """A table of a document, and which list it stands in: ``directories``, ``keys`` …

    A setting is a table of ``settings`` or ``bank`` and stands in no list.
    """

    table: dict[str, Any]
    kind: str
    siblings: list[dict[str, Any]]

    @property
    def identity(self) -> str:
        """The field that tells it from the others: another one would be another part."""
        return _identity(self.kind)


def overlaid(base: Document, own: Document) -> dict[str, Any]:
    """The document ``base`` with everything that ``own`` says otherwise or beside it.

    Raises ProfileError with the place in ``own`` of the first entry that does not hold.
    """
    document: dict[str, Any] = copied(base)
    for name, value in own.items():
        if name not in _ENTRIES:
            document[name] = _merged(document, name, value)
    for place, entry in _entries(own, "removals"):
        target = entry.get("target")
        _remove(_target(document, place, entry), place, entry)
        _forget_reach(document, target)
    if "removals" in own:  # kept: what is not there has a source, too
        document["removals"] = [*tables(base, "removals"), *copied(own["removals"])]
    for place, entry in _entries(own, "changes"):
        _change(_target(document, place, entry), place, entry)
    for place, entry in _entries(own, "additions"):
        _add(_target(document, place, entry), place, entry)
    return document


def find(document: Document, target: str) -> Found | None:
    """What a place names: ``DIRECTORY[/FID][.NAME…]``, ``settings.NAME`` or ``bank.NAME``.

    Behind a file a name is that of an element and then of its parts, else that of a key.
    """
    way, *names = target.split(".")
    if way in SETTINGS:
        return _setting(document, way, names)
    directory, *fids = way.split("/")
    steps = [("directories", directory), *(("files", fid) for fid in fids)]
    steps += [("elements" if fids else "keys", name) for name in names]
    found: Found | None = None
    for kind, wanted in steps:
        siblings = tables(found.table if found else document, kind)
        same = (Found(each, kind, siblings) for each in siblings if _named(each, kind) == wanted)
        found = next(same, None)
        if found is None:
            return None
    return found


def tables(table: Document, name: str) -> list[dict[str, Any]]:
    """The list of this name when it is one; whatever else stands there the model refuses."""
    found = table.get(name)
    parts = found if isinstance(found, list) else []
    return parts if all(isinstance(part, dict) for part in parts) else []


def copied(value: Any) -> Any:
    """Tables and lists anew, so that no change reaches where they are from."""
    if isinstance(value, Mapping):
        return {name: copied(each) for name, each in value.items()}
    return [copied(each) for each in value] if isinstance(value, list) else value


def _merged(document: Document, name: str, value: Any) -> Any:
    if name in SETTINGS and isinstance(value, Mapping):
        return {**document.get(name, {}), **value}
    if name == "directories" and isinstance(value, list):
        return [*tables(document, name), *copied(value)]
    return value


def _change(found: Found, place: str, entry: dict[str, Any]) -> None:
    _require_provenance(place, entry)
    for name in (found.identity, *_PARTS):
        if name in entry:
            raise ProfileError(f"{place}: {name}: is not changed here: target names what is")
    found.table.update(entry)


def _add(found: Found, place: str, entry: dict[str, Any]) -> None:
    takes = _TAKES[found.kind]
    for name, parts in entry.items():
        if name not in takes:
            room = " and ".join(takes) or "nothing"
            raise ProfileError(f"{place}: {name}: has no place there; what has is {room}")
        if not tables(entry, name):
            raise ProfileError(f"{place}: {name}: is a list of tables")
        found.table[name] = [*tables(found.table, name), *copied(parts)]


def _remove(found: Found, place: str, entry: dict[str, Any]) -> None:
    _require_provenance(place, entry)
    for name in entry:
        if name not in PROVENANCE:
            raise ProfileError(f"{place}: {name}: a removal says target, source and mark")
    found.siblings.remove(found.table)


def _forget_reach(document: dict[str, Any], target: object) -> None:
    """Over which interface something answers goes with it."""
    contactless = document.get("contactless")
    if isinstance(contactless, dict) and (reach := tables(contactless, "reach")):
        below = f"{target}/"
        left = [each for each in reach if not f"{each.get('target')}/".startswith(below)]
        document["contactless"] = contactless | {"reach": left}


def _require_provenance(place: str, entry: Document) -> None:
    for name in PROVENANCE:
        if name not in entry:
            raise ProfileError(f"{place}: {name}: is needed, the base's is that of the old fact")


def _target(document: Document, place: str, entry: dict[str, Any]) -> Found:
    """What ``target`` names; it is taken out of ``entry``."""
    target = entry.pop("target", None)
    found = find(document, target) if isinstance(target, str) else None
    if found is None or found.kind in SETTINGS:
        raise ProfileError(f"{place}: target: there is no {target!r}")
    return found


def _setting(document: Document, group: str, names: list[str]) -> Found | None:
    settings = document.get(group)
    setting = settings.get(".".join(names)) if isinstance(settings, Mapping) else None
    return Found(setting, group, []) if isinstance(setting, dict) else None


def _named(table: Document, kind: str) -> object:
    value = table.get(_identity(kind))
    return f"{value:04X}" if kind == "files" and isinstance(value, int) else value


def _identity(kind: str) -> str:
    return "fid" if kind == "files" else "name"


def _entries(own: Document, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    entries = own.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise ProfileError(f"{name}: is a list of tables")
    yield from ((in_words(f"{name}[{i}]", own), dict(entry)) for i, entry in enumerate(entries))
