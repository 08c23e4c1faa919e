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


def _settings() -> str:
    """All settings as TOML, from the packaged profile: which there are is not the matter here."""
    gen2 = load_profile("gen2")
    groups = {"settings": gen2.settings, "bank": gen2.bank}
    return "".join(
        f'[{group}.{name}]\nvalue = {json.dumps(each.value)}\nsource = "test"\nmark = "assumed"\n'
        for group, settings in groups.items()
        for name, each in settings.items()
    )


RIGHT = _WITHOUT_SETTINGS.replace("# settings\n", _settings())

SEX = "directories[0].files[0].elements[0]"
PAIR = "directories[0].files[0].elements[1]"
PICTURE = "directories[0].files[1]"
LOG = "directories[1].files[0]"

#: (what is changed, into what, the place, a part of the mistake)
WRONG = [
    ("tag = 0x40", "tag = 0x0A", f"{PAIR}.tag", "0A is used twice"),
    ("tag = 0x02", "tag = 0x01", f"{PAIR}.elements[1].tag", "01 is used twice"),
    ('name = "second"', 'name = "first"', f"{PAIR}.elements[1].name", "'first' is used twice"),
    ('name = "pair"', 'name = "picture"', f"{PICTURE}.elements[0].name", "is also the name of"),
    ('name = "pair"', 'name = "Pair"', f"{PAIR}.name", "should match pattern"),
    ("tag = 0x40\nsize = 7", "tag = 0x40\nsize = 8", f"{PAIR}.size", "its elements have 7 bytes"),
    ("\nsize = 16\nread", "\nsize = 15\nread", f"{PICTURE}.elements", "need 16 bytes"),
    ("\nsize = 16\nread", "\nread", f"{PICTURE}.size", "is given for transparent"),
    ("records = 4\n", "", f"{LOG}.records", "is given for cyclic files"),
    ('structure = "variable"', 'structure = "heap"', "directories[0].files[0].structure", "Input"),
    ('structure = "variable"', 'structure = "fixed"', "directories[0].files[0].elements", "long"),
    ("tag = 0x0A\n", "", f"{SEX}.tag", "is needed"),
    ('en = "log entry"', 'en = "log entry"\ntag = 1', f"{LOG}.elements[0].tag", "has no place"),
    (
        'en = "log entry"',
        'en = "log entry"\nrepeat = 2',
        f"{LOG}.elements",
        "tagged records repeat",
    ),
    ('en = "first"', 'en = "first"\nrepeat = 2', f"{PAIR}.elements", "neither repeat"),
    ('codec = "date"', 'codec = "moon"', f"{LOG}.elements[0].codec", "no codec 'moon'"),
    ('type = "cn"', 'type = "an"', f"{LOG}.elements[0].type", "does not write 'an'"),
    ("size = 4\ncodec", "size = 5\ncodec", f"{LOG}.elements[0].size", "writes 4 bytes"),
    ('codes = "sex"', 'codes = "colour"', f"{SEX}.codes", "no code table 'colour'"),
    ('codes = "sex"', 'codes = "ethnicity"', f"{SEX}.codes", "code '01': needs 2 bytes"),
    ('codes = "sex"', 'continues = "pair"', f"{SEX}.continues", "no earlier element"),
    (
        '"2018-04-03", "20180403"',
        '"2018-04-03", "20180404"',
        f"{LOG}.elements[0].examples[0]",
        "0403",
    ),
    ('"2018-04-03", "20180403"', '"20180403", "20180403"', f"{LOG}.elements[0].examples[0]", "dec"),
    (
        '"2018-04-03", "20180403"',
        '"May", "20180403"',
        f"{LOG}.elements[0].examples[0]",
        "not a date",
    ),
    ('[["1", "31"]]', '[["1", "3G"]]', f"{SEX}.examples[0][1]", "non-hexadecimal"),
    ('[["1", "31"]]', "[]", f"{SEX}.examples", "every element has an example"),
    ('mark = "S"\nexamples = [["1"', 'examples = [["1"', f"{SEX}.mark", "required"),
    ('en = "sex"', 'en = "sex"\ncolour = 1', f"{SEX}.colour", "Extra inputs"),
    ("tag = 0x40", "tag = 0x140", f"{PAIR}.tag", "less than or equal to 255"),
    ("tag = 0x40\nsize", 'tag = 0x40\ntype = "b"\nsize', PAIR, "no type, codec or codes"),
    ('update = "UKSSSE"', 'update = "UK9"', "directories[0].files[0].update", "'UK9' in reach"),
    ('update = "UKSSSE"', 'update = "STK"', "directories[0].files[0].update", "'STK' in reach"),
    ('update = "UKSSSE"', 'update = "UK1DF01"', "directories[0].files[0].update", "in reach"),
    ('"PIN or UKSSSE"', '"PIN xor UKSSSE"', f"{PICTURE}.read", "'PIN xor UKSSSE' in reach"),
    ('"PIN or UKSSSE"', "7", f"{PICTURE}.read", "AccessRule"),
    ("kid = 0x83", "kid = 0x03", "directories[1].keys[0].kid", "bit 8"),
    ("kid = 0x04", "kid = 0x84", "directories[0].keys[0].kid", "bit 8"),
    ('name = "STK"', 'name = "UKSSSE"', "directories[0].keys[1].name", "'UKSSSE' is used twice"),
    (
        'kid = 0x02\ntype = "maintenance"',
        'kid = 0x04\ntype = "lock"',
        "directories[0].keys[1].kid",
        "is used twice",
    ),
    (
        'kid = 0x02\ntype = "maintenance"',
        'kid = 0x04\ntype = "external"',
        "directories[0].keys[1].kid",
        "twice",
    ),
    ("size = 8", "size = 9", "directories[0].keys[1].size", "8 or 16"),
    ("fid = 0xEF07", "fid = 0xEF05", "directories[0].files[1].fid", "EF05 is used twice"),
    ("fid = 0xEF07", "fid = 0xEE05", "directories[0].files[1].fid (as SFI)", "05 is used twice"),
    ("fid = 0xEF07", "fid = 0xEF1F", "directories[0].files[1].fid", "1 to 30"),
    ('name = "DF01"', 'name = "SSSE"', "directories[1].name", "'SSSE' is used twice"),
    ('parent = "SSSE"', 'parent = "DF09"', "directories[1].parent", "no directory 'DF09'"),
    ('df_name = "D15600000500"', 'df_name = "D1"', "directories[1].df_name", "at least 5"),
    ("value = 64", "value = 6.4", "settings.exchange_size.value", "text or a number"),
    ("value = 64", "value = true", "settings.exchange_size.value", "text or a number"),
    ('chip = "gen2-32k"\n', "", "chip", "required"),
    *(
        (
            'parent = "MF"',
            f'parent = "MF"\nfci_proprietary = "{fci}"',
            "directories[0].fci_proprietary",
            mistake,
        )
        for fci, mistake in (
            ("88011E9F0C03860103", "another cipher than 3des, which is 9F0C03860101"),
            ("88011E9F0C03860102", "another cipher than 3des"),
            ("9F0C03870101", "another cipher than 3des"),
            ("9F0C03860201", ""),
            ("9F0C038601", ""),
        )
    ),
    (
        'suite = "3des"\nchip = "gen2-32k"',
        'suite = "sm4"\nchip = "gen3-80k"',
        "directories[0].fci_proprietary",
        "another cipher than sm4, which is 9F0C03860103",
    ),
]


