"""Access rules: a key id exactly where the condition names a key."""

from __future__ import annotations

import pytest

from sscard.dialects.rights import FREE, NEVER, PIN, AccessRule, Condition


@pytest.mark.parametrize("condition", Condition)
def test_a_key_id_belongs_to_conditions_that_name_a_key(condition: Condition) -> None:
    right, wrong = (0x84, None) if condition.needs_key else (None, 0x84)
    assert AccessRule(condition, right).kid == right
    with pytest.raises(ValueError, match="exactly when"):
        AccessRule(condition, wrong)


def test_what_never_happens_is_not_for_contacts_only() -> None:
    assert AccessRule(Condition.FREE, contacts_only=True) != FREE
    with pytest.raises(ValueError, match="both interfaces"):
        AccessRule(Condition.NEVER, contacts_only=True)


@pytest.mark.parametrize("kid", [-1, 0x100])
def test_a_key_id_is_one_byte(kid: int) -> None:
    with pytest.raises(ValueError, match="single byte"):
        AccessRule(Condition.KEY, kid)


def test_the_rules_without_a_key_have_names() -> None:
    assert [rule.condition for rule in (FREE, NEVER, PIN)] == [
        Condition.FREE,
        Condition.NEVER,
        Condition.PIN,
    ]
