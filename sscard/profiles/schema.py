"""JSON schemas of profile and overlay files, so that editors complete and check while one writes.

They follow from the models; what the models judge in code (names of codecs, code tables and chips,
bytes in hexadecimal, the settings) is added here.  They use the words of draft 4 alone, which is
what the editors' TOML plugins know.  Whether parts fit one another only the loader can say.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sscard.keys import SUITES
from sscard.profiles.chips import chip_names
from sscard.profiles.codecs import CODECS
from sscard.profiles.field_words import words_of
from sscard.profiles.loader import code_tables, profile_names
from sscard.profiles.model import Profile
from sscard.profiles.settings import BANK, OPTIONAL_BANK, SETTINGS, WISHED_BANK, Kind

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-04/schema#"
_DEFINITIONS = "#/definitions/"
_PROVENANCE = ("source", "mark")
#: Tables of a file that lies on another one, and the model that each entry of it is about.
_EDITS = ("changes", "additions")
_TARGETS: Mapping[str, str] = MappingProxyType(
    {
        "Directory": "^[^./]+$",
        "Key": r"^[^./]+\.[^./]+$",
        "File": "^[^./]+/[0-9A-F]{4}$",
        "Element": r"^[^./]+/[0-9A-F]{4}(\.[^./]+)+$",
    }
)
_IDENTITIES = {"Directory": "name", "Key": "name", "File": "fid", "Element": "name"}
#: What can be put into a part of the base, by its model.
_HOLDERS = ("Directory", "File")
_OVERLAY_NAME = "^[a-z0-9]+(-[a-z0-9]+)*$"
#: What an overlay of each kind has no place for.
_NOT_IN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"region": ("bank",), "bank": ("settings", "directories", *_EDITS)}
)
#: A setting that is a number may be one of the small ones; among all of them there may be gaps.
_SMALL, _NUMBERS = range(0x401), range(0x10000)
_LARGEST = 2**53


def profile_schema() -> Schema:
    """The schema of a profile's file: a whole one, or one that ``extends`` another."""
    definitions, whole = _models()
    own = whole["properties"]
    extending = [*_EDITS, *(name for name in ("removals",) if name in own)]
    complete = {
        "title": "a whole profile",
        "not": _any_of({"required": [name]} for name in ("extends", *extending)),
        "required": [*whole["required"], "settings", "bank"],
        "properties": {
            name: {"required": list(kinds)}
            for name, kinds in (("settings", SETTINGS), ("bank", BANK))
        },
    }
    return _document(
        "sscard profile 配置",
        {"extends": _of_profile(), **own, **_edits(definitions)},
        definitions,
        anyOf=[{"title": "extends another profile", "required": ["extends"]}, complete],
    )


def overlay_schema() -> Schema:
    """The schema of the file of a region or a bank."""
    definitions, whole = _models()
    own = {name: whole["properties"][name] for name in ("title_zh", "title_en")}
    tables = {name: whole["properties"][name] for name in ("settings", "bank", "directories")}
    head: Schema = {
        "overlay": {"enum": list(_NOT_IN)},
        "name": {"type": "string", "pattern": _OVERLAY_NAME},
        **own,
        "bases": {"type": "array", "minItems": 1, "items": {"type": "string"}},
    }
    return _document(
        "sscard overlay 叠加层",
        {**head, **tables, **_edits(definitions)},
        definitions,
        required=list(head),
        anyOf=[
            {
                "title": f"a {kind}",
                "properties": {"overlay": {"enum": [kind]}},
                "not": _any_of({"required": [name]} for name in absent),
            }
            for kind, absent in _NOT_IN.items()
        ],
    )


def _document(title: str, properties: Schema, definitions: Schema, **more: Any) -> Schema:
    described = {
        name: _described("Document", name, _described("Profile", name, schema))
        for name, schema in properties.items()
    }
    return {
        "$schema": DRAFT,
        "title": title,
        "type": "object",
        "additionalProperties": False,
        "properties": described,
        **more,
        "definitions": definitions,
    }


def _models() -> tuple[Schema, Schema]:
    """What the models say, in the form of files: the parts, and the profile as a whole."""
    raw = Profile.model_json_schema(ref_template=_DEFINITIONS + "{model}")
    models = {model.__name__: model for model in _parts_of(Profile)}
    definitions = {
        name: _in_files(definition, models[name]) for name, definition in raw.pop("$defs").items()
    }
    whole = _in_files(raw, Profile)
    whole["properties"]["settings"] = _settings(SETTINGS)
    bank = [BANK, *OPTIONAL_BANK.values(), WISHED_BANK]
    whole["properties"]["bank"] = _settings(
        {n: kind for kinds in bank for n, kind in kinds.items()}
    )
    for name, target in _TARGETS.items():
        definitions[f"{name}Change"] = _change(definitions[name], name, target)
    for name in _HOLDERS:
        definitions[f"{name}Addition"] = _addition(definitions[name], name)
    return definitions, whole


