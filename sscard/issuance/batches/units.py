"""An office's list of units: whose people are one batch each."""

from __future__ import annotations

from pathlib import Path

from sscard.issuance.batches.intake import table_of
from sscard.issuance.columns import positions
from sscard.issuance.orders.rows import Unit

_REQUIRED = ("code", "name", "kind")
_NAMES = {
    "单位编号": "code",
    "单位名称": "name",
    "类别": "kind",
    "乡镇街道": "town",
    "经办中心": "centre",
    "地址": "address",
    **{each: each for each in (*_REQUIRED, "town", "centre", "address")},
}
#: Characters of a code: it is a key of the ledger.
_LONGEST = 32


def read_units(path: Path) -> tuple[Unit, ...]:
    """The units of a CSV or XLSX list.

    Raises ApplicantError naming file and line for a list that cannot be read, a unit without code,
    name or kind, a code that is too long, and one that comes twice.
    """
    table = table_of(path)
    found = positions(table, _NAMES, _REQUIRED)
    units: dict[str, Unit] = {}
    for row in table.rows:
        values = {name: row.fields[at] for name, at in found.items()}
        empty = [name for name in _REQUIRED if not values[name]]
        if empty:
            raise table.error(row.line, f"{', '.join(empty)} 必填 is empty")
        code = values["code"]
        if len(code) > _LONGEST or not code.isprintable():
            raise table.error(row.line, f"code 单位编号 has at most {_LONGEST} characters")
        if code in units:
            raise table.error(row.line, "code 单位编号重复 is that of an earlier line")
        units[code] = Unit(**values)
    return tuple(units.values())
