"""Power fails at every single programming step of a personalization."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from sscard.apdu import aid
from sscard.apdu.status import StatusWord
from sscard.cos.nvm import NVM
from sscard.cos.pse.instance import load
from sscard.cos.pse.state import State
from sscard.dialects.chip import PAGE


class PowerLoss(Exception):
    """The n-th step was not finished."""


class TornMemory(NVM):
    """Power fails once, at step ``cut_at``; ``torn`` says what is then in the page."""

    cut_at: int | None = None
    torn = "old"

    def program(self, page: int, content: bytes) -> None:
        if self.cut_at is not None:
            self.cut_at -= 1
            if self.cut_at == 0:
                self.cut_at = None
                super().program(page, self._remains(page, content))
                raise PowerLoss
        super().program(page, content)

    def _remains(self, page: int, content: bytes) -> bytes:
        old = self.sense(page)
        half = content[: PAGE // 2] + old[PAGE // 2 :]
        return {"old": old, "new": content, "erased": b"\xff" * PAGE, "half": half}[self.torn]


@pytest.mark.parametrize("torn", ["old", "new", "erased", "half"])
def test_a_torn_card_is_whole_and_can_be_tried_again(make: Any, torn: str) -> None:
    for cut_at in count(1):
        bench = make(memory=TornMemory)
        bench.nvm.torn = torn
        bench.nvm.cut_at = cut_at
        try:
            bench.personalize()
        except PowerLoss:
            bench.reset()
        else:
            break
        wanted = {each.identifier: each.value for each in bench.groupings[aid.DEBIT]}
        _, debit = load(bench.partition)
        found = {dgi: debit.value(dgi) for dgi in wanted if dgi in debit}
        assert found.items() <= wanted.items(), f"mixed content, cut at {cut_at}"
        if debit.state is State.PERSONALIZED:
            assert found == wanted, f"issued but not complete, cut at {cut_at}"
            continue
        assert set(bench.personalize()) == {StatusWord.OK}, f"cut at {cut_at}"
    assert cut_at > 50, "each of the ten commands has several steps"


@pytest.mark.parametrize("torn", ["old", "new", "erased", "half"])
def test_a_torn_overwrite_leaves_one_of_the_two(make: Any, grouping: Any, torn: str) -> None:
    values = [b"\x70\x5a\x56\x58" + bytes((fill,)) * 88 for fill in (0x11, 0x22)]
    for cut_at in count(1):
        bench = make(memory=TornMemory)
        host = bench.open()
        bench.store(host, grouping(0x0101, values[0]), 0)
        bench.nvm.torn = torn
        bench.nvm.cut_at = cut_at
        try:
            bench.store(host, grouping(0x0101, values[1]), 1)
        except PowerLoss:
            bench.reset()
        else:
            break
        _, debit = load(bench.partition)
        assert debit.value(0x0101) in values
    assert cut_at > 5
