"""Directories, files and keys as a factory makes them; memory full; power cut while making."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from sscard.apdu import iso7816
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos import NVM
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.dialects.chip import PAGE
from sscard.dialects.operations import (
    CreateDirectory,
    CreateFile,
    KeyType,
    LoadKey,
    Operation,
    SetFci,
    Structure,
)
from sscard.dialects.rights import FREE, NEVER, AccessRule, Condition

if TYPE_CHECKING:
    from tests.cos.conftest import Maker

PHOTO = CreateFile(0xEF08, Structure.TRANSPARENT, FREE, NEVER, (bytes(400),))
RECORDS = CreateFile(0xEF05, Structure.VARIABLE, FREE, NEVER, (b"\1\1a", b"\2\2bb"))


def test_what_was_made_is_found_again_after_power_up(maker: Maker) -> None:
    rule = AccessRule(Condition.PIN_AND_KEY, 0x83)
    cyclic = CreateFile(0xEF07, Structure.CYCLIC, rule, NEVER, (b"\xff" * 9,), 3)
    key = LoadKey(KeyType.EXTERNAL, 0x83, 2, 5, bytes(range(16)))
    maker.ground(SetFci(b"\x88\1\x1e"), RECORDS, CreateDirectory(0xDF01, b"FIRST"), key, cyclic)
    maker.card.power_on()
    directories = maker.card.card._social.files.directories
    assert [(each.fid, each.name) for each in directories.values()] == [
        (0xDDF1, b"SSSE."),
        (0xDF01, b"FIRST"),
    ]
    assert directories[0xDDF1].proprietary == b"\x88\1\x1e"
    assert [size for _, size in directories[0xDDF1].by_sfi[5].places] == [3, 4]
    file = directories[0xDF01].by_fid[0xEF07]
    assert (file.structure, file.read, file.update) == (Structure.CYCLIC, rule, NEVER)
    assert [size for _, size in file.places] == [9, 9, 9]
    stored = directories[0xDF01].keys[KeyType.EXTERNAL, 0x83, 2]
    assert maker.card.card._social.files.key_value(stored) == key.value


@pytest.mark.parametrize(
    "wrong",
    [
        CreateFile(0xEF01, Structure.TRANSPARENT, FREE, FREE, (b"a", b"b")),
        CreateFile(0xEF01, Structure.FIXED, FREE, FREE, (b"a", b"bb")),
        CreateFile(0xEF01, Structure.CYCLIC, FREE, FREE, (b"a", b"b"), 2),
        CreateFile(0xEF01, Structure.CYCLIC, FREE, FREE, (b"a",), 0),
        CreateFile(0xEF01, Structure.VARIABLE, FREE, FREE, ()),
        CreateDirectory(0xDF01, b"seventeen letters"),
        LoadKey(KeyType.EXTERNAL, 4, 1, 0, bytes(9)),
        LoadKey(KeyType.EXTERNAL, 4, 1, 16, bytes(16)),
    ],
)
def test_what_makes_no_sense_is_6a80(maker: Maker, wrong: Any) -> None:
    maker.ground(end=False)
    assert maker.say(wrong) == StatusWord.WRONG_DATA


def test_a_file_with_the_short_identifier_of_another_exists_already(maker: Maker) -> None:
    maker.ground(RECORDS, end=False)
    twin = CreateFile(0xEF25, Structure.FIXED, FREE, FREE, (b"a",))
    assert maker.say(twin) == StatusWord.FILE_EXISTS


def test_no_space_in_one_partition_touches_no_other(maker: Maker) -> None:
    """6A84, the card as before, and the other partitions as before, byte for byte."""
    maker.ground(PHOTO, end=False)
    cells = bytes(maker.card.card.nvm.cells)
    more = CreateFile(0xEF09, Structure.TRANSPARENT, FREE, NEVER, (bytes(600),))
    assert maker.say(more) == StatusWord.NOT_ENOUGH_SPACE
    assert maker.card.card.nvm.cells == cells
    assert 0xEF09 not in maker.card.card._social.files.directories[0xDDF1].by_fid
    maker.make(CreateFile(0xEF09, Structure.TRANSPARENT, FREE, NEVER, (bytes(500),)))


def test_each_partition_is_filled_to_the_last_byte_and_the_others_do_not_notice(
    maker: Maker,
) -> None:
    maker.ground(end=False)
    card = maker.card.card
    parts = {
        "exchange": card._main.files.partition,
        "ssse": card._social.files.partition,
        "system": card.system,
    }
    ends = {name: part.base + part.size for name, part in parts.items() if name != "system"}
    for fid, name in ((0x3F00, "exchange"), (0xDDF1, "ssse")):
        before = bytes(card.nvm.cells)
        maker.send(iso7816.select_fid(fid))
        part = parts[name]
        head = 3 + 2 + 9 + 2  # object, directory, file, size of its one record
        maker.make(CreateFile(1, Structure.TRANSPARENT, FREE, NEVER, (b"x" * (part.free - head),)))
        assert part.free == 0
        assert card.nvm.cells[ends[name] - 1] == ord("x")
        assert card.nvm.cells[ends[name] :] == before[ends[name] :]
        assert card.nvm.cells[25 * 64 : part.base] == before[25 * 64 : part.base]
        again = CreateFile(2, Structure.TRANSPARENT, FREE, NEVER, (b"y",))
        assert maker.say(again) == StatusWord.NOT_ENOUGH_SPACE


def test_a_chip_too_small_for_its_partitions_is_refused(maker: Maker) -> None:
    with pytest.raises(ValueError, match="larger than the memory"):
        type(maker)(replace(maker.card.chip, size=(JOURNAL_PAGES + 1) * PAGE))


class Refusing(NVM):
    """A memory that refuses one commit, as when a command changes too many pages."""

    refuse = False

    def commit(self) -> None:
        if self.refuse:
            self.refuse = False
            raise StatusError(StatusWord.NOT_ENOUGH_SPACE)
        super().commit()


@pytest.mark.parametrize(
    "operation", [PHOTO, CreateDirectory(0xDF01, b"FIRST"), SetFci(b"\x88\1\x1e")]
)
def test_what_was_taken_back_is_not_there(
    make_maker: Callable[..., Maker], operation: Operation
) -> None:
    maker = make_maker(nvm=Refusing)
    maker.ground(RECORDS, end=False)
    maker.card.card.nvm.refuse = True
    assert maker.say(operation) == StatusWord.NOT_ENOUGH_SPACE
    assert set(maker.card.card._social.files.directories) == {0xDDF1}
    maker.send(iso7816.select_fid(0xDDF1))
    assert maker.send(iso7816.read_binary(1, sfi=8)).sw == StatusWord.FILE_NOT_FOUND
    assert maker.send(iso7816.read_record(1, sfi=5)).data == b"\1\1a"
    assert maker.say(operation) == StatusWord.OK


def test_power_cut_at_every_step_of_creating_a_file(
    make_maker: Callable[..., Maker], torn_nvm: Any, power_loss: Any, outcome: Any
) -> None:
    for cut_at in count(1):
        maker = make_maker(nvm=torn_nvm)
        maker.ground(RECORDS, end=False)
        maker.card.card.nvm.arm(cut_at, outcome)
        try:
            maker.say(PHOTO)
        except power_loss:
            maker.card.power_on()
        else:
            break
        found = maker.card.card._social.files.directories[0xDDF1].by_fid
        assert set(found) in ({0xEF05}, {0xEF05, 0xEF08})
        maker.open()
        maker.send(iso7816.select_fid(0xDDF1))
        exists = 0xEF08 in found
        assert maker.say(PHOTO) == (StatusWord.FILE_EXISTS if exists else StatusWord.OK)
        assert maker.send(iso7816.read_binary(200, sfi=8)).data == bytes(200)
    assert cut_at > 8
