"""Cards that are none: they answer as a test says, and remember what was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.faults import FaultyCard
from sscard.errors import TransportError

#: What a stand-in does with a command: bytes are the answer, None is none.
Answer = Callable[[bytes], bytes | None]


@dataclass
class StandIn:
    """Answers by a function; the answer to reset is ``atr``."""

    answer: Answer
    atr: bytes | None = bytes.fromhex("3B6D0000") + bytes(13)
    commands: list[bytes] = field(default_factory=list)

    def reset(self) -> bytes:
        if self.atr is None:
            raise TransportError("no card")
        return self.atr

    def transmit(self, command: bytes, /) -> bytes:
        self.commands.append(command)
        answer = self.answer(command)
        if answer is None:
            raise TransportError("no answer")
        return answer


@dataclass
class Altered:
    """A real card, but for the commands that ``alter`` answers itself."""

    card: FaultyCard
    alter: Answer
    commands: list[bytes] = field(default_factory=list)

    def reset(self) -> bytes:
        return self.card.reset()

    def transmit(self, command: bytes, /) -> bytes:
        self.commands.append(command)
        return self.alter(command) or self.card.transmit(command)

    def count(self, *heads: bytes) -> int:
        """How many commands began with one of these."""
        return sum(command.startswith(heads) for command in self.commands)
