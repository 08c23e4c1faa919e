"""Which register state stands for the PIN and for each key of a directory (decision 17).

FMCOS has one 4-bit register per directory.  A rule is compiled for the command that follows the
authentications it asks for; the next authentication overwrites the register (dialects 2.2 [I]).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sscard.dialects.fmcos_rights import FREE, NEVER, Right
from sscard.dialects.rights import AccessRule, Condition
from sscard.errors import ProfileError

#: The state of the PIN; a key that may stand in for it has the one below or the one above.
PIN = 2
_BESIDE_PIN = (1, 3)
_FIRST, _LAST = 4, 14
#: The master key's state: no file rule needs it.
MASTER = 15


@dataclass(frozen=True, slots=True)
class States:
    """Follow-up states by key id; ``after_pin`` are the keys that count only once the PIN did."""

    keys: Mapping[int, int]
    after_pin: frozenset[int]

    @classmethod
    def of(cls, rules: Iterable[AccessRule], place: str) -> States:
        """States that say all ``rules`` of a directory.  Raises ProfileError naming ``place``."""
        named = [(rule.condition, rule.kid) for rule in rules if rule.kid is not None]
        both = _kids(named, Condition.PIN_AND_KEY)
        either = _kids(named, Condition.PIN_OR_KEY)
        alone = _kids(named, Condition.KEY)
        if both & (either | alone):
            raise ProfileError(f"{place}: a key that counts only with the PIN cannot count alone")
        if len(either) > len(_BESIDE_PIN):
            raise ProfileError(f"{place}: only two keys can stand in for the PIN")
        others = sorted((both | alone) - either)
        if len(others) > _LAST - _FIRST + 1:
            raise ProfileError(f"{place}: more keys than the register has states")
        states = dict(zip(sorted(either), _BESIDE_PIN, strict=False))
        return cls({**states, **{kid: _FIRST + at for at, kid in enumerate(others)}}, both)

    def right(self, rule: AccessRule) -> Right:
        """The right byte of a rule that was among those the states were made for."""
        if rule.condition in _WITHOUT_KEY:
            return _WITHOUT_KEY[rule.condition]
        state = self.keys[rule.kid or 0]
        if rule.condition == Condition.PIN_OR_KEY:
            return Right.between(min(state, PIN), max(state, PIN))
        return Right.exactly(state)

    def use(self, kid: int) -> Right:
        """The use right of an external key."""
        return Right.exactly(PIN) if kid in self.after_pin else FREE

    def follow_up(self, kid: int) -> int:
        """The state of an external key; one that no rule names has 0, which is none."""
        return self.keys.get(kid, 0)


_WITHOUT_KEY: Mapping[Condition, Right] = {
    Condition.FREE: FREE,
    Condition.NEVER: NEVER,
    Condition.PIN: Right.exactly(PIN),
}


def _kids(named: Iterable[tuple[Condition, int]], condition: Condition) -> frozenset[int]:
    return frozenset(kid for each, kid in named if each == condition)
