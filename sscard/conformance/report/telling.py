"""From a result to what may be told of it: each exchange explained, everything personal masked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sscard.conformance.case import Case
from sscard.conformance.expectation import Verdict
from sscard.conformance.report.marks import TOLD
from sscard.conformance.report.reasons import explained
from sscard.conformance.report.told import CaseTold, StepTold
from sscard.conformance.result import Exchange, Result, Seen
from sscard.profiles import Profile
from sscard.trace.entries import Entry, PowerUp
from sscard.trace.entries import Exchange as Said
from sscard.trace.explainer import Explainer
from sscard.trace.row import Direction, Row

#: What a run says of a case that loses something for good, and that nobody asked for.
_DESTRUCTIVE = "destructive"
_CUT = "中途断电 power cut in between"


class Telling:
    """Tells the results of one card, in any order: each case begins with power."""

    def __init__(self, profile: Profile) -> None:
        self._explainer = Explainer(profile)

    def told(self, result: Result) -> CaseTold:
        """The case in full where something is to be seen, else without data objects."""
        case = result.case
        full = result.verdict in TOLD
        return CaseTold(
            id=case.id,
            title=case.title,
            group=case.group,
            clause=case.clause,
            mark=case.mark,
            about=case.about,
            verdict=result.verdict,
            reason=explained(result.reason),
            steps=tuple(self._step(seen, full=full) for seen in result.seen),
            seconds=result.seconds,
            leaves=result.unrestored,
            quirks=case.quirks,
            unasked=result.verdict is Verdict.NOT_RUN and result.reason == _DESTRUCTIVE,
        )

    def left_out(self, case: Case, reason: str) -> CaseTold:
        """A case that was not run."""
        return self.told(Result(case, Verdict.NOT_RUN, reason))

    def _step(self, seen: Seen, *, full: bool) -> StepTold:
        rows = tuple(self._rows(seen.exchanges))
        if not full:
            rows = _short(rows)
        elif seen.verdict is Verdict.PASSED:
            rows = _bare(rows)
        return StepTold(
            number=seen.number,
            phase=seen.phase,
            doing=seen.words,
            rows=rows,
            expected=seen.expected,
            got=seen.got,
            verdict=seen.verdict,
            why=seen.why,
        )

    def _rows(self, exchanges: tuple[Exchange, ...]) -> Iterator[Row]:
        for exchange in exchanges:
            (explained,) = self._explainer.explain((_entry(exchange),))
            yield from explained.rows[:1] if exchange.cut else explained.rows
            if exchange.cut:
                yield Row(Direction.FROM_CARD, "", _CUT)


def _short(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Without data objects; of several exchanges only how they ended."""
    alone = sum(row.direction is Direction.TO_CARD for row in rows) == 1
    return _bare(rows if alone else rows[-1:])


def _bare(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    return tuple(replace(row, details=()) for row in rows)


def _entry(exchange: Exchange) -> Entry:
    response = exchange.response or b""
    if not exchange.command:
        return PowerUp(response)
    return Said(exchange.command, response)
