"""Every mutant is wrong, by an exchange of its own that knows nothing of the suite."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from wrong_cards.hands import ALTERATIONS
from wrong_cards.host import Host
from wrong_cards.orders import ORDERS
from wrong_cards.right_cards import right_card
from wrong_cards.table import Mutant, mutants

MUTANTS = mutants()
EACH = [
    pytest.param(mutant, generation, id=f"{mutant.id}-{generation}")
    for mutant in MUTANTS
    for generation in mutant.generations
]


def test_the_list_is_complete() -> None:
    ids = [mutant.id for mutant in MUTANTS]
    assert len(set(ids)) == len(ids) >= 40
    assert {each.id for each in MUTANTS if each.made == "cos"} == set(ALTERATIONS)
    assert {each.id for each in MUTANTS if each.made == "order"} == set(ORDERS)


@pytest.mark.parametrize(("mutant", "generation"), EACH)
def test_mutant_is_wrong(mutant: Mutant, generation: str) -> None:
    right = right_card(generation)
    expected = Host(right.copy(), right.order, certified=right.certified).run(mutant.script)
    with mutant.card(generation) as card:
        found = Host(card, right.order, certified=right.certified).run(mutant.script)
    assert fnmatchcase(expected, mutant.right)
    assert fnmatchcase(found, mutant.wrong)
    assert found != expected


def test_the_card_os_is_right_again() -> None:
    right, mutant = right_card("gen2"), next(each for each in MUTANTS if each.made == "cos")
    with mutant.card("gen2"):
        pass
    answer = Host(right.copy(), right.order, certified=right.certified).run(mutant.script)
    assert fnmatchcase(answer, mutant.right)
