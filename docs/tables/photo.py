"""The rules for photos, and what goes back."""

from __future__ import annotations

from dataclasses import fields

from sscard.issuance.photo import Fault, PhotoRules
from sscard.issuance.photo.rules import meanings
from tables.markdown import table


def photo_rules() -> str:
    """Every figure of the rules, with its source."""
    rules = PhotoRules()
    values = {each.name: getattr(rules, each.name) for each in fields(PhotoRules)}
    rows = [
        (f"`{name}`", f"{values[name]:,}", each.zh, each.en, each.source, each.mark)
        for name, each in meanings().items()
    ]
    return table(("rule", "figure", "中文", "meaning", "source", "mark"), rows)


def photo_faults() -> str:
    """What can be wrong with a photo."""
    rows = [(f"`{each.name}`", f"`{each.code.value}`", each.zh, each.en) for each in Fault]
    return table(("what exactly", "code", "原因", "reason"), rows)
