"""A PSAM's chip: like a user card's, with one environment, and with what its COS decides.

The rules are settings because the specification leaves them open or says two things (ssc 5.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Any, ClassVar

from sscard.dialects.chip import LE, Times, TooLargeLe, read_times, require_sound
from sscard.errors import ProfileError

#: Chip files of PSAMs begin with this.
PREFIX = "psam-"
#: The parts of the memory, in the order in which they lie behind the journal.
PARTITIONS = ("system", "environment")


@unique
class CounterStep(StrEnum):
    """Which command makes the terminal's transaction counter go on (assumed)."""

    INIT = "init"
    CREDIT = "credit"


@unique
class WrongMac2(StrEnum):
    """What CREDIT SAM FOR PURCHASE answers to a wrong MAC2 (ssc 5.3 [S] has both)."""

    TRANSACTION_MAC_WRONG = "9302"
    AUTHENTICATION_FAILED = "63CF"


@unique
class KeyAfter(StrEnum):
    """What becomes of the session key when a computation is complete (assumed)."""

    GONE = "gone"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class PsamRules:
    """What a PSAM's COS does where public sources leave it open."""

    counter_goes_on_at: CounterStep = CounterStep.INIT
    wrong_mac2: WrongMac2 = WrongMac2.TRANSACTION_MAC_WRONG
    key_after_computation: KeyAfter = KeyAfter.GONE


@dataclass(frozen=True, slots=True)
class PsamChip:
    """Sizes are bytes.  ``suite`` is what the environment computes with (``3des``, ``sm4``)."""

    parts: ClassVar[tuple[str, ...]] = PARTITIONS

    name: str
    size: int
    partitions: Mapping[str, int]
    cos_version: str
    lot: str
    transport_tries: int
    mark: str
    suite: str
    le: Mapping[str, TooLargeLe] = field(default_factory=lambda: LE)
    rules: PsamRules = PsamRules()
    #: For the line-time model; the card itself knows no clock.
    times: Times = field(default_factory=Times)

    @classmethod
    def from_table(cls, table: Mapping[str, Any], place: str) -> PsamChip:
        """The chip in a parsed TOML file.  Raises ProfileError naming ``place`` and the entry."""
        try:
            values = {name: table[name] for name in cls.__slots__}
            values["le"] = _enums(values["le"], _LE, f"{place}: le")
            values["times"] = read_times(values["times"], place)
            rules = _enums(values["rules"], _RULES, f"{place}: rules")
        except KeyError as missing:
            raise ProfileError(f"{place}: {missing.args[0]} is missing") from None
        require_sound(table, PARTITIONS, place)
        return cls(**{**values, "rules": PsamRules(**rules)})


_LE = {"t0": TooLargeLe, "other": TooLargeLe}
_RULES = {
    "counter_goes_on_at": CounterStep,
    "wrong_mac2": WrongMac2,
    "key_after_computation": KeyAfter,
}


def _enums(table: object, kinds: Mapping[str, type[Any]], place: str) -> Mapping[str, Any]:
    """The words of a table as what they mean.  Raises ProfileError."""
    if not isinstance(table, dict) or set(table) != set(kinds):
        raise ProfileError(f"{place} has the entries {', '.join(kinds)}")
    for name, kind in kinds.items():
        words = [each.value for each in kind]
        if table[name] not in words:
            raise ProfileError(f"{place}.{name} is one of {', '.join(words)}")
    return MappingProxyType({name: kind(table[name]) for name, kind in kinds.items()})
