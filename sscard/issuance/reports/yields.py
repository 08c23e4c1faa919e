"""Yield, first-pass yield and what cards were lost to, from counts of cards that are alike.

Yield (合格率) is over all cards that came to an end: good ones of them.  First-pass yield
(一次合格率) is over the first card of each order: those that were good.  The difference is what a
second card made good.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from sscard.issuance.states import OPEN, CardState

_LOST = frozenset({CardState.FAILED, CardState.SPOILED})
_STATUS_WORD = re.compile(r"\(([69][0-9A-F]{3})\)")


@dataclass(frozen=True, slots=True)
class Made:
    """``count`` cards that are alike.  "" where the ledger does not know; ``first``: each is the
    first card of its order."""

    lot: str
    station: str
    reader: str
    bank_station: str
    bank_reader: str
    state: CardState
    reason: str
    first: bool
    count: int

    @property
    def ended(self) -> bool:
        """Whether these cards are good or lost, no longer under way."""
        return self.state not in OPEN

    @property
    def lost(self) -> bool:
        """Whether nobody gets these cards."""
        return self.state in _LOST

    @property
    def at_bank(self) -> bool:
        """Whether the bank's station had these cards in hand."""
        return bool(self.bank_station)


class By(Enum):
    """What a yield is told for; Chinese and English."""

    LOT = ("芯片批号", "chip lot")
    STATION = ("社保工位", "social-security station")
    READER = ("社保工位读写器", "its reader")
    BANK_STATION = ("银行工位", "bank station")
    BANK_READER = ("银行工位读写器", "its reader")


@dataclass(frozen=True, slots=True)
class Yield:
    """Cards that ended at one place, and the good ones; of these, the first cards of orders."""

    by: By | None
    name: str
    ended: int
    good: int
    first: int
    first_good: int

    @property
    def share(self) -> float | None:
        """Yield; None where no card ended."""
        return self.good / self.ended if self.ended else None

    @property
    def first_share(self) -> float | None:
        """First-pass yield; None where no first card ended."""
        return self.first_good / self.first if self.first else None


@dataclass(frozen=True, slots=True)
class Loss:
    """Cards lost to one cause.  ``status_word`` is "" where the card did not say it."""

    status_word: str
    reason: str
    cards: int
    #: All cards that ended, these among them.
    ended: int
    lots: tuple[tuple[str, int], ...]
    stations: tuple[tuple[str, int], ...]

    @property
    def share(self) -> float:
        """Part of the cards that ended."""
        return self.cards / self.ended


def overall(made: Iterable[Made]) -> Yield:
    """The yield of all cards together."""
    return _sum(None, "", [_whole(each) for each in made if each.ended])


def yields(made: Iterable[Made], by: By) -> tuple[Yield, ...]:
    """One yield for each lot, station or reader, in their order."""
    found: dict[str, list[_Part]] = {}
    for each in made:
        name, part = _PARTS[by](each)
        if part is not None:
            found.setdefault(name, []).append(part)
    return tuple(_sum(by, name, found[name]) for name in sorted(found))


def losses(made: Iterable[Made]) -> tuple[Loss, ...]:
    """What cards were lost to, the most frequent cause first."""
    made = list(made)
    ended = sum(each.count for each in made if each.ended)
    causes: dict[tuple[str, str], list[Made]] = {}
    for each in made:
        if each.lost:
            causes.setdefault((status_word(each.reason), each.reason), []).append(each)
    found = [_loss(cause, alike, ended) for cause, alike in causes.items()]
    return tuple(sorted(found, key=lambda loss: (-loss.cards, loss.status_word, loss.reason)))


def status_word(reason: str) -> str:
    """The status word that ends a reason such as ``write: NO_SPACE (6A84)``; "" without one."""
    found = _STATUS_WORD.findall(reason)
    return found[-1] if found else ""


@dataclass(frozen=True, slots=True)
class _Part:
    good: int
    ended: int
    first: bool


def _whole(made: Made) -> _Part:
    return _Part(0 if made.lost else made.count, made.count, made.first)


def _at_first_station(made: Made) -> _Part | None:
    # What the bank's station had in hand was good when it left the first one.
    if not made.station or made.state is CardState.RESERVED:
        return None
    bad = made.lost and not made.at_bank
    return _Part(0 if bad else made.count, made.count, made.first)


def _at_bank(made: Made) -> _Part | None:
    return _whole(made) if made.at_bank and made.ended else None


def _of_reader(station: str, reader: str) -> str:
    return f"{station} / {reader}"


_PARTS: dict[By, Callable[[Made], tuple[str, _Part | None]]] = {
    By.LOT: lambda made: (made.lot, _whole(made) if made.ended else None),
    By.STATION: lambda made: (made.station, _at_first_station(made)),
    By.READER: lambda made: (_of_reader(made.station, made.reader), _at_first_station(made)),
    By.BANK_STATION: lambda made: (made.bank_station, _at_bank(made)),
    By.BANK_READER: lambda made: (_of_reader(made.bank_station, made.bank_reader), _at_bank(made)),
}


def _sum(by: By | None, name: str, parts: list[_Part]) -> Yield:
    firsts = [part for part in parts if part.first]
    return Yield(
        by,
        name,
        sum(part.ended for part in parts),
        sum(part.good for part in parts),
        sum(part.ended for part in firsts),
        sum(part.good for part in firsts),
    )


def _loss(cause: tuple[str, str], alike: list[Made], ended: int) -> Loss:
    lots: Counter[str] = Counter()
    stations: Counter[str] = Counter()
    for each in alike:
        lots[each.lot] += each.count
        stations[each.bank_station or each.station] += each.count
    return Loss(
        *cause, sum(lots.values()), ended, tuple(lots.most_common()), tuple(stations.most_common())
    )
