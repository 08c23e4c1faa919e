"""Cuts one city's work at every place where it can be cut, and looks what comes of it.

``python -m tests.issuance.exactly_once.sweep FOLDER [kill power=2 …]``: every place, or one in N.

A cut leaves the folder of the city as it is at that moment; whoever works on knows nothing else.
What a kill -9 leaves is copied while the run goes on, so one run gives every place; that this is
what a real SIGKILL leaves is shown by ``sigkill``, which sends one.  The number of places is
counted, not guessed: the run comes to its end, and there are no others.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from sscard.errors import LedgerError
from tests.issuance.exactly_once import disk, faults, office
from tests.issuance.exactly_once.invariants import judge

#: Leases that are over when the next run begins, and leases that are not.
SHORT, LONG = 600.0, 36_000.0
#: Runs without a fault, after which everything has to be done.
RUNS = 6


@dataclass(frozen=True)
class Verdict:
    """What came of one cut."""

    place: str
    runs: int
    untrue: tuple[str, ...]
    hit: bool = True


@dataclass
class Tally:
    """What came of all of them."""

    places: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    bad: list[Verdict] = field(default_factory=list)
    seconds: float = 0

    def add(self, verdict: Verdict) -> None:
        if verdict.hit:
            self.places[verdict.place.split()[0]] += 1
            self.runs += verdict.runs
        if verdict.untrue:
            self.bad.append(verdict)


@dataclass(frozen=True)
class Job:
    """A call for another process."""

    call: Callable[..., Verdict]
    arguments: tuple[object, ...]


Give = Callable[[Job], None]
EVERYWHERE = (
    *faults.DATABASE,
    *faults.CARD,
    *faults.MOVES,
    *faults.FILES,
    "sync<",
    "sync>",
)
UNDER: list[disk.Disk] = []


def lease_at(number: int) -> float:
    """Every other cut is found by people who come back before the leases are over."""
    return LONG if number % 2 else SHORT


def go_on(root: Path, place: str, lease: float, first: int = 2) -> Verdict:
    """Judge the folder as the cut left it, work on until all is done, judge again."""
    untrue = [f"at once: {each}" for each in judged(root)]
    for number in range(first, first + RUNS):
        stopped = office.run(root, office.clock(number), lease)
        if stopped is None:
            break
    else:
        untrue.append(f"never done: {stopped}")
    untrue += [f"at the end: {each}" for each in judged(root, office.IDS)]
    shutil.rmtree(root)
    return Verdict(place, number, tuple(untrue))


def judged(root: Path, people: tuple[str, ...] | None = None) -> list[str]:
    try:
        return judge(root, people)
    except LedgerError as error:
        return [f"ledger: {error}"]


# one run that gives all places


def copies(
    home: Path, place: str, kinds: tuple[str, ...], every: int, copy: Callable[[Path, int], None]
) -> Callable[[Give], None]:
    """The folder as it is at each place, while a run goes on to its end: one with either lease."""

    def all_of_them(give: Give) -> None:
        for lease in (SHORT, LONG):
            root = home / "whole"
            root.mkdir(parents=True)

            def act(number: int, kind: str, lease: float = lease) -> None:
                if number % every == 0 and lease_at(number // every) == lease:
                    there = home / f"{kind.strip('<>')}-{number}"
                    copy(there, number)
                    give(Job(go_on, (there, f"{place} {kind} {number}", lease)))

            with faults.hooked(faults.counted(kinds, act)):
                stopped = office.run(root, office.clock(1), lease)
            if stopped is not None or judge(root, office.IDS):
                raise SystemExit(f"the city does not even work without a fault: {stopped}")
            shutil.rmtree(root)

    return all_of_them


def kills(home: Path, every: int, give: Give) -> None:
    """kill -9 at any place: what was written is there, synced or not."""

    def copy(there: Path, _number: int) -> None:
        shutil.copytree(home / "whole", there)

    copies(home, "kill", EVERYWHERE, every, copy)(give)


def power_cuts(home: Path, every: int, give: Give) -> None:
    """No power: of the ledger is left what was synced; of what was not, nothing or any part."""
    kinds = ("commit<", "commit>", "card<", "card>", "sync<", "sync>")
    for tail in disk.Tail:
        below = home / tail.value

        def copy(there: Path, number: int, below: Path = below, tail: disk.Tail = tail) -> None:
            shutil.copytree(below / "whole" / "cards", there / "cards", dirs_exist_ok=True)
            UNDER[0].remains(below / "whole", there, tail, number)

        copies(below, f"power-{tail.value}", kinds, every, copy)(give)


# one run for each place


def sigkills(home: Path, every: int, give: Give) -> None:
    """A real SIGKILL of a process."""
    _each(home, "sigkill", EVERYWHERE, every, give)


def errors(home: Path, every: int, give: Give) -> None:
    """The driver, the card or the reader reports an error, and the program lives on.

    Behind a commit ("commit>") nobody knows whether it happened.
    """
    _each(home, "error", (*faults.DATABASE, *faults.CARD, *faults.FILES), every, give)


def full_disks(home: Path, every: int, give: Give) -> None:
    """From this write of the database on there is no room, until somebody makes some."""
    _each(home, "full", ("page<",), every * 5, give)


def stalls(home: Path, every: int, give: Give) -> None:
    """A station hangs until its lease is over and others have done its work; then it goes on."""
    _each(home, "stall", (*faults.CARD, *faults.MOVES), every, give)


def _each(home: Path, way: str, kinds: tuple[str, ...], every: int, give: Give) -> None:
    total = Counter[str]()
    root = home / "counted"
    root.mkdir()
    with faults.hooked(faults.counted(kinds, lambda _number, kind: total.update([kind]))):
        office.run(root, office.clock(1))
    shutil.rmtree(root)
    for number in range(every, total.total() + 1, every):
        folder = home / f"{way}-{number}"
        give(Job(_one, (folder, way, kinds, number, lease_at(number // every))))


def _one(root: Path, way: str, kinds: tuple[str, ...], at: int, lease: float) -> Verdict:
    """A run of its own that meets its fault, and what comes after."""
    root.mkdir()
    met: list[str] = []
    first = 2
    if way == "sigkill":
        met = _killed_child(root, kinds, at, lease)
    elif way == "stall":
        met, first = _stalled(root, kinds, at), 4
    else:
        with faults.hooked(faults.counted(kinds, _ACTS[way](met, at))):
            office.run(root, office.clock(1), lease)
        UNDER[0].full = lambda: False
    kind = met[0] if met else "none"
    verdict = go_on(root, f"{way} {kind} {at}", lease, first)
    return Verdict(verdict.place, verdict.runs, verdict.untrue, bool(met))


def _stalled(root: Path, kinds: tuple[str, ...], at: int) -> list[str]:
    """The others are a process of their own, which was there before the ledger was opened."""
    wake, woken, met = os.pipe(), os.pipe(), list[str]()
    others = os.fork()
    if others == 0:
        os.read(wake[0], 1)
        office.run(root, office.clock(2), station="2")
        os.write(woken[1], b".")
        os._exit(0)
    now = office.clock(1)

    def act(number: int, kind: str) -> None:
        if number == at:
            met.append(kind)
            os.write(wake[1], b".")
            os.read(woken[0], 1)
            now.at = office.clock(3).at

    with faults.hooked(faults.counted(kinds, act)):
        office.run(root, now)
    os.kill(others, signal.SIGKILL)
    os.waitpid(others, 0)
    for each in (*wake, *woken):
        os.close(each)
    return met


def _error(met: list[str], at: int) -> Callable[[int, str], None]:
    def act(number: int, kind: str) -> None:
        if number == at:
            met.append(kind)
            faults.fail(kind)

    return act


def _full(met: list[str], at: int) -> Callable[[int, str], None]:
    def act(number: int, kind: str) -> None:
        if number == at:
            met.append(kind)
            UNDER[0].full = lambda: True

    return act


_ACTS = {"error": _error, "full": _full}


def _killed_child(root: Path, kinds: tuple[str, ...], at: int, lease: float) -> list[str]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:

        def act(number: int, kind: str) -> None:
            if number == at:
                os.write(writing, kind.encode())
                faults.kill()

        with faults.hooked(faults.counted(kinds, act)):
            office.run(root, office.clock(1), lease)
        os._exit(0)
    os.close(writing)
    ended = os.waitpid(child, 0)[1]
    met = os.read(reading, 16).decode()
    os.close(reading)
    assert (ended == signal.SIGKILL) == bool(met)
    return [met] if met else []


def small_files(home: Path, every: int, give: Give) -> None:
    """A real limit of the system on the size of files, met somewhere in the run."""
    step = 32_768 * every
    for size in range(step, 3_500_000, step):
        give(Job(_limited, (home / f"limit-{size}", size, lease_at(size // step))))


def _limited(root: Path, size: int, lease: float) -> Verdict:
    root.mkdir()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        os._exit(0 if office.run(root, office.clock(1), lease) is None else 1)
    stopped = os.waitpid(child, 0)[1] != 0
    verdict = go_on(root, f"limit {size}", lease)
    return Verdict(verdict.place, verdict.runs, verdict.untrue, stopped)


WAYS: dict[str, Callable[[Path, int, Give], None]] = {
    "kill": kills,
    "power": power_cuts,
    "sigkill": sigkills,
    "error": errors,
    "stall": stalls,
    "full": full_disks,
    "limit": small_files,
}


class Seen(Exception):
    """Something is untrue, and that was all to find out."""


def sweep(home: Path, way: str, every: int, processes: int = 2, *, stop: bool = False) -> Tally:
    """All places of one kind of fault; ``stop`` at the first that has something untrue."""
    tally, began = Tally(), time.monotonic()
    folder = home / way
    folder.mkdir(parents=True)
    with ProcessPoolExecutor(processes, get_context("fork"), _set_up) as workers:
        workers.submit(int).result()  # all of them are there before a hook is
        pending: set[Future[Verdict]] = set()

        def give(job: Job) -> None:
            """Never more folders at a time than a memory file system bears."""
            pending.add(workers.submit(job.call, *job.arguments))
            while len(pending) > 4 * processes:
                _take(pending, tally, stop=stop)

        with suppress(Seen):
            WAYS[way](folder, every, give)
            while pending:
                _take(pending, tally, stop=stop)
        workers.shutdown(cancel_futures=True)
    shutil.rmtree(folder)
    tally.seconds = time.monotonic() - began
    return tally


def _take(pending: set[Future[Verdict]], tally: Tally, *, stop: bool) -> None:
    done, _ = wait(pending, return_when=FIRST_COMPLETED)
    pending -= done
    for each in done:
        tally.add(each.result())
    if stop and tally.bad:
        raise Seen


def _set_up() -> None:
    os.nice(10)


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("home", type=Path)
    asked.add_argument("ways", nargs="*", default=list(WAYS), metavar="WAY[=N]")
    given = asked.parse_args()
    faults.watch_database()
    faults.watch_files()
    try:
        UNDER.append(disk.watch_disk())
    except disk.NoLibrary as error:
        print(error)
        return 3
    bad = 0
    for word in given.ways:
        way, _, every = word.partition("=")
        tally = sweep(given.home, way, int(every or 1))
        bad += len(tally.bad)
        for verdict in tally.bad[:20]:
            print(verdict.place, *verdict.untrue, sep="\n    ")
        figures = {"way": way, "places": tally.places.total(), "by": dict(tally.places)}
        figures |= {"runs": tally.runs, "bad": len(tally.bad), "seconds": round(tally.seconds)}
        print(json.dumps(figures), flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
