"""What a status word should be: must, an allowed set beside it, or only reported."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, unique

_PATTERN = re.compile(r"[69][0-9A-F]([0-9A-F]{2}|[0-9A-F]x|xx)")


@unique
class Verdict(Enum):
    """What became of a case, or of one step of it."""

    PASSED = "passed"
    #: Another answer than ours, of those that the case allows: cards differ in the order of checks.
    DEVIATES = "deviates"
    FAILED = "failed"
    #: Nothing demands one answer: what was seen is reported.
    REPORTED = "reported"
    #: The card, the profile or the bench has not what the case is about.
    NOT_APPLICABLE = "not applicable"
    #: Destructive, or what must come before it could not be done, or a key is not trusted any more.
    NOT_RUN = "not run"
    #: The card did not answer, or answered with what is no response.
    BROKEN = "broken"


#: From best to worst: a case is as good as its worst step.
_ORDER = (
    Verdict.PASSED,
    Verdict.REPORTED,
    Verdict.DEVIATES,
    Verdict.NOT_APPLICABLE,
    Verdict.NOT_RUN,
    Verdict.BROKEN,
    Verdict.FAILED,
)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of them; of none, PASSED."""
    return max(verdicts, key=_ORDER.index, default=Verdict.PASSED)


@dataclass(frozen=True, slots=True)
class Expectation:
    """Status words as patterns (``9000``, ``63Cx``, ``61xx``), and why others are allowed, too."""

    name: str
    must: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    report: bool = False
    why: str = ""
    #: Anything but these.
    never: tuple[str, ...] = ()

    @property
    def assumed(self) -> bool:
        """Whether ``must`` is what we assume, and any answer is only reported."""
        return self.report and bool(self.must)

    def said(self, sw: int | None) -> bool:
        """Whether the status word is one of ``must``."""
        return sw is not None and _among(sw, self.must)

    def judge(self, sw: int | None) -> Verdict:
        """The verdict on a status word; None is no answer, or one without a status word."""
        if sw is None:
            return Verdict.BROKEN
        if self.report:
            return Verdict.REPORTED
        if _among(sw, self.must) or (self.never and not _among(sw, self.never)):
            return Verdict.PASSED
        return Verdict.DEVIATES if _among(sw, self.allowed) else Verdict.FAILED

    def __str__(self) -> str:
        if self.report:
            return f"assumed {' or '.join(self.must)}" if self.must else "any"
        if self.never:
            return f"not {' or '.join(self.never)}"
        allowed = f" (allowed: {', '.join(self.allowed)})" if self.allowed else ""
        return " or ".join(self.must) + allowed


def require_pattern(text: object) -> str:
    """A pattern of status words.  ValueError."""
    if not isinstance(text, str) or not _PATTERN.fullmatch(text):
        raise ValueError(f"{text!r} is no status word such as 9000, 63Cx or 61xx")
    return text


def is_pattern(text: str) -> bool:
    """Whether this says status words, and is no name of an expectation."""
    return _PATTERN.fullmatch(text) is not None


def _among(sw: int, patterns: tuple[str, ...]) -> bool:
    said = f"{sw:04X}"
    return any(
        all(mine in ("x", its) for its, mine in zip(said, each, strict=True)) for each in patterns
    )
