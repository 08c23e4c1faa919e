"""What a profile says it needs of a chip is what a card made from it has used."""

from __future__ import annotations

import random

import pytest

from simulator import VirtualCard
from sscard.cos import NVM
from sscard.cos.memory_map import Kind, Region
from sscard.profiles import Profile
from sscard.profiles.chips import load_chip
from sscard.profiles.fit import Use, footprint_of, needed


@pytest.fixture(params=["gen2-32k", "gen3-80k"])
def made(request: pytest.FixtureRequest) -> tuple[Profile, VirtualCard]:
    """A profile and a card on which the social-security station has done its work."""
    sm4 = request.param == "gen3-80k"
    cells = request.getfixturevalue("sm4_issued_cells" if sm4 else "issued_cells")
    profile = request.getfixturevalue("sm4_profile" if sm4 else "profile")
    chip = load_chip(request.param)
    return profile, VirtualCard(NVM(bytearray(cells)), chip, random=random.Random(1).randbytes)


def test_the_sum_of_each_partition(made: tuple[Profile, VirtualCard]) -> None:
    profile, card = made
    used = {part.name: part.used for part in card.memory_map().parts}
    wanted = needed(profile)
    assert wanted == {name: used[name] for name in wanted}


def test_each_file_and_directory(made: tuple[Profile, VirtualCard]) -> None:
    profile, card = made
    regions = card.memory_map().regions
    found = {(r.owner, r.identifier): r.size for r in regions if r.kind is Kind.FILE}
    others = ("directory", "FCI", "keys", "PIN")
    files = [use for use in footprint_of(profile) if use.what not in others]
    assert files
    for use in files:
        assert found[_owner(profile, use), use.what] == use.size, use
    fcis = sum(use.size for use in footprint_of(profile) if use.what == "FCI")
    assert fcis == sum(region.size for region in _of(regions, Kind.FCI))


def _owner(profile: Profile, use: Use) -> str:
    return "3F00" if use.directory == "MF" else f"{profile.directory(use.directory).fid:04X}"


def _of(regions: tuple[Region, ...], kind: Kind) -> list[Region]:
    return [region for region in regions if region.kind is kind]
