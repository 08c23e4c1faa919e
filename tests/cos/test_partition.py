"""A partition grows until it is full, and never beyond."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.nvm import JOURNAL_PAGES, NVM
from sscard.cos.partition import Partition
from sscard.dialects.chip import PAGE

BASE = JOURNAL_PAGES * PAGE
SIZE = 512

contents = st.lists(st.tuples(st.integers(0, 0xFF), st.binary(max_size=200)), max_size=12)


def partition(size: int = SIZE, nvm: type[NVM] = NVM) -> Partition:
    return Partition(nvm(bytearray(BASE + SIZE + PAGE)), BASE, size)


def stored(part: Partition) -> list[tuple[int, bytes]]:
    return [(each.kind, part.read(each)) for each in part.objects()]


@given(contents)
def test_objects_come_back_in_order_and_room_is_counted(objects: list[tuple[int, bytes]]) -> None:
    part = partition()
    kept: list[tuple[int, bytes]] = []
    for kind, content in objects:
        free = part.free
        if len(content) + 3 > free:
            with pytest.raises(StatusError) as caught:
                part.add(kind, content)
            assert caught.value.sw is StatusWord.NOT_ENOUGH_SPACE
            assert part.free == free
        else:
            assert part.read(part.add(kind, content)) == content
            assert part.free == free - 3 - len(content)
            kept.append((kind, content))
    part.nvm.commit()
    part.nvm.power_up()
    assert stored(part) == kept
    assert not any(part.nvm.cells[BASE + SIZE :])


def test_the_last_byte_can_be_used_and_none_behind_it() -> None:
    part = partition()
    with pytest.raises(StatusError):
        part.add(1, bytes(part.free - 2))
    part.add(1, bytes(part.free - 3))
    assert part.free == 0
    with pytest.raises(StatusError):
        part.add(2, b"")


def test_rolled_back_objects_are_gone() -> None:
    part = partition()
    part.add(1, b"stays")
    part.nvm.commit()
    part.add(2, bytes(300))
    part.nvm.roll_back()
    assert stored(part) == [(1, b"stays")]


def test_power_cut_at_every_step_of_adding(outcome: Any, torn_nvm: Any, power_loss: Any) -> None:
    for cut_at in count(1):
        part = partition(nvm=torn_nvm)
        part.add(1, b"stays")
        part.nvm.commit()
        part.add(2, b"\xaa" * 300)
        part.nvm.arm(cut_at, outcome)
        try:
            part.nvm.commit()
        except power_loss:
            part.nvm.power_up()
        else:
            break
        assert stored(part) in ([(1, b"stays")], [(1, b"stays"), (2, b"\xaa" * 300)])
        if len(stored(part)) == 1:
            part.add(3, b"\xbb" * 300)
            part.nvm.commit()
            part.nvm.power_up()
            assert stored(part) == [(1, b"stays"), (3, b"\xbb" * 300)]
    assert cut_at > 8


@pytest.mark.parametrize("size", [0, 1, 0x10000])
def test_sizes_its_head_can_count(size: int) -> None:
    with pytest.raises(ValueError, match="65535"):
        partition(size)
