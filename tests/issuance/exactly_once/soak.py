"""Stations on one PostgreSQL server, which are killed, hung and cut off at random.

``python -m tests.issuance.exactly_once.soak --minutes 10 --people 200 --stations 4 [--seed N]``

What happens: ``kill -9`` of a station, a station that hangs for longer than its lease and then goes
on, connections that the server drops, now and then a server that is shut down at once and started
again.  People carry cards between the trays meanwhile.  The invariants are judged again and again
while everybody stands still, and in the end, when everybody has been left to work in peace.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import psycopg

from sscard.cli.station_back import take_back
from sscard.errors import SscardError
from sscard.issuance.citizen_number import check_character
from sscard.issuance.floor.whereabouts import Belongs, belongs
from sscard.issuance.ledger import open_engine, reading
from sscard.issuance.order_states import OrderState
from sscard.issuance.production_states import BatchState
from tests.issuance.exactly_once.cards import Hall
from tests.issuance.exactly_once.invariants import always, at_the_end
from tests.issuance.exactly_once.office import FIRST, KEYS, LIVES, City, Death
from tests.issuance.exactly_once.soak_station import LEASE, known, now
from tests.postgres import Server, new_server

ROOT = Path(__file__).parents[3]
#: What a body may die of, and how.
DEATHS: tuple[Death, ...] = (("KEY 1", True), ("PERSON 0", False), ("STORE 2", True))
#: Cards that somebody has still to carry on: one may be finished while the delivery is written.
_UNDER_WAY = ("*/slot-*/*.card", "*/out/*.card", "finished/*.card")


@dataclass
class Stations:
    """The processes of all stations; a dead one is started again by hand."""

    root: Path
    url: str
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        kind, number = name.split("-")
        word = [sys.executable, "-m", "tests.issuance.exactly_once.soak_station"]
        log = (self.root / f"{name}.log").open("ab")
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.running[name] = subprocess.Popen(
            [*word, str(self.root), self.url, kind, number],
            stdout=log,
            stderr=log,
            env=environment,
        )
        log.close()

    def signal(self, which: signal.Signals, *names: str) -> None:
        for name in names or self.running:
            self.running[name].send_signal(which)

    def kill(self, name: str) -> None:
        self.signal(signal.SIGKILL, name)
        self.running.pop(name).wait()


@dataclass
class Soak:
    """One run.  ``happened`` counts the faults."""

    root: Path
    server: Server
    url: str
    people: tuple[str, ...]
    names: tuple[str, ...]
    chance: random.Random
    happened: Counter[str] = field(default_factory=Counter)
    untrue: list[str] = field(default_factory=list)
    #: Finished cards at each checkpoint.
    made: list[int] = field(default_factory=list)
    asleep: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hall = Hall(self.root / "cards", now, self.names)
        self.stations = Stations(self.root, self.url)

    def run(self, seconds: float) -> None:
        """Faults for so long; then peace, until everybody has a card."""
        with self._city().orders:
            pass
        for name in self.names:
            self.stations.start(name)
        self._until(time.monotonic() + seconds, faults=True)
        for name in list(self.asleep):
            self._wake(name)
        self._until(time.monotonic() + 120, faults=False)
        self._stand_still()
        for name in list(self.stations.running):
            self.stations.kill(name)
        self.untrue += [f"in the end: {each}" for each in self._judged(last=True)]
        self.untrue += [f"bug: {each.read_text()[-600:]}" for each in self.root.glob("bug-*")]

    def _until(self, end: float, *, faults: bool) -> None:
        next_fault = time.monotonic() + 2
        next_check = time.monotonic() + 10
        while time.monotonic() < end:
            if self._office() and not faults:
                return
            for name in [n for n, until in self.asleep.items() if until < time.monotonic()]:
                self._wake(name)
            if faults and time.monotonic() > next_fault:
                self._fault()
                next_fault = time.monotonic() + self.chance.uniform(0.2, 1.5)
            if time.monotonic() > next_check:
                self._stand_still()
                self.untrue += [f"meanwhile: {each}" for each in self._judged(last=False)]
                self.stations.signal(signal.SIGCONT, *self._awake())
                self.made.append(len(list(self.hall.cards("delivered"))))
                next_check = time.monotonic() + 10
            time.sleep(0.05)

    # what goes wrong

    def _fault(self) -> None:
        kinds = {"kill": 5, "hang": 2, "cut off": 6, "restart": 1}
        kind = self.chance.choices(list(kinds), list(kinds.values()))[0]
        awake = self._awake()
        if kind == "kill" and awake:
            self._kill(self.chance.choice(awake))
        elif kind == "hang" and awake:
            name = self.chance.choice(awake)
            self.stations.signal(signal.SIGSTOP, name)
            self.asleep[name] = time.monotonic() + LEASE * self.chance.uniform(0.5, 2)
        elif kind == "cut off":
            self._cut_off()
        elif kind == "restart":
            self.server.stop("immediate")
            self.server.start(durable=True)
        self.happened[kind] += 1

    def _awake(self) -> list[str]:
        return sorted(set(self.stations.running) - set(self.asleep))

    def _wake(self, name: str) -> None:
        del self.asleep[name]
        self.stations.signal(signal.SIGCONT, name)

    def _kill(self, name: str) -> None:
        """And what its people do: jobs taken back, slots and trays emptied, started again."""
        self.stations.kill(name)
        self._patiently(lambda: self._taken_back(name))
        self._patiently(lambda: self._sort(name, "in", "slot-R1", "slot-R2"))
        self.stations.start(name)

    def _taken_back(self, name: str) -> None:
        if name in known(self.url):
            take_back(name, self.url, None, "op", ())

    def _cut_off(self) -> None:
        address = f"host={self.server.folder} user=sscard dbname=postgres"
        query = (
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
            "AND pid <> pg_backend_pid() ORDER BY pid"
        )
        with psycopg.connect(address, autocommit=True) as connection:
            pids = [row[0] for row in connection.execute(query)]
            for pid in self.chance.sample(pids, min(len(pids), self.chance.randint(1, 4))):
                connection.execute("SELECT pg_terminate_backend(%s)", [pid])

    # people

    def _city(self) -> City:
        city = City(self.root, now, place=self.url, people=self.people, death=self._death)
        city._intake()
        return city

    def _death(self, number: int, attempt: int) -> Death:
        fate = random.Random(f"{number} {attempt}")
        return fate.choice(DEATHS) if fate.random() < 0.1 else LIVES

    def _office(self) -> bool:
        """One round of the office and of who carries cards; whether everybody has theirs."""
        try:
            city = City(self.root, now, place=self.url, people=self.people, death=self._death)
            with city.orders as orders:
                orders.jobs.expire(city.actor())
                city._prepare(FIRST)
                for name in self.names:
                    self._sort(name, "rejected")
                self._carry_on(city)
                if city._of(FIRST, *(set(OrderState) - {OrderState.DELIVERED})):
                    return False
                if orders.batch(FIRST).state is not BatchState.CLOSED:
                    orders.close_batch(FIRST, city.actor())
            return not any(card for place in _UNDER_WAY for card in self.hall.root.glob(place))
        except SscardError as error:
            self.happened[f"office: {type(error).__name__}"] += 1
            return False

    def _carry_on(self, city: City) -> None:
        for name in self._kind("ssse"):
            self._all(f"{name}/out", "semi")
        ready = [card.path for card in self.hall.cards("semi")]
        city.orders.hand_over(FIRST, city.actor())
        for kind, cards in (
            ("ssse", [card.path for card in self.hall.cards("stock")]),
            ("bank", ready),
        ):
            for card in cards:
                self.hall.carry(card, f"{self.chance.choice(self._kind(kind))}/in")
        for name in self._kind("bank"):
            self._all(f"{name}/out", "finished")
        ready = [card.path for card in self.hall.cards("finished")]
        city.orders.deliver(FIRST, city.actor())
        for card in ready:
            self.hall.carry(card, "delivered")

    def _kind(self, kind: str) -> list[str]:
        return [name for name in self.names if name.startswith(kind)]

    def _all(self, here: str, there: str) -> None:
        for card in self.hall.cards(here):
            self.hall.carry(card.path, there)

    def _sort(self, name: str, *folders: str) -> None:
        places = {
            Belongs.UNKNOWN: "strangers",
            Belongs.TRAY: "stock",
            Belongs.BANK: "semi",
            Belongs.FINISHED: "finished",
            Belongs.DESTROY: "dead",
        }
        engine = open_engine(self.url, KEYS)
        try:
            for folder in folders:
                for card in self.hall.cards(f"{name}/{folder}"):
                    with reading(engine) as connection:
                        place = belongs(connection, card.printed.body)
                    self.hall.carry(card.path, places.get(place, f"{name}/rejected"))
        finally:
            engine.dispose()

    # who looks on

    def _stand_still(self) -> None:
        self.stations.signal(signal.SIGSTOP)
        time.sleep(0.02)

    def _judged(self, *, last: bool) -> list[str]:
        found: list[str] = []

        def judge() -> None:
            engine = open_engine(self.url, KEYS)
            try:
                found[:] = (
                    at_the_end(engine, self.hall, self.people)
                    if last
                    else always(engine, self.hall)
                )
            finally:
                engine.dispose()

        self._patiently(judge)
        return found

    def _patiently(self, call: object) -> None:
        for _ in range(50):
            try:
                call()  # type: ignore[operator]
            except SscardError as error:
                self.happened[f"again: {type(error).__name__}"] += 1
                time.sleep(0.1)
            else:
                return
        raise TimeoutError("the ledger does not come back")


def _id_number(number: int) -> str:
    body = f"110101199003{7 + number // 1000:02}{number % 1000:03}"
    return body + check_character(body)


def soak(seconds: float, people: int, stations: int, seed: int, server: Server) -> Soak:
    """A run on an empty database of this server."""
    root = Path(tempfile.mkdtemp(prefix="sscard-soak-"))
    ids = tuple(_id_number(number) for number in range(1, people + 1))
    names = tuple(f"{('ssse', 'bank')[n % 2]}-{n // 2 + 1}" for n in range(stations))
    run = Soak(root, server, server.new_database(), ids, names, random.Random(seed))
    try:
        run.run(seconds)
    finally:
        for process in run.stations.running.values():
            process.kill()
        if not run.untrue:
            shutil.rmtree(root)
    return run


def _absent(what: str) -> NoReturn:
    raise SystemExit(f"{what} is not here")


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--minutes", type=float, default=5)
    asked.add_argument("--people", type=int, default=200)
    asked.add_argument("--stations", type=int, default=4)
    asked.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    given = asked.parse_args()
    print(f"seed {given.seed}", flush=True)
    server = new_server(_absent, durable=True)
    try:
        run = soak(given.minutes * 60, given.people, given.stations, given.seed, server)
    finally:
        server.stop()
        shutil.rmtree(server.folder)
    figures = {"faults": dict(run.happened), "made": run.made}
    for each in run.untrue[:40]:
        print(each)
    print(json.dumps(figures | {"untrue": len(run.untrue), "at": str(run.root)}))
    return 1 if run.untrue else 0


if __name__ == "__main__":
    sys.exit(main())
