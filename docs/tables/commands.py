"""Command × condition → status word, from the rows that the tests run against the card."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from tables.markdown import table
from tables.names import FACTORY, spelled

_ROWS = Path(__file__).parents[2] / "tests" / "vectors" / "command-conditions"
_PLACES = {
    "MF": "MF",
    "SSSE": "SSSE",
    "card": "SELECT",
    "factory": "factory",
    "maintenance": FACTORY["ReplaceKey"],
    "T=0": "T=0",
}


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_ROWS / f"{name}.toml").read_text(encoding="utf-8"))


def checks() -> str:
    """What a card looks at, in its order."""
    rows = [
        (str(number), each["name"], each["says"], ", ".join(map(_code, each["answers"])))
        for number, each in enumerate(_read("checks")["check"], start=1)
    ]
    return table(("", "check", "what must be so", "otherwise"), rows)


def cards() -> str:
    """The cards that rows begin with."""
    rows = [(name, f"{each['says']}") for name, each in _read("cards")["cards"].items()]
    return table(("card", "what it is"), rows)


def conditions_every() -> str:
    """What every command meets."""
    rows = [
        (
            _condition(row),
            _wrong(row),
            ", ".join(_PLACES[place] for place in row["in"]),
            _code(row["sw"]),
            row["clause"],
            _code(f"COMMAND: {row['when']}"),
        )
        for row in _read("every")["every"]
    ]
    return table(("condition", "check", "commands", "answer", "clause", "test"), rows)


def conditions_basic() -> str:
    """Selection, records and binary files."""
    return _conditions("basic")


def conditions_security() -> str:
    """PIN and keys."""
    return _conditions("security")


def conditions_blocking() -> str:
    """APPLICATION BLOCK and CARD BLOCK."""
    return _conditions("blocking")


def conditions_medical() -> str:
    """Off-line medical transactions."""
    return _conditions("medical")


def conditions_handover() -> str:
    """The MF."""
    return _conditions("handover")


def conditions_factory() -> str:
    """The reference dialect's commands, and the order of their checks."""
    order = ", ".join(_read("factory")["order"])
    return f"Their checks, in this order: {order}.\n\n{_conditions('factory')}"


def conditions_tpdu() -> str:
    """T=0."""
    return _conditions("t0")


def pin_life() -> str:
    """States of the PIN, and what leads from one to another."""
    rows = [
        (
            row["state"],
            row["event"],
            _command(row["send"]),
            _code(row["sw"]),
            row["next"],
            row["clause"],
            _code(f"{row['state']}: {row['event']}"),
        )
        for row in _read("pin-life")["rows"]
    ]
    head = ("state", "event", "command", "answer", "next state", "clause", "test")
    return table(head, rows)


def _conditions(name: str) -> str:
    return "\n".join(map(_of_command, _read(name)["command"]))


def _of_command(command: dict[str, Any]) -> str:
    head = ("condition", "check", "before", "command", "answer", "clause", "test")
    rows = [
        (
            _condition(row),
            _wrong(row),
            _before(row),
            _command(row["send"]),
            _answer(row),
            row["clause"],
            _code(f"{command['name']}: {row['when']}"),
        )
        for row in command["rows"]
    ]
    return f"### {spelled(command['name'])} {command['zh']}\n\n{table(head, rows)}"


def _condition(row: dict[str, Any]) -> str:
    cipher = f" ({row['suite']})" if "suite" in row else ""
    return " ".join((spelled(row["when"]), *filter(None, (row.get("zh"),)))) + cipher


def _wrong(row: dict[str, Any]) -> str:
    return ", ".join(row.get("wrong", ())) or "–"


def _before(row: dict[str, Any]) -> str:
    card = row.get("card", "issued")
    setup = [row["setup"]] if row.get("setup") else []
    return _code("; ".join(([] if card == "issued" else [f"card: {card}"]) + setup)) or "–"


def _command(send: str) -> str:
    header, *rest = (part.strip() for part in send.split("|"))
    spaced = bytes.fromhex(header).hex(" ").upper()
    le = f", Le {_code(rest[1])}" if len(rest) > 1 else ""
    return _code(spaced) + (f", {_code(rest[0])}" if rest and rest[0] else "") + le


def _answer(row: dict[str, Any]) -> str:
    data = row.get("data", "")
    sized = f"{row['size']} bytes, " if row.get("size") else ""
    return (f"{_code(data)}, " if data else sized) + _code(row["sw"])


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
