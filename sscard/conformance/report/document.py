"""A run for programs: JSON objects, and cases back from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sscard.conformance.case import About, Text
from sscard.conformance.expectation import Verdict
from sscard.conformance.report.counting import counted, verdict
from sscard.conformance.report.marks import MARKS
from sscard.conformance.report.told import Application, CaseTold, RunTold, StepTold
from sscard.errors import MalformedData
from sscard.trace.row import Detail, Direction, Row


def document(run: RunTold) -> dict[str, Any]:
    """Everything that the page says."""
    mark, told = verdict(run)
    counts = counted(run.cases)
    return {
        "format": "sscard-conformance-report 1",
        "version": run.version,
        "profile": run.profile,
        "preset": run.preset,
        "begun": run.begun.isoformat(),
        "seconds": round(run.seconds, 3),
        "test_keys": run.test_keys,
        "verdict": mark.words.en,
        "told": told.en,
        "unfinished": run.unfinished,
        "counts": {each.value: counts[each] for each in MARKS},
        "card": {fact.words.en: fact.value for fact in run.identity},
        "fingerprints": {fact.words.en: fact.value for fact in run.fingerprints},
        "quirks": [
            {
                "cases": each.cases,
                "change": each.change,
                "reason": each.reason,
                "count": each.count,
            }
            for each in run.quirks
        ],
        "application": _application(run.application),
        "cases": [case_document(case) for case in run.cases],
    }


def case_document(case: CaseTold) -> dict[str, Any]:
    """One case with its dialogue, masked."""
    return {
        "id": case.id,
        "title": list(case.title),
        "group": case.group,
        "clause": case.clause,
        "mark": case.mark,
        "about": {name: value for name, value in case.about._asdict().items() if value},
        "verdict": case.verdict.value,
        "reason": case.reason,
        "seconds": round(case.seconds, 6),
        "leaves": list(case.leaves),
        "declared": case.declared,
        "quirks": list(case.quirks),
        "unasked": case.unasked,
        "steps": [_step(step) for step in case.steps],
    }


def case_of(found: Mapping[str, Any]) -> CaseTold:
    """A case from its object.  Raises MalformedData."""
    try:
        return CaseTold(
            id=found["id"],
            title=Text(*found["title"]),
            group=found["group"],
            clause=found["clause"],
            mark=found["mark"],
            about=About(**found["about"]),
            verdict=Verdict(found["verdict"]),
            reason=found["reason"],
            steps=tuple(_step_of(step) for step in found["steps"]),
            seconds=float(found["seconds"]),
            leaves=tuple(found["leaves"]),
            declared=str(found["declared"]),
            quirks=tuple(found["quirks"]),
            unasked=found["unasked"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedData(f"no result of a case: {error}") from None


def _application(found: Application | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "region": found.pack.region,
        "sample": found.sample,
        "samples": len(found.pack.samples),
        "lines": [
            {
                "what": list(each.what),
                "declared": each.declared,
                "found": each.found,
                "agrees": each.agrees,
            }
            for each in found.lines
        ],
    }


def _step(step: StepTold) -> dict[str, Any]:
    return {
        "number": step.number,
        "phase": step.phase,
        "doing": list(step.doing),
        "expected": step.expected,
        "got": step.got,
        "verdict": step.verdict.value,
        "why": step.why,
        "dialogue": [_row(row) for row in step.rows],
    }


def _step_of(found: Mapping[str, Any]) -> StepTold:
    return StepTold(
        number=found["number"],
        phase=found["phase"],
        doing=Text(*found["doing"]),
        rows=tuple(_row_of(row) for row in found["dialogue"]),
        expected=found["expected"],
        got=found["got"],
        verdict=Verdict(found["verdict"]),
        why=found["why"],
    )


def _row(row: Row) -> dict[str, Any]:
    said: dict[str, Any] = {"way": row.direction.value, "bytes": row.shown, "meaning": row.meaning}
    if row.details:
        said["objects"] = [
            [each.depth, each.tag, each.zh, each.en, each.value, each.reading]
            for each in row.details
        ]
    return said


def _row_of(found: Mapping[str, Any]) -> Row:
    details = tuple(Detail(*each) for each in found.get("objects", ()))
    return Row(Direction(found["way"]), found["bytes"], found["meaning"], details)
