"""One run of ``sscard conformance``: case by case, each result told and kept before the next."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sscard import __version__
from sscard.cli.conformance_journal import Kept
from sscard.cli.conformance_show import Followed
from sscard.conformance.bench import Bench
from sscard.conformance.case import Case
from sscard.conformance.expectation import Verdict
from sscard.conformance.general_test.check import CardFacts
from sscard.conformance.play import Session
from sscard.conformance.report.telling import Telling
from sscard.conformance.report.told import CaseTold
from sscard.conformance.running import run
from sscard.errors import TransportError
from sscard.perso.plan import Connection

_CHANGES = frozenset({"update", "tear"})
_INTERRUPTED = (
    "上次运行在此中断，改动可能未恢复 the run before was interrupted here; what it had changed may "
    "not have been put back"
)
_ANOTHER = "读卡器中是另一张卡 another card is in the reader"


class Keeping(Protocol):
    """Where results go as they come: a journal, or nowhere."""

    kept: Kept

    def begin(self, case_id: str) -> None:
        """A case begins."""
        ...

    def add(self, case: CaseTold) -> None:
        """A case is done."""
        ...

    def refuse(self, refused: Mapping[str, str]) -> None:
        """Keys that are not tried again."""
        ...


class Nowhere:
    """Keeps nothing."""

    def __init__(self) -> None:
        self.kept = Kept()

    def begin(self, case_id: str) -> None:
        """Nothing is kept."""

    def add(self, case: CaseTold) -> None:
        """Nothing is kept."""

    def refuse(self, refused: Mapping[str, str]) -> None:
        """Nothing is kept."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: the cases in order, how many are missing, and whether the card is gone."""

    cases: tuple[CaseTold, ...]
    unfinished: int
    lost: str = ""


@dataclass(frozen=True)
class Conductor:
    """Runs cases over one card.  ``clock`` gives seconds; ``stopped`` says whether to stop."""

    bench: Bench
    connection: Connection
    clock: Callable[[], float]
    stopped: Callable[[], bool]
    wait: Callable[[float], object]

    def conduct(self, cases: Sequence[Case], keeping: Keeping, told: Followed) -> Done:
        """All cases that are not done yet, until one is told to stop or the card is gone."""
        session, telling = Session(self.bench), Telling(self.bench.profile)
        session.trust.refused.update(keeping.kept.refused)
        found: list[CaseTold] = []
        lost = ""
        for case in cases:
            if self.stopped() or lost:
                break
            result = keeping.kept.done.get(case.id)
            if result is None:
                result = self._one(case, session, telling, keeping)
                told(result)
                lost = self._lost(session) if result.verdict is Verdict.BROKEN else ""
            found.append(result)
        return Done(tuple(found), len(cases) - len(found), lost)

    def _one(self, case: Case, session: Session, telling: Telling, keeping: Keeping) -> CaseTold:
        if keeping.kept.begun == case.id and _changes(case):
            result = telling.left_out(case, _INTERRUPTED)
            keeping.add(result)
            return result
        keeping.begin(case.id)
        known = len(session.trust.refused)
        (raw,) = run(
            (case,), self.bench, self.connection, self.clock, session=session, wait=self.wait
        )
        result = telling.told(raw)
        if len(session.trust.refused) > known:
            keeping.refuse(session.trust.refused)
        keeping.add(result)
        return result

    def _lost(self, session: Session) -> str:
        """Why the card is not there any more; empty where it is."""
        try:
            answer = self.connection.reset()
        except TransportError as error:
            return str(error)
        same = session.identity is None or answer == session.identity.atr
        return "" if same else _ANOTHER


def binding(cases: Sequence[Case], profile: bytes, card: CardFacts) -> dict[str, str]:
    """What a journal is bound to, as hashes."""
    who = (card.historical or b"") + b"|" + (card.identification or b"")
    listed = "\n".join(f"{case.id} {case.skipped} {' '.join(case.quirks)}" for case in cases)
    return {
        "card": hashlib.sha256(who).hexdigest(),
        "profile": profile.hex(),
        "cases": hashlib.sha256(f"{__version__}\n{listed}".encode()).hexdigest(),
    }


def _changes(case: Case) -> bool:
    """Whether an interrupted run of the case may have left something behind."""
    return bool(case.destructive or case.restore or _CHANGES & set(case.needs))
