"""The cases of LD/T 6001.3 over simulated cards: every template here, every case with ``full``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from sscard.conformance import Case, Result, Verdict, cases_for
from sscard.profiles import load_profile
from sscard.pytest_plugin.cards import Cards
from tests.conformance.conftest import SPECS, Desk, desk_of

#: Groups of the standard, and DF06, which is ours.
_PART = ("ATR", "CHANGE PIN", "*_RECORD", "*_SAFETY", "KEY_VER?", "CHECK_CERT")
#: What a run in every build visits: one directory with all kinds of rights, and what is small.
_SMALL = {
    "gen1": ("SSSE_RECORD.*", "SSSE_SAFETY.*", "DF01_*.EF07.*", "KEY_VER?.UK1DF01*"),
    "gen2": (
        "atr.*",
        "change-pin.*",
        "DF04_*",
        "DF02_*.EF07.*",
        "KEY_VER?.*SSSE*",
        "KEY_VER1.*LK*",
    ),
    "gen3": (
        "SSSE_*",
        "DF06_*",
        "KEY_VER2.*DF07",
        "KEY_VER1.*STK*",
        "KEY_VER?.IRK*",
        "KEY_VER?.D*",
    ),
}
_FINE = (Verdict.PASSED, Verdict.REPORTED, Verdict.NOT_APPLICABLE)


@cache
def cases_of_part(spec: str) -> tuple[Case, ...]:
    cases = cases_for(load_profile(spec), quirks=("sscard",))
    return tuple(c for c in cases if any(fnmatchcase(c.group, each) for each in _PART))


def require_fine(results: Iterable[Result]) -> None:
    wrong = [
        f"{r.case.id}: {r.verdict.value}: {r.reason} {r.unrestored}"
        for r in results
        if r.verdict not in _FINE or r.unrestored
    ]
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.parametrize("spec", SPECS)
def test_the_card_model_is_right_in_a_part_of_the_cases(
    make_desk: Callable[[str], Desk], spec: str
) -> None:
    desk = make_desk(spec).with_bench(destructive=True)
    chosen = [c for c in cases_of_part(spec) if any(fnmatchcase(c.id, p) for p in _SMALL[spec])]
    require_fine(desk.run(chosen))


@pytest.mark.full
@pytest.mark.parametrize("spec", [*SPECS, "gen2+sichuan", "gen3+shandong"])
def test_the_card_model_is_right_in_all_cases(make_desk: Callable[[str], Desk], spec: str) -> None:
    desk = make_desk(spec).with_bench(destructive=True)
    results = desk.run(cases_of_part(spec))
    require_fine(results)
    verdicts = Counter(result.verdict for result in results)
    assert verdicts[Verdict.PASSED] > 0.98 * len(results)


_MACED = """
overlay = "region"
name = "maced"
title_zh = "带MAC更新"
title_en = "updates under a MAC"
bases = ["gen2"]
"""
_CHANGE = """
[[changes]]
target = "{}"
update = "{} with MAC"
source = "test"
mark = "S"
"""


def test_an_issuer_may_ask_for_macs(cards: Cards, tmp_path: Path) -> None:
    overlay = tmp_path / "maced.toml"
    changed = (("SSSE/EF08", "UKSSSE"), ("DF04/EF05", "UK1DF04"), ("DF04/EF15", "UK2DF04"))
    overlay.write_text(_MACED + "".join(_CHANGE.format(*each) for each in changed))
    spec = f"gen2+{overlay}"
    patterns = ("SSSE_SAFETY.EF08.*", "DF04_SAFETY.EF05.*", "DF04_SAFETY.EF15.*", "KEY_VER1.STK*")
    chosen = [c for c in cases_of_part(spec) if any(fnmatchcase(c.id, p) for p in patterns)]
    require_fine(desk_of(cards, spec).run(chosen))
    expected = {step.expected.name for case in chosen for step in case.steps}
    assert {"mac missing", "denied or mac missing"} <= expected


def test_a_tester_without_keys_and_pin_hears_what_cannot_be_tried(desk: Desk) -> None:
    bare = desk.with_bench(keys=None, pin=None)
    chosen = [c for c in cases_of_part("gen2") if c.group in ("SSSE_RECORD", "KEY_VER2")]
    verdicts = Counter((r.case.group, r.verdict) for r in bare.run(chosen))
    assert set(verdicts) == {
        ("SSSE_RECORD", Verdict.PASSED),
        ("SSSE_RECORD", Verdict.NOT_APPLICABLE),  # fingerprint and photo
        ("KEY_VER2", Verdict.NOT_APPLICABLE),
    }


def test_every_template_stands_in_a_build() -> None:
    """Each kind of id, without its directory, file, key and state, is among the small choices."""
    visited = {
        _kind(c)
        for spec in SPECS
        for c in cases_of_part(spec)
        if any(fnmatchcase(c.id, p) for p in _SMALL[spec])
    }
    everything = {_kind(c) for spec in SPECS for c in cases_of_part(spec)}
    later = {kind for kind in everything if kind[0] in ("ACSE_RECORD", "ACSE_SAFETY", "CHECK_CERT")}
    assert everything - visited - later == set()


def _kind(case: Case) -> tuple[str, tuple[str, ...]]:
    """Group without directory and version, and the words that the case's commands begin with."""
    group = case.group.partition("_")[2] if case.group[:2] in ("DF", "SS") else case.group
    group = "KEY" if group.startswith("KEY") or "VER" in group else group
    return group, tuple(dict.fromkeys(step.action for step in case.steps))
