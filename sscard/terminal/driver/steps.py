"""Functions in steps: between two of them a dialogue waits for what the HSM answers (ssc 7 [S])."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.conversation import Conversation
from sscard.terminal.driver.dialogue import Ask, Dialogue, coded
from sscard.terminal.driver.terminal import Interface, Terminal


@dataclass(frozen=True, slots=True)
class _Waiting:
    """For this step of this function."""

    function: str
    step: int
    conversation: Conversation[Any]


class Steps:
    """At most one dialogue waits; whatever else is called ends it."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._waiting: _Waiting | None = None

    def begin(self, function: str, interface: Interface, plan: Dialogue[Any]) -> str:
        """Step 1: its output.  Raises DriverError."""
        self.drop()
        conversation = Conversation(self._terminal, interface, coded(plan))
        return self._next(_Waiting(function, 1, conversation), None)

    def go_on(self, function: str, step: int, answer: tuple[str, ...]) -> str:
        """The output of a later step.  Raises DriverError −3 where it is not the next one."""
        waiting = self._waiting
        if waiting is None or (waiting.function, waiting.step) != (function, step):
            self.drop()
            raise DriverError(ErrorCode.NO_POWER)
        self._waiting = None
        return self._next(waiting, answer)

    def drop(self) -> None:
        """End what waits."""
        if self._waiting is not None:
            self._waiting.conversation.end()
            self._waiting = None

    def _next(self, now: _Waiting, answer: tuple[str, ...] | None) -> str:
        found = now.conversation.go_on(answer)
        if isinstance(found, Ask):
            self._waiting = _Waiting(now.function, now.step + 1, now.conversation)
            return found.text
        return "" if found.result is None else str(found.result)
