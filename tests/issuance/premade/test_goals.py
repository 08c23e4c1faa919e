"""What is left to write of a file, for whatever a tear has left of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sscard.perso.completion_files import FileGoal, OtherHolder

if TYPE_CHECKING:
    from tests.issuance.premade.conftest import Workshop

quick = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def goal(workshop: Workshop, place: str) -> FileGoal:
    return next(each for each in workshop.order().goals if each.place == place)


@quick
@given(st.data())
def test_records_old_or_new_become_new(second: Workshop, data: st.DataObject) -> None:
    file = goal(second, "SSSE/EF06")
    pairs = list(zip(file.blank, file.goal, strict=True))
    number, *others = (data.draw(st.sampled_from(pair)) for pair in pairs)
    found = [file.goal[0], *others]
    for place, record in file.left(tuple(found), ours=True):
        assert found[place - 1] != record
        found[place - 1] = record
    assert tuple(found) == file.goal
    assert number in pairs[0]


@quick
@given(at=st.integers(0, 6), noise=st.binary(min_size=1, max_size=32))
def test_a_record_that_is_neither_is_not_ours(second: Workshop, at: int, noise: bytes) -> None:
    file = goal(second, "SSSE/EF06")
    found = list(file.blank)
    found[at] = noise
    for ours in (False, True):
        with pytest.raises(OtherHolder):
            file.left(tuple(found), ours=ours)


@pytest.mark.parametrize("there", range(3))
def test_appended_records_are_appended_once(second: Workshop, there: int) -> None:
    file = goal(second, "DF02/EF07")
    newest_first = [record for _, record in reversed(file.written[:there])]
    found = (*newest_first, *file.blank)[: len(file.blank)]
    assert file.left(found, ours=True) == file.written[there:]


def test_appended_in_another_order_they_are_not_ours(second: Workshop) -> None:
    file = goal(second, "DF02/EF07")
    found = (file.goal[1], file.goal[0], *file.goal[2:])
    with pytest.raises(OtherHolder, match="DF02/EF07 job_record"):
        file.left(found, ours=True)


@quick
@given(written=st.integers(0, 4096))
def test_a_photo_that_was_begun_is_written_again(second: Workshop, written: int) -> None:
    file = goal(second, "SSSE/EF08")
    found = (file.goal[0][:written] + file.blank[0][written:],)
    left = file.left(found, ours=True)
    assert left == (() if found == file.goal else file.written)
    if found != file.blank:
        with pytest.raises(OtherHolder):
            file.left(found, ours=False)


def test_what_the_order_does_not_have_is_not_on_the_card(second: Workshop) -> None:
    file = goal(second, "SSSE/EF07")
    assert file.left(file.blank, ours=True) == ()
    with pytest.raises(OtherHolder, match="SSSE/EF07"):
        file.left((b"\1" + file.blank[0][1:],), ours=True)
