"""The memory map: nothing forgotten, nothing twice, every size as the profile has it, no secret."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import VirtualCard
from sscard.apdu import aid
from sscard.apdu.status import StatusError
from sscard.cos.files import Files
from sscard.cos.memory_map import Kind, MemoryMap, memory_map
from sscard.cos.nvm import JOURNAL_PAGES, NVM
from sscard.cos.partition import split
from sscard.dialects.chip import PAGE, Chip
from sscard.dialects.operations import CreateDirectory, CreateFile, KeyType, LoadKey, Structure
from sscard.dialects.rights import AccessRule, Condition
from sscard.profiles.chips import load_chip

if TYPE_CHECKING:
    from tests.conftest import Terminal

FREE = AccessRule(Condition.FREE)
SMALL = Chip(
    name="small",
    size=JOURNAL_PAGES * PAGE + 256 + 320 + 1024 + 512 + 2 * PAGE,
    partitions={"system": 256, "exchange": 320, "ssse": 1024, "pse": 512},
    cos_version="1",
    lot="L",
    transport_tries=3,
    mark="assumed",
)


def tiled(found: MemoryMap, size: int) -> bool:
    """Whether the regions cover the memory from its first byte to its last, each byte once."""
    ends = [region.at + region.size for region in found.regions]
    starts = [region.at for region in found.regions]
    return starts == [0, *ends[:-1]] and ends[-1] == size and all(map(int.__lt__, starts, ends))


directories = st.builds(CreateDirectory, st.integers(1, 4), st.binary(max_size=16))
records = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5).map(tuple)
files = st.builds(
    CreateFile,
    st.integers(1, 40),
    st.just(Structure.VARIABLE),
    st.just(FREE),
    st.just(FREE),
    records,
)
bodies = st.builds(
    CreateFile,
    st.integers(1, 40),
    st.just(Structure.TRANSPARENT),
    st.just(FREE),
    st.just(FREE),
    st.binary(min_size=1, max_size=900).map(lambda body: (body,)),
)
keys = st.builds(
    LoadKey,
    st.sampled_from(KeyType),
    st.integers(0, 0xFF),
    st.integers(1, 3),
    st.just(3),
    st.sampled_from([bytes(8), bytes(16)]),
)
steps = st.tuples(st.integers(1, 4), directories | files | bodies | keys | st.binary(max_size=9))


def do(files: Files, fid: int, step: object) -> None:
    directory = files.directories.get(fid)
    if isinstance(step, CreateDirectory):
        files.create_directory(step)
    elif directory is None:
        return
    elif isinstance(step, CreateFile):
        files.create_file(directory, step)
    elif isinstance(step, LoadKey):
        files.load_key(directory, step)
    elif isinstance(step, bytes):
        files.set_fci(directory, step)


@given(st.lists(steps, max_size=30))
def test_the_regions_tile_the_memory_whatever_was_created(todo: list[tuple[int, object]]) -> None:
    nvm = NVM(bytearray(SMALL.size))
    files = Files(split(nvm, SMALL)["ssse"])
    done: Counter[type[object]] = Counter()
    for fid, step in [(0, CreateDirectory(1)), *todo]:
        before = files.partition.free
        with suppress(StatusError):
            do(files, fid, step)
            done[type(step)] += files.partition.free < before
    nvm.commit()
    found = memory_map(nvm, SMALL)
    assert tiled(found, SMALL.size)
    kinds = Counter(region.kind for region in found.regions)
    expected = {
        Kind.DIRECTORY: CreateDirectory,
        Kind.FILE: CreateFile,
        Kind.KEY: LoadKey,
        Kind.FCI: bytes,
    }
    assert {kind: kinds[kind] for kind in expected} == {
        kind: done[step] for kind, step in expected.items()
    }
    (part,) = [part for part in found.parts if part.name == "ssse"]
    assert (part.size, part.free) == (1024, files.partition.free)


@pytest.mark.parametrize("chip", ["gen2-32k", "gen3-80k"])
def test_a_blank_chip(chip: str) -> None:
    found = VirtualCard.blank(chip).memory_map()
    size = load_chip(chip).size
    assert tiled(found, size)
    assert len(found.wear) * PAGE == size
    assert {part.name: part.size for part in found.parts if part.name != "unassigned"} == {
        "journal": JOURNAL_PAGES * PAGE,
        **load_chip(chip).partitions,
    }


def test_a_chip_without_a_byte_to_spare(make_maker: Callable[..., Any]) -> None:
    maker = make_maker(ssse=64)
    maker.ground(end=False)
    found = maker.card.memory_map()
    assert tiled(found, maker.card.chip.size)
    assert found.parts[-1].name == "pse"


def test_every_file_has_the_size_that_the_profile_says(terminal: Terminal) -> None:
    found = terminal.card.memory_map()
    assert tiled(found, terminal.card.chip.size)
    sizes = {
        (region.owner, region.identifier): region.content
        for region in found.regions
        if region.kind is Kind.FILE
    }
    declared = {
        (f"{directory.fid:04X}", f"{file.fid:04X}"): file.length
        for directory in terminal.order.profile.directories
        for file in directory.files
    }
    assert declared
    assert {place: sizes.get(place) for place in declared} == declared
    assert set(sizes) - set(declared) == {("3F00", "001C")}, "the hand-over area"


def test_every_key_is_named_and_none_is_shown(terminal: Terminal) -> None:
    found = terminal.card.memory_map()
    named = Counter(
        region.owner for region in found.regions if region.kind is Kind.KEY and region.content
    )
    for directory in terminal.order.profile.directories:
        loaded = sum(key.versions for key in directory.keys)
        # Its master key, and in SSSE the PIN.
        more = 2 if directory.name == "SSSE" else 1
        assert named[f"{directory.fid:04X}"] == loaded + more, directory.name
    (pin,) = [region for region in found.regions if region.detail.startswith("pin")]
    assert (pin.owner, pin.content) == ("DDF1", 8)
    text = repr(found).upper()
    assert not [
        key for key in terminal.order.keys.values() if key.reveal()[:3].hex().upper() in text
    ]


def test_headers_and_contents_are_where_the_card_has_them(terminal: Terminal) -> None:
    regions = terminal.card.memory_map().regions
    files = terminal.card.card._social.files.directories[0xDF04].by_fid
    log = next(r for r in regions if (r.owner, r.identifier) == ("DF04", "EF08"))
    first, size = files[0xEF08].places[0]
    assert (log.at + log.header, log.content) == (first, size * 30)
    assert log.detail == "cyclic, 30 records"
    (fci,) = [region for region in regions if region.kind is Kind.FCI]
    assert (fci.owner, fci.identifier) == ("DDF1", "A5")
    names = {r.owner: r.detail for r in regions if r.kind is Kind.DIRECTORY}
    assert names["DDF1"] == "sx1.sh.社会保障"
    assert names["DF01"] == "D15600000500"


def test_the_financial_side(terminal: Terminal) -> None:
    card = terminal.card.card
    pse = card.banking._instances[aid.PSE]
    for size in (20, 18, 25):
        pse.store(0x0101, bytes(size))
        card.nvm.commit()
    found = terminal.card.memory_map()
    assert tiled(found, terminal.card.chip.size)
    applications = [r.identifier for r in found.regions if r.kind is Kind.INSTANCE]
    assert applications == ["1PAY.SYS.DDF01", aid.DEBIT.hex().upper()]
    groupings = [r for r in found.regions if r.kind is Kind.GROUPING]
    assert [(r.owner, r.identifier, r.content, r.detail) for r in groupings] == [
        ("1PAY.SYS.DDF01", "DGI 0101", 20, "replaced"),
        ("1PAY.SYS.DDF01", "DGI 0101", 25, ""),
    ]
    assert groupings[1].at + groupings[1].header == pse.place(0x0101)


def test_wear_and_what_lies_on_a_page(terminal: Terminal) -> None:
    before = terminal.card.memory_map().wear
    terminal.select()
    terminal.verify("654321")
    found = terminal.card.memory_map()
    worn = [
        page for page, (old, new) in enumerate(zip(before, found.wear, strict=True)) if new > old
    ]
    kinds = {region.kind for page in worn for region in found.on_page(page)}
    assert {Kind.INDEX, Kind.SLOTS, Kind.KEY} <= kinds
    assert any(r.detail.startswith("pin") for page in worn for r in found.on_page(page))
    for page in range(len(found.wear)):
        pages = found.on_page(page)
        assert pages[0].at <= page * PAGE < (page + 1) * PAGE <= pages[-1].at + pages[-1].size
        assert all(one.at + one.size == other.at for one, other in pairwise(pages))


def test_a_card_torn_at_every_step_has_the_map_of_the_next_power_up(
    make_maker: Callable[..., Any], torn_nvm: Any, power_loss: Any, outcomes: Any
) -> None:
    """The pages that a cut command has reached make no sense without the others."""
    for cut_at in count(1):
        maker = make_maker(torn_nvm)
        maker.ground(end=False)
        files = maker.card.card._social.files
        files.create_file(
            files.directories[0xDDF1],
            CreateFile(0xEF05, Structure.TRANSPARENT, FREE, FREE, (bytes(200),)),
        )
        nvm = maker.card.card.nvm
        nvm.arm(cut_at, outcomes.FIRST_HALF)
        try:
            nvm.commit()
        except power_loss:
            found = maker.card.memory_map()
            assert tiled(found, maker.card.chip.size)
            assert list(found.wear) == nvm.wear
            maker.card.power_on()
            assert maker.card.memory_map().regions == found.regions
        else:
            break
    assert cut_at > 7
