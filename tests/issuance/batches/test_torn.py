"""Power cuts between a list and the ledger: one of both states, and the same command goes on.

Every point is visited: each time something is put on the disk (fsync, rename, commit), once the
power goes before it and once behind it.  Nothing that this process remembered is used afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from sscard.issuance.order_states import OrderState
from tests.issuance.batches.office import Office
from tests.issuance.batches.people import BANKS, people

PEOPLE = list(people(3, bank=BANKS[2]))


class PowerCut(BaseException):
    """The machine is off."""


@contextmanager
def cut(patch: pytest.MonkeyPatch, engine: Engine, at: int) -> Iterator[None]:
    """The power goes at the ``at``-th point, from then on nothing is done any more."""
    left = at

    def point() -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            raise PowerCut

    def around(name: str) -> None:
        real: Callable[..., object] = getattr(os, name)

        def torn(*args: object, **more: object) -> object:
            point()
            done = real(*args, **more)
            point()
            return done

        patch.setattr(os, name, torn)

    event.listen(engine, "commit", lambda _: point())
    around("fsync")
    around("replace")
    yield


def prepared(folder: Path) -> Office:
    office = Office(folder).opened()
    office.batch(PEOPLE)
    return office


def reopened(folder: Path) -> Office:
    """The same ledger, as a new process finds it."""
    return Office(folder)


def test_a_list_that_leaves_is_in_the_ledger_first(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    expected = prepared(tmp_path / "whole").send("bank-request").written
    seen = set()
    for at in count(1):
        folder = tmp_path / f"cut{at}"
        folder.mkdir()
        office = prepared(folder)
        with pytest.MonkeyPatch.context() as patch, suppress(PowerCut):
            with cut(patch, office.orders.engine, at):
                office.send("bank-request")
            break
        after = reopened(folder)
        file = folder / "B1-bank-request.txt"
        states = set(after.states())
        assert len(states) == 1, f"half a batch, cut at {at}"
        asked = states == {OrderState.BANK_REQUESTED.name}
        assert asked or not file.exists(), f"a list that the ledger does not know, cut at {at}"
        seen.add((asked, file.exists()))
        assert after.send("bank-request").written == expected
        assert after.states() == ["BANK_REQUESTED"] * 3
        assert len(list(after.orders.orders_of("B1"))) == 3
    assert {(False, False), (True, False), (True, True)} == seen


def test_an_answer_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    seen = set()
    for at in count(1):
        folder = tmp_path / f"cut{at}"
        folder.mkdir()
        office = prepared(folder)
        office.send("bank-request")
        answer = office.bank_file(folder / "B1-bank-request.txt")
        events = office.events()
        with pytest.MonkeyPatch.context() as patch, suppress(PowerCut):
            with cut(patch, office.orders.engine, at):
                office.answer(answer)
            break
        after = reopened(folder)
        whole = after.states() == ["BANK_MATCHED"] * 3
        assert whole or after.events() == events, f"half an answer, cut at {at}"
        seen.add(whole)
        found = after.answer(answer)
        assert found.again == whole
        assert after.states() == ["BANK_MATCHED"] * 3
    assert False in seen
