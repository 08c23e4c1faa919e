"""Several slots at once, each in a thread of its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from .slot import Slot


class Rack:
    """As a context: all cards are in while it is open, and at its end none has power.

    What breaks in a slot comes out of ``check``, and at the latest at the end.
    """

    def __init__(self, slots: Sequence[Slot]) -> None:
        self.slots = tuple(slots)
        self._threads = ThreadPoolExecutor(len(slots) or 1, "slot")
        self._running: list[Future[None]] = []

    def __enter__(self) -> Rack:
        for slot in self.slots:
            slot.insert()
            self._running.append(self._threads.submit(slot.run))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for slot in self.slots:
            slot.stop()
        self._threads.shutdown()
        if error is None:
            self.check()

    def slot(self, number: int) -> Slot | None:
        """The slot with this number, if there is one."""
        return next((each for each in self.slots if each.number == number), None)

    def check(self) -> None:
        """Raises what has ended a slot before its time."""
        for each in self._running:
            if each.done():
                each.result()
