"""What a region may do to a profile (ssc 1.1 [S]), judged by comparing it before and after.

New directories have ids from DF0A up, new files ids from EF0C up; ids and tags that the base has
are not given a second meaning, its files get no further items, its cyclic files may only gain
records.  Key ids, key versions, access rules and the filler of a text are the region's; tag, size,
type, codec and structure are not.  No overlay, a bank's neither, is surer of an unchanged value.

Tables are in the order of the base with what is new behind them, as ``overlay.overlaid`` leaves
them.  What is not well formed is passed over: the model names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sscard.profiles.element import UNCONFIRMED
from sscard.profiles.overlay import PROVENANCE, SETTINGS, Document, tables
from sscard.profiles.words import in_words

#: Where a rule is broken, in words, and what the rule says.
Broken = tuple[str, str]

FIRST_DIRECTORY, LAST_DIRECTORY = 0xDF0A, 0xDFFF
FIRST_FILE = 0xEF0C
_ROOT = "SSSE"
_UNCHANGED = "nothing is changed; whoever confirms a fact does so in a supplement"
#: What a region may change of a part that the base has.
_FREE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "directory": (),
        "key": ("kid", "versions"),
        "file": ("read", "update", "records"),
        "element": ("filler",),
    }
)
_PARTS = ("keys", "files", "elements")
#: An LK is shown as an external key is; keys found by an index have ids of their own.
_SHOWN: Mapping[str, str] = MappingProxyType({"lock": "external"})


@dataclass(frozen=True, slots=True)
class _Taken:
    """What the base uses already: where each tag, key name and AID is."""

    tags: Mapping[int, str]
    keys: Mapping[str, str]
    names: Mapping[str, str]

    @classmethod
    def by(cls, base: Document) -> _Taken:
        directories = tables(base, "directories")
        tags: dict[int, str] = {}
        for directory in directories:
            for file in tables(directory, "files"):
                for element in _all_elements(file):
                    if isinstance(tag := element.get("tag"), int):
                        place = f"{_directory(directory)}, {_file(file)}"
                        tags.setdefault(tag, f"{element.get('name')}, {place}")
        return cls(
            tags,
            {str(key.get("name")): _name(d) for d in directories for key in tables(d, "keys")},
            {str(each.get("df_name")): _name(each) for each in directories},
        )


def broken(base: Document, extended: Document) -> Iterator[Broken]:
    """Every rule that ``extended`` breaks, in the order of its directories."""
    taken = _Taken.by(base)
    known, new = _parted(base, extended, "directories")
    for before, after in known:
        yield from _changed_directory(before, after, taken)
    for directory in new:
        yield from _new_directory(directory, taken)
    for group in SETTINGS:
        yield from _settings(base.get(group), extended.get(group), group)


def _settings(before: object, after: object, group: str) -> Iterator[Broken]:
    """Whoever says a value again may not be surer of it: that is its owner's to say."""
    old, new = _table(before), _table(after)
    for name in (name for name in new if name in old):
        was, now = _table(old[name]), _table(new[name])
        marks = [str(each.get("mark")) for each in (was, now)]
        surer = marks[0] in UNCONFIRMED and marks[1] not in UNCONFIRMED
        if surer and was.get("value") == now.get("value"):
            yield in_words(f"{group}.{name}", {}), _UNCHANGED


def _changed_directory(before: Document, after: Document, taken: _Taken) -> Iterator[Broken]:
    place = _directory(before)
    yield from _changes(before, after, "directory", place)
    yield from _keys(before, after, place, taken)
    known, new = _parted(before, after, "files")
    for old, file in known:
        yield from _changed_file(old, file, place)
    ids = [file.get("fid") for file in tables(before, "files")]
    for file in new:
        at, fid = f"{place}, {_file(file)}", file.get("fid")
        if fid in ids:
            yield f"{at}: fid", "the base has this file"
        elif isinstance(fid, int) and fid < FIRST_FILE:
            yield f"{at}: fid", f"new files have ids from {FIRST_FILE:04X} up (ssc 1.1)"
        yield from _tags(file, at, taken)


def _new_directory(directory: Document, taken: _Taken) -> Iterator[Broken]:
    place, fid = _directory(directory), directory.get("fid")
    if isinstance(fid, int):
        if not FIRST_DIRECTORY <= fid <= LAST_DIRECTORY:
            yield (
                f"{place}: fid",
                f"new directories have ids from {FIRST_DIRECTORY:04X} up (ssc 1.1)",
            )
        elif directory.get("name") != f"{fid:04X}":
            yield f"{place}: name", f"a new directory has its id for a name, {fid:04X}"
    if directory.get("parent") != _ROOT or directory.get("kind") != "adf":
        yield f"{place}: parent", f"a new directory is an ADF below {_ROOT}"
    name = str(directory.get("df_name"))
    for other, owner in taken.names.items():
        if name.startswith(other) or other.startswith(name):  # SELECT may be by part of a name
            yield f"{place}: df_name", f"is the name of {owner}, or the beginning of it (ssc 1.1)"
            break
    yield from _keys({}, directory, place, taken)
    for file in tables(directory, "files"):
        yield from _tags(file, f"{place}, {_file(file)}", taken)


