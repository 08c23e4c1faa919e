"""What may be said of an answer's data, by name: ``data = "record"``, ``data = "same as content"``.

A check gets the answer and the words behind its name, and says what is wrong, without the value;
nothing where all is well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from sscard.conformance.checks import (
    certificates,
    debit,
    environment,
    files,
    identity,
    items,
    plain,
    values,
)
from sscard.conformance.checks.answer import Answer

__all__ = ["CHECKS", "Answer", "Check", "check_named"]

Check: TypeAlias = Callable[[Answer, str], str]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        **plain.CHECKS,
        **files.CHECKS,
        **identity.CHECKS,
        **values.CHECKS,
        **certificates.CHECKS,
        **items.CHECKS,
        **environment.CHECKS,
        **debit.CHECKS,
    }
)


def check_named(text: str) -> tuple[Check, str]:
    """The check that ``text`` begins with, and the words behind it.  ValueError."""
    words = text.split(" ")
    for size in range(len(words), 0, -1):
        name = " ".join(words[:size])
        if name in CHECKS:
            return CHECKS[name], " ".join(words[size:])
    raise ValueError(f"there is no check {text!r}; there are: {', '.join(sorted(CHECKS))}")
