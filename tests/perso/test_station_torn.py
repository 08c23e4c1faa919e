"""Power fails at every page that a station programs: the card is old or new, and goes on.

One run from beginning to end is recorded, with every page it programs.  What a cut leaves is then
made from the record: the pages before it, and the torn one.  ``test_station_lost.py`` cuts real
runs here and there.

Afterwards a host goes on where the run was cut: it brings the powered card back to the same place,
sends what had not happened, and all of the rest.  A bank's channel cannot be gone on with, as its
counter has moved: there the station does the unfinished application again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest

from simulator import VirtualCard
from sscard.apdu import iso7816
from sscard.apdu.iso7816 import INS
from sscard.cos import NVM
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.cos.pse.state import State
from sscard.dialects.chip import PAGE, Chip
from sscard.issuance.stations import account_of_test_bank
from sscard.keys.stores import load_bank
from sscard.perso import handover, pse, social_security
from sscard.perso.order import CardOrder
from sscard.perso.plan import run
from sscard.perso.pse import Instance
from sscard.profiles import Profile
from sscard.profiles.chips import load_chip
from tests.perso.torn_runs import Memories, Recorded, Source, Step, Written, contents

if TYPE_CHECKING:
    from tests.conftest import Torn, TornNVM

TODAY = date(2026, 1, 31)
SSSE = 0xDDF1
TRANSPORT, CREATE_DIRECTORY = bytes.fromhex("80E00300"), bytes.fromhex("80E00100")
#: What a terminal has to do again after power-off, besides SELECT.
VOLATILE = (bytes((0x00, INS.GET_CHALLENGE)), bytes((0x00, INS.EXTERNAL_AUTHENTICATE)))


class Cuts(Memories):
    """Goes on with a run where it was cut."""

    def go_on(self, at: int, nvm: TornNVM, *, to_the_end: bool) -> None:
        """The host does what had not happened yet, and the card answers as in the whole run."""
        at, card, source = self.power_on(at, nvm)
        for step in self.way_to(at):
            self.do(step, card, source)
        end = len(self.run.steps) if to_the_end else min(at + 1, len(self.run.steps))
        for step in self.run.steps[at:end]:
            assert self.do(step, card, source) == step.answer
            self.visited["commands after it"] += 1
        assert contents(nvm, self.run.chip) == self.run.steps[end - 1].states[-1]

    def do(self, step: Step, card: VirtualCard, source: Source) -> bytes:
        source.again = list(step.drawn)
        return card.transmit(step.raw) if step.raw else card.power_on()

    def way_to(self, at: int) -> Iterator[Step]:
        """What brings the powered card to where it was: transport key, directory, keys shown."""
        steps = self.run.steps[:at]
        power_up = max(number for number, step in enumerate(steps) if not step.raw)
        since = steps[power_up + 1 :]
        for number, step in enumerate(since):
            if step.raw.startswith(TRANSPORT):
                yield from since[number - 1 : number + 1]
        places = [number for number, step in enumerate(since) if directory(step)]
        if places:
            yield from directory(since[places[-1]])
        for step in since[places[-1] if places else 0 :]:
            if step.raw.startswith(VOLATILE):
                yield step


def directory(step: Step) -> list[Step]:
    """How to come to where this step has led: a SELECT as it was, a new directory by its FID."""
    if step.raw.startswith(CREATE_DIRECTORY):
        fid = int.from_bytes(step.raw[5:7], "big")
        return [Step(bytes(iso7816.select_fid(each)), []) for each in (SSSE, fid)]
    return [step] if step.raw[1:2] == bytes((INS.SELECT,)) else []


def recorded(order: CardOrder) -> Recorded:
    """The social-security station, and the area closed as after the bank station."""
    source = Source(4)
    card = VirtualCard.blank(order.profile.chip, lot=order.lot, random=source, nvm=Written)
    made = Recorded(card, source)
    run(social_security.personalize(order, random.Random(5).randbytes), made)
    run(handover.close(order.profile, order.exchange), made)
    assert all(step.answer.endswith(b"\x90\x00") for step in made.steps if step.raw)
    return made


@pytest.fixture(scope="module")
def whole(order: CardOrder) -> Recorded:
    return recorded(order)


@pytest.fixture(scope="module")
def whole_of_sm4(sm4_order: CardOrder) -> Recorded:
    return recorded(sm4_order)


@pytest.fixture
def cuts(
    torn_nvm: type[TornNVM], power_loss: type[Exception], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Cuts]]:
    """Makes the cuts of a run: ``cuts(run)``, or of another ``kind`` with what it is made from."""
    made = []

    def make(*what: Any, kind: type[Cuts] = Cuts) -> Cuts:
        made.append(kind(*what, torn_nvm, power_loss))
        return made[-1]

    yield make
    for each in made:
        print(
            f"{request.node.name}: {len(each.run.steps)} commands program {len(each.run.pages)} "
            f"pages; {', '.join(f'{what} {times}' for what, times in each.visited.items())}"
        )


@pytest.fixture(scope="module")
def instances(profile: Profile) -> tuple[Instance, ...]:
    account = account_of_test_bank(profile, "6228000000000011", TODAY)
    return pse.prepare(profile, account, "诸葛验收", load_bank(), effective=TODAY)


class BankCuts(Cuts):
    """The bank station; it does again what is not issued."""

    def __init__(
        self, instances: tuple[Instance, ...], chip: Chip, cells: bytes, *more: Any
    ) -> None:
        source = Source(6)
        card = VirtualCard(Written(bytearray(cells)), chip, random=source)
        super().__init__(Recorded(card, source), *more)
        self.instances = instances
        self._ends: dict[bytes, bytes] = {}
        self.run.reset()
        run(pse.personalize(instances, load_bank(), random=bytes), self.run)

    def go_on(self, at: int, nvm: TornNVM, *, to_the_end: bool = True) -> None:
        """Both are issued in the end, as from the same contents without a cut."""
        _, card, _ = self.power_on(at, nvm)
        found = contents(nvm, self.run.chip)
        if found not in self._ends:
            whole = NVM(bytearray(JOURNAL_PAGES * PAGE) + found)
            self._ends[found] = self._finish(
                VirtualCard(whole, self.run.chip, random=Source(9)), power=True
            )
        assert self._finish(card) == self._ends[found]

    def _finish(self, card: VirtualCard, *, power: bool = False) -> bytes:
        if power:
            card.power_on()
        states = {name: each.state for name, each in card.card.banking._instances.items()}
        left = [each for each in self.instances if states[each.name] is State.INSTALLED]
        run(pse.personalize(left, load_bank(), random=bytes), card)
        assert {each.state for each in card.card.banking._instances.values()} == {
            State.PERSONALIZED
        }
        self.visited["applications done again"] += len(left)
        return contents(card.card.nvm, self.run.chip)


def here_and_there(swept: Cuts, outcomes: Iterable[Torn], every: int) -> None:
    """At every so many pages with the next outcome; every tenth goes on to the end."""
    turn = cycle(outcomes)
    chosen = swept.memories(lambda page: [] if page % every else [next(turn)])
    for number, (at, nvm) in enumerate(chosen):
        swept.go_on(at, nvm, to_the_end=number % 10 == 0)


def test_power_cut_here_and_there(
    whole: Recorded, cuts: Callable[..., Cuts], outcomes: Any
) -> None:
    assert len(whole.pages) > 1000
    here_and_there(cuts(whole), outcomes, every=3)


def test_power_cut_here_and_there_on_a_card_of_sm4(
    whole_of_sm4: Recorded, cuts: Callable[..., Cuts], outcomes: Any
) -> None:
    here_and_there(cuts(whole_of_sm4), outcomes, every=31)


@pytest.fixture
def bank_cuts(
    cuts: Callable[..., Cuts],
    instances: tuple[Instance, ...],
    issued_cells: bytes,
    order: CardOrder,
) -> Cuts:
    chip = load_chip(order.profile.chip)
    return cuts(instances, chip, issued_cells, kind=BankCuts)


def test_power_cut_here_and_there_at_the_bank(bank_cuts: Cuts, outcomes: Any) -> None:
    here_and_there(bank_cuts, outcomes, every=3)


@pytest.mark.full
def test_power_cut_at_every_page_at_the_bank(bank_cuts: Cuts, outcomes: Any) -> None:
    for at, nvm in bank_cuts.memories(lambda _: outcomes):
        bank_cuts.go_on(at, nvm, to_the_end=True)


@pytest.mark.full
@pytest.mark.parametrize("run", ["whole", "whole_of_sm4"])
def test_power_cut_at_every_page(
    run: str, cuts: Callable[..., Cuts], outcomes: Any, request: pytest.FixtureRequest
) -> None:
    """With every outcome; one of each page goes on to the end."""
    swept = cuts(request.getfixturevalue(run))
    for number, (at, nvm) in enumerate(swept.memories(lambda _: outcomes)):
        swept.go_on(at, nvm, to_the_end=number % (len(outcomes) + 1) == 0)
