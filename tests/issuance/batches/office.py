"""One office and the parties around it, for tests: a ledger, lists, and cards that are none.

The stations here talk to no card: they take jobs and finish them, as real ones do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from sscard.issuance.applicants import judge_applicants
from sscard.issuance.batches import entering, intake, outgoing
from sscard.issuance.batches.answers import Answered, take_answer
from sscard.issuance.batches.entering import Taken
from sscard.issuance.batches.kinds import KINDS, SPOILED
from sscard.issuance.batches.outgoing import Sent, Wanted
from sscard.issuance.batches.verifying import waiting_to_be_verified
from sscard.issuance.exchange import check_list, load_list_layout, write_list
from sscard.issuance.ledger import Actor, LedgerKeys, reading
from sscard.issuance.ledger.schema.events import EVENTS
from sscard.issuance.machines import CHINA
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import BatchWish, Intake, MadeAfter, Orders, Presence, Topologies
from sscard.issuance.orders.lists import ListNote
from sscard.issuance.orders.rows import Order, Round, Unit
from sscard.keys.stores import load_social_security
from sscard.profiles import load_profile
from tests.issuance.batches.people import Person, account_of, write_office_list

TODAY = date(2026, 11, 22)
MADE_AFTER = MadeAfter("gen2", bytes(32))
TOPOLOGIES = ("city-bank", "early-bank", "rural-bank")
UNIT = Unit("U1", "验收单位", "employer", "一街", "东区中心", "测试大道1号")


@dataclass(slots=True)
class Office:
    """A ledger with an open round and a unit; each call is a minute after the one before."""

    folder: Path
    place: str = ""
    orders: Orders = field(init=False)
    now: datetime = field(default=datetime(2026, 11, 22, 9, tzinfo=CHINA))

    def __post_init__(self) -> None:
        keys = LedgerKeys.of(load_social_security())
        topologies = Topologies.of(TOPOLOGIES[0], TOPOLOGIES)
        place = self.place or self.folder / "office.sqlite"
        self.orders = Orders.open(place, keys, topologies, test_numbers=True)

    def opened(self) -> Office:
        """With a tested round and one unit."""
        self.orders.open_round(Round("R1", "测试市", 12, general_test="T-1"), self.actor())
        self.orders.add_units([UNIT], self.actor())
        return self

    def actor(self, station: str = "office", reader: str = "") -> Actor:
        self.now += timedelta(minutes=1)
        return Actor(self.now, "07", station, reader)

    def events(self) -> int:
        """How many events the ledger has: what is refused adds none."""
        with reading(self.orders.engine) as connection:
            return connection.execute(select(func.count()).select_from(EVENTS)).scalar_one()

    def states(self, batch: str = "B1") -> list[str]:
        return [each.state.name for each in self.orders.orders_of(batch)]

    def enter(self, people: list[Person], flow: str = "bank-first", unit: str = "U1") -> Taken:
        """A list as CSV, judged and entered."""
        return self.enter_file(write_office_list(self.folder / "people.csv", people), flow, unit)

    def enter_file(self, path: Path, flow: str = "bank-first", unit: str = "U1") -> Taken:
        found = intake.of_spreadsheet(path)
        judged = judge_applicants(found.table, load_profile("gen2"), today=TODAY)
        note = ListNote("in", found.layout, "applicants", found.sha256, len(found.table.rows), unit)
        into = Intake("R1", flow, "测试市", unit)
        return entering.enter(self.orders, judged, into, note, self.actor())

    def batch(
        self, people: list[Person], flow: str = "bank-first", number: str = "B1", unit: str = "U1"
    ) -> str:
        """Entered, verified, one batch."""
        self.enter(people, flow, unit)
        return self.made(people[0].bank, flow, number, unit)

    def made(self, bank: str, flow: str, number: str = "B1", unit: str = "U1") -> str:
        ids = waiting_to_be_verified(self.orders, "R1", unit)
        self.orders.verify(ids, self.actor())
        wish = BatchWish(unit, "R1", flow, bank, MADE_AFTER, number)
        return self.orders.make_batch(wish, self.actor())

    def send(self, kind: str, batch: str = "B1", layout: str | Path = "", **more: int) -> Sent:
        """A list that leaves; its file is called after its kind."""
        found = KINDS.get(kind, SPOILED)
        laid_out = load_list_layout(layout or found.layout)
        wanted = Wanted(found, batch, laid_out, found.party, **more)  # type: ignore[arg-type]
        path = self.folder / f"{batch}-{kind}.txt"
        write = outgoing.send_spoiled if found is SPOILED else outgoing.send
        return write(self.orders, wanted, path, self.actor())

    def answer(
        self, path: Path, batch: str = "B1", layout: str = "bank-numbers", *, last: bool = True
    ) -> Answered:
        checked = check_list(path, load_list_layout(layout))
        return take_answer(self.orders, batch, checked, self.actor(), last=last)

    def bank_asked(self, batch: str = "B1") -> Answered:
        """The whole way to the bank and back."""
        self.send("bank-request", batch)
        return self.answer(self.bank_file(self.folder / f"{batch}-bank-request.txt"), batch)

    def bank_file(
        self, request: Path, number: Callable[[str], str] = account_of, out: str = "answer.txt"
    ) -> Path:
        """What a bank returns that takes everybody."""
        asked = check_list(request, load_list_layout("bank-request"))
        rows = [
            {
                "name": each.values["name"],
                "id_number": each.values["id_number"],
                "bank_number": number(each.values["id_number"]),
                "mark": each.values["mark"],
            }
            for each in asked.records()
        ]
        path = request.with_name(out)
        write_list(path, load_list_layout("bank-numbers"), rows)
        return path

    def bound(self, batch: str = "B1", spoil: Iterable[int] = ()) -> None:
        """The social-security station: everybody's card, those at ``spoil`` (places) twice."""
        again = set(spoil)
        for order in list(self.orders.orders_of(batch)):
            if order.position in again:
                self.ssse(order, spoil=True)

        waiting = (OrderState.BATCHED, OrderState.BANK_MATCHED, OrderState.VERIFIED)
        for order in list(self.orders.orders_of(batch, waiting)):
            self.ssse(order)

    def ssse(self, order: Order, *, spoil: bool = False) -> None:
        jobs, actor = self.orders.jobs, self.actor("ssse-1", "0")
        work = jobs.take(actor, 600, order=order.id, made_after=MADE_AFTER)
        jobs.begin(work, actor, chip_lot="L1", cos_version="1.0")
        if spoil:
            jobs.fail(work, "6581 in step 3", actor)
            return
        jobs.finish_ssse(work, actor, card_id_code=bytes(range(16)), atr=bytes.fromhex("3B6D0000"))

    def financed(self, batch: str = "B1") -> None:
        """The bank's station and the audit."""
        for order in list(self.orders.orders_of(batch, (OrderState.HANDED_OVER,))):
            jobs, actor = self.orders.jobs, self.actor("bank-1", "0")
            work = jobs.take_for_bank(order.person_hash, actor, 600)
            jobs.begin(work, actor)
            done = jobs.finish_bank(work, actor)
            assert done is not None
            jobs.audited(done, actor)

    def finished(self, batch: str = "B1") -> None:
        """From bound cards to delivered ones."""
        self.send("hand-over", batch)
        self.financed(batch)

    def collected(self, batch: str = "B1") -> None:
        for order in list(self.orders.orders_of(batch, (OrderState.DELIVERED,))):
            self.orders.collect(order.id, Presence("holder", "一街窗口"), self.actor("window"))

    def lines(self, kind: str, batch: str = "B1") -> list[str]:
        """The records of a list that left, without header and trailer."""
        raw = (self.folder / f"{batch}-{kind}.txt").read_bytes().decode("gb18030")
        found = raw.splitlines()
        return [each for each in found if "|" in each and not each.startswith(_FRAME)]


_FRAME = ("END", "MAKE", "BANKREQ", "HANDOVER", "FINISHED", "OPEN", "PRINT", "LABELS", "RECEIPT")
