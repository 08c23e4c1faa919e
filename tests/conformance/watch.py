"""Looks at a card's memory after each case: what has changed, and did the case say so?"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.contents import contents, numbered
from sscard.conformance import Case, Result
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.dialects.chip import PAGE
from tests.conformance.conftest import Desk


class Watch:
    """What a case has changed.  Only where the memory is another one are its objects compared."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._memory = b""
        self._objects: dict[str, object] = {}
        self.changed()

    def changed(self) -> list[str]:
        """The places that are other ones than when it was last asked."""
        memory = bytes(self._desk.card.card.nvm.image[JOURNAL_PAGES * PAGE :])
        if memory == self._memory:
            return []
        found: dict[str, object] = {
            place: (dict(entry.facts), tuple(entry.values))
            for place, entry in numbered(contents(self._desk.card)).items()
        }
        before, self._memory, self._objects = self._objects, memory, found
        return [place for place in {**before, **found} if before.get(place) != found.get(place)]


def dirty(desk: Desk, cases: Iterable[Case]) -> list[str]:
    """What has changed after a case that says nothing of it."""
    watch = Watch(desk)
    found: list[str] = []

    def look(result: Result) -> None:
        changed = watch.changed()
        if changed and not result.case.leaves:
            found.append(f"{result.case.id}: {', '.join(changed)}")

    results = desk.run(cases, look)
    assert not [each.case.id for each in results if each.unrestored]
    return found
