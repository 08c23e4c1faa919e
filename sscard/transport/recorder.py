"""A connection that tells what goes through it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Card(Protocol):
    """A card in a reader."""

    def reset(self) -> bytes:
        """Power off and on; the answer to reset."""
        ...

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange."""
        ...


#: A command, None for a power-up; its answer, empty where none came; seconds.
Tell = Callable[[bytes | None, bytes, float], None]


@dataclass(frozen=True, slots=True)
class Recorder:
    """Passes everything on to ``card`` and tells of it, also when no answer came.

    ``clock`` counts seconds.
    """

    card: Card
    tell: Tell
    clock: Callable[[], float]

    def reset(self) -> bytes:
        """Power off and on; the answer to reset."""
        return self.told(None, self.card.reset)

    def transmit(self, command: bytes, /) -> bytes:
        """One exchange."""
        return self.told(command, lambda: self.card.transmit(command))

    def told(self, command: bytes | None, ask: Callable[[], bytes]) -> bytes:
        """What ``ask`` returns, told as the answer to the command; a power-up is None."""
        started, answer = self.clock(), b""
        try:
            answer = ask()
        finally:
            self.tell(command, answer, self.clock() - started)
        return answer
