"""What an action of a step is: the fields it takes, and a script that plays it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, unique

from sscard.conformance.case import Step, Text
from sscard.conformance.moves import Reply, Script
from sscard.conformance.play import Play

_PLACE = re.compile(r"\{([a-z_]+)(?::(04X))?\}")


@unique
class Kind(Enum):
    """What a field may be; the value says it in errors."""

    TEXT = "text"
    NUMBER = "a number"
    FLAG = "true or false"
    HEX = "bytes in hexadecimal"
    STEPS = "a list of steps"
    #: Bytes of a challenge, or a word.
    SIZE = "4, 8, 16 or a word"


@dataclass(frozen=True, slots=True)
class Action:
    """``words`` names it in reports, with its text and number fields in braces.

    ``preparation``: without a status word of its own a refusal is no failure of the card.
    """

    play: Callable[[Play, Step], Script[Reply | None]]
    words: Text
    fields: Mapping[str, Kind] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    preparation: bool = True
    #: What it keeps without being asked.
    keeps: tuple[str, ...] = ()
    #: What fields are where the case does not say.
    defaults: Mapping[str, str | int] = field(default_factory=dict)

    def described(self, step: Step) -> Text:
        """The step in words, in both languages."""
        known = {**self.defaults, **step.fields}

        def said(words: str) -> str:
            return _PLACE.sub(lambda found: _said(known.get(found[1], ""), found[2]), words)

        return Text(*map(said, self.words))


def _said(value: object, spec: str) -> str:
    return format(value, spec) if spec and isinstance(value, int) else str(value)
