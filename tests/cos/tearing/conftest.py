"""Cards whose power fails in the middle of a command, and what they are compared with."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from simulator import VirtualCard
from sscard.apdu.medical import MEDICAL_CLASS
from sscard.apdu.status import StatusError
from sscard.cos import NVM, factory
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.dialects.chip import PAGE, PARTITIONS, Chip
from sscard.dialects.delivery import Delivery, MadeBy
from sscard.issuance.stations import account_of_test_bank
from sscard.keys.stores import load_bank
from sscard.perso import pse
from sscard.perso.order import CardOrder
from sscard.perso.plan import run
from sscard.profiles import Profile
from sscard.profiles.chips import load_chip

if TYPE_CHECKING:
    from tests.conftest import Terminal, Torn, TornNVM
    from tests.cos.conftest import Maker

TODAY = date(2026, 1, 31)


class World:
    """Hosts in front of cards to start from; challenges are the same after each power-up."""

    def __init__(self) -> None:
        self.hosts: dict[str, tuple[Any, bytes]] = {}
        self._chance = random.Random()

    def add(self, start: str, host: Any) -> None:
        """The card in front of this host is one to start from."""
        self.hosts[start] = host, bytes(host.card.card.nvm.cells)

    def host(self, start: str, nvm: NVM) -> Any:
        """The host of this start in front of a card with this memory, powered."""
        original, _ = self.hosts[start]
        host = copy(original)
        host.card = VirtualCard(nvm, original.card.chip, random=self._chance.randbytes)
        self.power_on(host)
        return host

    def power_on(self, host: Any) -> None:
        self._chance.seed(1)
        host.card.power_on()


class Recording(NVM):
    """Memory that keeps what it was after each commit."""

    def __init__(self, cells: bytearray) -> None:
        super().__init__(cells)
        self.kept: list[bytes] = []

    def commit(self) -> None:
        steps = self.programmed
        super().commit()
        if self.programmed > steps:
            self.kept.append(bytes(self.cells))


@dataclass
class Known:
    """What a command does on a card whose power never fails.

    ``cells`` is the prepared memory; ``states`` are the contents before and after each commit, and
    ``goes_on`` how it continues from each: the answer to all of it once more, and the contents.
    ``on_the_way`` says that already the approach changes the contents.
    """

    place: tuple[Any, ...]
    cells: bytes
    steps: int
    states: list[bytes]
    grows: bool
    on_the_way: bool
    goes_on: list[tuple[int, bytes]]


class Sweep:
    """Cuts one command everywhere.  ``kind`` is the memory; mixtures are collected, not raised."""

    #: What all sweeps have visited.
    visited: ClassVar[Counter[str]] = Counter()

    def __init__(
        self, world: World, update: Any, kind: type[TornNVM], power_loss: type[Exception]
    ) -> None:
        self.world, self.update, self.kind = world, update, kind
        self.power_loss = power_loss
        self.chip: Chip = world.hosts[update.start][0].card.chip
        self.known = self._learn()
        self.mixtures: list[str] = []
        self.visited["mixtures"] += 0
        #: Which of the states each cut has left, in the order of the cuts.
        self.seen: list[int] = []
        self._ends: set[Any] = set()

    # The card whose power never fails

    def _learn(self) -> Known:
        host = self.world.host(self.update.start, Recording(self._start()))
        if self.update.prepare:
            self.update.prepare(host)
        cells = bytes(host.card.card.nvm.cells)
        host = self.world.host(self.update.start, Recording(bytearray(cells)))
        raw = self.update.approach(host)
        nvm = host.card.card.nvm
        nvm.kept = [bytes(nvm.cells)]
        steps, place = nvm.programmed, place_of(host.card.card, raw)
        assert host.send(raw).sw == self.update.sw
        grows = self._heads(nvm.kept[0]) != self._heads(nvm.kept[-1])
        on_the_way = cells[JOURNAL_PAGES * PAGE :] != nvm.kept[0][JOURNAL_PAGES * PAGE :]
        known = Known(place, cells, nvm.programmed - steps, [], grows, on_the_way, [])
        for kept in nvm.kept:
            known.states.append(self._contents(NVM(bytearray(kept)), known))
            host = self.world.host(self.update.start, NVM(bytearray(kept)))
            known.goes_on.append(self._go_on(host, known))
        return known

    def _start(self) -> bytearray:
        return bytearray(self.world.hosts[self.update.start][1])

    def _go_on(self, host: Any, known: Known) -> tuple[int, bytes]:
        """All of it once more: the answer, or the first refusal on the way, and the contents."""
        try:
            sw = host.send(self.update.approach(host)).sw
        except StatusError as refusal:
            sw = refusal.sw
        return sw, self._contents(host.card.card.nvm, known)

    def _contents(self, nvm: NVM, known: Known) -> bytes:
        """The memory outside the journal, as it reads now.

        A new object may leave anything where nothing points at it.
        """
        reading = bytearray(b"".join(map(nvm.sense, range(JOURNAL_PAGES, len(nvm.wear)))))
        for base, size in self._partitions() if known.grows else ():
            at = base - JOURNAL_PAGES * PAGE
            used = int.from_bytes(reading[at : at + 2], "big") or 2
            reading[at + used : at + size] = bytes(max(size - used, 0))
        return bytes(reading)

    def _partitions(self) -> Iterator[tuple[int, int]]:
        base = JOURNAL_PAGES * PAGE
        for name in PARTITIONS:
            if name != "system":
                yield base, self.chip.partitions[name]
            base += self.chip.partitions[name]

    def _heads(self, cells: bytes) -> list[bytes]:
        return [cells[base : base + 2] for base, _ in self._partitions()]

    # The card whose power fails

    def cut(self, step: int, outcome: Torn) -> TornNVM:
        """Power fails at this page of the command, and comes back; the card goes on.

        The memory as the failure has left it.
        """
        host = self.world.host(self.update.start, self.kind(bytearray(self.known.cells)))
        command = self.update.approach(host)
        nvm = host.card.card.nvm
        nvm.arm(step, outcome, seed=step)
        with pytest.raises(self.power_loss):
            host.send(command)
        self.visited["cuts in a command"] += 1
        torn = duplicate(nvm)
        if self._state(duplicate(torn), f"step {step}, {outcome}") is not None:
            self.world.power_on(host)
            self._compare(host, f"step {step}, {outcome}")
        return torn

    def cut_again(self, torn: TornNVM, outcomes: Iterable[Torn]) -> Iterator[TornNVM]:
        """Power fails at every page of the recovery, too; the memories this has left."""
        for outcome in outcomes:
            for step in count(1):
                nvm = duplicate(torn)
                nvm.arm(step, outcome, seed=step)
                try:
                    nvm.power_up()
                except self.power_loss:
                    self.end(duplicate(nvm))
                    yield nvm
                else:
                    break

    def end(self, nvm: TornNVM) -> None:
        """Power comes back for good.  Where this ends as never before, the card goes on, too."""
        self.visited["cuts in a recovery"] += 1
        if self._state(nvm, "after a recovery") is None:
            return
        key = self.identity(nvm)
        if key not in self._ends:
            self._ends.add(key)
            self._compare(self.world.host(self.update.start, nvm), "after a recovery")

    @staticmethod
    def identity(nvm: TornNVM) -> Any:
        """Equal for memories that cannot be told apart."""
        unstable = sorted((page, tuple(readings)) for page, readings in nvm._unstable.items())
        return bytes(nvm.cells), tuple(unstable), frozenset(nvm._by_chance)

    def contents(self, nvm: NVM) -> bytes:
        """What a memory holds after power-up."""
        nvm.power_up()
        return self._contents(nvm, self.known)

    def _state(self, nvm: NVM, where: str) -> int | None:
        """Which of the states this is; notes a mixture."""
        nvm.power_up()
        readings = {self._contents(nvm, self.known) for _ in range(2)}
        reading = readings.pop()
        if readings or reading not in self.known.states:
            self.mixtures.append(where)
            self.visited["mixtures"] += 1
            return None
        return self.known.states.index(reading)

    def _compare(self, host: Any, where: str) -> None:
        """The card goes on as one whose power never failed."""
        state = self._state(host.card.card.nvm, where)
        if state is None:
            return
        self.seen.append(state)
        self.visited["continued"] += 1
        assert self._go_on(host, self.known) == self.known.goes_on[state], where


def place_of(card: Any, command: Any) -> tuple[Any, ...]:
    """The row of the card's command tables that a command goes to."""
    current = card._current
    if current is card.banking:
        return (current._selected.instance.name, command.cla, command.ins)
    if current is card.certificates:
        return (current.place()[0], command.cla, command.ins, command.p1, command.p2)
    if (command.cla, command.ins) in factory.INSTRUCTIONS:
        return ("factory", command.cla, command.ins, command.p1, command.p2)
    side = "MF" if current is card._main else "SSSE"
    more = (command.p1,) if command.cla == MEDICAL_CLASS else ()
    return (side, command.cla, command.ins, *more)


