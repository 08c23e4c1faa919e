"""A command happens as a whole or not at all: power cut at every step, also while recovering.

Several cuts in a row are in ``test_nvm_chains.py``.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.journal import INDEX, SLOTS
from sscard.cos.nvm import JOURNAL_PAGES, JOURNAL_SLOTS, NVM
from sscard.dialects.chip import PAGE

DATA = JOURNAL_PAGES * PAGE
PAGES = 32
OLD = bytes(range(256)) * (PAGES * PAGE // 256)
#: Three writes: one page, the middle of two pages, a page far away.  Four pages in all.
WRITES = ((10, b"\xa1" * 20), (2 * PAGE + 40, b"\xb2" * 50), (20 * PAGE, b"\xc3" * PAGE))


def memory(kind: type[NVM]) -> Any:
    nvm = kind(bytearray(DATA) + bytearray(OLD))
    # An earlier command has left its copies in the journal.
    nvm.write(DATA + 5 * PAGE, b"\xee" * PAGE * 5)
    nvm.commit()
    return nvm


def change(nvm: NVM) -> None:
    for at, data in WRITES:
        nvm.write(DATA + at, data)


def contents(nvm: NVM) -> bytes:
    """What the card sees, which must be what every reading of the cells gives."""
    for _ in range(2):
        sensed = b"".join(map(nvm.sense, range(JOURNAL_PAGES, JOURNAL_PAGES + PAGES)))
        assert sensed == nvm.image[DATA:]
    return sensed


@pytest.fixture(scope="module")
def before() -> bytes:
    return contents(memory(NVM))


@pytest.fixture(scope="module")
def after() -> bytes:
    nvm = memory(NVM)
    change(nvm)
    nvm.commit()
    return contents(nvm)


@pytest.fixture
def torn_commit(torn_nvm: Any, power_loss: Any) -> Any:
    """A memory cut at this step of the commit; None when the commit was done before."""

    def make(cut_at: int, outcome: Any) -> Any:
        nvm = memory(torn_nvm)
        change(nvm)
        nvm.arm(cut_at, outcome)
        try:
            nvm.commit()
        except power_loss:
            return nvm
        return None

    return make


def test_the_two_contents_differ_in_four_pages(before: bytes, after: bytes) -> None:
    pages = range(0, len(before), PAGE)
    assert sum(before[at : at + PAGE] != after[at : at + PAGE] for at in pages) == 4


def test_power_cut_at_every_step(
    outcome: Any, torn_commit: Any, before: bytes, after: bytes
) -> None:
    seen = []
    for cut_at in count(1):
        nvm = torn_commit(cut_at, outcome)
        if nvm is None:
            break
        nvm.power_up()
        assert contents(nvm) in (before, after), cut_at
        seen.append(contents(nvm) == after)
    assert cut_at == 11, "4 copies, index, 4 pages, index: 10 steps, the 11th run is whole"
    assert seen == sorted(seen), "once a cut comes too late for the old contents, all later do"
    assert (seen[0], seen[-1]) == (False, True)


def test_power_cut_with_a_full_journal(outcome: Any, torn_nvm: Any, power_loss: Any) -> None:
    """The index of 24 pages reaches into the second half of its page."""
    for cut_at in range(1, 2 * JOURNAL_SLOTS + 3):
        nvm = memory(torn_nvm)
        old = contents(nvm)
        nvm.write(DATA, b"\xd4" * PAGE * JOURNAL_SLOTS)
        nvm.arm(cut_at, outcome)
        with pytest.raises(power_loss):
            nvm.commit()
        nvm.power_up()
        new = b"\xd4" * PAGE * JOURNAL_SLOTS + old[PAGE * JOURNAL_SLOTS :]
        assert contents(nvm) in (old, new), cut_at


def test_power_cut_at_every_step_and_at_every_step_of_the_recovery(
    outcome: Any, outcomes: Any, torn_commit: Any, power_loss: Any, before: bytes, after: bytes
) -> None:
    for again, cut_at in ((again, cut_at) for again in outcomes for cut_at in range(1, 11)):
        for second_cut in count(1):
            nvm = torn_commit(cut_at, outcome)
            nvm.arm(second_cut, again)
            try:
                nvm.power_up()
            except power_loss:
                nvm.power_up()
                assert contents(nvm) in (before, after), (cut_at, again, second_cut)
            else:
                break
        assert second_cut <= 13, "a recovery programs at most four pages and eight times its own"


def test_after_a_recovery_the_memory_works_as_ever(
    outcome: Any, torn_commit: Any, before: bytes
) -> None:
    for cut_at in range(1, 11):
        nvm = torn_commit(cut_at, outcome)
        nvm.power_up()
        recovered = contents(nvm)
        nvm.write(DATA, b"next")
        nvm.commit()
        nvm.power_up()
        assert contents(nvm) == b"next" + recovered[4:]
        steps = nvm.programmed
        nvm.power_up()
        assert nvm.programmed == steps, "nothing is left to recover"


@given(st.lists(st.tuples(st.integers(0, PAGES * PAGE - 1), st.binary(max_size=200)), max_size=6))
def test_roll_back_forgets_and_commit_keeps(writes: list[tuple[int, bytes]]) -> None:
    nvm, model = memory(NVM), bytearray(contents(memory(NVM)))
    changed = False
    for at, data in writes:
        data = data[: PAGES * PAGE - at]
        nvm.write(DATA + at, data)
        changed |= bool(data)
    assert nvm.roll_back() is changed
    assert contents(nvm) == model
    for at, data in writes[:3]:
        data = data[: PAGES * PAGE - at]
        nvm.write(DATA + at, data)
        model[at : at + len(data)] = data
    nvm.commit()
    assert contents(nvm) == model
    assert nvm.roll_back() is False


def test_one_command_changes_at_most_what_the_journal_holds() -> None:
    nvm, old = memory(NVM), contents(memory(NVM))
    nvm.write(DATA, bytes(PAGE * (JOURNAL_SLOTS + 1)))
    with pytest.raises(StatusError) as caught:
        nvm.commit()
    assert caught.value.sw is StatusWord.NOT_ENOUGH_SPACE
    nvm.roll_back()
    assert contents(nvm) == old
    nvm.write(DATA, bytes(PAGE * JOURNAL_SLOTS))
    nvm.commit()
    assert contents(nvm)[: PAGE * JOURNAL_SLOTS] == bytes(PAGE * JOURNAL_SLOTS)


def test_unused_memory_skips_the_journal_but_its_neighbours_do_not() -> None:
    nvm = memory(NVM)
    steps = nvm.programmed
    nvm.fill_unused(DATA + 10, bytes(PAGE * 3))
    nvm.commit()
    # Two whole pages once; the two they begin and end in twice; the index twice.
    assert nvm.programmed - steps == 2 + 2 * 2 + 2


def test_what_a_command_costs() -> None:
    """Each changed page twice, the index twice; once more in two cases."""

    def cost(content: bytes, pages: int) -> int:
        steps = nvm.programmed
        nvm.write(DATA + PAGE, content * PAGE * pages)
        nvm.commit()
        return nvm.programmed - steps

    nvm = memory(NVM)
    assert cost(b"\x01", 2) == 6
    nvm.power_up()
    assert cost(b"\x02", 2) == 7, "the first command after power-up"
    assert cost(b"\x03", 2) == 6
    for pages in (2, 1, 2):
        assert cost(b"\x03", pages) == 3 + 2 * pages, "the journal holds these copies already"
    assert cost(b"\x04", 1) == 4


def test_wear_is_counted_page_by_page() -> None:
    nvm = memory(NVM)
    before = list(nvm.wear)
    change(nvm)
    nvm.commit()
    worn = {
        page: now - old
        for page, (old, now) in enumerate(zip(before, nvm.wear, strict=True))
        if now > old
    }
    written = [JOURNAL_PAGES + page for page in (0, 2, 3, 20)]
    assert worn == {INDEX: 2, **dict.fromkeys([*SLOTS[:4], *written], 1)}
    assert nvm.programmed == sum(nvm.wear)


def test_nothing_to_do_costs_nothing() -> None:
    nvm = memory(NVM)
    steps = nvm.programmed
    nvm.write(DATA, b"")
    nvm.commit()
    nvm.power_up()
    assert nvm.programmed == steps


@pytest.mark.parametrize("size", [0, PAGE, JOURNAL_PAGES * PAGE, 100 * PAGE + 1])
def test_memory_is_whole_pages_and_more_than_the_journal(size: int) -> None:
    with pytest.raises(ValueError, match="whole pages"):
        NVM(bytearray(size))
