"""The page about cases: its examples load, run, and are right about our card."""

from __future__ import annotations

import re
from pathlib import Path

from sscard.conformance import Verdict
from sscard.conformance.packaged import parsed
from sscard.conformance.quirks import apply_quirks, quirks_of
from tests.conformance.conftest import Desk

_PAGE = Path(__file__).parents[2] / "docs" / "conformance-cases.md"


def _examples() -> list[str]:
    return re.findall(r"```toml\n(.*?)```", _PAGE.read_text(), re.DOTALL)


def test_examples_of_cases_pass(session_desk: Desk) -> None:
    desk = session_desk.with_bench()
    written, template, _ = _examples()
    (one,) = desk.run(desk.cases(written))
    assert one.verdict is Verdict.PASSED, one.reason
    results = desk.run(desk.cases(template)[:10])
    assert {result.verdict for result in results} == {Verdict.PASSED}


def test_the_example_of_a_quirk_file_changes_what_it_says(session_desk: Desk) -> None:
    written, _, quirks = _examples()
    cases = session_desk.cases(written.replace("example.update", "DF01_SAFETY.update"))
    (changed,) = apply_quirks(cases, quirks_of(parsed("cos.toml", quirks)))
    assert str(changed.steps[2].expected) == "6985"
    assert changed.quirks == ("this COS says 6985 for a right that is not given",)