def test_the_profile_that_the_others_are_made_from_is_right() -> None:
    assert parse_profile(RIGHT, "small.toml").name == "small"


@pytest.mark.parametrize(("old", "new", "place", "mistake"), WRONG)
def test_a_mistake_is_named(old: str, new: str, place: str, mistake: str) -> None:
    assert old in RIGHT
    with pytest.raises(ProfileError) as caught:
        parse_profile(RIGHT.replace(old, new, 1), "small.toml")
    lines = str(caught.value).splitlines()
    assert any(x.startswith(f"small.toml: {place}: ") and mistake in x for x in lines), lines


def test_an_sm4_card_announces_sm4() -> None:
    gen2 = resources.files("sscard.profiles").joinpath("catalog/gen2.toml").read_text("utf-8")
    sm4 = gen2.replace('"3des"', '"sm4"').replace('"gen2-32k"', '"gen3-80k"')
    with pytest.raises(ProfileError) as caught:
        parse_profile(sm4, "gen3.toml")
    assert str(caught.value).splitlines() == [
        "gen3.toml: directories[0].fci_proprietary: announces another cipher than sm4, "
        "which is 9F0C03860103"
    ]
    told = parse_profile(sm4.replace("860101", "860103"), "gen3.toml")
    assert told.directory("SSSE").fci_proprietary.endswith(b"\x86\x01\x03")


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
    with pytest.raises(ProfileError, match=r"files\[0\]\.elements: a cyclic file is one element"):
        parse_profile(RIGHT + second, "small.toml")


def test_a_file_without_elements() -> None:
    cut = RIGHT[: RIGHT.rindex("[[directories.files.elements]]")]
    with pytest.raises(ProfileError, match=r"directories\[1\]\.files\[0\]\.elements: a file has"):
        parse_profile(cut, "small.toml")


@pytest.mark.parametrize(
    "text", ["directories = 5", "directories = [5]", '[[directories]]\nkeys = "x"\nfiles = [1]']
)
def test_a_document_of_another_shape(text: str) -> None:
    with pytest.raises(ProfileError, match=r"small\.toml: directories"):
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
