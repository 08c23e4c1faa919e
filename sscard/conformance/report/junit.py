"""JUnit XML, as continuous integration reads it: a suite for each group, a test for each case."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from sscard.conformance.expectation import Verdict
from sscard.conformance.report.counting import counted
from sscard.conformance.report.marks import MARKS, by_status, said
from sscard.conformance.report.told import CaseTold, RunTold, StepTold

#: What XML 1.0 has no way to write.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SKIPPED = (Verdict.NOT_RUN, Verdict.NOT_APPLICABLE)
_TOLD = (Verdict.DEVIATES, Verdict.REPORTED)


def junit(run: RunTold) -> bytes:
    """The document.  Cases that were not run and do not apply are skipped tests."""
    root = ET.Element(
        "testsuites", {"name": f"sscard conformance {run.profile}", **_sums(run.cases)}
    )
    names = dict.fromkeys([each.name for each in run.groups] + [case.group for case in run.cases])
    for name in names:
        cases = tuple(case for case in run.cases if case.group == name)
        if cases:
            root.append(_suite(run, name, cases))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _suite(run: RunTold, name: str, cases: tuple[CaseTold, ...]) -> ET.Element:
    numbers = _sums(cases)
    skipped = sum(case.verdict in _SKIPPED for case in cases)
    begun = f"{run.begun:%Y-%m-%dT%H:%M:%S}"
    facts = {"name": _text(name), **numbers, "skipped": str(skipped), "timestamp": begun}
    suite = ET.Element("testsuite", facts)
    properties = ET.SubElement(suite, "properties")
    for key, value in (("profile", run.profile), ("preset", run.preset), ("sscard", run.version)):
        ET.SubElement(properties, "property", {"name": key, "value": _text(value)})
    suite.extend(_case(case) for case in cases)
    return suite


def _sums(cases: tuple[CaseTold, ...]) -> dict[str, str]:
    counts = counted(cases)
    return {
        "tests": str(len(cases)),
        "failures": str(counts[Verdict.FAILED]),
        "errors": str(counts[Verdict.BROKEN]),
        "time": f"{sum(case.seconds for case in cases):.3f}",
    }


def _case(case: CaseTold) -> ET.Element:
    classname = f"sscard.{case.group}".replace(" ", "_")
    facts = {"name": _text(case.id), "classname": _text(classname), "time": f"{case.seconds:.3f}"}
    test = ET.Element("testcase", facts)
    if case.verdict in _SKIPPED:
        ET.SubElement(test, "skipped", {"message": _text(case.reason or _words(case))})
    elif case.verdict is Verdict.FAILED:
        _wrong(test, "failure", case)
    elif case.verdict is Verdict.BROKEN:
        _wrong(test, "error", case)
    elif case.verdict in _TOLD:
        ET.SubElement(test, "system-out").text = _text(f"{_words(case)}\n{dialogue(case)}")
    return test


def _wrong(test: ET.Element, kind: str, case: CaseTold) -> None:
    step = next((each for each in case.steps if each.verdict is case.verdict), None)
    message = _difference(step) if step else case.reason or _words(case)
    found = ET.SubElement(test, kind, {"message": _text(message), "type": case.verdict.name})
    found.text = _text(f"{said(case.title)}\n{case.clause} {case.mark}\n{dialogue(case)}")


def _difference(step: StepTold) -> str:
    if by_status(step):
        return (
            f"{step.number} {said(step.doing)}: 应为 expected {step.expected}, 实际 got {step.got}"
        )
    return f"{step.number} {said(step.doing)}: {step.why}"


def dialogue(case: CaseTold) -> str:
    """The case as text, masked: each step, what was said, and what was wrong."""
    lines = [case.reason] if case.reason else []
    for step in case.steps:
        lines.append(f"{step.number} {said(step.doing)} [{MARKS[step.verdict].words}]")
        lines += [f"  {row.direction.value} {row.shown}  {row.meaning}" for row in step.rows]
        if step.verdict not in (Verdict.PASSED, Verdict.NOT_RUN):
            lines.append(f"  {_difference(step)}")
    return "\n".join(lines)


def _words(case: CaseTold) -> str:
    return str(MARKS[case.verdict].words)


def _text(said: str) -> str:
    return _FORBIDDEN.sub("�", said)
