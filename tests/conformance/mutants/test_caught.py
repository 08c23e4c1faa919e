"""The suite finds every wrong card, and names the case; on the right cards it finds nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase

import pytest
from wrong_cards.judging import (
    NEUTRAL,
    OWN,
    cases_of,
    failing,
    judge,
    like,
    named_cases,
    ways_to,
)
from wrong_cards.right_cards import right_card
from wrong_cards.table import Mutant, controls, mutants, without_mutant

from sscard.conformance import groups

MUTANTS = mutants()
EACH = [
    pytest.param(mutant, generation, id=f"{mutant.id}-{generation}")
    for mutant in MUTANTS
    for generation in mutant.generations
]
GENERATIONS = ("gen1", "gen2", "gen3")


def unmatched(patterns: Iterable[str], ids: Collection[str]) -> list[str]:
    """The patterns that no id is like."""
    return [each for each in patterns if not any(fnmatchcase(id_, each) for id_ in ids)]


@pytest.mark.parametrize(("mutant", "generation"), EACH)
def test_named_case_catches_it(mutant: Mutant, generation: str) -> None:
    quirks = NEUTRAL if mutant.neutral else OWN
    cases = like(named_cases(generation, quirks), (*mutant.caught, *controls()))
    with mutant.card(generation) as card:
        wrong = {each.case.id for each in failing(judge(card, generation, mutant.way, cases))}
    assert mutant.caught
    assert [each for each in mutant.caught if not any(fnmatchcase(c, each) for c in wrong)] == []
    assert [
        case for case in wrong if not any(fnmatchcase(case, each) for each in mutant.caught)
    ] == []


def test_the_controls_are_there() -> None:
    for generation in GENERATIONS:
        cases = [case.id for case in named_cases(generation, OWN)]
        assert [each for each in controls() if each not in cases] == []


@pytest.mark.parametrize("generation", GENERATIONS)
def test_named_cases_pass_on_the_right_card(generation: str) -> None:
    named = [each for mutant in MUTANTS for each in mutant.caught]
    for way in ways_to(generation):
        cases = like(named_cases(generation, OWN), (*named, *controls()))
        assert failing(judge(right_card(generation).copy(), generation, way, cases)) == ()


def test_every_group_catches_something() -> None:
    named = {
        case.group
        for mutant in MUTANTS
        for generation in mutant.generations
        for case in like(named_cases(generation, OWN), mutant.caught)
    }
    assert {name for name in groups() if name not in named} == set(without_mutant())


def test_forty_are_caught_by_what_every_card_must_answer() -> None:
    assert sum(mutant.neutral for mutant in MUTANTS) >= 40


@pytest.mark.full
@pytest.mark.parametrize("generation", GENERATIONS)
def test_whole_suite_on_the_right_card(generation: str) -> None:
    for way in ways_to(generation):
        cases = cases_of(generation, OWN)
        assert failing(judge(right_card(generation).copy(), generation, way, cases)) == ()


@pytest.mark.full
@pytest.mark.parametrize(("mutant", "generation"), EACH)
def test_whole_suite_on_the_wrong_card(mutant: Mutant, generation: str) -> None:
    """Only the groups that plausibly show the fault do."""
    cases = cases_of(generation, OWN)
    with mutant.card(generation) as card:
        wrong = failing(judge(card, generation, mutant.way, cases))
    ids = [each.case.id for each in wrong]
    assert unmatched(mutant.caught, ids) == []
    assert sorted({each.case.group for each in wrong} - set(mutant.groups)) == []
    assert len(ids) < len(cases) / 2
