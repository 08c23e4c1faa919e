"""One small city: three people from the list to the window, one of whom needs a second card.

``settle`` looks at the ledger and at the trays, does what is due, and is the same after any crash:
nothing is remembered outside of them.  One body dies at the social-security station, another one
falls silent at the bank, a third belongs to nobody here, and who has collected a card loses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from sscard.errors import SscardError
from sscard.issuance.batches.answers import take_answer
from sscard.issuance.batches.kinds import KINDS
from sscard.issuance.batches.outgoing import Wanted, send
from sscard.issuance.exchange import check_list, load_list_layout, write_list
from sscard.issuance.floor import Reader, SharedHall, posts
from sscard.issuance.floor.desk import LedgerDesk
from sscard.issuance.floor.signatures import TwoSignatures
from sscard.issuance.floor.whereabouts import Belongs, belongs
from sscard.issuance.ledger import Actor, LedgerKeys, reading
from sscard.issuance.ledger.schema import BODIES, EVENTS
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import (
    BatchWish,
    Body,
    Entry,
    Intake,
    Orders,
    Person,
    Presence,
)
from sscard.issuance.orders.rows import Order, Round, Unit
from sscard.issuance.production_states import BatchState, BodyState, StationState
from sscard.keys.stores import load_social_security
from tests.issuance.exactly_once.cards import Card, Hall, Printed
from tests.issuance.exactly_once.stations import MADE_AFTER, Post

KEYS = LedgerKeys.of(load_social_security(None))
BANK = "测试城市银行"
BEGIN = datetime(2026, 3, 2, 1, tzinfo=UTC)
IDS = ("110101199003070011", "110101199003070038", "110101199003070054")
FIRST, AGAIN = "B-FIRST", "B-AGAIN"
#: A body that somebody has put between those of the first batch.
STRANGER = "B-FIRST-STRANGER"
FLOWS = {FIRST: "bank-first", AGAIN: "replacement"}
TWO = TwoSignatures("A. Wang", "B. Li")
#: After so many nobody believes any more that they come to an end.
ROUNDS = 12
#: What the first body of a person dies of; the person's number in the list.
Death = tuple[str | None, bool]
LIVES: Death = (None, False)
DEATHS: dict[int, Death] = {2: ("KEY 2", False), 3: ("STORE 2", True)}
_DONE = (OrderState.DELIVERED, OrderState.COLLECTED, OrderState.REPLACED)
_S = OrderState


@dataclass
class Clock:
    """Every look at it is a second later; each run of the city begins days after the last."""

    at: datetime

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


class Stuck(Exception):
    """The city has done all it can, and somebody still has no card."""


def person(id_number: str) -> Person:
    """All of them have the same name."""
    values = {"id_number": id_number, "name": "王"}
    return Person(id_number, "王", "1", date(1990, 3, 7), values=values)


def with_check_digit(digits: str) -> str:
    """A bank number, which ends in one."""
    doubled = [int(each) * (2 - at % 2) for at, each in enumerate(reversed(digits))]
    return digits + str(-sum(n - 9 if n > 9 else n for n in doubled) % 10)


def first_bodies(number: int, attempt: int) -> Death:
    """What a body dies of: the first ones of some do."""
    return DEATHS.get(number, LIVES) if attempt == 0 else LIVES


@dataclass
class City:
    """One run of everybody.  ``lease`` in seconds.

    ``station`` is the number of the stations; cards in the slots of others are left alone.
    """

    root: Path
    now: Callable[[], datetime]
    lease: float = 600
    station: str = "1"
    place: str = ""
    people: tuple[str, ...] = IDS
    death: Callable[[int, int], Death] = first_bodies
    orders: Orders = field(init=False)
    hall: Hall = field(init=False)

    def __post_init__(self) -> None:
        self.hall = Hall(self.root / "cards", self.now)
        place = self.place or str(self.root / "ledger.sqlite")
        self.orders = Orders.open(place, KEYS, test_numbers=True)

    def actor(self) -> Actor:
        return Actor(self.now(), "office")

    def settle(self) -> None:
        """Work until everybody has a card.  Raises Stuck; LedgerError where the ledger is away."""
        with self.orders:
            self._intake()
            before, after = -1, self._events()
            for _ in range(ROUNDS):
                if after == before:
                    break
                self.orders.jobs.expire(self.actor())
                self._sort()
                if self._settled():
                    return
                self._work()
                before, after = after, self._events()
        raise Stuck

    def _events(self) -> int:
        with reading(self.orders.engine) as connection:
            return int(connection.execute(select(func.max(EVENTS.c.seq))).scalar_one())

    def _work(self) -> None:
        for batch in self.orders.batches():
            self._prepare(batch.number)
            self._make(batch.number)
            self._hand_on(batch.number)
        self._replace()

    # the office

    def _intake(self) -> None:
        orders = self.orders
        if not orders.rounds():
            tested = {"general_test": "GT-1", "tested_at": BEGIN}
            orders.open_round(Round("1", "R", expected=len(self.people), **tested), self.actor())  # type: ignore[arg-type]
        orders.add_units([Unit("U", "U", "village")], self.actor())
        entries = [Entry(person(each), BANK, row=row) for row, each in enumerate(self.people, 1)]
        orders.enter(Intake("1", FLOWS[FIRST], "R", "U"), entries, self.actor())
        entered = [order for each in self.people for order in orders.by_person(each)]
        waiting = [order.id for order in entered if order.state is _S.ENTERED]
        if waiting:
            orders.verify(waiting, self.actor())
        self._batch(FIRST)

    def _batch(self, batch: str) -> None:
        known = {each.number for each in self.orders.batches()}
        waits = any(
            order.state is _S.VERIFIED and order.flow == FLOWS[batch] for order in self._people()
        )
        if batch not in known and waits:
            wish = BatchWish("U", "1", FLOWS[batch], BANK, MADE_AFTER, batch)
            self.orders.make_batch(wish, self.actor())

    def _people(self) -> Iterator[Order]:
        for each in self.people:
            yield from self.orders.by_person(each)

    def _of(self, batch: str, *states: OrderState) -> list[Order]:
        return list(self.orders.orders_of(batch, states))

    def _prepare(self, batch: str) -> None:
        """Causes found, numbers of the bank, bodies of the printer."""
        failed = [order.id for order in self._of(batch, _S.FAILED)]
        if failed:
            self.orders.again(failed, self.actor())
        if self._of(batch, _S.BATCHED, _S.BANK_REQUESTED):
            self._ask_the_bank(batch)
        for order in self._of(batch, _S.BANK_MATCHED):
            self._print(order)

    def _ask_the_bank(self, batch: str) -> None:
        """By list; its answer is imported twice."""
        lists = self.root / "lists"
        lists.mkdir(exist_ok=True)
        request, answer = lists / f"{batch}-request.txt", lists / f"{batch}-answer.txt"
        wanted = Wanted(KINDS["bank-request"], batch, load_list_layout("bank-request"), BANK)
        send(self.orders, wanted, request, self.actor())
        self._bank(request, answer)
        for again in (False, True):
            checked = check_list(answer, load_list_layout("bank-numbers"))
            taken = take_answer(self.orders, batch, checked, self.actor(), last=True)
            assert taken.again is again, "a file was taken twice, or not at all"

    def _bank(self, request: Path, answer: Path) -> None:
        """It opens an account for each card that it is asked for."""
        rows = []
        for asked in check_list(request, load_list_layout("bank-request")).records():
            (order, *_) = self.orders.by_person(asked.values["id_number"])
            number = with_check_digit(f"62280012{order.id:04}{order.attempts:04}")
            kept = ("name", "id_number", "mark")
            rows.append({k: asked.values[k] for k in kept} | {"bank_number": number})
        write_list(answer, load_list_layout("bank-numbers"), rows)

    def _print(self, order: Order) -> None:
        """A body with this person's face and account; for a replacement, one without a face."""
        account = self.orders.account(order.id)
        if account is None:  # its card was given up this moment
            return
        face = self.people.index(self.orders.person(order.id).id_number) + 1
        if order.batch == FIRST:
            body = f"{order.batch}-{order.position}-{account.number[-5:-1]}"
            at, silently = self.death(face, order.attempts)
            printed = Printed(body, self.people[face - 1], account.number, at, silently)
        else:
            body = f"{order.batch}-{len(list(self.hall.cards())):04}"
            printed = Printed(body)
        kind = "printed" if order.batch == FIRST else "blank"
        if self._in_stock(order):
            return
        self.hall.print(printed)
        whose = order.id if order.batch == FIRST else None
        received = Body(body, kind, "gen3", "L1", "supplier", order.batch, whose)  # type: ignore[arg-type]
        self.orders.add_bodies([received], self.actor())
        if order.position == 1 and order.batch == FIRST:
            self.hall.print(Printed(STRANGER, self.people[0]))

    def _in_stock(self, order: Order) -> bool:
        """Whether a body for the order is there that may still become its card."""
        with reading(self.orders.engine) as connection:
            query = select(BODIES.c.order_id, BODIES.c.state).where(BODIES.c.batch == order.batch)
            found = connection.execute(query).all()
        alive = {BodyState.RECEIVED, BodyState.BOUND}
        mine = (order.id, None) if order.batch == AGAIN else (order.id,)
        return any(row.state in alive and row.order_id in mine for row in found)

    # the stations

    def _make(self, batch: str) -> None:
        post = Post(self.orders, self.hall, self.now, batch, self.lease, self.station)
        if batch == FIRST:
            self._station(post, *post.social(), "ssse")
        else:
            for order in self._of(batch, _S.BANK_MATCHED):
                self._station(post, *post.social(order.id), "ssse")

    def _hand_on(self, batch: str) -> None:
        self.orders.hand_over(batch, self.actor())
        self._carry(batch, "ssse/out", "semi")
        post = Post(self.orders, self.hall, self.now, batch, self.lease, self.station)
        self._station(post, *post.bank(), "bank")
        self.orders.deliver(batch, self.actor())
        self._carry(batch, "bank/out", "delivered")
        open_ = self.orders.batch(batch).state is not BatchState.CLOSED
        if open_ and all(order.state in _DONE for order in self._of(batch)):
            self.orders.close_batch(batch, self.actor())

    def _carry(self, batch: str, here: str, there: str) -> None:
        """The cards of one batch: people never mix two."""
        for card in self.hall.cards(here):
            if card.printed.body.startswith(batch):
                self.hall.carry(card.path, there)

    def _station(self, post: Post, desk: LedgerDesk, craft: object, station: str) -> None:
        """One start of a station, until its tray is empty or something stops it."""
        self._carry(post.batch, {"ssse": "stock", "bank": "semi"}[station], f"{station}/in")
        if not any((self.hall.root / station / "in").iterdir()):
            return
        for name in self._taken_out(desk):
            with desk.book() as book:
                posts.release(book, name, TWO, "looked at")
        desk.start(post.readers)
        hall = post.hall(desk)
        readers = post.loops(craft, hall, station)
        while readers:
            readers = [reader for reader in readers if _stepped(reader, hall)]
        desk.close(hall.broken)

    def _taken_out(self, desk: LedgerDesk) -> list[str]:
        with reading(self.orders.engine) as connection:
            return [
                each.name
                for each in posts.posts(connection)
                if each.name.startswith(f"{desk.station}/") and each.state is StationState.TAKEN_OUT
            ]

    def _sort(self) -> None:
        """Cards that lie at stations where nobody works now: the ledger says whose they are."""
        places = {
            Belongs.UNKNOWN: "strangers",
            Belongs.TRAY: "stock",
            Belongs.BANK: "semi",
            Belongs.FINISHED: "bank/out",
            Belongs.DESTROY: "dead",
        }
        slots = ("slot-R1", "slot-R2") if self.station == "1" else ()
        for where in ("in", *slots, "out", "rejected"):
            for card in self.hall.cards(f"*/{where}"):
                with reading(self.orders.engine) as connection:
                    place = belongs(connection, card.printed.body)
                if place in places:
                    self.hall.carry(card.path, places[place])

    # the person

    def _replace(self) -> None:
        """The first person collects the card, loses it, and asks for another."""
        orders, at_window = self.orders, Presence("holder", "window 1")
        for order in self._of(FIRST, _S.DELIVERED):
            if order.position == 1 and self._at_window(order) is not None:
                orders.collect(order.id, at_window, self.actor())
        for order in self._of(FIRST, _S.COLLECTED):
            card = self._at_window(order)
            if card is not None:
                self.hall.carry(card.path, "holders")
            orders.lose(order.id, self.actor(), "lost")
        for order in self._of(FIRST, _S.LOST):
            orders.replace(order.id, self.actor())
        self._batch(AGAIN)

    def _at_window(self, order: Order) -> Card | None:
        cards = self.hall.cards("delivered")
        return next((c for c in cards if c.person and c.person[0] == order.card_number), None)

    def _settled(self) -> bool:
        """The ledger is done, and so are those who carry cards, who may not have heard of it."""
        if any(self.hall.cards("bank/out")):
            return False
        batches = self.orders.batches()
        closed = all(batch.state is BatchState.CLOSED for batch in batches)
        return closed and {each.number for each in batches} == set(FLOWS)


def _stepped(reader: Reader, hall: SharedHall) -> bool:
    try:
        return reader.step()
    except SscardError as error:
        hall.stop(reader.name, str(error))
        return False


def clock(number: int) -> Clock:
    """The n-th run begins: the first one after a cut an hour later, the others a day each."""
    hours = (0, 1)[number - 1] if number < 3 else 25 * (number - 2)
    return Clock(BEGIN + timedelta(hours=hours))


def run(root: Path, now: Clock, lease: float = 600, station: str = "1") -> str | None:
    """One run of the city; what stopped it, None when everybody has a card."""
    try:
        City(root, now, lease, station).settle()
    except (SscardError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    except Stuck:
        return "stuck"
    return None
