"""The rules for regions (ssc 1.1 [S]): each broken once, with its sentence; and what holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.dialects.rights import AccessRule, Condition
from sscard.errors import ProfileError
from sscard.profiles import load_profile
from sscard.profiles.extension_rules import broken
from sscard.profiles.loader import compose
from sscard.profiles.model import Profile
from sscard.profiles.overlay import find, overlaid

HEAD = """
overlay = "region"
name = "town"
title_zh = "某地"
title_en = "some town"
bases = ["gen2", "gen3"]
"""
WORD = 'source = "letter"\nmark = "S"\n'


def change(target: str, *facts: str) -> str:
    return f'[[changes]]\ntarget = "{target}"\n' + "\n".join(facts) + f"\n{WORD}"


def key(name: str, kid: int, kind: str = "external") -> str:
    return (
        f'[[additions.keys]]\nname = "{name}"\nkid = {kid:#x}\ntype = "{kind}"\nversions = 1\n'
        + WORD
    )


def element(tag: int | None, place: str = "additions.files.elements", name: str = "own") -> str:
    tagged = "" if tag is None else f"tag = {tag:#x}\n"
    return (
        f'[[{place}]]\nname = "{name}"\nzh = "自"\nen = "own"\n{tagged}type = "an"\nsize = 4\n'
        f'codec = "text"\nexamples = [["1", "31"]]\n{WORD}'
    )


def file(fid: int, tag: int, place: str = "additions.files") -> str:
    return (
        f'[[{place}]]\nfid = {fid:#x}\nname_zh = "自"\nname_en = "own"\nstructure = "variable"\n'
        f'read = "free"\nupdate = "never"\n{WORD}{element(tag, f"{place}.elements")}'
    )


def directory(name: str = "DF0A", fid: int = 0xDF0A, **facts: str) -> str:
    said = {
        "kind": "adf",
        "df_name": "D1560000050A",
        "label_zh": "自",
        "label_en": "own",
        "parent": "SSSE",
        **facts,
    }
    lines = "".join(f'{each} = "{value}"\n' for each, value in said.items())
    return f'[[directories]]\nname = "{name}"\nfid = {fid:#x}\n{lines}{WORD}'


ADD = '[[additions]]\ntarget = "{}"\n'


def load(folder: Path, body: str, base: str = "gen2") -> Profile:
    (folder / "town.toml").write_text(HEAD + body, encoding="utf-8")
    return load_profile(f"{base}+{folder}/town.toml")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        # directories
        (
            directory("DF09", 0xDF09),
            "directory DF09: fid: new directories have ids from DF0A up (ssc 1.1)",
        ),
        (
            directory("DF10", 0xDF0A),
            "directory DF10: name: a new directory has its id for a name, DF0A",
        ),
        (directory(parent="MF"), "directory DF0A: parent: a new directory is an ADF below SSSE"),
        (directory(kind="ddf"), "directory DF0A: parent: a new directory is an ADF below SSSE"),
        (
            directory(df_name="D15600000503"),
            "directory DF0A: df_name: is the name of DF04, or the beginning of it (ssc 1.1)",
        ),
        (
            directory(df_name="D156000005"),
            "directory DF0A: df_name: is the name of DF01, or the beginning of it (ssc 1.1)",
        ),
        (
            change("DF01", 'label_en = "x"'),
            "directory DF01: label_en: of a predefined directory a region may change "
            "nothing (ssc 1.1)",
        ),
        (
            change("SSSE", 'fci_proprietary = "88011E"'),
            "directory SSSE: fci_proprietary: of a predefined directory a region may change "
            "nothing (ssc 1.1)",
        ),
        # files
        (
            ADD.format("DF03") + file(0xEF0B, 0xFA),
            "directory DF03, file EF0B: fid: new files have ids from EF0C up (ssc 1.1)",
        ),
        (
            ADD.format("DF03") + file(0xEF15, 0xFA),
            "directory DF03, file EF15: fid: the base has this file",
        ),
        (
            change("SSSE/EF06", 'structure = "fixed"'),
            "directory SSSE, file EF06: structure: of a predefined file a region may change read, "
            "update, records (ssc 1.1)",
        ),
        (
            change("SSSE/EF07", "size = 0x400"),
            "directory SSSE, file EF07: size: of a predefined file a region may change read, "
            "update, records (ssc 1.1)",
        ),
        (
            change("DF04/EF08", "records = 29"),
            "directory DF04, file EF08: records: a cyclic file may only gain records (ssc 1.1): "
            "it has 30",
        ),
        # elements
        (
            ADD.format("SSSE/EF05") + element(0xFA, "additions.elements"),
            "directory SSSE, file EF05, element FA (own): a predefined file gets no more items "
            "(ssc 1.1)",
        ),
        (
            ADD.format("DF02/EF05") + element(0xFA, "additions.elements"),
            "directory DF02, file EF05, element FA (own): a predefined file gets no more items "
            "(ssc 1.1)",
        ),
        (
            change("SSSE/EF06.sex", "tag = 0xFA"),
            "directory SSSE, file EF06, element 0A (sex): tag: of a predefined element a region "
            "may change filler (ssc 1.1)",
        ),
        (
            change("SSSE/EF06.name", "size = 0x20"),
            "directory SSSE, file EF06, element 09 (name): size: of a predefined element a region "
            "may change filler (ssc 1.1)",
        ),
        (
            change("SSSE/EF06.name", 'type = "b"'),
            "directory SSSE, file EF06, element 09 (name): type: of a predefined element a region "
            "may change filler (ssc 1.1)",
        ),
        (
            change("SSSE/EF06.ethnicity", 'codec = "hex"'),
            "directory SSSE, file EF06, element 0B (ethnicity): codec: of a predefined element a "
            "region may change filler (ssc 1.1)",
        ),
        (
            change("DF01/EF15.degree.school", 'zh = "大学"'),
            "directory DF01, file EF15, element 40 (degree), element 59 (school): zh: of a "
            "predefined element a region may change filler (ssc 1.1)",
        ),
        (
            ADD.format("DF03") + file(0xEF0C, 0x61),
            "directory DF03, file EF0C, element 61 (own): tag: 61 is predefined (ssc 1.1): "
            "unemployment_division, directory DF03, file EF05",
        ),
        (
            ADD.format("SSSE") + file(0xEF0C, 0x57),
            "directory SSSE, file EF0C, element 57 (own): tag: 57 is predefined (ssc 1.1): "
            "degree_code, directory DF01, file EF15",
        ),
        (
            directory() + file(0xEF05, 0x08, "directories.files"),
            "directory DF0A, file EF05, element 08 (own): tag: 08 is predefined (ssc 1.1): "
            "id_number, directory SSSE, file EF06",
        ),
        # keys
        (
            ADD.format("SSSE") + key("RKOWN", 0x05),
            "directory SSSE, key RKOWN: kid: 05 is the id of BK",
        ),
        (
            ADD.format("DF03") + key("UKOWN", 0x83),
            "directory DF03, key UKOWN: kid: 83 is the id of LKDF03",
        ),
        (
            ADD.format("SSSE") + key("UK1DF01", 0x0C),
            "directory SSSE, key UK1DF01: name: the base has a key of this name in DF01",
        ),
        (
            directory() + key("UK1DF01", 0x83).replace("additions", "directories"),
            "directory DF0A, key UK1DF01: name: the base has a key of this name in DF01",
        ),
        (
            change("SSSE.RKSSSE", "kid = 4"),
            "directory SSSE, key RKSSSE: kid: 04 is the id of UKSSSE",
        ),
        (
            change("SSSE.RKSSSE", 'type = "internal"'),
            "directory SSSE, key RKSSSE: type: of a predefined key a region may change kid, "
            "versions (ssc 1.1)",
        ),
        # a word on a fact is not a change of it
        (
            change("SSSE/EF08"),
            "directory SSSE, file EF08: nothing is changed; whoever confirms a fact does so in a "
            "supplement",
        ),
        (
            change("SSSE/EF06", 'read = "free"'),
            "directory SSSE, file EF06: nothing is changed; whoever confirms a fact does so in a "
            "supplement",
        ),
        (
            f"[settings.exchange_fid]\nvalue = 0x1C\n{WORD}",
            "setting exchange_fid: nothing is changed; whoever confirms a fact does so in a "
            "supplement",
        ),
    ],
)
def test_a_rule_that_is_broken(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(ProfileError) as caught:
        load(tmp_path, body)
    assert str(caught.value) == f"town.toml: {message}"


def test_every_broken_rule_is_told(tmp_path: Path) -> None:
    body = change("SSSE/EF06.sex", "tag = 0xFA", "size = 2") + directory("DF09", 0xDF09)
    with pytest.raises(ProfileError) as caught:
        load(tmp_path, body)
    assert len(str(caught.value).splitlines()) == 3
    assert all(line.startswith("town.toml: directory ") for line in str(caught.value).splitlines())


@pytest.mark.parametrize(
    ("number", "text", "place"),
    [
        ("fid = 0xef0c", 'fid = "61194"', "file 6: fid"),  # EF0A
        ("tag = 0xfa", 'tag = "8"', "file EF0C, element own: tag"),
        ("tag = 0xfa", "tag = 8.0", "file EF0C, element own: tag"),
        ("size = 4", 'size = "4"', "file EF0C, element FA (own): size"),
    ],
)
def test_no_rule_is_evaded_by_a_number_written_as_text(
    tmp_path: Path, number: str, text: str, place: str
) -> None:
    body = ADD.format("SSSE") + file(0xEF0C, 0xFA)
    assert number in body
    with pytest.raises(ProfileError) as caught:
        load(tmp_path, body.replace(number, text))
    assert str(caught.value) == f"gen2+town: directory SSSE, {place}: must be a number"


@pytest.mark.parametrize("base", ["gen2", "gen3"])
def test_what_a_region_may_do(tmp_path: Path, base: str) -> None:
    body = (
        change("SSSE/EF06", 'read = "PIN or RKSSSE"', 'update = "UKSSSE with MAC"')
        + change("SSSE/EF06.name", "filler = 0x20")
        + change("SSSE.RKSSSE", "kid = 0x0B", "versions = 2")
        + change("DF04/EF08", "records = 40")
        + ADD.format("SSSE")
        + key("RKOWN", 0x07)
        + file(0xEF0C, 0xFA)
        + ADD.format("SSSE/EF0C")
        + element(0xFB, "additions.elements", "more")
        + directory()
        + file(0xEF05, 0xEC, "directories.files").replace('"own"', '"of_df0a"')
    )
    profile = load(tmp_path, body, base)
    ssse = profile.directory("SSSE")
    basics, own = ssse.file(0xEF06), ssse.file(0xEF0C)
    assert basics.read == AccessRule(Condition.PIN_OR_KEY, 0x0B), "the key's new id"
    assert basics.update.secured
    assert profile.elements["name"].encode("张三") == "张三".encode("gbk").ljust(30)
    assert profile.directory("DF04").file(0xEF08).records == 40
    assert [element.tag for element in own.elements] == [0xFA, 0xFB]
    assert profile.directory("DF0A").file(0xEF05).elements[0].tag == 0xEC


def test_a_region_on_a_region_keeps_its_rules_too(tmp_path: Path) -> None:
    (tmp_path / "district.toml").write_text(
        HEAD.replace('"town"', '"district"') + ADD.format("SSSE") + file(0xEF0C, 0xFB),
        encoding="utf-8",
    )
    (tmp_path / "town.toml").write_text(
        HEAD + ADD.format("SSSE") + file(0xEF0C, 0xFA), encoding="utf-8"
    )
    with pytest.raises(ProfileError) as caught:
        load_profile(f"gen2+{tmp_path}/town.toml+{tmp_path}/district.toml")
    assert str(caught.value) == (
        "district.toml: directory SSSE, file EF0C: fid: the base has this file"
    )


def test_a_bank_is_not_surer_of_a_value_than_the_base(tmp_path: Path) -> None:
    body = f'[bank.offline_pin]\nvalue = "123456"\n{WORD}'
    bank = HEAD.replace('"region"', '"bank"') + body
    (tmp_path / "bank.toml").write_text(bank, encoding="utf-8")
    with pytest.raises(ProfileError, match="bank setting offline_pin: nothing is changed"):
        load_profile(f"gen2+{tmp_path}/bank.toml")
    (tmp_path / "bank.toml").write_text(bank.replace('"S"', '"1"'), encoding="utf-8")
    assert load_profile(f"gen2+{tmp_path}/bank.toml").bank_setting("offline_pin").mark == "1"


@pytest.mark.parametrize(
    "body",
    [
        ADD.format("SSSE") + key("RKOWN", 0x07).replace('"RKOWN"', "{}"),
        ADD.format("SSSE") + key("RKOWN", 0x07).replace('"external"', "[{}]"),
        directory().replace('df_name = "D1560000050A"', "df_name = []"),
        f"[settings.puk_tries]\nvalue = 3\n{WORD}".replace('"S"', "{}"),
    ],
)
def test_what_is_no_name_is_refused_as_such(tmp_path: Path, body: str) -> None:
    with pytest.raises(ProfileError):
        load(tmp_path, body)


def test_what_no_overlay_made_breaks_no_rule() -> None:
    document = compose("gen3").document
    assert list(broken(document, overlaid(document, {}))) == []


GEN2 = compose("gen2").document
FILES = [
    f"{each['name']}/{one['fid']:04X}" for each in GEN2["directories"] for one in each["files"]
]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@given(
    st.sampled_from(FILES),
    st.sampled_from(["structure", "size", "records", "fid", "name_zh", "elements", "content"]),
    JUNK,
)
def test_whatever_else_a_file_becomes_is_told(target: str, field: str, value: object) -> None:
    """Nothing slips through, and nothing that is not well formed is more than passed over."""
    after: dict[str, Any] = overlaid(GEN2, {})
    found = find(after, target)
    assert found is not None
    before = found.table.get(field)
    found.table[field] = value
    told = list(broken(GEN2, after))
    if field in ("elements", "records") or before == value:
        return
    assert any(place.endswith(f": {field}") for place, _ in told)
