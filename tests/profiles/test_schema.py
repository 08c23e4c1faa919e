"""The JSON schemas, judged by an implementation of JSON schema that is not ours."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from sscard.errors import ProfileError
from sscard.profiles.loader import parse_profile
from sscard.profiles.schema import overlay_schema, profile_schema

ROOT = Path(__file__).parents[2]
PROFILES = ROOT / "sscard" / "profiles"
WHOLE = (PROFILES / "catalog" / "gen2.toml").read_text(encoding="utf-8")
EXTENDING = """
extends = "gen2"
name = "own"

[settings.pin_tries]
value = 3
source = "letter"
mark = "S"

[[changes]]
target = "SSSE/EF06"
read = "RKSSSE"
source = "letter"
mark = "S"

[[additions]]
target = "SSSE"
[[additions.keys]]
name = "RKMFEF0C"
kid = 0x07
type = "external"
versions = 3
source = "letter"
mark = "S"
"""
OVERLAY = """
overlay = "region"
name = "here"
title_zh = "本地"
title_en = "here"
bases = ["gen2"]

[settings.pin_tries]
value = 3
source = "letter"
mark = "S"
"""


@pytest.fixture(scope="module")
def of_profile() -> Draft4Validator:
    return Draft4Validator(profile_schema())


@pytest.fixture(scope="module")
def of_overlay() -> Draft4Validator:
    return Draft4Validator(overlay_schema())


def wrong(validator: Draft4Validator, text: str) -> list[str]:
    found = validator.iter_errors(tomllib.loads(text))
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in found]


def files(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (PROFILES / folder).glob("*.toml"))


def test_they_are_schemas_of_draft_4() -> None:
    for schema in (profile_schema(), overlay_schema()):
        Draft4Validator.check_schema(schema)
        # Later words, which the editors' plugins pass over.
        later = {"const", "if", "then", "prefixItems", "$defs", "examples"}
        assert [word for each in schemas(schema) for word in each if word in later] == []
        assert [each for each in schemas(schema) if "$ref" in each and len(each) > 1] == []


def schemas(node: Any) -> Iterator[dict[str, Any]]:
    """The schema and all in it; names of properties are no words of the language."""
    if isinstance(node, list):
        for each in node:
            yield from schemas(each)
    if isinstance(node, dict):
        yield node
        for word, each in node.items():
            named = word in ("properties", "definitions")
            yield from schemas(list(each.values()) if named else each)


@pytest.mark.parametrize("file", files("catalog"), ids=lambda file: file.stem)
def test_packaged_profiles_hold(of_profile: Draft4Validator, file: Path) -> None:
    assert wrong(of_profile, file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", files("regions", "banks"), ids=lambda file: file.stem)
def test_packaged_overlays_hold(of_overlay: Draft4Validator, file: Path) -> None:
    assert wrong(of_overlay, file.read_text(encoding="utf-8")) == []


def test_what_extends_a_profile_holds(of_profile: Draft4Validator) -> None:
    parse_profile(EXTENDING, "own.toml")
    assert wrong(of_profile, EXTENDING) == []


#: Of a whole profile: what is replaced, by what, and where the schema sees it.
MISTAKES = {
    "unknown fact of the profile": ('name = "gen2"', 'name = "gen2"\nauthor = "me"', "author"),
    "no name": ('name = "gen2"\n', "", "name"),
    "empty title": ('title_en = "Social', 'title_en = ""\n#', "title_en"),
    "unknown suite": ('suite = "3des"', 'suite = "aes"', "suite"),
    "unknown chip": ('chip = "gen2-32k"', 'chip = "gen2-33k"', "chip"),
    "unknown setting": ("[settings.pin_tries]", "[settings.pin_trees]", "settings"),
    "unknown bank setting": ("[bank.aid]", "[bank.aids]", "bank"),
    "setting of another kind": ("value = 6\n", 'value = "six"\n', "settings.pin_tries.value"),
    "setting out of range": ("value = 6\n", "value = 16\n", "settings.pin_tries.value"),
    "unknown fact of a setting": ("note = ", "nota = ", "settings.initial_pin"),
    "no source": ('source = "ssc 3.2"\n', "", "settings.initial_pin"),
    "unknown mark": ('mark = "assumed"', 'mark = "sure"', "mark"),
    "mark of a supplement": ('mark = "assumed"', 'mark = "confirmed"', "mark"),
    "unknown kind": ('kind = "ddf"', 'kind = "mf"', "directories.0.kind"),
    "FID too large": ("fid = 0xDDF1", "fid = 0x1DDF1", "directories.0.fid"),
    "FID as text": ("fid = 0xDDF1", 'fid = "DDF1"', "directories.0.fid"),
    "half a byte": ("88011E9F0C03860101", "88011E9F0C0386010", "fci_proprietary"),
    "no hexadecimal": ("88011E9F0C03860101", "88011E9F0C0386010G", "fci_proprietary"),
    "short DF name": ('df_name = "7378312E73682EC9E7BBE1B1A3D5CF"', 'df_name = "73"', "df_name"),
    "unknown use of a key": ('type = "internal"', 'type = "secret"', "keys.0.type"),
    "key id too large": ("kid = 0x02\n", "kid = 0x102\n", "keys.1.kid"),
    "too many versions": ("versions = 3", "versions = 4", "keys.0.versions"),
    "key of a size that none has": ("size = 8\n", "size = 9\n", "size"),
    "unknown structure": ('structure = "variable"', 'structure = "linear"', "files.0.structure"),
    "rule twice secured": ('update = "UKSSSE"', 'update = "never with MAC"', "files.0.update"),
    "no rule": ('update = "UKSSSE"', 'update = "PIN or"', "files.0.update"),
    "unknown codec": ('codec = "card_id"', 'codec = "card-id"', "codec"),
    "unknown code table": ('codes = "sex"', 'codes = "gender"', "codes"),
    "unknown type": ('type = "an"', 'type = "ans"', "type"),
    "tag too large": ("tag = 0x02\n", "tag = 0x102\n", "tag"),
    "nothing long": ("size = 0x10\n", "size = 0\n", "size"),
    "name of an element": ('name = "card_number"', 'name = "Card Number"', "name"),
    "changes without a base": ("# SSSE", '[[changes]]\ntarget = "SSSE"\n# SSSE', ""),
    "a bank setting is missing": ("[bank.aid]", "[bank.ppse_name]", ""),
}


@pytest.mark.parametrize("name", list(MISTAKES))
def test_what_the_loader_refuses_the_schema_refuses(of_profile: Draft4Validator, name: str) -> None:
    old, new, place = MISTAKES[name]
    assert old in WHOLE
    text = WHOLE.replace(old, new, 1)
    with pytest.raises(ProfileError):
        parse_profile(text, "wrong.toml")
    found = wrong(of_profile, text)
    assert found
    assert any(place in each for each in found), found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('extends = "gen2"', "extends = 2"),
        ('extends = "gen2"', ""),
        ('target = "SSSE/EF06"', 'target = "SSSE/EF6"'),
        ('target = "SSSE/EF06"\n', ""),
        ('target = "SSSE/EF06"', 'target = "SSSE.STK"'),
        ('target = "SSSE/EF06"', 'target = "settings.pin_tries"'),
        ('read = "RKSSSE"', 'reads = "RKSSSE"'),
        ('read = "RKSSSE"', "fid = 0xEF0D"),
        ('read = "RKSSSE"', "elements = []"),
        ('read = "RKSSSE"\nsource = "letter"\n', 'read = "RKSSSE"\n'),
        ("[[additions.keys]]", "[[additions.elements]]"),
        ('name = "RKMFEF0C"\n', ""),
        ("value = 3", "value = true"),
        ("[settings.pin_tries]", "[settings.tries]"),
    ],
)
def test_mistakes_in_what_extends_a_profile(
    of_profile: Draft4Validator, old: str, new: str
) -> None:
    assert old in EXTENDING
    text = EXTENDING.replace(old, new, 1)
    with pytest.raises(ProfileError):
        parse_profile(text, "wrong.toml")
    assert wrong(of_profile, text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('overlay = "region"', 'overlay = "city"'),
        ('overlay = "region"\n', ""),
        ('overlay = "region"', 'overlay = "bank"'),
        ("[settings.pin_tries]", "[bank.pin_try_limit]"),
        ('name = "here"', 'name = "Here"'),
        ('title_zh = "本地"\n', ""),
        ('bases = ["gen2"]', "bases = []"),
        ('bases = ["gen2"]', 'bases = ["gen2"]\nsuite = "sm4"'),
        ("value = 3", "value = 0"),
    ],
)
def test_mistakes_in_an_overlay(
    of_overlay: Draft4Validator, tmp_path: Path, old: str, new: str
) -> None:
    from sscard.profiles import load_profile

    path = tmp_path / "here.toml"
    path.write_text(OVERLAY, encoding="utf-8")
    load_profile(f"gen2+{path}")
    assert wrong(of_overlay, OVERLAY) == []
    assert old in OVERLAY
    path.write_text(OVERLAY.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProfileError):
        load_profile(f"gen2+{path}")
    assert wrong(of_overlay, path.read_text(encoding="utf-8"))


def test_every_field_is_described_in_both_languages() -> None:
    for schema in (profile_schema(), overlay_schema()):
        tables = [schema, *schema["definitions"].values()]
        for table in tables:
            for name, field in table["properties"].items():
                text = field.get("description", "")
                assert re.search("[\u4e00-\u9fff]|CID|NAD|PIN|OID|DGI", text), name
                assert re.search("[a-z]", text), name


def test_the_shipped_files_are_these_schemas() -> None:
    for name, schema in (("profile", profile_schema()), ("overlay", overlay_schema())):
        text = (ROOT / "docs" / "schema" / f"{name}.schema.json").read_text(encoding="utf-8")
        assert json.loads(text) == schema, "run: python docs/generate.py"
