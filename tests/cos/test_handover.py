"""The hand-over area: unused, carrying, closed; and its key."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from sscard.apdu import iso7816
from sscard.cos.protocol import Protocol
from sscard.dialects.operations import (
    CreateDirectory,
    CreateFile,
    EndPreIssue,
    Structure,
    WriteHistorical,
)
from sscard.dialects.rights import AccessRule, Condition

if TYPE_CHECKING:
    from tests.conftest import Terminal
    from tests.cos.conftest import Maker

SIZE = 64
READ = iso7816.read_binary(SIZE, sfi=0x1C)


def write(data: bytes, offset: int = 0) -> Any:
    return iso7816.update_binary(data, sfi=0x1C, offset=offset)


@pytest.fixture
def area(terminal: Terminal) -> Terminal:
    """A card whose area carries its holder; MF selected, the exchange key shown."""
    terminal.hex("00A40000023F00")
    assert terminal.show("EK") == 0x9000
    return terminal


@pytest.fixture
def unused(maker: Maker, external: Any) -> Maker:
    """A card whose area was never used and may be written by anyone."""
    maker.open()
    free = AccessRule(Condition.FREE)
    file = CreateFile(0x001C, Structure.TRANSPARENT, free, free, (bytes(SIZE),))
    other = CreateFile(0x001D, Structure.TRANSPARENT, free, free, (b"other",))
    maker.make(CreateDirectory(0x3F00), external(0x1C), file, other)
    maker.make(CreateDirectory(0xDDF1, b"SSSE."))
    maker.make(WriteHistorical(bytes(13)), EndPreIssue())
    maker.send(iso7816.select_fid(0x3F00))
    return maker


def test_unused_it_cannot_be_read(unused: Maker) -> None:
    assert unused.send(READ).sw == 0x6982
    assert unused.send(iso7816.read_binary(1, sfi=0x1C, offset=40)).sw == 0x6982
    assert unused.send(write(b"\xa5abc")).sw == 0x9000
    assert unused.send(READ).data == b"\xa5abc".ljust(SIZE, b"\0")


def test_data_without_a_state_stay_hidden(unused: Maker) -> None:
    assert unused.send(write(b"secret", 1)).sw == 0x9000
    assert unused.send(READ).sw == 0x6982


@pytest.mark.parametrize("state", [0x01, 0xFF, 0x5B, 0xA4])
def test_there_are_three_states(unused: Maker, state: int) -> None:
    assert unused.send(write(bytes((state,)))).sw == 0x6A80
    assert unused.send(READ).sw == 0x6982


def test_another_file_of_the_main_file_has_no_states(unused: Maker) -> None:
    assert unused.send(iso7816.update_binary(b"\x77", sfi=0x1D)).sw == 0x9000
    assert unused.send(iso7816.read_binary(5, sfi=0x1D)).data == b"\x77ther"


def test_closing_the_area_closes_no_other_file(unused: Maker) -> None:
    assert unused.send(write(b"\x5a")).sw == 0x9000
    assert unused.send(iso7816.update_binary(b"\x77", sfi=0x1D)).sw == 0x9000


def test_carrying_it_is_read_by_anyone(terminal: Terminal) -> None:
    area = terminal.ok(READ)
    assert area[:3] == b"\xa5\x08\x12"
    assert area[3:21] == b"110101199003070038"
    assert "诸葛验收".encode("gbk") in area


def test_writing_needs_the_exchange_key(terminal: Terminal) -> None:
    assert terminal.status(write(b"\x5a")) == 0x6982
    assert terminal.show("EK", wrong=True) == 0x63CF
    assert terminal.status(write(b"\x5a")) == 0x6982
    assert terminal.show("EK") == 0x9000
    assert terminal.status(write(b"\x5a")) == 0x9000


def test_keys_of_ssse_open_nothing_here(terminal: Terminal) -> None:
    terminal.select()
    terminal.show("UKSSSE")
    terminal.hex("00A40000023F00")
    assert terminal.status(write(b"\x5a")) == 0x6982


def test_closed_it_is_empty_and_locked_for_good(area: Terminal) -> None:
    assert area.status(write(b"\x5a")) == 0x9000
    closed = b"\x5a" + bytes(SIZE - 1)
    assert area.ok(READ) == closed
    for again in (write(b"\xa5"), write(b"\x5a"), write(b"\0"), write(b"x", 9)):
        assert area.status(again) == 0x6985
    area.card.reset()
    assert area.show("EK") == 0x9000
    assert area.status(write(b"\xa5")) == 0x6985
    assert area.ok(READ) == closed


def test_closing_clears_also_what_is_written_with_it(area: Terminal) -> None:
    assert area.status(write(b"\x5a" + b"x" * (SIZE - 1))) == 0x9000
    assert area.ok(READ) == b"\x5a" + bytes(SIZE - 1)


def test_power_cut_at_every_step_of_closing(
    clone: Callable[..., Terminal], torn_nvm: Any, power_loss: Any, outcome: Any
) -> None:
    for cut_at in count(1):
        card = clone(torn_nvm)
        card.show("EK")
        before = card.ok(READ)
        card.card.card.nvm.arm(cut_at, outcome)
        try:
            card.status(write(b"\x5a"))
        except power_loss:
            card.card.power_on()
        else:
            break
        assert card.ok(READ) in (before, b"\x5a" + bytes(SIZE - 1)), cut_at
    assert cut_at > 4


def test_the_area_is_for_contacts_only(terminal: Terminal) -> None:
    """Decision 11: over the antenna it is neither read nor written; the rest of the MF answers."""
    read = "00B09C0040"
    terminal.card.power_on(Protocol.CONTACTLESS)
    terminal.hex("00A40000023F00")
    assert terminal.hex(read) == "6985"
    assert terminal.show("EK") == 0x9000
    assert terminal.hex("00D69C00015A") == "6985"
    terminal.card.power_on(Protocol.T1)
    terminal.hex("00A40000023F00")
    assert terminal.hex(read).endswith("9000")
