"""The table of keys against the profile, the TEST stores and the rules of ssc 3.4."""

from __future__ import annotations

import tomllib
from collections import Counter
from importlib import resources

import pytest

from sscard.errors import KeyStoreError
from sscard.keys.key_entry import KeyEntry, Level, PsamUse
from sscard.keys.key_table import KEYS, key_entry
from sscard.keys.psam_load import PSAM_KEY_NAMES
from sscard.profiles import Profile

MINISTRY = {*range(0x004C, 0x0090), *range(0x0170, 0x019F)}
PROVINCE = set(range(0x0090, 0x00B8))
#: Second and third group of each DPK version: the table has the first address of the three.
DPK_GROUPS = {0x0180, 0x0181, 0x019A, 0x019B, 0x019D, 0x019E}
NATIONAL = [key for key in KEYS if not key.local]


def test_every_key_of_the_profile_is_in_it(profile: Profile) -> None:
    for directory in profile.directories:
        for key in directory.keys:
            entry = key_entry(key.name)
            found = (entry.directory, entry.kid, entry.kind, entry.size)
            assert found == (directory.name, key.kid, key.type, key.size)
            assert entry.versions in (None, key.versions)  # None: no source says how many


@pytest.mark.parametrize("suite", ["3des", "sm4"])
def test_every_key_of_the_test_store_is_in_it(suite: str) -> None:
    text = (resources.files("sscard.keys.stores") / f"test-ssse-{suite}.toml").read_text("utf-8")
    # Not keys of a card: the city's, the ledger's, a PSAM's own.
    ours = {"card-authentication-code", "ledger-id-hash", *PSAM_KEY_NAMES}
    for name, versions in tomllib.loads(text)["keys"].items():
        if name not in ours:
            assert key_entry(name).versions in (None, len(versions))


def test_counts() -> None:
    assert Counter(key.directory for key in NATIONAL) == {
        "SSSE": 6,
        "DF01": 13,
        "DF02": 8,
        "DF03": 12,
        "DF04": 9,
        "DF05": 2,
        "DF06": 5,
        "DF07": 7,
    }
    assert Counter(key.kind for key in KEYS if key.local) == {"master": 9, "external": 8}
    assert len(KEYS) == 79


def test_names_are_unique_and_unknown_ones_refused() -> None:
    assert len({key.name for key in KEYS}) == len(KEYS)
    with pytest.raises(KeyStoreError, match="no social security key is called UKXDF01"):
        key_entry("UKXDF01")


def test_key_ids_are_unique_in_a_directory() -> None:
    ids = [(key.directory, key.kind, key.kid) for key in NATIONAL]
    assert len(set(ids)) == len(ids)


def test_bit_8_says_that_a_key_is_local_to_an_adf() -> None:
    """All but master keys, and the keys of medical transactions, whose id is their index."""
    for key in KEYS:
        if key.kind not in ("master", "load", "purchase", "transaction"):
            assert bool(key.kid & 0x80) == key.directory.startswith("DF"), key


def test_the_address_tables_have_no_gap_and_no_address_twice() -> None:
    addresses = [address for key in KEYS for address in key.hsm]
    assert len(set(addresses)) == len(addresses)
    assert set(addresses) | DPK_GROUPS == MINISTRY | PROVINCE
    assert not set(addresses) & DPK_GROUPS


def test_every_version_has_an_address_of_its_own_or_none_has() -> None:
    for key in KEYS:
        assert len(key.hsm) in (0, key.versions)
    assert key_entry("UK1DF01").address(2) == 0x0098
    assert key_entry("DPK").address(3) == 0x019C
    assert key_entry("UK1DF01").address(4) is None
    assert key_entry("UK1DF06").address(1) is None


@pytest.mark.parametrize("key", [key for key in KEYS if key.hsm], ids=lambda key: key.name)
def test_whose_table_has_the_address_makes_the_root(key: KeyEntry) -> None:
    assert key.owner is (Level.MINISTRY if key.hsm[0] in MINISTRY else Level.PROVINCE)


@pytest.mark.parametrize("key", [key for key in NATIONAL if key.psam], ids=lambda key: key.name)
def test_psam_ids_are_from_the_owners_range(key: KeyEntry) -> None:
    """Ranges of ssc 3.4 [S]; the sources' ids B0 to B4 and those of DPK lie outside."""
    outside = {"DPK", "RK3DF07", "UK2DF07", "UK3DF07", "STKDF05", "UK1DF05"}
    ranges = {Level.MINISTRY: (0x08, 0x20), Level.PROVINCE: (0x10, 0x40)}
    directory, application = ranges[key.owner]
    first = application if key.directory.startswith("DF") else directory
    size = {0x20: 0x20, 0x40: 0x40}.get(first, 8)
    inside = all(first <= use.key_id < first + size for use in key.psam)
    assert inside == (key.name not in outside)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_roots_follow_from_the_usage_byte(key: KeyEntry) -> None:
    if key.local:
        assert key.root is Level.LOCAL
    elif key.psam and key.psam[0].levels:
        assert key.root is key.psam[0].root
    else:
        assert key.root is key.owner


def test_usage_bytes() -> None:
    uses = [PsamUse(usage, 8, "S") for usage in (0x67, 0x47, 0x28, None)]
    assert [use.levels for use in uses] == [3, 2, 1, None]
    assert [use.root for use in uses] == [Level.MINISTRY, Level.PROVINCE, Level.CITY, None]
    assert [str(use) for use in uses] == ["67,08", "47,08", "28,08", "–,08"]


def test_both_readings_are_kept_where_sources_disagree() -> None:
    """ssc 10: 27 and 28 in the specification's draft, 47 and 48 in readers; UK2DF03 has three."""
    assert [str(use) for use in key_entry("UK1DF01").psam] == ["28,42", "48,42"]
    assert [str(use) for use in key_entry("UK2DF03").psam] == ["27,29", "47,29", "28,29"]
    assert [str(use) for use in key_entry("UKSSSE").psam] == ["28,12", "48,12", "47,12"]
    for key in NATIONAL:
        one_level = [use for use in key.psam if use.usage in (0x27, 0x28) and use.mark == "S"]
        if one_level and key.kind == "external" and key.name not in ("BK", "PUK"):
            assert {use.levels for use in key.psam} == {1, 2}, key


def test_only_stks_are_single_des_and_sm4_has_no_shorter_keys() -> None:
    for key in KEYS:
        assert (key.size == 8) == key.name.startswith("STK")
        assert key.size_in(8) == key.size
        assert key.size_in(16) == 16


def test_versions_of_unknown_number_go_to_three() -> None:
    key_entry("RK1DF06").check_version(3)
    for name, version in (("RK1DF06", 4), ("STK", 2), ("UK1DF01", 0)):
        with pytest.raises(KeyStoreError, match=f"key {name} has versions 1 to"):
            key_entry(name).check_version(version)
