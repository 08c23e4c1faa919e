"""A wrong profile is refused when it is loaded, and the message names file, place and mistake."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest

from sscard.dialects.rights import AccessRule, Condition
from sscard.errors import ProfileError
from sscard.profiles import Profile, load_profile
from sscard.profiles.checks import mistakes
from sscard.profiles.loader import parse_profile

_WITHOUT_SETTINGS = """
name = "small"
title_zh = "小"
title_en = "Small"
card_version = "2.00"
suite = "3des"
chip = "gen2-32k"

# settings

[[directories]]
name = "SSSE"
kind = "ddf"
fid = 0xDDF1
df_name = "7378312E7368"
label_zh = "环境"
label_en = "environment"
parent = "MF"
source = "test"
mark = "S"

[[directories.keys]]
name = "UKSSSE"
kid = 0x04
type = "external"
versions = 3
source = "test"
mark = "S"

[[directories.keys]]
name = "STK"
kid = 0x02
type = "maintenance"
versions = 1
size = 8
source = "test"
mark = "S"

[[directories.files]]
fid = 0xEF05
name_zh = "基本"
name_en = "basics"
structure = "variable"
read = "free"
update = "UKSSSE"
source = "test"
mark = "S"

[[directories.files.elements]]
name = "sex"
zh = "性别"
en = "sex"
tag = 0x0A
type = "an"
size = 1
codec = "text"
codes = "sex"
source = "test"
mark = "S"
examples = [["1", "31"]]

[[directories.files.elements]]
name = "pair"
zh = "对"
en = "pair"
tag = 0x40
size = 7
source = "test"
mark = "S"
examples = [[{ first = "A", second = "12" }, "01014102021200"]]

[[directories.files.elements.elements]]
name = "first"
zh = "一"
en = "first"
tag = 0x01
type = "an"
size = 1
codec = "text"
source = "test"
mark = "S"
examples = [["A", "41"]]

[[directories.files.elements.elements]]
name = "second"
zh = "二"
en = "second"
tag = 0x02
type = "b"
size = 2
codec = "blob"
source = "test"
mark = "S"
examples = [["12", "12"]]

[[directories.files]]
fid = 0xEF07
name_zh = "图"
name_en = "picture"
structure = "transparent"
size = 16
read = "PIN or UKSSSE"
update = "never"
source = "test"
mark = "S"

[[directories.files.elements]]
name = "picture"
zh = "图"
en = "picture"
type = "b"
size = 16
codec = "blob"
source = "test"
mark = "S"
examples = [["AB", "AB"]]

[[directories]]
name = "DF01"
kind = "adf"
fid = 0xDF01
df_name = "D15600000500"
label_zh = "应用"
label_en = "application"
parent = "SSSE"
source = "test"
mark = "S"

[[directories.keys]]
name = "UK1DF01"
kid = 0x83
type = "external"
versions = 3
source = "test"
mark = "S"

[[directories.files]]
fid = 0xEF08
name_zh = "记录"
name_en = "log"
structure = "cyclic"
records = 4
read = "PIN and UK1DF01"
update = "UK1DF01"
source = "test"
mark = "S"

[[directories.files.elements]]
name = "log_entry"
zh = "记录"
en = "log entry"
type = "cn"
size = 4
codec = "date"
source = "test"
mark = "S"
examples = [["2018-04-03", "20180403"]]
"""


GEN2 = resources.files("sscard.profiles").joinpath("catalog/gen2.toml").read_text("utf-8")


def _settings() -> str:
    """All settings as TOML, from the packaged profile: which there are is not the matter here."""
    gen2 = load_profile("gen2")
    groups = {"settings": gen2.settings, "bank": gen2.bank}
    return "".join(
        f'[{group}.{name}]\nvalue = {json.dumps(each.value)}\nsource = "test"\nmark = "assumed"\n'
        for group, settings in groups.items()
        for name, each in settings.items()
    )


def _contact() -> str:
    """The answer to reset, from the packaged profile."""
    start = GEN2.index("[contact]")
    return GEN2[start : GEN2.index("[settings.", start)]


RIGHT = _WITHOUT_SETTINGS.replace("# settings\n", _settings() + _contact())


def test_the_profile_that_the_others_are_made_from_is_right() -> None:
    assert parse_profile(RIGHT, "small.toml").name == "small"


def test_the_sm4_profile_of_the_tests_is_right(profile: Profile, sm4_profile: Profile) -> None:
    assert [list(mistakes(each)) for each in (profile, sm4_profile)] == [[], []]


def test_a_rule_may_name_a_global_key_of_the_parent() -> None:
    profile = parse_profile(RIGHT.replace("PIN and UK1DF01", "PIN and UKSSSE"), "small.toml")
    assert profile.directory("DF01").files[0].read == AccessRule(Condition.PIN_AND_KEY, 0x04)
    assert profile.directory("DF01").files[0].update == AccessRule(Condition.KEY, 0x83)
    assert profile.directory("SSSE").files[1].read == AccessRule(Condition.PIN_OR_KEY, 0x04)


def test_every_mistake_is_told() -> None:
    wrong = RIGHT.replace('"31"', '"32"').replace('codec = "date"', 'codec = "moon"')
    with pytest.raises(ProfileError) as caught:
        parse_profile(wrong, "small.toml")
    assert len(str(caught.value).splitlines()) == 2


def test_a_cyclic_file_has_one_element() -> None:
    second = RIGHT[RIGHT.rindex("[[directories.files.elements]]") :].replace("log_entry", "again")
    with pytest.raises(ProfileError, match="file EF08: elements: a cyclic file is one element"):
        parse_profile(RIGHT + second, "small.toml")


def test_a_file_without_elements() -> None:
    cut = RIGHT[: RIGHT.rindex("[[directories.files.elements]]")]
    with pytest.raises(ProfileError, match="directory DF01, file EF08: elements: a file has"):
        parse_profile(cut, "small.toml")


@pytest.mark.parametrize(
    "text", ["directories = 5", "directories = [5]", '[[directories]]\nkeys = "x"\nfiles = [1]']
)
def test_a_document_of_another_shape(text: str) -> None:
    with pytest.raises(ProfileError, match=r"small\.toml: director"):
        parse_profile(text, "small.toml")


def test_what_is_not_toml_is_named() -> None:
    with pytest.raises(ProfileError, match=r"small\.toml: Invalid value"):
        parse_profile("name = ", "small.toml")


def test_a_profile_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(RIGHT, encoding="utf-8")
    assert load_profile(path) == load_profile(str(path)) == parse_profile(RIGHT, "own.toml")
    path.write_bytes(b"name = '\xff'")
    with pytest.raises(ProfileError, match=r"own\.toml: cannot be read"):
        load_profile(path)
    with pytest.raises(ProfileError, match=r"other\.toml: cannot be read"):
        load_profile(tmp_path / "other.toml")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ProfileError, match=r"no profile 'gen9'; there are: .*gen2"):
        load_profile("gen9")


def test_a_loaded_profile_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_profile("gen2").name = "other"
