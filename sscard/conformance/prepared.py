"""Tables of a case file with their templates compiled, and what a row makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sscard.conformance.template import Template, Value, parse
from sscard.errors import ProfileError

Table = Mapping[str, Any]
_SPLICE, _WHEN = "splice", "when"


def prepared(value: Any) -> Any:
    """The same with every text that has places compiled.  ValueError."""
    if isinstance(value, str):
        return parse(value)
    if isinstance(value, dict):
        return {name: prepared(each) for name, each in value.items()}
    if isinstance(value, list):
        return [prepared(each) for each in value]
    return value


def filled(value: Any, row: Mapping[str, Any]) -> Any:
    """The same with a row's values in it; places of other names stay.  ValueError."""
    if isinstance(value, Template):
        return value.typed(_Scalars(row))
    if isinstance(value, dict):
        return {name: filled(each, row) for name, each in value.items()}
    if isinstance(value, list):
        return list(_items(value, row))
    return value


class _Scalars(Mapping[str, Value]):
    """A row without its lists."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self._row = row

    def __getitem__(self, name: str) -> Value:
        value = self._row[name]
        if isinstance(value, list | tuple):
            raise ValueError(f"{{{name}}} is a list of steps: put it in with splice")
        return value  # type: ignore[no-any-return]

    def __contains__(self, name: object) -> bool:
        return name in self._row

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)


def _items(values: Sequence[Any], row: Mapping[str, Any]) -> Iterator[Any]:
    for each in values:
        if not isinstance(each, dict):
            yield filled(each, row)
        elif _wanted(each, row):
            bare = {name: value for name, value in each.items() if name != _WHEN}
            if _SPLICE in bare:
                yield from _spliced(bare, row)
            else:
                yield filled(bare, row)


def _wanted(table: Table, row: Mapping[str, Any]) -> bool:
    """Whether the row's truth value lets a step stand."""
    if (said := table.get(_WHEN)) is None:
        return True
    if not isinstance(said, str):
        raise ValueError("when is the name of a row's field, or not and the name")
    name = said.removeprefix("not ")
    if name not in row:
        raise ValueError(f"when: the row has no {name}; it has: {', '.join(sorted(row))}")
    return bool(row[name]) is (name == said)


def _spliced(table: Table, row: Mapping[str, Any]) -> Iterator[Any]:
    name = table[_SPLICE]
    steps = row.get(name) if isinstance(name, str) else None
    if not isinstance(steps, list | tuple):
        lists = [key for key, value in row.items() if isinstance(value, list | tuple)]
        raise ValueError(f"splice: the row has no list {name}; it has: {', '.join(sorted(lists))}")
    more = {key: value for key, value in table.items() if key != _SPLICE}
    for each in steps:
        yield filled(prepared({**each, **more}), row)


def in_place(place: str, error: ValueError) -> ProfileError:
    """The author's mistake, with its place."""
    return ProfileError(f"{place}: {error}")
