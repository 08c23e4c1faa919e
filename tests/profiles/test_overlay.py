"""Profiles that extend another one: what a file may say, what comes of it, what is refused."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from sscard.dialects.rights import FREE, AccessRule, Condition
from sscard.errors import ProfileError
from sscard.profiles import load_profile
from sscard.profiles.loader import parse_profile, profile_sha256
from sscard.profiles.overlay import overlaid

HEAD = """
extends = "gen2"
name = "local"
"""
FILE = """
[[additions]]
target = "SSSE"
[[additions.keys]]
name = "RKMFEF0C"
kid = 0x07
type = "external"
versions = 3
source = "ssc 3.4"
mark = "1"
[[additions.files]]
fid = 0xEF0C
name_zh = "地方文件"
name_en = "local file"
structure = "variable"
read = "RKMFEF0C"
update = "UKSSSE"
source = "ssc 1.1"
mark = "1"
[[additions.files.elements]]
name = "local_number"
zh = "人员识别号"
en = "number of person"
tag = 0xEA
type = "an"
size = 0x0C
codec = "text"
source = "ssc 1.1"
mark = "1"
examples = [["1", "310000000000000000000000"]]
"""


def test_without_a_word_of_its_own_it_is_the_base_under_another_name() -> None:
    base, local = load_profile("gen2"), parse_profile(HEAD, "local.toml")
    assert local == base.model_copy(update={"name": "local"})


def test_an_extended_profile_may_extend_another_one() -> None:
    text = HEAD.replace("gen2", "gen3")
    assert parse_profile(text, "local.toml").directories == load_profile("gen3").directories
    assert load_profile("gen3").directories != load_profile("gen2").directories


def test_a_change_says_only_what_is_different() -> None:
    profile = parse_profile(
        HEAD
        + """
[[changes]]
target = "SSSE/EF06"
read = "RKSSSE"
source = "ssc 3.1"
mark = "S"
[[changes]]
target = "SSSE.RKSSSE"
versions = 2
source = "issuer"
mark = "assumed"
[[changes]]
target = "DF01/EF15.degree.school"
en = "university"
source = "issuer"
mark = "assumed"
""",
        "local.toml",
    )
    ssse, base = profile.directory("SSSE"), load_profile("gen2").directory("SSSE")
    assert ssse.file(0xEF06).read == AccessRule(Condition.KEY, 0x0A)
    assert (ssse.file(0xEF06).source, base.file(0xEF06).source) == ("ssc 3.1", "ssc 2.1")
    assert ssse.file(0xEF06).elements == base.file(0xEF06).elements
    assert [key.versions for key in ssse.keys if key.name == "RKSSSE"] == [2]
    assert profile.elements["degree"].elements[2].en == "university"
    assert "SSSE.RKSSSE" in profile.unconfirmed()


def test_neither_document_is_changed() -> None:
    base = {"directories": [{"name": "A", "keys": [{"name": "K"}]}]}
    added = {"target": "A", "keys": [{"name": "L"}]}
    own = {
        "changes": [{"target": "A.K", "kid": 1, "source": "x", "mark": "S"}],
        "additions": [added, added],
    }
    before = (repr(base), repr(own))
    keys = [{"name": "K", "kid": 1, "source": "x", "mark": "S"}, {"name": "L"}, {"name": "L"}]
    assert overlaid(base, own) == {"directories": [{"name": "A", "keys": keys}]}
    assert (repr(base), repr(own)) == before


def test_the_base_stays_as_it_is() -> None:
    change = '[[changes]]\ntarget = "SSSE"\nlabel_en = "x"\nsource = "issuer"\nmark = "S"\n'
    assert parse_profile(HEAD + change, "local.toml").directory("SSSE").label_en == "x"
    assert parse_profile(HEAD, "local.toml").directory("SSSE").label_en != "x"
    assert load_profile("gen2").directory("SSSE").file(0xEF06).read == FREE


def test_additions_come_behind_what_is_there() -> None:
    profile = parse_profile(HEAD + FILE, "local.toml")
    ssse = profile.directory("SSSE")
    assert [key.name for key in ssse.keys][-1] == "RKMFEF0C"
    assert ssse.files[-1].fid == 0xEF0C
    assert ssse.files[-1].read == AccessRule(Condition.KEY, 0x07)
    assert "local_number" in profile.elements


def test_what_was_added_can_hold_more() -> None:
    more = """
[[additions]]
target = "SSSE/EF0C"
[[additions.elements]]
name = "first_division"
zh = "初次申领地"
en = "division of the first card"
tag = 0xEB
type = "cn"
size = 3
codec = "division"
source = "ssc 1.1"
mark = "1"
examples = [["510100", "510100"]]
"""
    file = parse_profile(HEAD + FILE + more, "local.toml").directory("SSSE").file(0xEF0C)
    assert [element.name for element in file.elements] == ["local_number", "first_division"]


def test_settings_are_replaced_whole_and_directories_added() -> None:
    profile = parse_profile(
        HEAD
        + """
