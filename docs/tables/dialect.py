"""The manual of the reference dialect."""

from __future__ import annotations

from sscard.dialects import reference
from sscard.dialects.operations import CreateFile, KeyType, Structure
from sscard.dialects.rights import NEVER, AccessRule, Condition
from tables.markdown import table


def dialect() -> str:
    """The manual page of the reference dialect."""
    return f"Dialect `{reference.NAME}`, mark: {reference.MARK}.\n\n" + reference.manual()


def dialect_rights() -> str:
    """The code of each access condition, as the builder writes it."""
    rows = []
    for condition in Condition:
        rule = AccessRule(condition, 0x81 if condition.needs_key else None)
        create = CreateFile(0xEF05, Structure.TRANSPARENT, rule, NEVER, (b"\0",))
        code = reference.build(create).data[3]
        rows.append((condition.value, f"`{code:02X}`", "yes" if condition.needs_key else "00"))
    return table(("condition", "code", "key id follows"), rows)


def dialect_numbers() -> str:
    """Structures and key types by number."""
    kinds = {"structure": Structure, "key type": KeyType}
    rows = [
        (kind, f"`{each.value:02X}`", each.name.lower())
        for kind, names in kinds.items()
        for each in names
    ]
    return table(("field", "code", "meaning"), rows)
