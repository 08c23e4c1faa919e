"""The manuals of FMCOS and TimeCOS, and the commands of the card model."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.cos.fmcos.table import APPEND_RECORD, COMMANDS, UPDATE_BINARY_D0
from sscard.dialects import fmcos
from sscard.dialects.fmcos_operations import FileType, KeyKind, Protection
from sscard.dialects.timecos import TIMECOS
from tables import names
from tables.markdown import summary, table, words

#: What the manual calls instructions that social security cards do not have.
_OWN: Mapping[int, str] = MappingProxyType(
    {
        fmcos.CREATE_FILE: "CREATE FILE",
        fmcos.WRITE_KEY: "WRITE KEY",
        fmcos.ERASE_DF: "ERASE DF",
        UPDATE_BINARY_D0: "UPDATE BINARY",
        APPEND_RECORD: "APPEND RECORD",
    }
)


def fmcos_manual() -> str:
    """The manual page of FMCOS."""
    return _manual(fmcos.FMCOS)


def timecos_manual() -> str:
    """The manual page of TimeCOS."""
    return _manual(TIMECOS)


def _manual(dialect: fmcos.Dialect) -> str:
    return f"Dialect `{dialect.name}`, marks: {dialect.mark}.\n\n{dialect.manual()}"


def fmcos_numbers() -> str:
    """Types of files and keys, and what their two high bits ask for."""
    kinds = {"file": FileType, "key": KeyKind, "high bits of either": Protection}
    rows = [
        (kind, f"`{each.value:02X}`", words(str(each.name)).lower())
        for kind, names in kinds.items()
        for each in names.__members__.values()
    ]
    return table(("type of", "code", "meaning"), rows)


def commands_fmcos() -> str:
    """What the card model answers; both classes of a command stand in one row."""
    classes: dict[tuple[int, str], list[int]] = {}
    for (cla, ins), row in COMMANDS.items():
        classes.setdefault((ins, summary(row.handler.__doc__)), []).append(cla)
    rows = [
        (", ".join(f"`{cla:02X} {ins:02X}`" for cla in found), _name(ins), meaning)
        for (ins, meaning), found in classes.items()
    ]
    return table(("header", "command", "meaning"), rows)


def _name(ins: int) -> str:
    return _OWN.get(ins) or names.interindustry(ins)