[settings.pin_tries]
value = 3
source = "issuer"
mark = "S"
[[directories]]
name = "DF0A"
kind = "adf"
fid = 0xDF0A
df_name = "D1560000050A"
label_zh = "地方应用"
label_en = "local application"
parent = "SSSE"
source = "issuer"
mark = "S"
""",
        "local.toml",
    )
    setting = profile.setting("pin_tries")
    assert (setting.number, setting.note, setting.mark) == (3, "", "S")
    assert profile.setting("puk_tries") == load_profile("gen2").setting("puk_tries")
    assert profile.directories[-1].name == "DF0A"
    entries = profile.directory("SSSE").file(0x001E).record_templates()
    assert len(entries) == 8, "one more in DIR"


CHANGE = '[[changes]]\ntarget = "{}"\nsource = "issuer"\nmark = "S"\n'


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (
            'extends = "gen9"',
            "extends: no profile 'gen9'; there are: gen1, gen2, gen3; did you mean gen3?",
        ),
        ("extends = 2", "extends: no profile 2; there are: gen1, gen2, gen3"),
        (HEAD + CHANGE.format("DF09"), "change of DF09: target: there is no 'DF09'"),
        (HEAD + CHANGE.format("SSSE/EF0F"), "change of SSSE/EF0F: target: there is no 'SSSE/EF0F'"),
        (HEAD + CHANGE.format("SSSE/ef06"), "change of SSSE/ef06: target: there is no 'SSSE/ef06'"),
        (
            HEAD + CHANGE.format("SSSE/EF06/EF06"),
            "change of SSSE/EF06/EF06: target: there is no 'SSSE/EF06/EF06'",
        ),
        (HEAD + CHANGE.format("SSSE.UK1"), "change of SSSE.UK1: target: there is no 'SSSE.UK1'"),
        (
            HEAD + CHANGE.format("SSSE.IRK.x"),
            "change of SSSE.IRK.x: target: there is no 'SSSE.IRK.x'",
        ),
        (
            HEAD + CHANGE.format("SSSE/EF05.x"),
            "change of SSSE/EF05.x: target: there is no 'SSSE/EF05.x'",
        ),
        (HEAD + CHANGE.format(""), "change of 1: target: there is no ''"),
        (HEAD + "[[changes]]\nread = 'free'", "change of 1: target: there is no None"),
        (HEAD + "[[changes]]\ntarget = 1", "change of 1: target: there is no 1"),
        (HEAD + "[changes]", "changes: is a list of tables"),
        (HEAD + "changes = [1]", "changes: is a list of tables"),
        (
            HEAD + '[[changes]]\ntarget = "SSSE/EF06"\nread = "free"\nmark = "S"',
            "change of SSSE/EF06: source: is needed, the base's is that of the old fact",
        ),
        (
            HEAD + '[[changes]]\ntarget = "SSSE/EF06"\nread = "free"\nsource = "x"',
            "change of SSSE/EF06: mark: is needed, the base's is that of the old fact",
        ),
        (
            HEAD + CHANGE.format("SSSE/EF06") + "fid = 0xEF0C",
            "change of SSSE/EF06: fid: is not changed here: target names what is",
        ),
        (
            HEAD + CHANGE.format("SSSE") + "keys = []",
            "change of SSSE: keys: is not changed here: target names what is",
        ),
        (
            HEAD + CHANGE.format("SSSE") + CHANGE.format("SSSE") + 'name = "X"',
            "change of SSSE: name: is not changed here: target names what is",
        ),
        (
            HEAD + '[[additions]]\ntarget = "SSSE"\nelements = []',
            "addition to SSSE: elements: has no place there; what has is keys and files",
        ),
        (
            HEAD + '[[additions]]\ntarget = "SSSE/EF06"\nread = "free"',
            "addition to SSSE/EF06: read: has no place there; what has is elements",
        ),
        (
            HEAD + '[[additions]]\ntarget = "SSSE.IRK"\nkeys = []',
            "addition to SSSE.IRK: keys: has no place there; what has is nothing",
        ),
        (
            HEAD + '[[additions]]\ntarget = "SSSE"\nkeys = 1',
            "addition to SSSE: keys: is a list of tables",
        ),
        (
            HEAD + '[[additions]]\ntarget = "SSSE"\nkeys = [1]',
            "addition to SSSE: keys: is a list of tables",
        ),
        (HEAD + '[[additions]]\ntarget = "DF09"', "addition to DF09: target: there is no 'DF09'"),
    ],
)
def test_what_does_not_hold_is_named_with_its_place(own: str, message: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile(own, "local.toml")
    assert str(caught.value) == f"local.toml: {message}"


@pytest.mark.parametrize(
    ("own", "place"),
    [
        (HEAD + CHANGE.format("SSSE/EF06") + 'read = "RKDF99"', "directory SSSE, file EF06: read"),
        (HEAD + CHANGE.format("SSSE/EF06") + "colour = 1", "directory SSSE, file EF06: colour"),
        (HEAD + FILE + FILE, "directory SSSE, key RKMFEF0C: name"),
        (HEAD + "directories = [1]", "directory 9"),
        (HEAD + "settings = 1", "settings"),
    ],
)
def test_the_whole_is_checked_like_any_profile(own: str, place: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile(own, "local.toml")
    assert f"local.toml: {place}: " in str(caught.value)


def test_the_hash_tells_of_a_change_in_the_base(tmp_path: Path) -> None:
    path = tmp_path / "local.toml"
    path.write_text(HEAD, encoding="utf-8")
    own = sha256(path.read_bytes()).digest()
    assert profile_sha256(path) == sha256(own + profile_sha256("gen2")).digest()
    path.write_text("extends = [", encoding="utf-8")
    with pytest.raises(ProfileError, match=r"^local\.toml: "):
        profile_sha256(path)
