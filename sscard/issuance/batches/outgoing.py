"""Lists that leave: made of the orders of a batch, registered, and put in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sscard.durable import new_file
from sscard.errors import LedgerError
from sscard.issuance.batches import facts
from sscard.issuance.batches.cards import of_spoiled, stripes_of
from sscard.issuance.batches.exporting import write_facts
from sscard.issuance.batches.fields import FieldMap, Values
from sscard.issuance.batches.kinds import PARTIES, Kind, Step
from sscard.issuance.batches.packing import CARDS_IN_BOX, Packed, box_of, boxes
from sscard.issuance.batches.registry import register
from sscard.issuance.batches.stock import book_cards, book_spoiled
from sscard.issuance.exchange import ListLayout, Written
from sscard.issuance.ledger import Actor, Book
from sscard.issuance.ledger.schema.words import Movement
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import Orders, moving
from sscard.issuance.orders.batching import begin_batch
from sscard.issuance.orders.leases import all_leases
from sscard.issuance.orders.lists import ListNote
from sscard.issuance.orders.rows import File, Unit
from sscard.issuance.orders.steps import move, orders_by_id
from sscard.issuance.production_states import BatchState


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which list, of which batch, to whom.  ``years``: how long a card is valid."""

    kind: Kind
    batch: str
    layout: ListLayout
    party: str
    years: int = 10
    box: int = CARDS_IN_BOX
    sealed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A list that was written; ``moved`` orders took a step with it.

    ``header`` and ``records`` are its facts, for the page on paper.
    """

    path: Path
    written: Written
    moved: int
    header: Values = field(repr=False)
    records: tuple[Values, ...] = field(repr=False)


def send(orders: Orders, wanted: Wanted, path: Path, actor: Actor) -> Sent:
    """Write a list, do what being on it does, and put it in place: the ledger first, then the file.

    So whoever holds a list holds one that the ledger knows.  A crash between the two leaves no
    list; the same call writes the same bytes again and moves nobody.  Raises LedgerError for a
    batch that has nobody for this list, ProfileError for the layout, ListError for what does not
    fit: nothing is changed then.
    """
    FieldMap.of(wanted.layout).require(*wanted.kind.needs)
    lines = Lines(orders, wanted)
    with new_file(path) as file, orders.book(actor) as book:
        found = _listed(book, orders, wanted)
        records = list(lines.boxes(found) if wanted.kind.boxes else lines.people(found))
        if not records:
            raise _nobody(wanted)
        written = write_facts(file, wanted.layout, records, lines.header, name=path.name)
        moved = _step(book, orders, wanted, found)
        if not moved:
            _require_known(orders, wanted, written)
        register(book, _note(wanted, written))
    return Sent(path, written, moved, lines.header, tuple(records))


def send_spoiled(orders: Orders, wanted: Wanted, path: Path, actor: Actor) -> Sent:
    """The list of a batch's cards that were given up; as ``send``."""
    lines = Lines(orders, wanted)
    with new_file(path) as file, orders.book(actor) as book:
        people = {each.order.id: each for each in orders.files_of(wanted.batch)}
        given_up = list(orders.spoiled_of(wanted.batch))
        records = [
            {
                **lines.common,
                **lines.person(people[card.order]),
                **of_spoiled(card),
                "position": str(n),
            }
            for n, card in enumerate(given_up, start=1)
        ]
        if not records:
            raise _nobody(wanted)
        written = write_facts(file, wanted.layout, records, lines.header, name=path.name)
        book_spoiled(book, wanted.batch, given_up)
        register(book, _note(wanted, written))
    return Sent(path, written, 0, lines.header, tuple(records))


def _nobody(wanted: Wanted) -> LedgerError:
    return LedgerError(
        f"batch {wanted.batch}: nobody is on this list 没有可列入清单的人员: "
        f"{wanted.kind.zh} {wanted.kind.en}"
    )


def _listed(book: Book, orders: Orders, wanted: Wanted) -> list[File]:
    """Who is on the list.

    Of a list that moves cards it is those who wait for the step; where nobody does, those who took
    it last, so that the same list can be written again.
    """
    found = list(orders.files_of(wanted.batch, wanted.kind.states))
    step = _STEPS.get(wanted.kind.step)
    if step is None:
        return found
    in_work = {lease.order_id for lease in all_leases(book.connection)}
    before, after, _ = step
    new = [each for each in found if each.order.state is before and each.order.id not in in_work]
    if new:
        return new
    moved = [each for each in found if each.order.state is after]
    last = max((each.order.changed_at for each in moved), default=None)
    return [each for each in moved if each.order.changed_at == last]


