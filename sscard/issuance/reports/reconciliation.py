"""Whether every card body and chip of a batch is somewhere, as its parties booked and counted them.

Each piece that a party received comes to one end (field practice of card makers, issuance 3): it is
issued in a good card, handed over to the next party, rejected (sent back faulty, or spoiled in the
work), used for a test card, or it remains:

    issued + remaining + handed over + rejected + test = received

What people booked (stock movements) is held against what they counted, against what the other
party booked, and against what the stations saw of the whole batch (card bodies one by one, cards):
a station knows what became of a body, not whose shelf it lies on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sscard.errors import LedgerError
from sscard.issuance.ledger.schema.words import Movement
from sscard.issuance.production_states import BodyState
from sscard.issuance.reports.discrepancy import Code, Discrepancy

#: The item of stock whose pieces the ledger also knows one by one.
BODY = "body"
_DEAD = frozenset({BodyState.SPOILED, BodyState.DESTROYED, BodyState.TEST})
_IN_HAND = frozenset({BodyState.RECEIVED, BodyState.BOUND})
_REJECTED = (Movement.REJECTED, Movement.SPOILED)


@dataclass(frozen=True, slots=True)
class Booked:
    """The sum of one party's movements of one kind.  COUNTED: its last counts, added over lots."""

    party: str
    item: str
    movement: Movement
    counterparty: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Seen:
    """How many bodies the stations left with one party in one state."""

    party: str
    state: BodyState
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One party's pieces of one item.  ``remaining`` follows from the books; ``counted`` is what
    was found in the drawer, None where nobody counted."""

    party: str
    item: str
    received: int
    issued: int
    handed_over: int
    rejected: int
    test: int
    counted: int | None
    destroyed: int

    @property
    def remaining(self) -> int:
        """What must still be there, by the books."""
        return self.received - self.issued - self.handed_over - self.rejected - self.test


@dataclass(frozen=True, slots=True)
class Transfer:
    """What one party says it handed over to another, and what that one says it received."""

    giver: str
    receiver: str
    item: str
    handed_over: int
    received: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """The cards of the batch: every number that was taken is in one of these."""

    issued: int
    spoiled: int
    failed: int
    under_way: int
    #: Some of those under way, to look at first.
    named: tuple[str, ...] = ()

    @property
    def taken(self) -> int:
        """All card numbers of the batch."""
        return self.issued + self.spoiled + self.failed + self.under_way


@dataclass(frozen=True, slots=True)
class Destruction:
    """Dead bodies of a batch: waiting for the shredder, and gone without two signatures."""

    waiting: int = 0
    unsigned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The books of one batch side by side, and what does not agree."""

    batch: str
    lines: tuple[Line, ...]
    transfers: tuple[Transfer, ...]
    numbers: Numbers
    destruction: Destruction
    discrepancies: tuple[Discrepancy, ...]

    @property
    def balanced(self) -> bool:
        """Whether nothing stands in the way of closing the batch."""
        return not any(each.blocks for each in self.discrepancies)

    def require_balanced(self) -> None:
        """Raises LedgerError that says what is missing, party by party, in both languages."""
        found = [each for each in self.discrepancies if each.blocks]
        if found:
            told = "".join(f"\n  {each.zh}\n  {each.en}" for each in found)
            raise LedgerError(
                f"批次 {self.batch} 对账不平 batch {self.batch} does not balance:{told}"
            )


def reconciled(
    batch: str,
    booked: Iterable[Booked],
    seen: Iterable[Seen],
    numbers: Numbers,
    destruction: Destruction,
) -> Reconciliation:
    """Hold the books of a batch against each other."""
    books = _Books(booked, seen)
    lines = tuple(books.line(party, item) for party, item in books.places)
    transfers = tuple(books.transfers())
    found = [
        *(each for line in lines for each in _of_line(line)),
        *(each for transfer in transfers for each in _of_transfer(transfer)),
        *(_of_bodies(lines, books.seen, numbers) if books.bodies_booked else ()),
        *_of_cards(numbers, destruction),
    ]
    return Reconciliation(batch, lines, transfers, numbers, destruction, tuple(found))


