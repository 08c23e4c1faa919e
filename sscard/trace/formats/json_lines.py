"""sscard's own trace: one JSON object a line (docs/traces.md).

The first line is ``{"sscard-trace": 1}``.  Then ``{"power_up": "3B6D…"}``, ``{"command": "00A4…",
"response": "…9000", "seconds": 0.001}``, ``{"remark": "…"}``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sscard.errors import MalformedData
from sscard.trace.entries import Entry, Exchange, PowerUp, Remark

NAME = "json"
_MARK, VERSION = "sscard-trace", 1
_SHORTEST = 4


def recognizes(text: str) -> bool:
    """Whether this is such a trace, of whatever version."""
    return text.lstrip("\ufeff").startswith(f'{{"{_MARK}"')


def written(entry: Entry | None) -> str:
    """The line of an entry; the first line for None."""
    if entry is None:
        return json.dumps({_MARK: VERSION}) + "\n"
    return json.dumps(_document(entry), ensure_ascii=False) + "\n"


def _document(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, PowerUp):
        return {"power_up": entry.answer.hex().upper()}
    if isinstance(entry, Remark):
        return {"remark": entry.text}
    said = {"command": entry.command.hex().upper(), "response": entry.response.hex().upper()}
    return said if entry.seconds is None else said | {"seconds": entry.seconds}


def parse(text: str) -> Iterator[Entry]:
    """The entries.  Raises MalformedData naming the line.

    A last line without its end was cut by a crash and is left out.
    """
    first, *lines = text.lstrip("\ufeff").split("\n")
    version = _object(first, 1).get(_MARK)
    if version != VERSION:
        raise MalformedData(f"line 1: a trace of version {version}; this is for {VERSION}")
    for number, line in enumerate(lines[:-1], start=2):
        if line.strip():
            yield _entry(_object(line, number), number)


def _object(line: str, number: int) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        raise MalformedData(f"line {number}: no JSON") from None
    if not isinstance(found, dict):
        raise MalformedData(f"line {number}: no JSON object")
    return found


def _entry(found: dict[str, Any], number: int) -> Entry:
    if "power_up" in found:
        return PowerUp(_bytes(found["power_up"], number), number)
    if "remark" in found:
        return Remark(str(found["remark"]), number)
    command, response = (_bytes(found.get(name), number) for name in ("command", "response"))
    if len(command) < _SHORTEST or len(response) == 1:
        raise MalformedData(f"line {number}: no exchange")
    seconds = found.get("seconds")
    return Exchange(
        command, response, number, float(seconds) if isinstance(seconds, int | float) else None
    )


def _bytes(value: object, number: int) -> bytes:
    try:
        if isinstance(value, str):
            return bytes.fromhex(value)
    except ValueError:
        pass
    raise MalformedData(f"line {number}: bytes are hexadecimal") from None
