"""The cases of LD/T 6001.2 and of the payment side over simulated cards, on every protocol."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache

import pytest

from simulator.faults import FaultyCard
from sscard.conformance import Case, Result, Verdict, run
from sscard.conformance.loading import cases_from, ordered
from sscard.conformance.packaged import case_files, quirk_file
from sscard.conformance.quirks import apply_quirks, quirks_of
from sscard.cos.protocol import Protocol
from sscard.profiles import load_profile
from tests.conformance.conftest import SPECS, Desk
from tests.conformance.watch import dirty

PART = (
    "command function",
    "command parameters",
    "firewall",
    "anti-tear",
    "medical",
    "contactless",
    "terminal compatibility",
    "PSE",
    "PBOC",
)
_FILES = ("6001-2/", "pse/")
#: How many there are at least: fewer means that a template has lost its rows.
_FEWEST = {
    "command function": 80,
    "command parameters": 190,
    "firewall": 25,
    "anti-tear": 11,
    "medical": 22,
    "contactless": 2,
    "terminal compatibility": 18,
    "PSE": 7,
    "PBOC": 30,
}
_FINE = (Verdict.PASSED, Verdict.REPORTED, Verdict.NOT_APPLICABLE)


class Slot:
    """The card on one protocol, as a reader would have it."""

    def __init__(self, card: FaultyCard, protocol: Protocol) -> None:
        self._card = card
        self._protocol = protocol

    def reset(self) -> bytes:
        return self._card.power_on(self._protocol)

    def transmit(self, command: bytes, /) -> bytes:
        return self._card.transmit(command)


@cache
def cases_of_part(spec: str) -> tuple[Case, ...]:
    """Without the files of the other part, which take long to load."""
    own = [each for each in case_files() if each.name.startswith(_FILES)]
    cases = ordered(cases_from(own, load_profile(spec)))
    assert {case.group for case in cases} <= set(PART)
    return apply_quirks(cases, quirks_of(quirk_file("sscard")))


def played(desk: Desk, protocol: Protocol, cases: Iterable[Case]) -> tuple[Result, ...]:
    desk = desk.with_bench(
        destructive=True,
        protocol="T=0" if protocol is Protocol.T0 else "T=1",
        contactless=protocol is Protocol.CONTACTLESS,
    )
    slot = Slot(desk.card, protocol)
    return run(cases, desk.bench, slot, time.perf_counter, session=desk.session)


def require_fine(results: Iterable[Result]) -> None:
    wrong = [
        f"{r.case.id}: {r.verdict.value}: {r.reason} {r.unrestored}"
        for r in results
        if r.verdict not in _FINE or r.unrestored
    ]
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.parametrize("spec", SPECS)
def test_the_card_model_is_right_in_every_case(make_desk: Callable[[str], Desk], spec: str) -> None:
    require_fine(played(make_desk(spec), Protocol.T1, cases_of_part(spec)))


@pytest.mark.parametrize(
    ("spec", "protocol"),
    [
        ("gen1", Protocol.T0),
        pytest.param("gen2", Protocol.T0, marks=pytest.mark.full),
        pytest.param("gen3", Protocol.T0, marks=pytest.mark.full),
        pytest.param("gen3", Protocol.CONTACTLESS, marks=pytest.mark.full),
    ],
)
def test_and_on_other_protocols(
    make_desk: Callable[[str], Desk], spec: str, protocol: Protocol
) -> None:
    require_fine(played(make_desk(spec), protocol, cases_of_part(spec)))


def test_what_the_antenna_shows(make_desk: Callable[[str], Desk]) -> None:
    """The groups that are only of interest there."""
    cases = [c for c in cases_of_part("gen3") if c.group in ("contactless", "PSE", "PBOC")]
    results = played(make_desk("gen3"), Protocol.CONTACTLESS, cases)
    require_fine(results)
    assert sum(r.verdict is Verdict.PASSED for r in results) > 40


@pytest.mark.parametrize("spec", SPECS)
def test_no_group_has_lost_its_cases(spec: str) -> None:
    found = Counter(case.group for case in cases_of_part(spec))
    assert {group: max(found[group], least) for group, least in _FEWEST.items()} == dict(found)


@pytest.mark.parametrize("spec", ["gen2"])
def test_the_card_is_what_it_was(make_desk: Callable[[str], Desk], spec: str) -> None:
    """After each case, all that is in the memory; but for what the case says that it leaves."""
    desk = make_desk(spec)
    cases = [case for case in cases_of_part(spec) if not case.destructive]
    assert dirty(desk, cases) == []


def test_what_needs_something_says_what_it_lacks(make_desk: Callable[[str], Desk]) -> None:
    """A tester with neither keys nor PIN nor a way to cut power."""
    desk = make_desk("gen2").with_bench(
        keys=None, pin=None, bank_pin=None, power=None, writes=False
    )
    results = desk.run(case for case in cases_of_part("gen2") if not case.destructive)
    require_fine(results)
    reasons = Counter(r.reason for r in results if r.verdict is Verdict.NOT_APPLICABLE)
    assert {"needs: key", "needs: pin", "needs: tear", "needs: bank pin"} <= reasons.keys()
    assert sum(r.verdict is Verdict.PASSED for r in results) > 150
