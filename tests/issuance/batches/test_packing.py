"""Cards in boxes: the order of the unit, nobody left out, nobody twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.issuance.batches.packing import Packed, box_of, boxes


@given(st.sets(st.integers(1, 60)), st.integers(1, 9))
def test_every_place_is_in_one_box(places: set[int], capacity: int) -> None:
    positions = tuple(sorted(places))
    found = boxes(Packed("B1", "单位", "窗口", positions), capacity)
    assert sum(box.cards for box in found) == len(positions)
    assert [box.number for box in found] == list(range(1, len(found) + 1))
    assert all(box.boxes == len(found) and 1 <= box.cards <= capacity for box in found)
    numbers = [box_of(place, found) for place in positions]
    assert numbers == sorted(numbers)
    assert all(numbers.count(box.number) == box.cards for box in found)


def test_what_is_in_no_box_is_said() -> None:
    with pytest.raises(ValueError, match="no box"):
        box_of(3, boxes(Packed("B1", "u", "d", (1, 2)), 2))
    with pytest.raises(ValueError, match="at least one"):
        boxes(Packed("B1", "u", "d", (1,)), 0)
