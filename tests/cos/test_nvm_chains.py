"""Power fails again and again: in a command, in its recovery, in the recovery of the recovery.

Whatever the torn pages read as, and however often, the memory is as before the command or as after
it; and what a completed power-up has shown stays, through any number of further power-ups.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

import pytest

from sscard.cos import journal
from sscard.cos.journal import JOURNAL_PAGES, LIVE, SETTLED
from sscard.cos.nvm import NVM
from sscard.dialects.chip import PAGE

DATA = JOURNAL_PAGES * PAGE
PAGES = 8
OLD = bytes(range(PAGES)) * PAGE
#: Four pages in all; the command is the first after a power-up.
WRITES = ((10, b"\xa1" * 20), (2 * PAGE + 40, b"\xb2" * 50), (7 * PAGE, b"\xc3" * PAGE))
COMMIT_STEPS, RECOVERY_STEPS = 11, 12


def memory(kind: type[NVM]) -> Any:
    nvm = kind(bytearray(DATA) + bytearray(OLD))
    nvm.write(DATA + PAGE, b"\xee" * PAGE * 5)  # an earlier command has left its copies
    nvm.commit()
    nvm.power_up()
    return nvm


def change(nvm: NVM) -> None:
    for at, data in WRITES:
        nvm.write(DATA + at, data)


def shown(nvm: NVM) -> bytes:
    return bytes(nvm.image[DATA:])


def mixed(nvm: NVM, allowed: Iterable[bytes]) -> bool:
    """Whether the memory shows or reads as something else, now or after three more power-ups."""
    contents = shown(nvm)
    if contents not in allowed:
        return True
    for _ in range(3):
        read = b"".join(map(nvm.sense, range(JOURNAL_PAGES, JOURNAL_PAGES + PAGES)))
        nvm.power_up()
        if not contents == read == shown(nvm):
            return True
    return False


class Chain:
    """Cuts a command, then recoveries, at given steps with given outcomes; counts what it did."""

    def __init__(self, kind: Any, power_loss: Any) -> None:
        self.kind, self.power_loss = kind, power_loss
        self.visited = self.mixtures = 0
        whole = memory(kind)
        before = shown(whole)
        change(whole)
        self.allowed = (before, shown(whole))

    def cut(self, steps: Iterable[int], outcomes: Iterable[Any], seed: int = 0) -> None:
        nvm = memory(self.kind)
        change(nvm)
        action = nvm.commit
        for step, outcome in zip(steps, outcomes, strict=True):
            nvm.arm(step, outcome, seed)
            try:
                action()
            except self.power_loss:
                action = nvm.power_up
            else:
                return  # done before that step: a shorter chain has visited this
        nvm.steps_left = 0
        nvm.power_up()
        self.visited += 1
        self.mixtures += mixed(nvm, self.allowed)


@pytest.fixture
def chain(torn_nvm: Any, power_loss: Any) -> Chain:
    return Chain(torn_nvm, power_loss)


def places(cuts: int) -> Iterator[tuple[int, ...]]:
    """Where a command and its recoveries can be cut, ``cuts`` times in all."""
    recovery = range(1, RECOVERY_STEPS + 1)
    return product(range(1, COMMIT_STEPS + 1), *[recovery] * (cuts - 1))


def test_a_whole_command_and_the_longest_recovery_have_these_steps(
    torn_nvm: Any, power_loss: Any, outcomes: Any
) -> None:
    nvm = memory(torn_nvm)
    start = nvm.programmed
    change(nvm)
    nvm.arm(COMMIT_STEPS, outcomes.OLD)
    with pytest.raises(power_loss):
        nvm.commit()
    assert nvm.programmed - start == COMMIT_STEPS
    nvm.power_up()
    assert nvm.programmed - start == COMMIT_STEPS + RECOVERY_STEPS


def test_two_cuts_in_a_row(outcomes: Any, chain: Chain) -> None:
    for steps, torn in product(places(2), product(outcomes, repeat=2)):
        chain.cut(steps, torn, seed=sum(steps))
    assert chain.mixtures == 0
    assert chain.visited > 7000


def test_three_cuts_in_a_row(outcomes: Any, chain: Chain) -> None:
    """Every three steps; what the torn pages are is drawn, or reads by chance."""
    draw = random.Random(3)
    for steps, seed in product(places(3), range(5)):
        chain.cut(steps, draw.choices(list(outcomes), k=3), seed)
        chain.cut(steps, [outcomes.UNSTABLE_RANDOM] * 3, seed)
    assert chain.mixtures == 0
    assert chain.visited > 7000


@pytest.mark.full
def test_three_cuts_in_a_row_with_all_outcomes(outcome: Any, outcomes: Any, chain: Chain) -> None:
    for steps, torn in product(places(3), product(outcomes, repeat=2)):
        chain.cut(steps, (outcome, *torn), seed=sum(steps))
    assert chain.mixtures == 0
    assert chain.visited > 50_000


def test_without_the_witness_two_cuts_leave_mixtures(
    outcomes: Any, torn_nvm: Any, power_loss: Any
) -> None:
    class Trusting(torn_nvm):  # type: ignore[misc, valid-type]
        def _witness(self, record: bytes, holders: object) -> None:
            """Believe what was read."""

    chain = Chain(Trusting, power_loss)
    for steps, seed in product(places(2), range(20)):
        chain.cut(steps, [outcomes.UNSTABLE_RANDOM] * 2, seed)
    assert chain.mixtures


def life(kind: Any, seed: int, power_loss: Any, outcomes: Any) -> bool:
    """Some commands on few pages with few values, half of them cut, and the recoveries, too.

    Whether contents were ever mixed, or changed without a command.
    """
    chance = random.Random(seed)
    nvm = memory(kind)
    for _ in range(5):
        allowed = [shown(nvm)]
        for page in chance.sample(range(3), chance.choice((1, 1, 2))):
            nvm.write(DATA + page * PAGE, chance.choice((b"\x01", b"\x02")) * PAGE)
        allowed.append(shown(nvm))
        action, steps = nvm.commit, chance.choice((0, chance.randint(1, 7)))
        for _ in range(4):
            torn = chance.choice((*outcomes, *[outcomes.UNSTABLE_RANDOM] * 9))
            nvm.arm(steps, torn, chance.getrandbits(32))
            try:
                action()
                break
            except power_loss:
                action, steps = nvm.power_up, chance.choice((0, chance.randint(1, 11)))
        nvm.steps_left = 0
        if action == nvm.power_up:
            nvm.power_up()
            if mixed(nvm, allowed):
                return True
    return False


def lives(kind: Any, count: int, *about: Any) -> int:
    return sum(life(kind, seed, *about) for seed in range(count))


def test_lives_full_of_cuts(torn_nvm: Any, power_loss: Any, outcomes: Any) -> None:
    assert lives(torn_nvm, 1000, power_loss, outcomes) == 0


@pytest.mark.full
def test_many_lives_full_of_cuts(torn_nvm: Any, power_loss: Any, outcomes: Any) -> None:
    assert lives(torn_nvm, 50_000, power_loss, outcomes) == 0


def test_an_index_that_is_not_erased_first_is_found_out(
    torn_nvm: Any, power_loss: Any, outcomes: Any
) -> None:
    """The first command after power-up, and one with the copies of the last."""

    class Hasty(torn_nvm):  # type: ignore[misc, valid-type]
        def program(self, page: int, content: bytes) -> None:
            if (page, content) != (journal.INDEX, journal.ERASED):
                super().program(page, content)

    assert lives(Hasty, 1000, power_loss, outcomes)


class Told(NVM):
    """Its torn pages read as the test says: ``torn`` has page -> reading; one cut at ``cut``."""

    torn: dict[int, bytes]
    cut: tuple[int, bytes] | None = None

    def program(self, page: int, content: bytes) -> None:
        if self.cut and (page, content[:1]) == self.cut:
            self.torn[page], self.cut = content, None
            raise InterruptedError
        self.torn.pop(page, None)
        super().program(page, content)

    def sense(self, page: int) -> bytes:
        return self.torn.get(page, super().sense(page))

    def sense_all(self) -> bytes:
        return b"".join(map(self.sense, range(len(self.wear))))


def torn_settling(cut: tuple[int, int]) -> tuple[Told, bytes]:
    """A command cut when it was done, read as not done, and a recovery cut at page and state.

    Also the index as it will read the next time: settled.
    """
    nvm = Told(bytearray(DATA) + bytearray(OLD))
    nvm.torn = {}
    change(nvm)
    nvm.cut = (journal.INDEX, bytes((SETTLED,)))
    with pytest.raises(InterruptedError):
        nvm.commit()
    settled, live = nvm.torn[journal.INDEX], bytes(nvm.cells[:PAGE])
    assert live[0] == LIVE
    nvm.torn[journal.INDEX] = live
    nvm.cut = (cut[0], bytes((cut[1],)))
    with pytest.raises(InterruptedError):
        nvm.power_up()
    return nvm, settled


def test_a_torn_witness_does_not_outlive_its_recovery() -> None:
    """The index reads as settled again after a recovery has begun: the mark still tells."""
    nvm, settled = torn_settling((journal.WITNESS[0], LIVE))
    nvm.torn |= {journal.INDEX: settled, journal.WITNESS[0]: journal.ERASED}
    nvm.power_up()
    assert not nvm.torn, "all pages in doubt were programmed"


def test_a_witness_speaks_for_a_page_even_where_the_mark_is_torn() -> None:
    """Index and mark read as if all were done, but a page in its place is torn."""
    place = JOURNAL_PAGES + 7
    nvm, settled = torn_settling((place, 0xC3))
    nvm.cut = (journal.MARK, journal.RECOVERING[:1])
    with pytest.raises(InterruptedError):
        nvm.power_up()
    nvm.torn |= {journal.INDEX: settled, journal.MARK: journal.ERASED, place: bytes(PAGE)}
    nvm.power_up()
    assert not nvm.torn
    assert shown(nvm)[7 * PAGE :] == b"\xc3" * PAGE


def test_the_mark_stays_until_all_records_are_erased() -> None:
    """All witnesses were cut, and the recovery that believed one is cut at its end."""
    nvm, settled = torn_settling((journal.WITNESS[0], LIVE))
    ends = [(witness, bytes((LIVE,))) for witness in journal.WITNESS[1:]]
    for nvm.cut in (*ends, (journal.INDEX, journal.ERASED[:1])):
        with pytest.raises(InterruptedError):
            nvm.power_up()
    nvm.torn |= {journal.INDEX: settled, **dict.fromkeys(journal.WITNESS, journal.ERASED)}
    nvm.power_up()
    assert not nvm.torn


def test_all_witnesses_are_used_one_after_the_other() -> None:
    """Each is cut and reads as whole; only when none is left is a reading believed."""
    nvm = Told(bytearray(DATA) + bytearray(OLD))
    nvm.torn = {}
    change(nvm)
    nvm.cut = (journal.INDEX, bytes((LIVE,)))
    with pytest.raises(InterruptedError):
        nvm.commit()
    for witness in journal.WITNESS:
        nvm.cut = (witness, bytes((LIVE,)))
        with pytest.raises(InterruptedError):
            nvm.power_up()
        assert bytes(nvm.cells[DATA:]) == OLD, "no page in its place so far"
    assert set(nvm.torn) == set(journal.RECORDS)
    nvm.power_up()
    assert shown(nvm) != OLD
    assert not nvm.torn
