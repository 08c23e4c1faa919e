"""The overlays that come with sscard: what each of them makes of both generations."""

from __future__ import annotations

from pathlib import Path

import pytest

from sscard.dialects.rights import AccessRule, Condition
from sscard.keys import SUITES
from sscard.keys.key_table import key_entry
from sscard.keys.stores import load_social_security
from sscard.perso.order import references
from sscard.profiles import Profile, load_profile
from sscard.profiles.loader import compose, overlay_names

REGIONS, BANKS = overlay_names()["region"], overlay_names()["bank"]
ON_BOTH = [(base, region) for base in ("gen2", "gen3") for region in REGIONS]


def keys_of(profile: Profile, directory: str) -> dict[str, int]:
    return {key.name: key.kid for key in profile.directory(directory).keys}


@pytest.mark.parametrize(("base", "region"), ON_BOTH)
@pytest.mark.parametrize("bank", BANKS)
def test_each_is_right_on_both_generations_with_each_bank(
    base: str, region: str, bank: str
) -> None:
    profile = load_profile(f"{base}+{region}+{bank}")
    assert profile.name == f"{base}+{region}+{bank}"
    assert profile.suite == load_profile(base).suite


@pytest.mark.parametrize("name", [*REGIONS, *BANKS])
def test_the_file_of_an_overlay_has_its_name(name: str) -> None:
    assert compose(f"gen2+{name}").layers[-1].name == name


@pytest.mark.parametrize(("base", "region"), ON_BOTH)
def test_the_test_store_has_every_key(base: str, region: str) -> None:
    profile = load_profile(f"{base}+{region}")
    store = load_social_security(None, SUITES[profile.suite])
    for reference in references(profile):
        assert store.kcv(reference.name, reference.version)


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("pin_tries", {"sichuan": 3, "zhejiang": 6, "shandong": 8}),
        ("initial_pin_policy", {"sichuan": "unused", "zhejiang": "unused", "shandong": "used"}),
        (
            "rare_character_policy",
            {"sichuan": "return", "zhejiang": "substitute", "shandong": "manual"},
        ),
        ("psam_root", {"sichuan": "city", "zhejiang": "province", "shandong": "province"}),
        ("district_letter", {"sichuan": "A", "zhejiang": "H", "shandong": "B"}),
        ("issuing_division", {"sichuan": "510100", "zhejiang": "330100", "shandong": "371600"}),
        ("historical_ic_type", dict.fromkeys(REGIONS, "81")),
    ],
)
def test_settings_of_the_regions(setting: str, values: dict[str, object]) -> None:
    for region, value in values.items():
        assert load_profile(f"gen3+{region}").setting(setting).value == value


@pytest.mark.parametrize("region", REGIONS)
def test_no_example_is_taken_for_a_regions_word(region: str) -> None:
    """Nothing that an overlay says is marked as text of a specification it did not read."""
    base, profile = load_profile("gen3"), load_profile(f"gen3+{region}")
    for name, setting in profile.settings.items():
        if setting != base.settings[name]:
            assert setting.mark in ("1", "I", "T", "assumed") or name == "psam_root"
    new = {*profile.unconfirmed()} - {*base.unconfirmed()}
    assert "settings.pin_tries" in profile.unconfirmed()
    if region != "zhejiang":
        assert {"SSSE.RKMFEF0C", "SSSE/EF0C"} <= new


def test_local_files_of_sichuan() -> None:
    ssse = load_profile("gen3+sichuan").directory("SSSE")
    own, person = ssse.file(0xEF0C), ssse.file(0xEF0D)
    assert own.read == AccessRule(Condition.KEY, 0x07)
    assert person.update == AccessRule(Condition.KEY, 0x0D)
    assert [(e.tag, e.zh, e.type, e.size) for e in person.elements] == [
        (0xEA, "人员识别号", "an", 0x0C),
        (0xEB, "初次申领地", "cn", 0x03),
    ]
    assert own.record_templates()[1].size == 0x2A, "what readers ask record 2 for (ssc 9.5)"
    written = person.encode({"person_identifier": "1", "first_application_division": "510100"})
    assert written == (
        (1, bytes.fromhex("EA0C310000000000000000000000")),
        (2, bytes.fromhex("EB03510100")),
    )


def test_local_files_of_shandong() -> None:
    profile = load_profile("gen3+shandong")
    assert profile.directory("SSSE").file(0xEF0C).read == AccessRule(Condition.KEY, 0x07)
    third, fourth = profile.directory("DF03"), profile.directory("DF04")
    assert [f.fid for f in third.files if 0xEF0C <= f.fid <= 0xEF0F] == [*range(0xEF0C, 0xEF10)]
    assert [f.fid for f in fourth.files if 0xEF0C <= f.fid <= 0xEF0F] == [0xEF0C, 0xEF0D]
    local = {name: kid for name, kid in keys_of(profile, "DF03").items() if "local" in name}
    assert local == {f"UK{i}DF03-local": 0x8A + i for i in range(4, 8)}
    national = set(keys_of(load_profile("gen3"), "DF03").values())
    assert not national & set(local.values()), "V2.0 gave 89 to 8C to others (ssc 10)"
    for name, kid in (("UK6DF04-local", 0x87), ("UK4DF04-local", 0x88)):
        assert keys_of(profile, "DF04")[name] == kid == key_entry(name).kid


@pytest.mark.parametrize("base", ["gen2", "gen3"])
def test_short_names_of_zhejiang_end_in_spaces(base: str) -> None:
    name = load_profile(f"{base}+zhejiang").elements["name"]
    raw = name.encode("张三")
    assert raw == bytes.fromhex("D5C5C8FD") + b" " * 26
    assert name.decode(raw) == "张三"
    assert load_profile(base).elements["name"].encode("张三")[4:] == bytes(26)
    assert load_profile("gen3+zhejiang").elements["name_extension"].encode("") == bytes(20)


@pytest.mark.parametrize("bank", BANKS)
def test_a_bank_leaves_the_social_security_side_alone(bank: str) -> None:
    base, profile = load_profile("gen3"), load_profile(f"gen3+{bank}")
    assert (profile.directories, profile.settings) == (base.directories, base.settings)
    changed = {name for name in profile.bank if profile.bank[name] != base.bank.get(name)}
    assert "bin" in changed
    assert {*profile.unconfirmed()} ^ {*base.unconfirmed()} <= {f"bank.{name}" for name in changed}


def test_banks_differ() -> None:
    demo, plain = load_profile("gen3+demo-bank"), load_profile("gen3+plain-bank")
    assert (demo.bank_setting("bin").text, plain.bank_setting("bin").text) == ("622801", "622802")
    assert demo.bank_setting("electronic_cash").text == "on"
    assert plain.bank_setting("electronic_cash").text == "off"
    assert demo.bank_setting("algorithms").text == "both"
    assert plain.bank_setting("algorithms").text == "3des-rsa"


def test_every_fact_of_an_overlay_says_where_it_is_from() -> None:
    folder = Path(__file__).parents[2] / "sscard" / "profiles"
    overlays = [*folder.glob("regions/*.toml"), *folder.glob("banks/*.toml")]
    assert len(overlays) == len(REGIONS) + len(BANKS)
    for path in overlays:
        text = path.read_text("utf-8")
        assert text.count("\nsource = ") == text.count("\nmark = ") > 5
