"""Stations: states of readers, what may happen to them, mismatches, kinds of body numbers."""

from __future__ import annotations

from sscard.issuance.floor.body_numbers import RULES
from sscard.issuance.floor.mismatches import Mismatch
from sscard.issuance.floor.states import TRANSITIONS
from tables.markdown import table


def reader_diagram() -> str:
    """The table of steps of a reader as a diagram."""
    lines = [
        f"    {before.name} --> {after.name}: {happening.value}"
        for (before, happening), after in TRANSITIONS.items()
        if before is not after
    ]
    head = ["```mermaid", "stateDiagram-v2", "    [*] --> IDLE"]
    ends = ["    IDLE --> [*]", "    STOPPED --> [*]", "    TAKEN_OUT --> [*]", "```"]
    return "\n".join((*head, *lines, *ends))


def reader_steps() -> str:
    """What may follow what."""
    rows = [
        (
            f"{before.value[0]} `{before.name}`",
            happening.value,
            f"{after.value[0]} `{after.name}`",
        )
        for (before, happening), after in TRANSITIONS.items()
    ]
    return table(("from", "what happens", "to"), rows)


def mismatches() -> str:
    """Why a card is not what the ledger says."""
    rows = [(f"`{each.name.lower()}`", each.zh, each.en) for each in Mismatch]
    return table(("event", "原因", "what was found"), rows)


def body_kinds() -> str:
    """What identifies a body, and the form of its number."""
    rows = [
        (
            f"`{kind.name.lower()}`",
            *kind.value,
            f"{rule.shortest} to {rule.longest}",
            f"`{rule.pattern}`",
        )
        for kind, rule in RULES.items()
    ]
    return table(("`--body`", "识别方式", "what is read", "characters", "form"), rows)
