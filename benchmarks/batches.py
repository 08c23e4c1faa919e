"""The volumes of one city through ledger, bank files and lists: 1:100 of both of its schemes.

    python benchmarks/batches.py [--scale 100] [--ledger PATH|URL] [--real 1]

Flow A: 1,088,386 workers and residents in 12 centres, the bank's numbers first; flow B: 5,472,889
people of the rural scheme in five rounds, counties by rows, the numbers afterwards (issuance 5).
``--real`` per cent are personalized and audited on simulated chips; the others come back as return
data of a maker.  Told are seconds and bytes by step, also for 100,000 orders without cards.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.batch_cards import Cards
from sscard.issuance.applicants import judge_applicants
from sscard.issuance.batches import entering, intake
from sscard.issuance.batches.answers import take_answer
from sscard.issuance.batches.kinds import KINDS
from sscard.issuance.batches.made import take_made
from sscard.issuance.batches.outgoing import Wanted, send
from sscard.issuance.batches.verifying import waiting_to_be_verified
from sscard.issuance.exchange import check_list, write_list
from sscard.issuance.exchange import load_list_layout as read_layout
from sscard.issuance.ledger import Actor, LedgerKeys
from sscard.issuance.machines import CHINA
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders import BatchWish, Intake, MadeAfter, Orders, Topologies
from sscard.issuance.orders.lists import ListNote
from sscard.issuance.orders.rows import Round, Unit
from sscard.keys.stores import load_social_security
from sscard.profiles import load_profile
from tests.issuance.batches.people import BANKS, Person, account_of, people, write_office_list

FIRST, AFTER = 1_088_386, 5_472_889
CENTRES, ROUNDS, COUNTIES = 12, 5, 9
#: People of a unit: an employer or community, a village.
EMPLOYER, VILLAGE = 150, 300
CITY, RURAL = BANKS[2], BANKS[1]
TODAY = date(2026, 11, 22)


@dataclass(frozen=True, slots=True)
class Share:
    """One unit's people: which flow, round, row of the table, and how many."""

    flow: str
    round: str
    place: str
    unit: str
    first: int
    count: int

    @property
    def bank(self) -> str:
        return CITY if self.flow == "bank-first" else RURAL


#: As one process of an office does: each layout is read once.
load_list_layout = cache(read_layout)