def duplicate(nvm: TornNVM) -> TornNVM:
    """Another memory in the same condition, and one whose power does not fail."""
    twin = type(nvm)(bytearray(nvm.cells))
    twin._unstable = {page: list(readings) for page, readings in nvm._unstable.items()}
    twin._by_chance = set(nvm._by_chance)
    return twin


@pytest.fixture(scope="module")
def bank(profile: Profile) -> Callable[[VirtualCard], None]:
    """The bank station: what it does to a card."""
    account = account_of_test_bank(profile, "6228000000000011", TODAY)
    instances = pse.prepare(profile, account, "诸葛验收", load_bank(), effective=TODAY)

    def station(card: VirtualCard) -> None:
        run(pse.personalize(instances, load_bank(), random=bytes), card)

    return station


@pytest.fixture(scope="module")
def world(
    clone: Callable[..., Terminal], make_maker: Callable[..., Maker], bank: Callable[..., None]
) -> World:
    """Cards of 3DES: semi-finished, finished, and blank with little memory.

    On one of the blank ones others than the maker make the financial applications.
    """
    made = World()
    made.add("issued", clone())
    finished = clone()
    bank(finished.card)
    made.add("finished", finished)
    made.add("blank", make_maker())
    made.add("no applications", make_maker(delivery=Delivery(MadeBy.GP)))
    return made


@pytest.fixture(scope="module")
def world_of_sm4(
    clone: Callable[..., Terminal], sm4_order: CardOrder, sm4_issued_cells: bytes
) -> World:
    """A semi-finished card of SM4."""
    chip = load_chip(sm4_order.profile.chip)
    made = World()
    card = VirtualCard(NVM(bytearray(sm4_issued_cells)), chip)
    made.add("issued", type(clone())(card, sm4_order))
    return made


@pytest.fixture
def sweep(
    torn_nvm: type[TornNVM], power_loss: type[Exception], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Sweep]]:
    """Makes the sweep of one command: ``sweep(world, update)``."""

    def make(world: World, update: Any, kind: type[TornNVM] = torn_nvm) -> Sweep:
        return Sweep(world, update, kind, power_loss)

    Sweep.visited.clear()
    yield make
    figures = ", ".join(f"{what} {times}" for what, times in Sweep.visited.items())
    print(f"{request.node.name}: {figures}")


@pytest.fixture(scope="session")
def place() -> Callable[..., tuple[Any, ...]]:
    """The row of the card's command tables that a command goes to."""
    return place_of