#: From which state to which the orders on a list go, and what their bodies are booked as.
_STEPS = {
    Step.REQUEST: (OrderState.BATCHED, OrderState.BANK_REQUESTED, None),
    Step.HAND_OVER: (OrderState.SSSE_DONE, OrderState.HANDED_OVER, Movement.HANDED_OVER),
    Step.DELIVER: (OrderState.AUDITED, OrderState.DELIVERED, Movement.ISSUED),
    Step.PACK: (OrderState.AUDITED, OrderState.DELIVERED, None),
}


def _step(book: Book, orders: Orders, wanted: Wanted, found: Sequence[File]) -> int:
    """What being on the list does, for those with whom it was not done yet."""
    kind = wanted.kind
    if kind.step in (Step.NONE, Step.PACK):
        return 0
    before, after, movement = _STEPS[kind.step]
    ids = [each.order.id for each in found if each.order.state is before]
    if kind.step is Step.REQUEST:
        move(book, orders.topologies, orders_by_id(book.connection, ids), after)
        begin_batch(book, wanted.batch, BatchState.AT_BANK)
        return len(ids)
    if ids:
        moving.advance_batch(book, orders.topologies, wanted.batch, after, ids)
    if ids and movement:
        other = wanted.party if movement is Movement.HANDED_OVER else ""
        book_cards(book, wanted.batch, ids, movement, kind.giver, other)
    return len(ids)


def _require_known(orders: Orders, wanted: Wanted, written: Written) -> None:
    """LedgerError for a list that moves nobody and is not the one that once did."""
    moves = wanted.kind.step not in (Step.NONE, Step.PACK)
    if moves and not orders.has_list(written.sha256, "out"):
        raise LedgerError(
            f"batch {wanted.batch}: 清单上的卡已流转，不能再出同一清单 its cards went on since: "
            f"the list as it was cannot be written again: {wanted.kind.zh} {wanted.kind.en}"
        )


def _note(wanted: Wanted, written: Written) -> ListNote:
    return ListNote(
        direction="out",
        layout=wanted.layout.name,
        kind=wanted.kind.name,
        sha256=written.sha256,
        records=written.records,
        party=wanted.party,
        batch=wanted.batch,
        sealed_by=wanted.sealed_by,
    )


@dataclass(slots=True)
class Lines:
    """Facts for the records of one list."""

    orders: Orders
    wanted: Wanted
    common: Values = field(init=False)
    unit: Unit = field(init=False)
    stripes: Mapping[int, Values] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        batch = self.orders.batch(self.wanted.batch)
        units = {each.code: each for each in self.orders.units()}
        self.unit = units[batch.unit]
        topology = self.orders.topologies[batch.bank]
        self.common = {
            **facts.of_batch(batch, self.unit, self.wanted.years),
            "destination": facts.destination(self.unit, topology),
        }
        if self.wanted.kind.stripe:
            self.stripes = stripes_of(self.orders, self.wanted.batch)

    @property
    def header(self) -> Values:
        """What is the same for the whole list; parties by their names."""
        giver, party = self.wanted.kind.giver, self.wanted.party
        both = {"giver": PARTIES.get(giver, giver), "receiver": PARTIES.get(party, party)}
        return {**self.common, **both}

    def people(self, found: Sequence[File]) -> Iterator[Values]:
        """One record for each."""
        packed = boxes(self._packed(found), self.wanted.box)
        for each in found:
            box = box_of(each.order.position or 0, packed)
            yield {**self.common, **self.person(each), "box": str(box)}

    def boxes(self, found: Sequence[File]) -> Iterator[Values]:
        """One record for each box."""
        for box in boxes(self._packed(found), self.wanted.box):
            yield {**self.common, **box.facts}

    def _packed(self, found: Sequence[File]) -> Packed:
        positions = tuple(each.order.position or 0 for each in found)
        unit, where = self.unit.name, self.common["destination"]
        return Packed(self.wanted.batch, unit, where, positions)

    def person(self, each: File) -> Values:
        """What the list may say of one order."""
        kind = self.wanted.kind
        found = {**facts.of_person(each.person), **facts.of_order(each.order)}
        if kind.words:
            found["reason"] = found["reason_zh"]
        if kind.face:
            found["name"] = found["face_name"]
        if kind.account and each.account:
            found |= facts.of_account(each.account)
        if kind.stripe:
            found |= facts.of_stripe(self.stripes.get(each.order.id, {}))
        if kind.chip and each.card:
            found |= facts.of_card(each.card, self.wanted.years)
        return found
