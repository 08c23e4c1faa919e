"""Quirk files: what is known of a card OS narrows or widens what is expected, with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from sscard.conformance.case import Case, Step
from sscard.conformance.expectation import Expectation, require_pattern
from sscard.conformance.packaged import Source
from sscard.errors import ProfileError

_FIELDS = frozenset(
    ("cases", "step", "expectation", "sw", "allowed", "report", "skip", "exact", "reason")
)


@dataclass(frozen=True, slots=True)
class Quirk:
    """``cases`` is a pattern of ids; ``step`` (from 1) and ``expectation`` choose among steps.

    ``sw`` is what the card must answer instead, ``allowed`` what it may answer as well.  ``exact``:
    of this card nothing but what must be is right, neither another status word nor other data.
    """

    cases: str
    reason: str
    step: int = 0
    expectation: str = ""
    sw: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    report: bool = False
    skip: bool = False
    exact: bool = False

    def applied(self, case: Case) -> Case:
        """The case with this quirk; itself where it is about others."""
        if not fnmatchcase(case.id, self.cases):
            return case
        if self.skip:
            return replace(case, skipped=self.reason)
        steps = tuple(self._step(step, number) for number, step in enumerate(case.steps, start=1))
        if steps == case.steps:
            return case
        return replace(case, steps=steps, quirks=(*case.quirks, self.reason))

    def _step(self, step: Step, number: int) -> Step:
        expected = step.expected
        if self.step not in (0, number) or self.expectation not in ("", expected.name):
            return step
        if not self.step and not self.expectation and not step.tested:
            return step
        if self.exact and step.text("unlike") == "deviates":
            step = replace(step, fields={**step.fields, "unlike": "fails"})
        wanted = _expected(self, expected)
        return step if wanted is expected else replace(step, expected=wanted)


@cache
def _expected(quirk: Quirk, now: Expectation) -> Expectation:
    """What the quirk makes of an expectation; itself where that is the same."""
    if quirk.report:
        return Expectation(now.name, report=True, why=quirk.reason)
    must = quirk.sw or now.must
    allowed = () if quirk.sw or quirk.exact else now.allowed
    more = tuple(each for each in quirk.allowed if each not in allowed)
    never = () if quirk.sw else now.never
    report = now.report and not quirk.sw  # who says what a card answers wants it judged
    judged = replace(now, must=must, allowed=allowed + more, never=never, report=report)
    return now if judged == now else replace(judged, why=quirk.reason)


def quirks_of(source: Source) -> tuple[Quirk, ...]:
    """The quirks that a file says.  Raises ProfileError naming file and quirk."""
    listed = source.document.get("quirk", [])
    if source.document.keys() - {"quirk"} or not isinstance(listed, list):
        raise ProfileError(f"{source.name}: a quirk file is a list of [[quirk]]")
    found = []
    for number, table in enumerate(listed, start=1):
        try:
            found.append(_quirk(table))
        except ValueError as error:
            raise ProfileError(f"{source.name}: quirk {number}: {error}") from None
    return tuple(found)


def apply_quirks(cases: Iterable[Case], quirks: Iterable[Quirk]) -> tuple[Case, ...]:
    """The cases as these quirks want them; a later one wins."""
    known = tuple(quirks)
    changed = []
    for case in cases:
        for quirk in known:
            case = quirk.applied(case)
        changed.append(case)
    return tuple(changed)


def _quirk(table: Mapping[str, Any]) -> Quirk:
    if wrong := table.keys() - _FIELDS:
        raise ValueError(f"no field {min(wrong)}; there are: {', '.join(sorted(_FIELDS))}")
    if not isinstance(table.get("reason"), str) or not table["reason"]:
        raise ValueError("reason says why this card is judged otherwise")
    if not any(table.get(each) for each in ("sw", "allowed", "report", "skip", "exact")):
        raise ValueError("sw, allowed, report, skip or exact says what is judged otherwise")
    sw, allowed = (
        tuple(require_pattern(each) for each in table.get(name, [])) for name in ("sw", "allowed")
    )
    return Quirk(
        cases=str(table.get("cases", "*")),
        reason=table["reason"],
        step=int(table.get("step", 0)),
        expectation=str(table.get("expectation", "")),
        sw=sw,
        allowed=allowed,
        report=table.get("report") is True,
        skip=table.get("skip") is True,
        exact=table.get("exact") is True,
    )
