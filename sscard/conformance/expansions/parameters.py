"""Rows of ``parameters``: each command of the table with each wrong parameter (ssc 5, 5.4 [S]).

The table is ``tables/commands.toml``.  A wrong form that a faulty card carries out does no harm:
what it writes is what is there already, and the PIN that it sets is the one the card has; where
that cannot be, the row is ``harmful``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sscard.conformance import packaged
from sscard.profiles import Profile

Row = dict[str, object]
_TABLE = "tables/commands.toml"
#: An instruction that no class has.
_NO_INSTRUCTION = "FC"
_ROOT = "SSSE"
#: Where an instruction is tried that no command has.
_NOBODY = {"name": "instruction", "zh": "指令", "directory": _ROOT, "data": ""}


class Wrong(NamedTuple):
    """One wrong form: a word for its id, words for people, the step that sends it.

    ``apdu_only``: T=0 cannot say it, because it has one length byte for both directions.
    """

    slug: str
    zh: str
    en: str
    step: Mapping[str, object]
    apdu_only: bool = False

    def row(self) -> Row:
        """Its fields of a row."""
        return {
            "slug": self.slug,
            "zh": self.zh,
            "en": self.en,
            "tried": [self.step],
            "protocol": "not T=0" if self.apdu_only else "",
        }


def parameters(profile: Profile) -> Iterator[Row]:
    """One row for each command that this profile's cards can have and each wrong form of it."""
    table = packaged.document(_TABLE).document
    for command in table["command"]:
        there = {directory.name for directory in profile.directories}
        if command["directory"] in there:
            yield from _of_command(command)
    for each in table["class"]:
        yield from _of_class(each, table["command"])


def _of_command(command: Mapping[str, Any]) -> Iterator[Row]:
    about = _about(command)
    for wrong in (*_wrong_headers(command), *_wrong_lengths(command)):
        yield about | wrong.row()


def _about(command: Mapping[str, Any]) -> Row:
    prepare, shown = command.get("prepare", ""), command.get("shown", "")
    pin = bool(command.get("pin"))
    medical = bool(command.get("medical"))
    return {
        "command": command["name"],
        "command_zh": command["zh"],
        "command_id": command["name"].lower().replace("/", "-").replace(" ", "-"),
        "directory": command["directory"],
        "file": command.get("file", 0),
        "key": command.get("key", "") or shown,
        "before": [*_proven(command), *_content(command), *_prepared(command)],
        "after": [{"do": "power"}, *_proven(command)[:2]] if pin or shown else [],
        "needs_pin": "pin" if pin or prepare == "pin" else "",
        "needs_key": "key" if prepare == "key" or shown else "",
        "needs_medical": "off-line purchase" if medical else "",
        "harmful": bool(command.get("harmful")),
        "clause": "ssc 5.2, 5.4" if medical else "ssc 5.1, 5.4",
    }


def _proven(command: Mapping[str, Any]) -> list[Row]:
    """Steps that show the PIN or key right before it is used in a wrong form, and forget it.

    Who does not know that it is right must not send it: the card may count a try.  Without the
    power-off they give back behind the case what was counted in it.
    """
    power: Row = {"do": "power"}
    if command.get("pin"):
        return [{"do": "select", "directory": _ROOT}, {"do": "pin"}, power]
    if shown := command.get("shown"):
        select: Row = {"do": "select", "directory": command["directory"]}
        return [select, {"do": "key", "key": shown}, power]
    return []


def _content(command: Mapping[str, Any]) -> list[Row]:
    """The step that learns what the card holds, where the command writes that."""
    if "{held}" not in command["data"]:
        return []
    place = f"{command['directory']}/{command['file']:04X}"
    return [{"do": "content", "of": place, "record": command.get("record", 1), "keep": "held"}]


def _prepared(command: Mapping[str, Any]) -> list[Row]:
    """Steps that show what the right command asks for."""
    select: Row = {"do": "select", "directory": command["directory"]}
    match command.get("prepare", ""):
        case "pin":
            return [select, {"do": "pin"}]
        case "key":
            return [select, {"do": "key", "key": command["key"]}]
        case _:
            return [select]


def _wrong_headers(command: Mapping[str, Any]) -> Iterator[Wrong]:
    header, data, le = command["header"], command["data"], command["le"]
    for value in command.get("p1", ()):
        step = _step(header[:4] + value + header[6:], data, le, "wrong p1p2")
        yield Wrong(f"p1-{value}", f"P1={value}", f"P1 {value}", step)
    for value in command.get("p2", ()):
        step = _step(header[:6] + value, data, le, "wrong p1p2")
        yield Wrong(f"p2-{value}", f"P2={value}", f"P2 {value}", step)


def _wrong_lengths(command: Mapping[str, Any]) -> Iterator[Wrong]:
    header, le = command["header"], command["le"]
    if wrong := command.get("short"):
        step = _step(header, wrong, le, "wrong length")
        yield Wrong("short", "数据过短", "too little data", step)
    if wrong := command.get("long"):
        step = _step(header, wrong, le, "wrong length")
        yield Wrong("long", "数据过长", "too much data", step)
    if command.get("bare"):
        yield Wrong("bare", "缺少数据", "no data", _step(header, "", le, "data missing"), True)
    if extra := command.get("extra"):
        step = _step(header, extra, le, "wrong length")
        yield Wrong("extra", "多余数据", "data that it does not take", step, True)
    yield from _wrong_le(command)


def _wrong_le(command: Mapping[str, Any]) -> Iterator[Wrong]:
    header, data = command["header"], command["data"]
    if command.get("no_le"):
        yield Wrong("no-le", "缺少 Le", "no Le", _step(header, data, "", "Le missing"), True)
    if said := command.get("with_le"):
        step = _step(header, data, said, "Le too much")
        yield Wrong("with-le", "多余 Le", "an Le where nothing is answered", step, True)
    if said := command.get("low_le"):
        step = _step(header, data, said, command.get("low_expected", "Le too small"))
        yield Wrong("low-le", f"Le={said} 过小", f"Le {said}, which is too small", step, True)


def _of_class(each: Mapping[str, str], commands: list[Mapping[str, Any]]) -> Iterator[Row]:
    """Each command of a class with a class that there is not, and on a logical channel."""
    for command in commands:
        if command["header"].startswith(each["class"]) and not command.get("harmful"):
            about = _about(command)
            yield from (about | wrong.row() for wrong in _wrong_classes(each, command))
    cla = each["class"]
    step = _step(cla + _NO_INSTRUCTION + "0000", "", "", "unknown instruction")
    wrong = Wrong(f"instruction-{cla}", f"CLA={cla} 未知 INS", f"class {cla}, unknown INS", step)
    yield _about(_NOBODY) | wrong.row()


def _wrong_classes(each: Mapping[str, str], command: Mapping[str, Any]) -> Iterator[Wrong]:
    rest, data, le = command["header"][2:], command["data"], command["le"]
    step = _step(each["unknown"] + rest, data, le, "unknown class")
    yield Wrong("class", "未知 CLA", "an unknown class", step)
    step = _step(each["other"] + rest, data, le, "other class")
    yield Wrong("other-class", f"CLA={each['other']}", f"class {each['other']}", step)
    step = _step(each["channel"] + rest, data, le, "no channels")
    yield Wrong("channel", "逻辑信道", "a logical channel", step)


def _step(header: str, data: str, le: str, expected: str) -> Row:
    """The whole command; the bench counts Lc."""
    step: Row = {"send": header if data else header + le, "sw": expected}
    if data:
        step["body"] = data
        step |= {"ne": int(le, 16)} if le else {}
    return step