def shares(scale: int, centres: int = CENTRES, counties: int = COUNTIES) -> Iterator[Share]:
    """Everybody, unit by unit: A by centres, B by rounds and counties."""
    first = 1
    plan = [("bank-first", "A", centres, -(-FIRST // scale), EMPLOYER, "中心")]
    parts = split(-(-AFTER // scale), ROUNDS)
    plan += [
        ("bank-after", f"B{number}", counties, part, VILLAGE, "县")
        for number, part in enumerate(parts, start=1)
    ]
    for flow, round_name, places, total, size, word in plan:
        for place, of_place in enumerate(split(total, places), start=1):
            for unit, count in enumerate(split(of_place, -(-of_place // size)), start=1):
                code = f"{round_name}-{place:02}-{unit:04}"
                yield Share(flow, round_name, f"第{place}{word}", code, first, count)
                first += count


def split(total: int, parts: int) -> list[int]:
    """As even as can be; nothing for nothing."""
    shares = [(total * (n + 1)) // parts - (total * n) // parts for n in range(parts)]
    return [each for each in shares if each]


@dataclass(slots=True)
class Run:
    """One ledger, a folder for the lists, and what each step has taken."""

    orders: Orders
    folder: Path
    real: float
    seconds: Counter[str] = field(default_factory=Counter)
    busy: Counter[str] = field(default_factory=Counter)
    count: int = 0
    lists: int = 0
    size: int = 0
    cards: Cards | None = None

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        started, busy = time.perf_counter(), time.process_time()
        yield
        self.seconds[what] += time.perf_counter() - started
        self.busy[what] += time.process_time() - busy

    def actor(self) -> Actor:
        return Actor(datetime.now(CHINA), "bench", "office")

    def unit(self, share: Share) -> None:
        """One unit from the list that comes to the cards on their way."""
        with self.timed("people made up"):
            found = list(people(share.count, first=share.first, bank=share.bank))
            path = write_office_list(self.folder / "people.csv", found)
        self._enter(share, path)
        batch = self._batch(share)
        if share.flow == "bank-first":
            self._asked(batch)
        self.send("card-list", batch)
        self.send("print-file", batch)
        self._made(batch, share)
        if share.flow == "bank-after":
            self._told(batch, found)
        for kind in ("account-opening", "return-data", "deliver", "labels", "receipts"):
            self.send(kind, batch)
        self.count += share.count

    def send(self, kind: str, batch: str) -> Path:
        """A list that leaves."""
        path = self.folder / f"{kind}.txt"
        found = KINDS[kind]
        with self.timed(kind):
            wanted = Wanted(found, batch, load_list_layout(found.layout), found.party)
            sent = send(self.orders, wanted, path, self.actor())
        self.lists += 1
        self.size += sent.written.size
        return path

    def _enter(self, share: Share, path: Path) -> None:
        with self.timed("read and judge"):
            list_in = intake.of_spreadsheet(path)
            judged = judge_applicants(list_in.table, PROFILE, today=TODAY)
        note = ListNote(
            "in", "csv", "applicants", list_in.sha256, len(list_in.table.rows), share.unit
        )
        with self.timed("enter"):
            into = Intake(share.round, share.flow, "测试市", share.unit)
            taken = entering.enter(self.orders, judged, into, note, self.actor())
        if len(taken.orders) != share.count:
            raise SystemExit(f"{share.unit}: {len(taken.orders)} of {share.count} entered")

    def _batch(self, share: Share) -> str:
        with self.timed("verify"):
            ids = waiting_to_be_verified(self.orders, share.round, share.unit)
            self.orders.verify(ids, self.actor())
        with self.timed("make"):
            wish = BatchWish(
                share.unit, share.round, share.flow, share.bank, MADE_AFTER, share.unit
            )
            return self.orders.make_batch(wish, self.actor())

    def _asked(self, batch: str) -> None:
        request = self.send("bank-request", batch)
        with self.timed("the bank's own work"):
            asked = check_list(request, load_list_layout("bank-request"))
            rows = [
                {
                    "name": each.values["name"],
                    "id_number": each.values["id_number"],
                    "bank_number": account_of(each.values["id_number"]),
                    "mark": each.values["mark"],
                }
                for each in asked.records()
            ]
        self._answer(batch, "bank-numbers", rows)

    def _told(self, batch: str, found: list[Person]) -> None:
        with self.timed("the bank's own work"):
            rows = [
                {
                    "id_number": each.id_number,
                    "bank_number": account_of(each.id_number),
                    "mark": "新增",
                }
                for each in found
            ]
        self._answer(batch, "number-correspondence", rows)

    def _answer(self, batch: str, name: str, rows: list[dict[str, str]]) -> None:
        layout, path = load_list_layout(name), self.folder / f"{name}.txt"
        with self.timed("the bank's own work"):
            self.size += write_list(path, layout, rows).size
            self.lists += 1
        with self.timed("bank answer"):
            found = take_answer(self.orders, batch, check_list(path, layout), self.actor())
        if not found.whole:
            raise SystemExit(f"{batch}: {len(found.differences)} differences")

    def _made(self, batch: str, share: Share) -> None:
        """The first per cent on chips, the others by a maker who sends return data."""
        due = int((self.count + share.count) * self.real / 100) - int(self.count * self.real / 100)
        if due and self.cards:
            with self.timed("real cards"):
                self.cards.make(batch, due)
                self.send("hand-over", batch)
                self.cards.finish(batch)
        layout, path = load_list_layout("return-success"), self.folder / "made.txt"
        with self.timed("the maker's own work"):
            waiting = (OrderState.BATCHED, OrderState.BANK_MATCHED)
            files = self.orders.files_of(batch, waiting)
            rows = [_return(each.person.id_number, each.person.name, each.order) for each in files]
            self.size += write_list(path, layout, rows).size
            self.lists += 1
        with self.timed("factory return"):
            take_made(self.orders, batch, check_list(path, layout), "supplier", self.actor())


def _return(id_number: str, name: str, order: object) -> dict[str, str]:
    number = getattr(order, "wanted_number", "") or ""
    return {
        "card_number": number,
        "id_number": id_number,
        "name": name,
        "release_date": "2026-11-22",
        "valid_date": "2036-11-22",
        "identify_number": "639900D156000005" + number.encode().hex()[:16].upper(),
        "atr": "3B6D0000" + "00" * 13,
        "bank_number": account_of(id_number),
        "batch": getattr(order, "batch", "") or "",
        "mark": "新增",
    }


#: What other parties take is not the office's time.
OTHERS = ("people made up", "the bank's own work", "the maker's own work", "real cards")
PROFILE = load_profile("gen2")
MADE_AFTER = MadeAfter("gen2", bytes(32))


def measure(orders: Orders, folder: Path, plan: list[Share], real: float) -> Run:
    """All of it; progress on stderr."""
    run = Run(orders, folder, real)
    run.cards = Cards(orders) if real else None
    total = sum(each.count for each in plan)
    for name in sorted({each.round for each in plan}):
        orders.open_round(Round(name, "测试市", total, general_test="TEST"), run.actor())
    units = [Unit(each.unit, f"单位{each.unit}", "unit", centre=each.place) for each in plan]
    orders.add_units(units, run.actor())
    for number, share in enumerate(plan, start=1):
        run.unit(share)
        if number % 20 == 0:
            print(f"{run.count}/{total}", file=sys.stderr)
    return run


def told(run: Run) -> str:
    """The table."""
    own, busy = (
        sum(seconds for what, seconds in each.items() if what not in OTHERS)
        for each in (run.seconds, run.busy)
    )
    lines = [
        f"{what:24} {seconds:8.1f} s, {run.busy[what]:8.1f} s of this process"
        for what, seconds in run.seconds.most_common()
    ]
    each = 1e5 / run.count
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    states = {state.name: n for state, n in run.orders.counts().items() if n}
    lines += [
        f"{run.count} orders, {run.lists} lists of {run.size / 1e6:.1f} MB, {states}",
        f"without cards and other parties: {own:.1f} s, {busy:.1f} s of this process",
        f"per 100,000: {own * each:.0f} s, {busy * each:.0f} s of this process",
        f"{run.cards.made if run.cards else 0} real cards",
        f"peak memory {peak:.0f} MB",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, and print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--scale", type=int, default=100)
    asked.add_argument("--ledger")
    asked.add_argument("--real", type=float, default=1.0)
    options = asked.parse_args()
    keys = LedgerKeys.of(load_social_security())
    with tempfile.TemporaryDirectory() as folder:
        place = options.ledger or str(Path(folder) / "ledger.sqlite")
        topologies = Topologies.of("city-bank", ("early-bank", "rural-bank"))
        with Orders.open(place, keys, topologies, test_numbers=True) as orders:
            run = measure(orders, Path(folder), list(shares(options.scale)), options.real)
            print(told(run))
            if "://" not in place:
                print(f"ledger {os.stat(place).st_size / 1e6:.0f} MB")  # noqa: PTH116


if __name__ == "__main__":
    main()
