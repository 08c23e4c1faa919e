"""What a terminal has shown since power-on: volatile, one state per application (the firewall)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.dialects.rights import AccessRule, Condition


@dataclass(slots=True)
class SecurityState:
    """PIN and key rights of one application (ssc 3.1 [S], decision 5).

    ``keys`` holds (directory FID, key id) of the keys authenticated since the last SELECT of a
    directory; the PIN stays until power-off.
    """

    pin: bool = False
    keys: set[tuple[int, int]] = field(default_factory=set)
    #: The same of LKs, whose ids may be those of other keys elsewhere: they open no file.
    locks: set[tuple[int, int]] = field(default_factory=set)

    def directory_selected(self) -> None:
        """Key authentications end with the SELECT of any directory, also of the same one."""
        self.keys.clear()
        self.locks.clear()

    def permits(self, rule: AccessRule, holder: int) -> bool:
        """Whether ``rule`` is met; ``holder`` is the FID of the directory that has its key."""
        key = rule.kid is not None and (holder, rule.kid) in self.keys
        return (self.pin, key) in _MET[rule.condition]


#: The truth table of ssc 3.1 [S]: condition -> the (PIN shown, key shown) that satisfy it.
_MET: Mapping[Condition, frozenset[tuple[bool, bool]]] = MappingProxyType(
    {
        Condition.FREE: frozenset({(False, False), (False, True), (True, False), (True, True)}),
        Condition.NEVER: frozenset(),
        Condition.PIN: frozenset({(True, False), (True, True)}),
        Condition.KEY: frozenset({(False, True), (True, True)}),
        Condition.PIN_OR_KEY: frozenset({(True, False), (False, True), (True, True)}),
        Condition.PIN_AND_KEY: frozenset({(True, True)}),
    }
)
