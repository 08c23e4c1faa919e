"""Card risk management: what the card finds and what it wants, as tables (pboc 2.4 [H, M]).

Each rule looks at the situation; the facts of all that apply go into the CVR, and the strictest
verdict counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, unique
from types import MappingProxyType
from typing import NamedTuple

from sscard.apdu.ada import ADA
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.cvr import NO_FACTS, Fact
from sscard.cos.pse.risk import Memory
from sscard.cos.pse.transaction import Answer


@unique
class Verdict(IntEnum):
    """What the card wants, from mild to strict."""

    APPROVE = 0
    ONLINE = 1
    DECLINE = 2
    #: Decline, and block the application.
    BLOCK = 3


@dataclass(frozen=True, slots=True)
class Situation:
    """Which limits this transaction would break, and what the card remembers.

    ``lower`` and ``upper`` are for the whole of velocity checking: before and after the terminal
    has tried to go on line.
    """

    ada: ADA
    memory: Memory
    facts: Fact
    new: bool
    no_tries: bool
    lower: bool
    upper: bool
    cash_short: bool
    cash_low: bool
    answer: Answer = Answer.NONE
    answer_mandatory: bool = False

    @property
    def pin_just_exceeded(self) -> bool:
        """The last try was used up in this transaction."""
        return self.no_tries and Fact.PIN_PERFORMED in self.facts

    @property
    def pin_exceeded_earlier(self) -> bool:
        """There was no try left when it began."""
        return self.no_tries and Fact.PIN_PERFORMED not in self.facts


class _Rule(NamedTuple):
    applies: Callable[[Situation], bool]
    facts: Fact
    verdict: Verdict


def _remembers(memory: Memory) -> Callable[[Situation], bool]:
    return lambda here: bool(here.memory & memory)


def _with(applies: Callable[[Situation], bool], wish: ADA) -> Callable[[Situation], bool]:
    return lambda here: applies(here) and wish in here.ada


def _new(here: Situation) -> bool:
    return here.new


def _earlier(here: Situation) -> bool:
    return here.pin_exceeded_earlier


def _just(here: Situation) -> bool:
    return here.pin_just_exceeded


def _no_tries(here: Situation) -> bool:
    return here.no_tries


def _lower(here: Situation) -> bool:
    return here.lower


def _upper(here: Situation) -> bool:
    return here.upper


def _cash_short(here: Situation) -> bool:
    return here.cash_short


def _cash_low(here: Situation) -> bool:
    return here.cash_low


def _wrong(here: Situation) -> bool:
    return here.answer is Answer.WRONG


def _lacking(here: Situation) -> bool:
    return here.answer is Answer.NONE and here.answer_mandatory


_failed_last = _remembers(Memory.ISSUER_AUTHENTICATION_FAILED)
_script_failed = _remembers(Memory.SCRIPT_FAILED)
_not_completed = _remembers(Memory.ONLINE_NOT_COMPLETED)

#: Before the first cryptogram.
_FIRST = (
    _Rule(_not_completed, Fact.LAST_ONLINE_NOT_COMPLETED, Verdict.ONLINE),
    _Rule(_failed_last, Fact.ISSUER_AUTHENTICATION_FAILED_LAST, Verdict.APPROVE),
    _Rule(
        _with(_failed_last, ADA.ISSUER_AUTHENTICATION_FAILED_NEXT_ONLINE), NO_FACTS, Verdict.ONLINE
    ),
    _Rule(
        _remembers(Memory.ISSUER_AUTHENTICATION_MISSING),
        Fact.ISSUER_AUTHENTICATION_MISSING_LAST,
        Verdict.APPROVE,
    ),
    _Rule(_remembers(Memory.SDA_FAILED), Fact.SDA_FAILED_LAST, Verdict.APPROVE),
    _Rule(_remembers(Memory.DDA_FAILED), Fact.DDA_FAILED_LAST, Verdict.APPROVE),
    _Rule(_remembers(Memory.BLOCKED_BY_PIN), Fact.BLOCKED_BY_PIN, Verdict.APPROVE),
    _Rule(_script_failed, Fact.SCRIPT_FAILED, Verdict.APPROVE),
    _Rule(_with(_script_failed, ADA.SCRIPT_FAILED_EARLIER_ONLINE), NO_FACTS, Verdict.ONLINE),
    _Rule(_new, Fact.NEW_CARD, Verdict.APPROVE),
    _Rule(_with(_new, ADA.NEW_CARD_ONLINE), NO_FACTS, Verdict.ONLINE),
    _Rule(_no_tries, Fact.PIN_TRIES_EXCEEDED, Verdict.APPROVE),
    _Rule(_with(_just, ADA.PIN_TRIES_EXCEEDED_BLOCK), Fact.BLOCKED_BY_PIN, Verdict.BLOCK),
    _Rule(_with(_earlier, ADA.PIN_TRIES_EXCEEDED_EARLIER_ONLINE), NO_FACTS, Verdict.ONLINE),
    _Rule(_with(_earlier, ADA.PIN_TRIES_EXCEEDED_EARLIER_DECLINE), NO_FACTS, Verdict.DECLINE),
    _Rule(
        _with(_earlier, ADA.PIN_TRIES_EXCEEDED_EARLIER_DECLINE_AND_BLOCK),
        Fact.BLOCKED_BY_PIN,
        Verdict.BLOCK,
    ),
    _Rule(_lower, Fact.VELOCITY_EXCEEDED, Verdict.ONLINE),
    _Rule(_cash_short, NO_FACTS, Verdict.ONLINE),
    _Rule(_cash_low, NO_FACTS, Verdict.ONLINE),
)
#: Whatever the terminal says of the line: an answer that was wrong has been here.
_WRONG = _Rule(_with(_wrong, ADA.ISSUER_AUTHENTICATION_FAILED_DECLINE), NO_FACTS, Verdict.DECLINE)
#: After an ARQC that reached nobody.
_UNABLE = (
    _WRONG,
    _Rule(lambda _: True, Fact.UNABLE_ONLINE, Verdict.APPROVE),
    _Rule(_upper, Fact.VELOCITY_EXCEEDED, Verdict.DECLINE),
    _Rule(_cash_short, NO_FACTS, Verdict.DECLINE),
    _Rule(_with(_new, ADA.NEW_CARD_UNABLE_ONLINE_DECLINE), NO_FACTS, Verdict.DECLINE),
    _Rule(
        _with(_earlier, ADA.PIN_TRIES_EXCEEDED_EARLIER_UNABLE_ONLINE_DECLINE),
        NO_FACTS,
        Verdict.DECLINE,
    ),
)
#: After an ARQC that the issuer has answered, or a terminal in its place.
_ANSWERED = (
    _WRONG,
    _Rule(_with(_lacking, ADA.ISSUER_AUTHENTICATION_MISSING_DECLINE), NO_FACTS, Verdict.DECLINE),
)

#: What is asked for and the verdict -> the first cryptogram.
_KINDS: Mapping[tuple[Cryptogram, Verdict], Cryptogram] = MappingProxyType(
    {
        (Cryptogram.TC, Verdict.APPROVE): Cryptogram.TC,
        (Cryptogram.TC, Verdict.ONLINE): Cryptogram.ARQC,
        (Cryptogram.ARQC, Verdict.APPROVE): Cryptogram.ARQC,
        (Cryptogram.ARQC, Verdict.ONLINE): Cryptogram.ARQC,
    }
)


class Decision(NamedTuple):
    """The kind of cryptogram, what is new for the CVR, and whether the application is blocked."""

    kind: Cryptogram
    facts: Fact
    blocks: bool = False


def first(asked: Cryptogram, here: Situation) -> Decision:
    """The first cryptogram of a transaction."""
    facts, verdict = _judge(_FIRST, here)
    kind = _KINDS.get((asked, verdict), Cryptogram.AAC)
    return Decision(kind, facts, verdict is Verdict.BLOCK)


def second(asked: Cryptogram, here: Situation, *, unable: bool) -> Decision:
    """The second one, ``unable`` when the terminal could not go on line."""
    facts, verdict = _judge(_UNABLE if unable else _ANSWERED, here)
    approved = asked is Cryptogram.TC and verdict is Verdict.APPROVE
    return Decision(Cryptogram.TC if approved else Cryptogram.AAC, facts)


def _judge(rules: Iterable[_Rule], here: Situation) -> tuple[Fact, Verdict]:
    applying = [rule for rule in rules if rule.applies(here)]
    facts = NO_FACTS
    for rule in applying:
        facts |= rule.facts
    return facts, max((rule.verdict for rule in applying), default=Verdict.APPROVE)
