"""Mistakes in words: ``directory DF03, file EF05, element 61 (…): tag: is used twice``.

Models and checks name a place by its way through the document (``directories[2].files[0]…``);
whoever wrote the file looks for names, not for counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from tomllib import TOMLDecodeError
from typing import Any

from pydantic_core import ErrorDetails

_STEP = re.compile(r"([^.\[\]]+)(?:\[(\d+)\])?")
Table = Mapping[str, Any]


def in_words(place: str, document: Table) -> str:
    """``place`` as names, separated by commas, and behind a colon the field that is wrong.

    Whatever has no name in ``document`` is counted from 1.
    """
    parts: list[str] = []
    fields: list[str] = []
    node: object = document
    kinds: list[str] = []
    for kind, index in _steps(place):
        node = node.get(kind) if isinstance(node, Mapping) else None
        if kinds[-1:] in (["settings"], ["bank"]):
            parts.append(f"{_GROUPS[kinds[-1]]} {kind}")
        elif index is not None:
            node = node[index] if isinstance(node, list) and index < len(node) else None
            inner = kind == "elements" and kinds[-1] == "elements"
            parts.append(_named("parts" if inner else kind, index, node))
        elif kind in _TABLES and not kinds:
            parts.append(_TABLES[kind])
        elif kind not in _GROUPS and not kind.isdigit():
            fields.append(kind)
        kinds.append(kind)
    return ": ".join(filter(None, (", ".join(parts), ".".join(fields)))) or place


def not_toml(text: str, error: TOMLDecodeError) -> str:
    """Why ``text`` cannot be read; of a byte order mark tomllib says "Invalid statement"."""
    if text.startswith("\ufeff"):
        return "begins with a byte order mark (BOM): save it as UTF-8 without one"
    return str(error)


def sentence(error: ErrorDetails) -> str:
    """What pydantic found, in the words of whoever wrote the file."""
    told = _SENTENCES.get(error["type"])
    if told is None:
        return error["msg"].removeprefix("Value error, ")
    return told.format(**error.get("ctx", {}))


def _steps(place: str) -> Iterator[tuple[str, int | None]]:
    for found in _STEP.finditer(place):
        yield found[1], int(found[2]) if found[2] else None


def _named(kind: str, index: int, node: object) -> str:
    noun, naming = _LISTS.get(kind, (kind, _nothing))
    return f"{noun} {(naming(node) if isinstance(node, Mapping) else '') or index + 1}"


def _nothing(_: Table) -> str:
    return ""


def _name(table: Table) -> str:
    return str(table.get("name") or "")


def _fid(table: Table) -> str:
    fid = table.get("fid")
    return f"{fid:04X}" if isinstance(fid, int) else ""


def _tag(table: Table) -> str:
    tag, name = table.get("tag"), _name(table)
    if not isinstance(tag, int):
        return name
    return f"{tag:02X} ({name})" if name else f"{tag:02X}"


def _target(table: Table) -> str:
    return str(table.get("target") or table.get("place") or "")


#: Tables by name: the step behind them is the name of an entry.
_GROUPS: Mapping[str, str] = {
    "settings": "setting",
    "bank": "bank setting",
}
#: Tables of which there is one.
_TABLES: Mapping[str, str] = {
    "contact": "contact interface",
    "contactless": "contactless interface",
    "certificates": "certificate application",
}
#: Lists: what one entry is called, and what names it.
_LISTS: Mapping[str, tuple[str, Callable[[Table], str]]] = {
    "directories": ("directory", _name),
    "files": ("file", _fid),
    "elements": ("element", _tag),
    "parts": ("part", _tag),
    "keys": ("key", _name),
    "historical": ("historical bytes", _name),
    "reach": ("reach of", _target),
    "groupings": ("data grouping", _name),
    "pins": ("PIN", _name),
    "extensions": ("extension", _name),
    "examples": ("example", _nothing),
    "changes": ("change of", _target),
    "additions": ("addition to", _target),
    "removals": ("removal of", _target),
    "confirms": ("confirmation of", _target),
}
#: Types of pydantic's errors that any writer of profiles meets.
_SENTENCES: Mapping[str, str] = {
    "missing": "is missing",
    "extra_forbidden": "there is no entry of this name",
    "literal_error": "must be {expected}",
    "less_than_equal": "must be at most {le}",
    "greater_than_equal": "must be at least {ge}",
    "string_pattern_mismatch": "must match {pattern}",
    "string_type": "must be text",
    "int_type": "must be a number",
    "bool_type": "must be true or false",
    "bytes_type": "must be text in hexadecimal",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "is_instance_of": "must be text",
    "bytes_too_short": "must have at least {min_length} bytes",
    "bytes_too_long": "must have at most {max_length} bytes",
    "string_too_short": "must not be empty",
    "too_short": "has {actual_length}, must have at least {min_length}",
    "too_long": "has {actual_length}, must have at most {max_length}",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
}
