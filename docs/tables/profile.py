"""Files, keys, columns and unconfirmed facts of the second-generation profile."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sscard.dialects.rights import AccessRule, Condition
from sscard.issuance.card_columns import DERIVED, CardColumns
from sscard.perso.order import key_at
from sscard.profiles import Directory, Element, File, Profile, load_profile
from sscard.profiles.columns import columns
from sscard.profiles.facts import stated
from tables.markdown import table

_PROFILE = "gen2"
#: Its elements come from the settings and the ledger, whatever a list says.
_ISSUERS = "SSSE/EF05"


def card_files() -> str:
    """The files of the profile, with their rights."""
    profile = load_profile(_PROFILE)
    rows = [
        (
            f"{directory.name}/{file.fid:04X}",
            f"{file.name_zh} {file.name_en}",
            file.structure,
            f"{file.length:,}",
            _rule(profile, directory, file.read),
            _rule(profile, directory, file.update),
            file.mark,
        )
        for directory in profile.directories
        for file in directory.files
    ]
    return table(("file", "name", "structure", "bytes", "read", "update", "mark"), rows)


def _rule(profile: Profile, directory: Directory, rule: AccessRule) -> str:
    secured = " with MAC" if rule.secured else ""
    if rule.kid is None:
        return rule.condition.value + secured
    key = key_at(profile, directory, rule.kid).name
    return re.sub(r"\bkey\b", key, rule.condition.value) + secured


def card_keys() -> str:
    """The keys of the profile."""
    profile = load_profile(_PROFILE)
    rows = [
        (
            directory.name,
            key.name,
            f"`{key.kid:02X}`",
            key.type,
            str(profile.versions(key)),
            str(key.size),
            key.mark,
        )
        for directory in profile.directories
        for key in directory.keys
    ]
    return table(("directory", "key", "key id", "use", "versions", "bytes", "mark"), rows)


def card_columns() -> str:
    """Columns of an applicants' list that go onto the card, copies taken together."""
    profile = load_profile(_PROFILE)
    spellings = CardColumns.of(profile).spellings
    chinese = {column: zh for zh, column in spellings.items() if zh != column}
    places = {element.name: place for place, element in _writable(profile)}
    rows: dict[str, tuple[str, ...]] = {}
    for column in columns(profile):
        name, *path = column.split(".")
        if name in DERIVED or name not in places:
            continue
        element = _leaf(profile.elements[name], path)
        pattern, zh = (re.sub(r"\.\d+", ".N", each) for each in (column, chinese.get(column, "")))
        kind = element.codec or "its parts, one behind the other"
        form = f"{kind}, {element.size} byte{'s' if element.size > 1 else ''}"
        codes = f"code of {element.codes.en}" if element.codes else ""
        rows[pattern] = (f"`{pattern}`", zh, places[name], form, codes)
    return table(("column", "中文", "file", "form", "codes"), rows.values())


def _writable(profile: Profile) -> Iterator[tuple[str, Element]]:
    for directory in profile.directories:
        for file in directory.files:
            place = f"{directory.name}/{file.fid:04X}"
            if file.update.condition is not Condition.NEVER and place != _ISSUERS:
                yield from ((_copies(directory, file, each), each) for each in file.elements)


def _copies(directory: Directory, file: File, element: Element) -> str:
    copies = max(file.records or 1, element.repeat)
    return f"{directory.name}/{file.fid:04X}" + (f", N = 1–{copies}" if copies > 1 else "")


def _leaf(element: Element, path: Iterable[str]) -> Element:
    for part in path:
        if not part.isdigit():
            element = next(each for each in element.elements if each.name == part)
    return element


def unconfirmed() -> str:
    """What in the profile rests on assumption, inference or a single source."""
    profile = load_profile(_PROFILE)
    return _unconfirmed(profile, profile.unconfirmed())


def unconfirmed_gen3() -> str:
    """The same of the third generation, where the second does not say it already."""
    profile, known = load_profile("gen3"), set(load_profile(_PROFILE).unconfirmed())
    return _unconfirmed(profile, (each for each in profile.unconfirmed() if each not in known))


def _unconfirmed(profile: Profile, places: Iterable[str]) -> str:
    parts = {part.place: part.facts for part in stated(profile)}
    rows = [(place, _value(parts[place]), *_provenance(parts[place])) for place in places]
    return table(("place in the profile", "value", "mark", "source", "note"), rows)


def _provenance(facts: Mapping[str, Any]) -> tuple[str, str, str]:
    return facts["mark"], facts["source"], facts.get("note", "")


def _value(facts: Mapping[str, Any]) -> str:
    value = facts.get("value", "")
    if isinstance(value, int) and value > 9:
        return f"{value} (`{value:02X}`)"
    return f"`{value}`" if value != "" else ""
