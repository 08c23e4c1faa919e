"""Assumed facts: each has a probe, or a reason why nothing outside the card shows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from sscard.conformance import Case, Verdict
from sscard.conformance.assumed import code_fact, facts
from sscard.conformance.loading import cases_from
from sscard.conformance.packaged import case_files
from sscard.profiles import Profile, Setting, load_profile
from tests.conformance.conftest import SPECS, Desk

_PAGE = Path(__file__).parents[2] / "docs" / "assumptions.md"


@cache
def probes(spec: str) -> tuple[Case, ...]:
    return loaded(load_profile(spec), "assumed/")


@cache
def ids(spec: str) -> frozenset[str]:
    return frozenset(
        c.id for c in loaded(load_profile(spec), "assumed/", "6001-2/", "6001-3/acse", "pse/")
    )


def loaded(profile: Profile, *folders: str) -> tuple[Case, ...]:
    return cases_from([each for each in case_files() if each.name.startswith(folders)], profile)


@pytest.mark.parametrize("spec", SPECS)
def test_every_unconfirmed_place_is_in_one_of_the_lists(spec: str) -> None:
    found = facts(load_profile(spec))
    assert [fact.place for fact in found if not fact.settled] == []
    for fact in found:
        for pattern in fact.cases:
            assert any(fnmatchcase(each, pattern) for each in ids(spec)), (fact.place, pattern)


def test_every_assumption_of_the_code_is_in_one_of_the_lists() -> None:
    """The second table of the assumptions, by the files it names."""
    table = _PAGE.read_text("utf-8").partition("## Outside the profile")[2]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 40
    for what, where, *_ in rows:
        named = [where.partition(" `")[0] + " "] if where.startswith(("lots", "key ")) else []
        paths = [*named, *re.findall(r"`([^`]+)`", where)]
        settled = [path for path in paths if code_fact(path).settled]
        assert settled, (what, paths)


@pytest.mark.parametrize("spec", SPECS)
def test_our_own_card_is_as_we_assume(make_desk: Callable[[str], Desk], spec: str) -> None:
    desk = make_desk(spec)
    seen = [r for r in desk.run(probes(spec)) if r.verdict is not Verdict.NOT_APPLICABLE]
    assert len(seen) > 85
    assert {r.verdict for r in seen} == {Verdict.REPORTED}
    assert [(r.case.id, r.reason) for r in seen if r.reason != "as assumed"] == []
    assert [r.case.id for r in seen if r.unrestored] == []


def test_the_suite_has_them_and_the_full_one_has_not() -> None:
    assert {case.suites for case in probes("gen1")} == {("assumed",)}


def test_another_card_is_reported_and_not_failed(make_desk: Callable[[str], Desk]) -> None:
    """A profile that assumes 3 tries and another order of records, in front of our card."""
    desk = make_desk("gen2")
    wrong = _with(desk.profile, pin_tries=3, puk_tries=5, empty_pin_grants="no")
    cases = [c for c in loaded(wrong, "assumed/") if c.id.startswith("assumed.p")]
    said = {r.case.id: (r.verdict, r.reason) for r in desk.with_bench(profile=wrong).run(cases)}
    assert said["assumed.pin.tries"] == (Verdict.REPORTED, "answered 63C6, assumed 63C3")
    assert said["assumed.puk.tries"] == (Verdict.REPORTED, "answered 63C2, assumed 63C4")
    assert said["assumed.pin.empty"] == (Verdict.REPORTED, "answered 9000, assumed 6982")


def _with(profile: Profile, **values: str | int) -> Profile:
    changed = {
        name: Setting(value=value, source="test", mark="assumed") for name, value in values.items()
    }
    return profile.model_copy(update={"settings": {**profile.settings, **changed}})
