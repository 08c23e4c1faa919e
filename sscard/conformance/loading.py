"""All cases for a profile: written ones, and templates with the rows they are repeated for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from sscard.conformance import packaged
from sscard.conformance.building import Builder, expectation
from sscard.conformance.case import Case, Group, Text
from sscard.conformance.expansions import EXPANSIONS, Row
from sscard.conformance.expectation import Expectation
from sscard.conformance.packaged import Source
from sscard.conformance.prepared import filled, prepared
from sscard.conformance.quirks import apply_quirks, quirks_of
from sscard.conformance.suites import Label, in_suite, require_suite, suites
from sscard.conformance.variables import names_of
from sscard.errors import ProfileError
from sscard.profiles import Profile

Only = Callable[[Label], bool]
_KINDS = ("case", "template")
#: What is lost, from nothing to the card: the worst comes last.
_LOSSES = ("", "attempt", "directory", "card")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Written(NamedTuple):
    """One table of a case file, compiled; ``each`` is empty for a case that stands alone."""

    place: str
    table: Mapping[str, Any]
    each: str
    where: Mapping[str, Any]


def cases_for(
    profile: Profile,
    suite: str = "full",
    quirks: Iterable[str | Path] = (),
    *,
    only: Only = lambda _: True,
) -> tuple[Case, ...]:
    """Every case of a suite for this profile, in the groups' order, destructive ones last.

    ``only`` chooses among them; what is not wanted is not made, which takes most of the time.
    Raises ProfileError for a mistake in any case or quirk file, naming file and case.
    """
    known = suites()
    require_suite(suite, known)
    chosen = cases_from(
        packaged.case_files(),
        profile,
        only=lambda label: in_suite(label, suite, known) and only(label),
    )
    known_quirks = [each for name in quirks for each in quirks_of(packaged.quirk_file(name))]
    return apply_quirks(ordered(chosen), known_quirks)


def cases_from(
    sources: Iterable[Source], profile: Profile, *, only: Only = lambda _: True
) -> tuple[Case, ...]:
    """The cases of these files, in their order.  Raises ProfileError."""
    builder = Builder(expectations(profile), groups(), names_of(profile))
    rows: dict[str, tuple[Row, ...]] = {}
    found: dict[str, Case] = {}
    for source in sources:
        for written in tables(source):
            for row in _rows(written, profile, rows):
                if not _is_wanted(written, row, only):
                    continue
                case = _case(written, builder, row)
                if case.id in found:
                    raise ProfileError(f"{written.place}: case {case.id!r} is there twice")
                found[case.id] = case
    return tuple(found.values())


def ordered(cases: Iterable[Case]) -> tuple[Case, ...]:
    """By what is lost, then by group; as written within it."""
    known = groups()
    return tuple(
        sorted(cases, key=lambda case: (_LOSSES.index(case.destructive), known[case.group].order))
    )


@cache
def groups() -> Mapping[str, Group]:
    """The groups of ``groups.toml`` by name, in their order.  Raises ProfileError."""
    source = packaged.document("cases/groups.toml")
    found = {}
    for order, table in enumerate(source.document.get("group", ())):
        try:
            zh, en = table["title"]
            found[table["name"]] = Group(
                table["name"],
                Text(zh, en),
                table["part"],
                table["clause"],
                table["mark"],
                order,
                tuple(table.get("versions", ())),
            )
        except (KeyError, ValueError) as error:
            raise ProfileError(f"{source.name}: group {order + 1}: {error}") from None
    return MappingProxyType(found)


def expectations(profile: Profile) -> Mapping[str, Expectation]:
    """The named expectations of all files; numbers of the profile's settings have their places.

    Raises ProfileError.
    """
    numbers = {
        name: setting.value
        for name, setting in profile.settings.items()
        if isinstance(setting.value, int)
    }
    named: dict[str, Expectation] = {}
    for source in packaged.expectation_files():
        for name, table in source.document.items():
            if name in named:
                raise ProfileError(f"{source.name}: {name} is there twice")
            try:
                named[name] = expectation(name, filled(prepared(table), numbers))
            except ValueError as error:
                raise ProfileError(f"{source.name}: {error}") from None
    return MappingProxyType(named)


def tables(source: Source) -> Iterator[Written]:
    """The tables of a case file, compiled.  Raises ProfileError."""
    for kind, values in source.document.items():
        if kind not in _KINDS or not isinstance(values, list):
            raise ProfileError(f"{source.name}: [[case]] or [[template]], not {kind!r}")
        for number, table in enumerate(values, start=1):
            place = f"{source.name}: {kind} {table.get('id', number)}"
            try:
                yield _compiled(place, kind, table)
            except ValueError as error:
                raise ProfileError(f"{place}: {error}") from None


def _compiled(place: str, kind: str, table: Mapping[str, Any]) -> Written:
    each, where = table.get("each", ""), table.get("where", _NOTHING)
    if (kind == "template") is not bool(each):
        raise ValueError("each says what a template is repeated for; a case has none")
    if each and each not in EXPANSIONS:
        raise ValueError(f"each: there is no {each!r}; there are: {', '.join(EXPANSIONS)}")
    if not isinstance(where, Mapping):
        raise ValueError("where is a table: field = value, or a list of values")
    body = {name: value for name, value in table.items() if name not in ("each", "where")}
    return Written(place, prepared(body), each, where)


def _case(written: Written, builder: Builder, row: Mapping[str, Any]) -> Case:
    try:
        return builder.case(filled(written.table, row), row)
    except ValueError as error:
        at = f" ({_shown(row)})" if row else ""
        raise ProfileError(f"{written.place}{at}: {error}") from None


def _is_wanted(written: Written, row: Mapping[str, Any], only: Only) -> bool:
    """Whether it is chosen by what it is called; mistakes in that are the builder's to tell."""
    named = {name: written.table.get(name, ()) for name in Label._fields}
    try:
        label = filled(named, row)
    except ValueError:
        return True
    if not isinstance(label["id"], str) or not isinstance(label["group"], str):
        return True
    return only(Label(label["id"], label["group"], tuple(label["suites"])))


def _rows(
    written: Written, profile: Profile, rows: dict[str, tuple[Row, ...]]
) -> Iterator[Mapping[str, Any]]:
    if not written.each:
        yield _NOTHING
        return
    if written.each not in rows:
        rows[written.each] = tuple(EXPANSIONS[written.each](profile))
    for row in rows[written.each]:
        if all(_meets(written, row, name, value) for name, value in written.where.items()):
            yield row


def _meets(written: Written, row: Row, name: str, value: Any) -> bool:
    if name not in row:
        known = ", ".join(sorted(row))
        raise ProfileError(f"{written.place}: where: rows have no {name}; they have: {known}")
    return row[name] in value if isinstance(value, list) else row[name] == value


def _shown(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items() if isinstance(value, str))
