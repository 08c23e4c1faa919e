"""A run as it is told: everything that may be written down, and nothing else.

Dialogues are explained and masked once, so pages, files and journals made of these hold no PIN, no
key and nothing of a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sscard.conformance.case import About, Group, Text
from sscard.conformance.expectation import Verdict
from sscard.conformance.general_test.check import Line
from sscard.conformance.general_test.pack import Pack
from sscard.conformance.report.page import Fact
from sscard.trace.row import Row


@dataclass(frozen=True, slots=True)
class StepTold:
    """One step of a case.  ``phase`` is setup, test or restore; ``rows`` is what was said, masked.

    ``number`` counts from 1; ``why`` is why another answer than ours is allowed.
    """

    number: int
    phase: str
    doing: Text
    rows: tuple[Row, ...]
    expected: str
    got: str
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class CaseTold:
    """One case and what came of it.

    ``reason`` says why it came out so where that is not in its steps.  ``leaves`` is what could not
    be put back, ``declared`` what the case said before that it would leave, ``quirks`` are the
    reasons of quirks that changed what was expected.
    """

    id: str
    title: Text
    group: str
    clause: str
    mark: str
    about: About
    verdict: Verdict
    reason: str = ""
    steps: tuple[StepTold, ...] = ()
    seconds: float = 0.0
    leaves: tuple[str, ...] = ()
    declared: str = ""
    quirks: tuple[str, ...] = ()
    #: Whether it was not run because nobody asked for it.
    unasked: bool = False


@dataclass(frozen=True, slots=True)
class QuirkTold:
    """A rule of a quirk file: which cases, what for, and how many cases of this run it changed."""

    cases: str
    change: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Application:
    """An application for the general test; ``sample`` is which of its cards this is, or None."""

    pack: Pack
    sample: int | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class RunTold:
    """A whole run.  ``identity`` is what is known of the card; ``test_keys``: TEST keys were used.

    ``chosen`` says what was left out on purpose.  ``seconds`` is the time of the cases alone.
    """

    profile: str
    preset: str
    identity: tuple[Fact, ...]
    groups: tuple[Group, ...]
    cases: tuple[CaseTold, ...]
    quirks: tuple[QuirkTold, ...]
    begun: datetime
    seconds: float
    version: str
    fingerprints: tuple[Fact, ...] = ()
    #: What the application for the general test declares, beside what the card says.
    application: Application | None = None
    chosen: str = ""
    unfinished: int = 0
    test_keys: bool = False
