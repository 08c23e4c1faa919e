"""Who may read and update what: the rules of a profile in words, and as a matrix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sscard.dialects.rights import AccessRule, Condition
from sscard.profiles.file import File
from sscard.profiles.manual.texts import Section
from sscard.profiles.model import Directory, Profile

_FREE, _PIN, _NEVER = "free", "PIN", "never"
_EITHER = (Condition.PIN_OR_KEY, Condition.PIN_AND_KEY)
#: Types of keys that a terminal shows by EXTERNAL AUTHENTICATE.
_SHOWN = ("external", "lock")


@dataclass(frozen=True, slots=True)
class Right:
    """One right in one column; ``both``: PIN and key are needed together; ``secured``: MAC, too."""

    update: bool
    both: bool
    secured: bool


@dataclass(frozen=True, slots=True)
class Column:
    """What a terminal has shown: nothing, the PIN, a key with its id; or what never helps."""

    name: str
    kid: int | None = None


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rights of a directory's files; ``cells`` by file identifier and column name."""

    columns: tuple[Column, ...]
    cells: Mapping[tuple[int, str], tuple[Right, ...]]


def key_names(profile: Profile, directory: Directory) -> dict[int, str]:
    """Names of the keys that rules in ``directory`` can name, by key id (ssc 3.4 [S])."""
    parents = [each for each in profile.directories if each.name == directory.parent]
    shared = [key for each in parents for key in each.keys if key.kid < 0x80]
    reach = [*directory.keys, *shared] if directory.kind == "adf" else [*shared, *directory.keys]
    return {key.kid: key.name for key in reach if key.type in _SHOWN}


def in_words(rule: AccessRule, names: Mapping[int, str], words: Section) -> str:
    """A rule as people say it; ``words`` is the section ``conditions`` of the texts."""
    text = words[rule.condition.name.lower()].format(key=_name(rule, names))
    return text + (words["secured"] if rule.secured else "")


def matrix(profile: Profile, directory: Directory) -> Matrix:
    """Rights by what has been shown; columns only for what opens something."""
    names = key_names(profile, directory)
    cells: dict[tuple[int, str], tuple[Right, ...]] = {}
    kids: dict[str, int | None] = {_FREE: None, _PIN: None}
    for file in directory.files:
        for column, kid, right in _rights(file, names):
            kids.setdefault(column, kid)
            cells[file.fid, column] = (*cells.get((file.fid, column), ()), right)
    kids[_NEVER] = kids.pop(_NEVER, None)
    used = {column for _, column in cells}
    keys = sorted((kid, name) for name, kid in kids.items() if kid is not None)
    order = [_FREE, _PIN, *(name for _, name in keys), _NEVER]
    return Matrix(tuple(Column(name, kids[name]) for name in order if name in used), cells)


def _rights(file: File, names: Mapping[int, str]) -> Iterator[tuple[str, int | None, Right]]:
    for update, rule in enumerate((file.read, file.update)):
        both = rule.condition is Condition.PIN_AND_KEY
        right = Right(bool(update), both, rule.secured)
        if rule.condition in (Condition.FREE, Condition.NEVER):
            yield rule.condition.value, None, right
        if rule.condition is Condition.PIN or rule.condition in _EITHER:
            yield _PIN, None, right
        if rule.kid is not None:
            yield _name(rule, names), rule.kid, right


def _name(rule: AccessRule, names: Mapping[int, str]) -> str:
    return "" if rule.kid is None else names.get(rule.kid, f"{rule.kid:02X}")