class _Books:
    """Sums by party and item."""

    def __init__(self, booked: Iterable[Booked], seen: Iterable[Seen]) -> None:
        self.sums: Counter[tuple[str, str, Movement]] = Counter()
        self.between: Counter[tuple[str, str, Movement, str]] = Counter()
        for each in booked:
            self.sums[each.party, each.item, each.movement] += each.quantity
            if each.counterparty:
                self.between[each.party, each.item, each.movement, each.counterparty] += (
                    each.quantity
                )
        self.seen = _by_party(seen)

    @property
    def bodies_booked(self) -> bool:
        """Whether anybody keeps books of bodies."""
        return any(item == BODY for _, item, _ in self.sums)

    @property
    def places(self) -> list[tuple[str, str]]:
        """Party and item of every line."""
        booked = {(party, item) for party, item, _ in self.sums}
        return sorted(booked if self.bodies_booked else booked | {(p, BODY) for p in self.seen})

    def line(self, party: str, item: str) -> Line:
        """What was booked; where nobody books bodies, what the stations saw of them."""
        if item == BODY and not self.bodies_booked:
            return _from_bodies(party, self.seen[party])
        counted = (party, item, Movement.COUNTED)

        def of(*movements: Movement) -> int:
            return sum(self.sums[party, item, each] for each in movements)

        return Line(
            party,
            item,
            received=of(Movement.RECEIVED),
            issued=of(Movement.ISSUED),
            handed_over=of(Movement.HANDED_OVER),
            rejected=of(*_REJECTED),
            test=of(Movement.TEST),
            counted=self.sums.get(counted),
            destroyed=of(Movement.DESTROYED),
        )

    def transfers(self) -> Iterable[Transfer]:
        """Every hand-over with both its sides; deliveries from outside have one side only."""
        keeping = {party for party, _, _ in self.sums}
        pairs = {
            (party, other, item)
            for party, item, movement, other in self.between
            if movement is Movement.HANDED_OVER
        } | {
            (other, party, item)
            for party, item, movement, other in self.between
            if movement is Movement.RECEIVED and other in keeping
        }
        for giver, receiver, item in sorted(pairs):
            yield Transfer(
                giver,
                receiver,
                item,
                self.between[giver, item, Movement.HANDED_OVER, receiver],
                self.between[receiver, item, Movement.RECEIVED, giver],
            )


def _by_party(seen: Iterable[Seen]) -> Mapping[str, Counter[BodyState]]:
    found: dict[str, Counter[BodyState]] = {}
    for each in seen:
        found.setdefault(each.party, Counter())[each.state] += each.count
    return MappingProxyType(found)


def _from_bodies(party: str, bodies: Counter[BodyState]) -> Line:
    return Line(
        party,
        BODY,
        received=bodies.total(),
        issued=bodies[BodyState.USED],
        handed_over=bodies[BodyState.HANDED_OVER],
        rejected=sum(
            bodies[each] for each in (BodyState.SPOILED, BodyState.DESTROYED, BodyState.RETURNED)
        ),
        test=bodies[BodyState.TEST],
        counted=sum(bodies[each] for each in _IN_HAND),
        destroyed=bodies[BodyState.DESTROYED],
    )


def _of_line(line: Line) -> Iterable[Discrepancy]:
    place = (line.party, line.item)
    if line.remaining < 0:
        yield Discrepancy(
            Code.MORE_THAN_RECEIVED, *place, line.received, line.received - line.remaining
        )
    elif line.counted is None:
        if line.remaining:
            yield Discrepancy(Code.NOT_COUNTED, *place, line.remaining, None)
    elif line.counted != line.remaining:
        yield Discrepancy(Code.COUNT_DIFFERS, *place, line.remaining, line.counted)
    dead = line.rejected + line.test
    if line.destroyed > dead:
        yield Discrepancy(Code.DESTROYED_ALIVE, *place, dead, line.destroyed)


def _of_bodies(
    lines: Iterable[Line], seen: Mapping[str, Counter[BodyState]], numbers: Numbers
) -> Iterable[Discrepancy]:
    """The books of all parties against what the stations saw, which may be less: a body that was
    sent back as it came was in no station's hand."""
    lines = [line for line in lines if line.item == BODY]
    bodies = sum(seen.values(), Counter[BodyState]())
    issued = sum(line.issued for line in lines)
    if issued and issued != numbers.issued:
        yield Discrepancy(Code.ISSUED_DIFFERS, "", BODY, numbers.issued, issued)
    booked = sum(line.rejected + line.test for line in lines)
    dead = sum(bodies[each] for each in _DEAD)
    if dead > booked:
        yield Discrepancy(Code.DEAD_NOT_BOOKED, "", BODY, booked, dead)
    booked = issued + sum(line.remaining for line in lines)
    alive = sum(bodies[each] for each in (*_IN_HAND, BodyState.USED))
    if alive > max(booked, 0):
        yield Discrepancy(Code.ALIVE_NOT_BOOKED, "", BODY, booked, alive)


def _of_transfer(transfer: Transfer) -> Iterable[Discrepancy]:
    if transfer.handed_over != transfer.received:
        yield Discrepancy(
            Code.TRANSFER_DIFFERS,
            transfer.giver,
            transfer.item,
            transfer.handed_over,
            transfer.received,
            transfer.receiver,
        )


def _of_cards(numbers: Numbers, destruction: Destruction) -> Iterable[Discrepancy]:
    if numbers.under_way:
        named = ", ".join(numbers.named)
        yield Discrepancy(Code.UNDER_WAY, "", "card", 0, numbers.under_way, named)
    if destruction.unsigned:
        named = ", ".join(destruction.unsigned)
        yield Discrepancy(Code.UNSIGNED, "", BODY, 0, len(destruction.unsigned), named)
    if destruction.waiting:
        yield Discrepancy(Code.WAITS_FOR_SHREDDER, "", BODY, 0, destruction.waiting)
