"""Cases from the tables of their files; every mistake names file, case and step."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sscard.conformance.actions import ACTIONS, BY_FIELD, Action, Kind
from sscard.conformance.case import About, Case, Field, Group, Step, Text
from sscard.conformance.checks import check_named
from sscard.conformance.expectation import Expectation, is_pattern, require_pattern
from sscard.conformance.needs import require_known
from sscard.conformance.template import Template

Table = Mapping[str, Any]
#: What every step may say besides the fields of its action, in words for the documentation.
COMMON: Mapping[str, tuple[Kind, str]] = MappingProxyType(
    {
        "data": (Kind.TEXT, "a check of the answer's data, with its argument: `same as content`"),
        "data_is": (Kind.HEX, "what the answer's data must be"),
        "keep": (Kind.TEXT, "the variable that the answer's data go into"),
        "keep_sw": (Kind.TEXT, "the variable that the status word goes into, 2 bytes"),
        "after": (Kind.TEXT, "the step is left out where no variable of this name was kept"),
        "of": (Kind.TEXT, "the file that a check or `content` is about: `DF01/EF05`"),
        "record": (Kind.NUMBER, "the record of that file, 1 where nothing is said"),
        "unlike": (Kind.TEXT, "verdict on wrong data: `deviates` or `report` instead of failed"),
        "note": (Kind.TEXT, "what the step is for, shown instead of its own words"),
    }
)
_COMMON_KINDS = {name: kind for name, (kind, _) in COMMON.items()}
#: A field that no file has: the status word as one that was kept.
SW_IS = "sw_is"
_NOT_FIELDS = ("do", "sw", "not_sw", "assumed")
_OK = Expectation("9000", ("9000",))
_ANY = Expectation("any", report=True)
_CASE = frozenset(
    {"id", "title", "group", "clause", "mark", "needs", "destructive", "leaves", "about", "steps"}
    | {"risks", "restore", "suites", "not_applicable"}
)
_DESTRUCTIVE = {False: "", True: "directory", "": ""} | {
    word: word for word in ("attempt", "directory", "card")
}
_SIZES = (4, 8, 16)


class Builder:
    """Builds cases of one profile; ``known`` are variables that are always there."""

    def __init__(
        self,
        expectations: Mapping[str, Expectation],
        groups: Mapping[str, Group],
        known: frozenset[str],
    ) -> None:
        self._expectations = expectations
        self._groups = groups
        self._known = known

    def case(self, table: Table, row: Mapping[str, Any]) -> Case:
        """A case from a table whose templates are filled.  ValueError."""
        for name in table:
            if name not in _CASE:
                raise ValueError(f"a case has no field {name}; it has: {', '.join(sorted(_CASE))}")
        group = _text(table, "group")
        if group not in self._groups:
            raise ValueError(f"there is no group {group!r} in groups.toml")
        said = table.get("destructive", False)
        if said not in _DESTRUCTIVE:
            raise ValueError("destructive is true, false, attempt or card")
        steps = self._steps(table.get("steps", []), "step", known := set(self._known))
        if not steps and "not_applicable" not in table:
            raise ValueError("a case has steps")
        return Case(
            id=_text(table, "id"),
            title=_title(table.get("title")),
            group=group,
            clause=_text(table, "clause"),
            mark=_text(table, "mark"),
            needs=(*_of_group(self._groups[group]), *_needs(table.get("needs", []))),
            destructive=_DESTRUCTIVE[said],
            leaves=_text(table, "leaves", ""),
            risks=_text(table, "risks", ""),
            about=_about(table.get("about", {}), row),
            steps=steps,
            restore=self._steps(table.get("restore", []), "restore", known),
            skipped=_text(table, "not_applicable", ""),
            suites=_texts(table.get("suites", []), "suites"),
        )

    def _steps(self, tables: Any, what: str, known: set[str]) -> tuple[Step, ...]:
        if not isinstance(tables, list):
            raise ValueError(f"{what}s are a list of tables")
        return tuple(
            self._placed(table, f"{what} {number}", known)
            for number, table in enumerate(tables, start=1)
        )

    def _placed(self, table: Any, place: str, known: set[str]) -> Step:
        try:
            if not isinstance(table, Mapping):
                raise ValueError("a step is a table")
            return self._step(table, known)
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from None

    def _step(self, table: Table, known: set[str]) -> Step:
        name, action = _action(table)
        kinds = {**action.fields, **_COMMON_KINDS}
        fields: dict[str, Field] = {}
        for field, value in table.items():
            if field in _NOT_FIELDS:
                continue
            if field not in kinds:
                allowed = ", ".join(sorted(kinds))
                raise ValueError(f"{name} has no field {field}; it has: {allowed}")
            fields[field] = self._field(field, kinds[field], value, known)
        _require(name, action, fields)
        known.update(str(fields[each]) for each in ("keep", "keep_sw") if each in fields)
        known.update(action.keeps)
        expected = self._expected(table)
        if isinstance(said := table.get("sw"), Template):
            fields[SW_IS] = _hex("sw", said, known)
        tested = expected is not None or not action.preparation
        return Step(name, fields, expected or _OK, tested)

    def _field(self, name: str, kind: Kind, value: Any, known: set[str]) -> Field:
        if kind is Kind.STEPS:
            return self._steps(value, name, known)
        if kind is Kind.HEX:
            return _hex(name, value, known)
        if isinstance(value, Template):
            raise ValueError(f"{name}: there is no {{{min(value.names)}}}")
        if not _IS[kind](value):
            raise ValueError(f"{name} is {kind.value}, not {value!r}")
        return value  # type: ignore[no-any-return]

    def _expected(self, table: Table) -> Expectation | None:
        if "not_sw" in table:
            never = tuple(require_pattern(each) for each in _listed(table["not_sw"]))
            return Expectation("", never=never)
        if "assumed" in table:
            words = tuple(require_pattern(each) for each in _listed(table["assumed"]))
            return Expectation("", words, report=True)
        said = table.get("sw")
        if said is None:
            return None
        if isinstance(said, Template):
            return Expectation("", ("kept",))
        if isinstance(said, str) and not is_pattern(said):
            return self._named(said)
        return Expectation("", tuple(require_pattern(each) for each in _listed(said)))

    def _named(self, name: str) -> Expectation:
        if name == "any":
            return _ANY
        if name not in self._expectations:
            known = ", ".join(sorted(self._expectations))
            raise ValueError(f"sw: there is no expectation {name!r}; there are: any, {known}")
        return self._expectations[name]


def expectation(name: str, table: Any) -> Expectation:
    """One entry of ``expectations.toml``.  ValueError."""
    if not isinstance(table, Mapping) or table.keys() - {"must", "allowed", "why", "report"}:
        raise ValueError(f"{name}: an expectation has must, allowed, report and why")
    must, allowed = (
        tuple(require_pattern(each) for each in _listed(table.get(key, [])))
        for key in ("must", "allowed")
    )
    report = table.get("report", False) is True
    if not must and not report:
        raise ValueError(f"{name}: must names at least one status word")
    return Expectation(name, must, allowed, report, str(table.get("why", "")))


_IS = {
    Kind.TEXT: lambda value: isinstance(value, str),
    Kind.NUMBER: lambda value: isinstance(value, int) and not isinstance(value, bool),
    Kind.FLAG: lambda value: isinstance(value, bool),
    Kind.SIZE: lambda value: value in (*_SIZES, "old", "none", "used"),
}


def _action(table: Table) -> tuple[str, Action]:
    name = next((each for each in BY_FIELD if each in table), None) or table.get("do")
    if not isinstance(name, str) or name not in ACTIONS:
        raise ValueError(f"there is no action {name!r}; there are: {', '.join(sorted(ACTIONS))}")
    return name, ACTIONS[name]


def _require(name: str, action: Action, fields: Mapping[str, Field]) -> None:
    for field in action.required:
        if field not in fields:
            raise ValueError(f"{name} needs the field {field}")
    for field, words in action.choices.items():
        if field in fields and fields[field] not in words:
            raise ValueError(f"{field} is one of {', '.join(words)}, not {fields[field]!r}")
    if isinstance(named := fields.get("data"), str):
        check_named(named)


def _hex(name: str, value: Any, known: set[str]) -> bytes | Template:
    if isinstance(value, bytes):
        return value
    if isinstance(value, Template):
        if missing := value.names - known:
            raise ValueError(f"{name}: there is no {{{min(missing)}}}")
        return _bare(name, value)
    if not isinstance(value, str):
        raise ValueError(f"{name} is {Kind.HEX.value}, not {value!r}")
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise ValueError(f"{name}: {value!r} is not hexadecimal") from None


def _bare(name: str, value: Template) -> Template:
    parts = tuple("".join(p.split()) if isinstance(p, str) else p for p in value.parts)
    for part in parts:
        if isinstance(part, str) and set(part) - set("0123456789ABCDEFabcdef"):
            raise ValueError(f"{name}: {part!r} is not hexadecimal")
    return Template(parts)


def _about(table: Any, row: Mapping[str, Any]) -> About:
    """What the table says, or the row where it says nothing."""
    if not isinstance(table, Mapping) or table.keys() - set(About._fields):
        raise ValueError(f"about has: {', '.join(About._fields)}")
    known = About()._asdict()
    said = {name: row[name] for name in known if name in row} | dict(table)
    for name, value in said.items():
        if not isinstance(value, type(known[name])):
            raise ValueError(f"about: {name} is not {value!r}")
    return About(**said)


def _title(value: Any) -> Text:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("a title is two texts, Chinese and English")
    zh, en = (_complete(each, "title") for each in value)
    return Text(zh, en)


def _text(table: Table, name: str, default: str | None = None) -> str:
    return _complete(table.get(name, default), name)


def _complete(value: Any, name: str) -> str:
    if isinstance(value, Template):
        raise ValueError(f"{name}: there is no {{{min(value.names)}}}")
    if not isinstance(value, str):
        raise ValueError(f"{name} is missing, or no text")
    return value


def _texts(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{name} is a list of texts")
    return tuple(text for text in (_complete(each, name) for each in value) if text)


def _of_group(group: Group) -> tuple[str, ...]:
    """The card versions that its group is for, as a need."""
    return (f"version {' or '.join(group.versions)}",) if group.versions else ()


def _needs(value: Any) -> tuple[str, ...]:
    needs = _texts(value, "needs")
    for each in needs:
        require_known(each)
    return needs


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
