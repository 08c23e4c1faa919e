"""Runs of a station in front of a card, recorded, and the memories that power cuts leave."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from simulator import VirtualCard
from sscard.cos import NVM
from sscard.cos.nvm import JOURNAL_PAGES
from sscard.dialects.chip import PAGE, PARTITIONS, Chip

if TYPE_CHECKING:
    from tests.conftest import Torn, TornNVM


@dataclass
class Step:
    """One command of the run, or a power-up, whose ``raw`` is empty.

    ``states`` are the contents before it and after each of its commits.
    """

    raw: bytes
    states: list[bytes]
    answer: bytes = b""
    drawn: list[bytes] = field(default_factory=list)


class Written(NVM):
    """Memory that keeps what was programmed, and tells of each commit."""

    def __init__(self, cells: bytearray) -> None:
        super().__init__(cells)
        self.log: list[tuple[int, bytes]] = []
        self.committed: Callable[[], None] = lambda: None

    def program(self, page: int, content: bytes) -> None:
        self.log.append((page, content))
        super().program(page, content)

    def commit(self) -> None:
        before = len(self.log)
        super().commit()
        if len(self.log) > before:
            self.committed()


class Recorded:
    """A reader with a card in it.  It keeps all that goes through, and who programmed what."""

    def __init__(self, card: VirtualCard, source: Source) -> None:
        self.card, self.chip = card, card.chip
        self.cells = bytes(card.card.nvm.cells)
        self.steps: list[Step] = []
        #: For each page programmed: which step, which page, what.
        self.pages: list[tuple[int, int, bytes]] = []
        self._source = source
        self._nvm: Any = card.card.nvm
        self._nvm.log.clear()

    def reset(self) -> bytes:
        return self._recorded(b"", lambda _: self.card.reset())

    def transmit(self, raw: bytes) -> bytes:
        return self._recorded(raw, self.card.transmit)

    def _recorded(self, raw: bytes, do: Callable[[bytes], bytes]) -> bytes:
        before = self.steps[-1].states[-1] if self.steps else contents(self._nvm, self.chip)
        step = Step(raw, [before])
        self.steps.append(step)
        self._nvm.committed = lambda: step.states.append(contents(self._nvm, self.chip))
        self._source.drawn = step.drawn
        step.answer = do(raw)
        at = len(self.steps) - 1
        self.pages += [(at, page, content) for page, content in self._nvm.log]
        self._nvm.log.clear()
        return step.answer


class Source:
    """Random bytes: new ones, which are noted, or those that were noted before."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.drawn: list[bytes] = []
        self.again: list[bytes] = []

    def __call__(self, size: int) -> bytes:
        value = self.again.pop(0) if self.again else self._chance.randbytes(size)
        self.drawn.append(value)
        return value


def contents(nvm: NVM, chip: Chip) -> bytes:
    """What the card works on outside the journal; it may be anything where nothing is stored."""
    image, base = bytearray(nvm.image), JOURNAL_PAGES * PAGE
    for name in PARTITIONS:
        size = chip.partitions[name]
        if name != "system":
            used = int.from_bytes(image[base : base + 2], "big") or 2
            image[base + used : base + size] = bytes(size - used)
        base += size
    return bytes(image[JOURNAL_PAGES * PAGE :])


class Memories:
    """Cuts a recorded run."""

    #: Random bytes of a card that gets power again.
    source = Source

    def __init__(self, run: Recorded, kind: type[TornNVM], power_loss: type[Exception]) -> None:
        self.run, self.kind, self.power_loss = run, kind, power_loss
        self.visited: Counter[str] = Counter(mixtures=0)

    def memories(self, outcomes: Callable[[int], Iterable[Torn]]) -> Iterator[tuple[int, TornNVM]]:
        """The memory that each cut leaves, with the step in which it was."""
        cells = bytearray(self.run.cells)
        for number, (at, page, content) in enumerate(self.run.pages):
            for outcome in outcomes(number):
                nvm = self.kind(bytearray(cells))
                nvm.arm(1, outcome, seed=number)
                with pytest.raises(self.power_loss):
                    nvm.program(page, content)
                self.visited["cuts"] += 1
                yield at, nvm
            cells[page * PAGE : (page + 1) * PAGE] = content

    def power_on(self, at: int, nvm: TornNVM) -> tuple[int, VirtualCard, Source]:
        """The card gets power again: the next step that has not happened."""
        source = self.source(9)
        card = VirtualCard(nvm, self.run.chip, random=source)
        card.power_on()
        states = self.run.steps[at].states
        found = contents(nvm, self.run.chip)
        if found not in states:
            self.visited["mixtures"] += 1
        assert found in states, f"a mixture after step {at}"
        return at + (found == states[-1]), card, source