def _keys(before: Document, after: Document, place: str, taken: _Taken) -> Iterator[Broken]:
    known, new = _parted(before, after, "keys")
    for old, key in known:
        yield from _changes(old, key, "key", f"{place}, {_key(key)}")
    for key in new:
        if (owner := taken.keys.get(str(key.get("name")))) is not None:
            yield f"{place}, {_key(key)}: name", f"the base has a key of this name in {owner}"
    changed = [key for old, key in known if old.get("kid") != key.get("kid")]
    for key in (*changed, *new):
        for other in tables(after, "keys"):
            if other is not key and _same_id(other, key):
                kid = f"{key['kid']:02X}" if isinstance(key["kid"], int) else key["kid"]
                yield f"{place}, {_key(key)}: kid", f"{kid} is the id of {other.get('name')}"


def _same_id(one: Document, other: Document) -> bool:
    return "kid" in one and _shown_id(one) == _shown_id(other)


def _shown_id(key: Document) -> tuple[object, object]:
    kind = str(key.get("type"))
    return _SHOWN.get(kind, kind), key.get("kid")


def _changed_file(before: Document, after: Document, directory: str) -> Iterator[Broken]:
    place = f"{directory}, {_file(before)}"
    yield from _changes(before, after, "file", place)
    old, new = before.get("records"), after.get("records")
    if isinstance(old, int) and isinstance(new, int) and new < old:
        yield f"{place}: records", f"a cyclic file may only gain records (ssc 1.1): it has {old}"
    known, more = _parted(before, after, "elements")
    for was, element in known:
        yield from _changed_element(was, element, place)
    for element in more:
        yield f"{place}, {_element(element)}", "a predefined file gets no more items (ssc 1.1)"


def _changed_element(before: Document, after: Document, place: str) -> Iterator[Broken]:
    place = f"{place}, {_element(before)}"
    yield from _changes(before, after, "element", place)
    known, more = _parted(before, after, "elements")
    for was, part in known:
        yield from _changed_element(was, part, place)
    for part in more:
        yield f"{place}, {_element(part)}", "a predefined item gets no more parts (ssc 1.1)"


def _changes(before: Document, after: Document, kind: str, place: str) -> Iterator[Broken]:
    free = _FREE[kind]
    fields = [name for name in (*before, *after) if name not in _PARTS]
    different = dict.fromkeys(name for name in fields if before.get(name) != after.get(name))
    facts = [name for name in different if name not in PROVENANCE]
    for name in facts:
        if name not in free:
            may = ", ".join(free) or "nothing"
            yield (
                f"{place}: {name}",
                f"of a predefined {kind} a region may change {may} (ssc 1.1)",
            )
    if different and not facts:
        yield place, _UNCHANGED


def _tags(file: Document, place: str, taken: _Taken) -> Iterator[Broken]:
    for element in _all_elements(file):
        tag = element.get("tag")
        if isinstance(tag, int) and tag in taken.tags:
            yield (
                f"{place}, {_element(element)}: tag",
                f"{tag:02X} is predefined (ssc 1.1): {taken.tags[tag]}",
            )


def _all_elements(holder: Document) -> Iterator[dict[str, Any]]:
    for element in tables(holder, "elements"):
        yield element
        yield from _all_elements(element)


def _parted(
    before: Document, after: Document, name: str
) -> tuple[list[tuple[dict[str, Any], dict[str, Any]]], list[dict[str, Any]]]:
    """The tables that the base has, each before and after, and those that are new."""
    old, new = tables(before, name), tables(after, name)
    return list(zip(old, new, strict=False)), new[len(old) :]


def _table(value: object) -> Document:
    return value if isinstance(value, Mapping) else {}


def _name(table: Document) -> str:
    return str(table.get("name"))


def _directory(directory: Document) -> str:
    return f"directory {_name(directory)}"


def _file(file: Document) -> str:
    fid = file.get("fid")
    return f"file {fid:04X}" if isinstance(fid, int) else f"file {fid}"


def _key(key: Document) -> str:
    return f"key {key.get('name')}"


def _element(element: Document) -> str:
    tag = element.get("tag")
    name = element.get("name")
    return f"element {tag:02X} ({name})" if isinstance(tag, int) else f"element {name}"
