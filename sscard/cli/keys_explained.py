"""An explained key for people (a table) and for programs (a document)."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group
from rich.table import Table
from rich.text import Text

from sscard.keys.explain import Explanation, Reached
from sscard.keys.key_entry import KeyEntry, Level

_QUIET = "bright_black"
_REACHED: dict[Reached, str] = {
    "province": "省 province",
    "city": "市 city",
    "card": "卡 card",
}
#: What the store has; of the ministry it is the root.
_HELD: dict[Level, str] = {
    Level.MINISTRY: "根 root",
    Level.PROVINCE: "省 province",
    Level.CITY: "市 city",
}
_PSAM = "*"


def document(found: Explanation) -> dict[str, object]:
    """Everything of the explanation, with bytes in hexadecimal."""
    key = found.key
    return {
        "name": key.name,
        "directory": key.directory,
        "kid": f"{key.kid:02X}",
        "type": key.kind,
        "version": found.version,
        "mark": key.mark,
        "owner": str(key.owner),
        "root": str(key.root),
        "psam": [{"use": str(use), "mark": use.mark} for use in key.psam],
        "hsm": _address(key, found.version),
        "suite": found.suite,
        "city": found.city,
        "held": str(found.held),
        "root_kcv": _hex(found.root_kcv),
        "steps": [
            {
                "reached": step.reached,
                "factor": _hex(step.factor),
                "made": step.made,
                "operation": step.operation,
                "kcv_before": _hex(step.before),
                "kcv_after": _hex(step.after),
                "in_psam": step.in_psam,
            }
            for step in found.steps
        ],
        "kcv": _hex(found.kcv),
        "notes": list(found.notes),
    }


def shown(found: Explanation) -> Group:
    """The key, its way from the root to the card, and what else there is to know."""
    notes = (Text(f"注 note: {note}", "yellow") for note in found.notes)
    psam = Text(f"{_PSAM} PSAM 中计算 a step that the terminal's PSAM does", _QUIET)
    marked = (psam,) if any(step.in_psam for step in found.steps) else ()
    return Group(_about(found), Text(), _steps(found), *marked, *notes)


def _about(found: Explanation) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    for label, value in _facts(found):
        table.add_row(label, value)
    return table


def _facts(found: Explanation) -> Iterator[tuple[str, str]]:
    key = found.key
    yield "密钥 key", f"{key.name}, {key.directory}, {key.kind}"
    yield "标识 KID", f"{key.kid:02X} [{key.mark}]"
    yield "版本 version", f"{found.version}" + (f" / {key.versions}" if key.versions else "")
    yield "算法 suite", found.suite
    yield "根密钥归属 root made by", f"{key.owner.zh} {key.owner}"
    if key.psam:
        uses = ", ".join(f"{use} [{use.mark}]" for use in key.psam)
        yield "PSAM 用途,标识 usage,id", uses
    address = _address(key, found.version)
    if address:
        yield "加密机地址 HSM address", address


def _steps(found: Explanation) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("级 level", style="cyan", no_wrap=True)
    table.add_column("校验值 KCV", style="bold", no_wrap=True)
    table.add_column("分散因子 factor f", no_wrap=True)
    table.add_column("运算 operation", no_wrap=True)
    table.add_column("由来 made of", style=_QUIET)
    table.add_row(_HELD[found.held], _hex(found.root_kcv), "", "", "")
    for step in found.steps:
        level = _REACHED[step.reached] + (f" {_PSAM}" if step.in_psam else "")
        after, factor = _hex(step.after), _hex(step.factor)
        table.add_row(level, after, factor, step.operation, step.made)
    return table


def _address(key: KeyEntry, version: int) -> str | None:
    address = key.address(version)
    return None if address is None else f"{address:04X}"


def _hex(raw: bytes) -> str:
    return raw.hex().upper()
