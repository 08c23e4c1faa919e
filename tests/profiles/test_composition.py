"""Specs: which files make a profile, what is refused, and what the layers' hashes tell."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from sscard.errors import ProfileError
from sscard.profiles import load_profile
from sscard.profiles.composition import Composition, Layer
from sscard.profiles.loader import (
    compose,
    overlay_names,
    parse_profile,
    profile_layers,
    profile_names,
    profile_sha256,
)

REGION = """
overlay = "region"
name = "town"
title_zh = "某地"
title_en = "some town"
bases = ["gen2"]
[settings.pin_tries]
value = 5
source = "letter"
mark = "S"
"""
BANK = """
overlay = "bank"
name = "some-bank"
title_zh = "某银行"
title_en = "some bank"
bases = ["gen2", "gen3"]
[bank.pin_try_limit]
value = 4
source = "letter"
mark = "S"
"""
LOCAL = 'extends = "gen2"\nname = "local"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("town", REGION), ("some-bank", BANK), ("local", LOCAL)):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path


def refusal(spec: str | Path) -> str:
    with pytest.raises(ProfileError) as caught:
        load_profile(spec)
    return str(caught.value)


def test_what_comes_with_sscard() -> None:
    assert set(profile_names()) == {"gen1", "gen2", "gen3"}
    assert overlay_names() == {
        "region": ("shandong", "sichuan", "zhejiang"),
        "bank": ("demo-bank", "plain-bank"),
    }


def test_a_card_has_the_values_of_all_its_layers(folder: Path) -> None:
    profile = load_profile(f"gen2+{folder}/town.toml+{folder}/some-bank.toml")
    assert profile.name == "gen2+town+some-bank"
    assert profile.title_en == ("Social security card, second generation + some town + some bank")
    assert profile.setting("pin_tries").number == 5
    assert profile.bank_setting("pin_try_limit").number == 4
    base = load_profile("gen2")
    assert profile.directories == base.directories
    assert {**profile.settings, "pin_tries": None} == {**base.settings, "pin_tries": None}


def test_bank_and_region_in_either_order(folder: Path) -> None:
    one = load_profile(f"gen2+{folder}/town.toml+{folder}/some-bank.toml")
    other = load_profile(f"gen2+{folder}/some-bank.toml+{folder}/town.toml")
    assert one.settings == other.settings
    assert one.bank == other.bank


def test_regions_stack(folder: Path) -> None:
    district = REGION.replace('"town"', '"district"').replace("value = 5", "value = 7")
    (folder / "district.toml").write_text(district, encoding="utf-8")
    profile = load_profile(f"gen2+{folder}/town.toml+{folder}/district.toml")
    assert (profile.name, profile.setting("pin_tries").number) == ("gen2+town+district", 7)


def test_layers_tell_name_kind_and_hash(folder: Path) -> None:
    layers = profile_layers(f"gen3+sichuan+{folder}/some-bank.toml")
    assert [(layer.name, layer.kind) for layer in layers] == [
        ("gen2", "profile"),
        ("gen3", "profile"),
        ("sichuan", "region"),
        ("some-bank", "bank"),
    ]
    assert layers[-1].sha256 == sha256(BANK.encode()).digest()


def test_line_ends_are_those_of_the_file(folder: Path) -> None:
    """The hash is the one that every other program gives."""
    raw = REGION.replace("\n", "\r\n").encode()
    (folder / "town.toml").write_bytes(raw)
    assert profile_layers(f"gen2+{folder}/town.toml")[-1].sha256 == sha256(raw).digest()


def test_no_value_hides_behind_a_lone_carriage_return(folder: Path) -> None:
    (folder / "town.toml").write_bytes(REGION.replace("value = 5", "# \rvalue = 5").encode())
    assert "character '\\r'" in refusal(f"gen2+{folder}/town.toml")


def test_one_hash_over_all_layers(folder: Path) -> None:
    gen2, town = profile_sha256("gen2"), sha256(REGION.encode()).digest()
    assert profile_layers("gen2") == (Layer("gen2", "profile", gen2, packaged=True),)
    assert profile_sha256(f"gen2+{folder}/town.toml") == sha256(town + gen2).digest()
    other = REGION.replace("value = 5", "value = 7")
    (folder / "town.toml").write_text(other, encoding="utf-8")
    assert profile_sha256(f"gen2+{folder}/town.toml") != sha256(town + gen2).digest()


def test_a_profile_may_extend_a_whole_spec_beside_it(folder: Path) -> None:
    text = LOCAL.replace("gen2", "gen2+town.toml+some-bank.toml")
    (folder / "local.toml").write_text(text, encoding="utf-8")
    profile = load_profile(folder / "local.toml")
    assert (profile.name, profile.setting("pin_tries").number) == ("local", 5)
    kinds = [layer.kind for layer in profile_layers(folder / "local.toml")]
    assert kinds == ["profile", "region", "bank", "profile"]


def test_a_path_is_relative_to_the_file_that_names_it(folder: Path) -> None:
    (folder / "below").mkdir()
    path = folder / "below" / "other.toml"
    path.write_text('extends = "../local.toml"\nname = "other"\n', encoding="utf-8")
    assert [layer.name for layer in profile_layers(path)] == ["gen2", "local", "other"]


def test_a_path_with_a_plus_in_it_is_one_path(folder: Path) -> None:
    path = folder / "gen2+town.toml"
    path.write_text(LOCAL, encoding="utf-8")
    assert load_profile(str(path)).name == load_profile(path).name == "local"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gen2+town", "name: is small letters and digits, words joined by '-'"),
        ("gen2", "name: gen2 is one that comes with sscard"),
        ("demo-bank", "name: demo-bank is one that comes with sscard"),
    ],
)
def test_a_profile_does_not_take_the_name_of_others(folder: Path, name: str, message: str) -> None:
    """Reports, the ledger and supplements know cards by it."""
    (folder / "local.toml").write_text(LOCAL.replace('"local"', f'"{name}"'), encoding="utf-8")
    assert refusal(f"{folder}/local.toml") == f"local.toml: {message}"


def test_a_profile_does_not_take_the_name_of_what_it_extends(folder: Path) -> None:
    (folder / "local.toml").write_text(LOCAL, encoding="utf-8")
    (folder / "other.toml").write_text('extends = "local.toml"\nname = "local"\n', "utf-8")
    wanted = "other.toml: name: local is what it extends: it is another card"
    assert refusal(f"{folder}/other.toml") == wanted


def test_an_overlay_does_not_take_a_packaged_name(folder: Path) -> None:
    (folder / "town.toml").write_text(REGION.replace('"town"', '"sichuan"'), encoding="utf-8")
    wanted = "town.toml: name: sichuan is one that comes with sscard"
    assert refusal(f"gen2+{folder}/town.toml") == wanted


def test_a_profile_that_goes_round_in_a_circle(folder: Path) -> None:
    for name, base in (("a", "b"), ("b", "a")):
        text = f'extends = "{base}.toml"\nname = "{name}"\n'
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    assert refusal(folder / "a.toml") == (
        "a.toml: extends: b.toml: extends: goes round in a circle: a.toml → b.toml → a.toml"
    )
    text = 'extends = "self.toml"\nname = "self"\n'
    (folder / "self.toml").write_text(text, encoding="utf-8")
    assert refusal(folder / "self.toml") == (
        "self.toml: extends: goes round in a circle: self.toml → self.toml"
    )


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("sichuan", "sichuan.toml: is an overlay and lies on a profile, as in gen3+sichuan"),
        ("gen3+gen2", "gen2.toml: is a profile and can only come first, not on one"),
        ("gen3++sichuan", "'gen3++sichuan': before and behind each + stands a name or a path"),
        ("+sichuan", "'+sichuan': before and behind each + stands a name or a path"),
        ("", "'': before and behind each + stands a name or a path"),
        (
            "gen3+sichan",
            "no overlay 'sichan'; there are: region: shandong, sichuan, zhejiang; "
            "bank: demo-bank, plain-bank; did you mean sichuan?",
        ),
        ("gen4", "no profile 'gen4'; there are: gen1, gen2, gen3; did you mean gen3?"),
        (
            "gen3+demo-bank+plain-bank",
            "plain-bank.toml: overlay: a card has one bank, and demo-bank is there already",
        ),
        ("gen3+sichuan+sichuan", "sichuan.toml: name: sichuan is there already"),
        ("gen1+sichuan", "sichuan.toml: bases: is for gen2 and gen3, not for gen1"),
        ("gen1+demo-bank", "demo-bank.toml: bases: is for gen2 and gen3, not for gen1"),
    ],
)
def test_specs_that_make_no_card(spec: str, message: str) -> None:
    assert refusal(spec) == message


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("gen3+{}/town.toml", "town.toml: bases: is for gen2, not for gen3"),
        ("{}/local.toml+{}/town.toml", "town.toml: bases: is for gen2, not for local"),
        ("{}/town.toml", "town.toml: is an overlay and lies on a profile, as in gen3+town"),
    ],
)
def test_overlays_on_a_base_that_they_do_not_name(folder: Path, spec: str, message: str) -> None:
    assert refusal(spec.replace("{}", str(folder))) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (REGION.replace('"region"', '"city"'), "overlay: is 'region' or 'bank', not 'city'"),
        (
            REGION.replace('"town"', '"Some town"'),
            "name: of an overlay is small letters and digits, words joined by '-'",
        ),
        (REGION.replace('title_zh = "某地"', ""), "title_zh: is missing"),
        (REGION.replace('"some town"', '""'), "title_en: is missing"),
        (
            REGION.replace('["gen2"]', "[]"),
            "bases: names the profiles on which the overlay can lie",
        ),
        (
            REGION.replace('bases = ["gen2"]', 'extends = "gen2"\nbases = ["gen2"]'),
            "extends: a region overlay has no place for it; "
            "what has is settings, changes, additions, directories",
        ),
        (
            REGION.replace('bases = ["gen2"]', 'chip = "gen3-80k"\nbases = ["gen2"]'),
            "chip: a region overlay has no place for it; "
            "what has is settings, changes, additions, directories",
        ),
        (
            REGION + BANK[BANK.index("[bank") :],
            "bank: a region overlay changes only the social security side; "
            "[bank.*] is changed by a bank overlay",
        ),
        (
            REGION + '[[removals]]\ntarget = "DF05"\nsource = "letter"\nmark = "S"\n',
            "removals: an overlay removes nothing that its base has (ssc 1.1)",
        ),
        (
            BANK + REGION[REGION.index("[settings") :],
            "settings: a bank overlay changes only [bank.*]",
        ),
        (
            BANK + '[[changes]]\ntarget = "SSSE"\n',
            "changes: a bank overlay changes only [bank.*]",
        ),
    ],
)
def test_overlays_that_say_what_they_may_not(folder: Path, text: str, message: str) -> None:
    (folder / "x.toml").write_text(text, encoding="utf-8")
    assert refusal(f"gen2+{folder}/x.toml") == f"x.toml: {message}"


def test_what_an_overlay_makes_wrong_is_told_with_all_their_names(folder: Path) -> None:
    text = REGION.replace("value = 5", "value = 99")
    (folder / "town.toml").write_text(text, encoding="utf-8")
    assert refusal(f"gen2+{folder}/town.toml") == (
        "gen2+town: setting pin_tries: must be a number from 1 to 15"
    )


def test_a_base_alone_changes_nothing() -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile('name = "x"\n[[removals]]\ntarget = "DF05"\n', "x.toml")
    assert str(caught.value) == (
        "x.toml: removals: has a meaning only in a profile that extends another one"
    )


REMOVAL = '[[removals]]\ntarget = "{}"\nsource = "letter"\nmark = "{}"\n'


def test_what_is_removed_answers_over_no_interface() -> None:
    word = 'source = "letter"\nmark = "S"\n'
    targets = "".join(f'[[removals]]\ntarget = "{t}"\n{word}' for t in ("DF06", "SSSE/EF07"))
    profile = parse_profile(f'extends = "gen3"\nname = "local"\n{targets}', "local.toml")
    assert profile.contactless is not None
    reached = {each.target for each in profile.contactless.reach}
    assert {"SSSE", "DF05", "DF07", "SSSE/EF08"} <= reached
    assert not {"DF06", "SSSE/EF07"} & reached


def test_what_is_removed_is_gone_and_told() -> None:
    text = LOCAL + REMOVAL.format("DF05", "S") + REMOVAL.format("DF06/EF06", "assumed")
    text += REMOVAL.format("DF06.UK2DF06", "S") + REMOVAL.format("DF07/EF07.transfer_date", "1")
    profile, base = parse_profile(text, "local.toml"), load_profile("gen2")
    assert [d.name for d in base.directories if d not in profile.directories] == [
        "SSSE",  # its DIR has one entry less
        "DF05",
        "DF06",
        "DF07",
    ]
    assert [file.fid for file in profile.directory("DF06").files] == [0xEF05]
    assert [key.name for key in profile.directory("DF06").keys] == [
        key.name for key in base.directory("DF06").keys if key.name != "UK2DF06"
    ]
    assert "transfer_date" not in profile.elements
    told = [place for place in profile.unconfirmed() if place.startswith("removed")]
    assert told == ["removed DF06/EF06", "removed DF07/EF07.transfer_date"]
    assert load_profile("gen2").directory("DF05")


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (REMOVAL.format("DF09", "S"), "removal of DF09: target: there is no 'DF09'"),
        (
            REMOVAL.format("settings.pin_tries", "S"),
            "removal of settings.pin_tries: target: there is no 'settings.pin_tries'",
        ),
        (
            '[[removals]]\ntarget = "DF05"\nmark = "S"\n',
            "removal of DF05: source: is needed, the base's is that of the old fact",
        ),
        (
            REMOVAL.format("DF05", "S") + "keys = []\n",
            "removal of DF05: keys: a removal says target, source and mark",
        ),
        (
            REMOVAL.format("DF05", "S") * 2,
            "removal of DF05: target: there is no 'DF05'",
        ),
    ],
)
def test_removals_that_do_not_hold(own: str, message: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile(LOCAL + own, "local.toml")
    assert str(caught.value) == f"local.toml: {message}"


class OneMore:
    """A last layer as a supplement is one."""

    def applied_to(self, composition: Composition) -> Composition:
        layer = Layer("word", "supplement", bytes(32))
        return Composition(composition.document, (*composition.layers, layer))

    def confirmed(self, profile: object) -> object:
        return profile


def test_a_supplement_is_the_last_layer() -> None:
    layers = compose("gen3+sichuan", OneMore()).layers
    assert [layer.kind for layer in layers] == ["profile", "profile", "region", "supplement"]