def _parts_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The models that fields of ``model`` hold, each once."""
    seen: list[type[BaseModel]] = []
    waiting: list[object] = [model]
    while waiting:
        found = waiting.pop()
        waiting += get_args(found)
        if isinstance(found, type) and issubclass(found, BaseModel) and found not in seen:
            seen.append(found)
            waiting += [field.annotation for field in found.model_fields.values()]
    return iter(seen)


def _in_files(definition: Schema, model: type[BaseModel]) -> Schema:
    properties = {
        name: _described(model.__name__, name, _property(model, name, schema))
        for name, schema in definition["properties"].items()
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": definition.get("required", []),
        "properties": properties,
    }


def _property(model: type[BaseModel], name: str, schema: Schema) -> Schema:
    names = _names().get((model.__name__, name))
    if names is not None:
        return {"type": "string", "enum": list(names)}
    field = model.model_fields[name]
    if field.annotation is bytes:
        return {"type": "string", "pattern": _hexadecimal(field)}
    plain: Schema = _draft_4(schema)
    return plain


def _names() -> Mapping[tuple[str, str], Iterable[str]]:
    """Fields that take the name of something that comes with sscard."""
    return {
        ("Element", "codec"): CODECS,
        ("Element", "codes"): code_tables(),
        ("Profile", "suite"): SUITES,
        ("Profile", "chip"): chip_names(),
    }


def _hexadecimal(field: FieldInfo) -> str:
    """Pairs of digits, between two of them a space at most; as many as the field takes."""
    low = max((getattr(each, "min_length", 0) for each in field.metadata), default=0)
    high = min(
        (each.max_length for each in field.metadata if hasattr(each, "max_length")), default=""
    )
    return f"^([0-9A-Fa-f]{{2}} ?){{{low},{high}}}$"


def _draft_4(schema: Any) -> Any:
    """Without titles, without the null that no TOML file can hold, tuples as lists of schemas."""
    if isinstance(schema, list):
        return [_draft_4(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    branches = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(branches) == 1:
        schema = {**schema, **branches[0]}
        del schema["anyOf"]
    plain = {k: _draft_4(v) for k, v in schema.items() if k not in ("title", "default")}
    if "const" in plain:
        plain["enum"] = [plain.pop("const")]
    if "prefixItems" in plain:
        plain["items"] = plain.pop("prefixItems")
    return plain


def _described(model: str, name: str, schema: Schema) -> Schema:
    words = words_of(model, name)
    if words is None or "description" in schema:
        return schema
    # Whatever stands beside a reference is passed over in draft 4.
    return {"description": words.about, **({"allOf": [schema]} if "$ref" in schema else schema)}


def _settings(kinds: Mapping[str, Kind]) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {
                "description": f"{name}: {kind.what}.",
                "allOf": [
                    {"$ref": f"{_DEFINITIONS}Setting"},
                    {"properties": {"value": {"description": kind.what, **_value(kind)}}},
                ],
            }
            for name, kind in kinds.items()
        },
    }


def _value(kind: Kind) -> Schema:
    """A kind only says yes or no, so it is asked."""
    if not any(kind.accepts(number) for number in _SMALL):
        return {"type": "string"}
    numbers = [number for number in _NUMBERS if kind.accepts(number)]
    highest = numbers[-1]
    if highest == _NUMBERS[-1]:
        beyond = range(highest, _LARGEST)
        highest += bisect_left(beyond, True, key=lambda number: not kind.accepts(number)) - 1
    return {"type": "integer", "minimum": numbers[0], "maximum": highest}


def _edits(definitions: Schema) -> Schema:
    return {
        "changes": _list_of([f"{name}Change" for name in _TARGETS], definitions),
        "additions": _list_of([f"{name}Addition" for name in _HOLDERS], definitions),
    }


def _change(definition: Schema, model: str, pattern: str) -> Schema:
    """A part with what it does not change left out; what it is stays, and so do its lists."""
    own = definition["properties"]
    lists = _lists(own)
    properties = {n: own[n] for n in own if n != _IDENTITIES[model] and n not in lists}
    return {
        **definition,
        "required": ["target", *_PROVENANCE],
        "properties": {"target": _target(pattern), **properties},
    }


def _addition(definition: Schema, model: str) -> Schema:
    properties = definition["properties"]
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["target"],
        "properties": {
            "target": _target(_TARGETS[model]),
            **{name: {**properties[name], "minItems": 1} for name in _lists(properties)},
        },
    }


def _lists(properties: Schema) -> list[str]:
    """The properties that are lists of parts."""
    return [name for name, schema in properties.items() if "$ref" in _items(schema)]


def _items(schema: Schema) -> Schema:
    items = schema.get("items", {})
    return items if isinstance(items, dict) else {}


def _target(pattern: str) -> Schema:
    return _described("Document", "target", {"type": "string", "pattern": pattern})


def _list_of(names: Iterable[str], definitions: Schema) -> Schema:
    """Entries of any of these; what a field is wherever it occurs stands before the choice, too:
    an editor can then say more than that no choice fits.
    """
    properties: dict[str, list[Schema]] = {}
    for name in names:
        for field, schema in definitions[name]["properties"].items():
            properties.setdefault(field, []).append(schema)
    same = {
        field: found[0]
        for field, found in properties.items()
        if found.count(found[0]) == len(found)
    }
    choice = _any_of({"$ref": _DEFINITIONS + name} for name in names)
    return {"type": "array", "items": {"type": "object", "properties": same, **choice}}


def _of_profile() -> Schema:
    """The name of a packaged profile, or the path of a file."""
    return {"type": "string", "anyOf": [{"enum": list(profile_names())}, {"pattern": "[.+]"}]}


def _any_of(schemas: Iterable[Schema]) -> Schema:
    return {"anyOf": list(schemas)}
