"""Batches: what a bank's answer is not used for, and what the fields of lists mean."""

from __future__ import annotations

from sscard.issuance.batches.fields import ALIASES, FIELDS
from sscard.issuance.batches.matching import Difference
from tables.markdown import table


def differences() -> str:
    """Why a record of a bank's answer is not used."""
    rows = [(f"`{each.value}`", each.zh, each.en) for each in Difference]
    return table(("code", "差异", "difference"), rows)


def fields() -> str:
    """The names of fields, and other names for them."""
    rows = []
    for name, words in FIELDS.items():
        others = ", ".join(f"`{each}`" for each, meant in ALIASES.items() if meant == name)
        rows.append((f"`{name}`", words, others))
    return table(("name", "what it is", "also called"), rows)
