"""The packaged profiles and overlays, for people (tables) and for programs (a document)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from sscard.cli.profile_parts import plain_table, roomy, share
from sscard.profiles.facts import counted, resting_on_assumption, stated
from sscard.profiles.field_words import kind_term
from sscard.profiles.loader import (
    load_profile,
    overlay_document,
    overlay_names,
    profile_layers,
    profile_names,
)

COUNTED = ("directories", "files", "elements", "keys")
_KINDS = {"profile": "配置 profiles", "region": "地区叠加层 regions", "bank": "银行叠加层 banks"}
_HEADINGS = {
    "card_version": "版本\nversion",
    "suite": "算法\nsuite",
    "chip": "芯片\nchip",
    "directories": "目录\ndirs",
    "files": "文件\nfiles",
    "elements": "数据元\nelements",
    "keys": "密钥\nkeys",
    "unconfirmed": "未确认\nunconf.",
}
#: Tables of an overlay's file, each entry of which says or changes something.
_TABLES = ("settings", "bank", "changes", "additions", "directories")


def packaged() -> dict[str, list[dict[str, Any]]]:
    """Everything by kind: profiles with what they have, overlays with what they say."""
    found = {"profile": [_profile(name) for name in profile_names()]}
    for kind, names in overlay_names().items():
        found[kind] = [_overlay(name) for name in names]
    return found


def shown_list(found: Mapping[str, Sequence[Mapping[str, Any]]], width: int) -> RenderableType:
    """A table of the profiles, and one of the overlays of each kind."""
    lines: list[RenderableType] = [
        Text(_KINDS["profile"], "bold cyan"),
        _profiles(found["profile"], width),
    ]
    for kind, overlays in found.items():
        if kind != "profile" and overlays:
            lines += [Text(), Text(_KINDS[kind], "bold cyan"), _overlays(overlays, width)]
    return Group(*lines)


def _profile(name: str) -> dict[str, Any]:
    profile = load_profile(name)
    parts = stated(profile)
    counts = counted(parts)
    return {
        "name": name,
        "title_zh": profile.title_zh,
        "title_en": profile.title_en,
        "card_version": profile.card_version,
        "suite": profile.suite,
        "chip": profile.chip,
        "layers": [layer.name for layer in profile_layers(name)],
        **{kind: counts[kind] for kind in COUNTED},
        "unconfirmed": len(resting_on_assumption(parts)),
    }


def _overlay(name: str) -> dict[str, Any]:
    document = overlay_document(name) or {}
    head = {field: document.get(field) for field in ("name", "title_zh", "title_en", "bases")}
    return {**head, **{table: len(document[table]) for table in _TABLES if table in document}}


def _profiles(found: Sequence[Mapping[str, Any]], width: int) -> RenderableType:
    facts = ("card_version", "suite", "chip") if roomy(width) else ("card_version",)
    numbers = (*COUNTED, "unconfirmed") if roomy(width) else ("unconfirmed",)
    table = plain_table(width)
    table.add_column("名称\nname", style="cyan", no_wrap=True)
    table.add_column("标题\ntitle", overflow="fold", ratio=share(width, 1))
    for name in facts:
        table.add_column(_HEADINGS[name], no_wrap=True)
    for name in numbers:
        table.add_column(_HEADINGS[name], justify="right", no_wrap=True)
    for each in found:
        table.add_row(each["name"], _title(each), *(str(each[n]) for n in (*facts, *numbers)))
    return table


def _overlays(found: Sequence[Mapping[str, Any]], width: int) -> RenderableType:
    table = plain_table(width)
    table.add_column("名称\nname", style="cyan", no_wrap=True)
    table.add_column("标题\ntitle", overflow="fold", ratio=share(width, 3))
    table.add_column("适用基础\nbases", overflow="fold")
    table.add_column("内容\nwhat it says", overflow="fold", ratio=share(width, 2))
    for each in found:
        said = ", ".join(f"{kind_term(name)} {each[name]}" for name in _TABLES if name in each)
        table.add_row(each["name"], _title(each), ", ".join(each["bases"]), said)
    return table


def _title(each: Mapping[str, Any]) -> str:
    return f"{each['title_zh']}\n{each['title_en']}"
