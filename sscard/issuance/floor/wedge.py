"""Keyboard-wedge scanners: what they read arrives as typed lines, each ended with Enter."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sscard.errors import MalformedData
from sscard.issuance.floor.body_numbers import Kind
from sscard.issuance.floor.feeding import Fed, NoMoreCards


class Wedge:
    """Gives each line to the reader that waits for it.

    With several readers a line is ``READER NUMBER``; with one the number is enough.  A line that no
    reader waits for is dropped: a number scanned before the card was in could be another card's.
    """

    def __init__(self, readers: Sequence[str], tell: Callable[[str], None]) -> None:
        self._readers = tuple(readers)
        self._tell = tell
        self._asking: dict[str, str | None] = {}
        self._closed = False
        self._changed = threading.Condition()

    def typed(self, line: str) -> None:
        """One line as it came."""
        words = line.split()
        if len(self._readers) == 1 and len(words) == 1:
            words = [self._readers[0], *words]
        if len(words) != 2 or words[0] not in self._readers:
            self._tell(f"请输入 type: {'|'.join(self._readers)} NUMBER")
            return
        reader, number = words
        with self._changed:
            if reader not in self._asking:
                self._tell(f"{reader}: 请先放卡 put the card in first, then scan")
                return
            self._asking[reader] = number
            self._changed.notify_all()

    def asking(self, reader: str) -> bool:
        """Whether this reader waits for a line."""
        with self._changed:
            return reader in self._asking

    def close(self) -> None:
        """No line comes any more: whoever waits stops waiting."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def ask(self, reader: str, seconds: float, question: str) -> str | None:
        """Ask, and give the next line for this reader; None when none came in time.

        Raises NoMoreCards when the wedge was closed.
        """
        with self._changed:
            self._asking[reader] = None
            self._tell(question)  # whoever hears it can answer at once
            try:
                self._changed.wait_for(
                    lambda: self._closed or self._asking[reader] is not None, seconds
                )
                number = self._asking[reader]
            finally:
                del self._asking[reader]
        if number is None and self._closed:
            raise NoMoreCards(f"{reader}: 已停止 the station stops")
        return number


@dataclass(frozen=True, slots=True)
class WedgeIdentifier:
    """Asks for the number of the card that is in the slot; ``seconds`` is how long it waits."""

    kind: Kind
    wedge: Wedge
    reader: str
    seconds: float

    def read(self, fed: Fed) -> str:  # noqa: ARG002 people read the body, not the chip
        """What was typed.  Raises MalformedData when nothing was, NoMoreCards at the end."""
        zh, en = self.kind.value
        question = f"{self.reader}: 请扫描或输入{zh} scan or type the {en}"
        number = self.wedge.ask(self.reader, self.seconds, question)
        if number is None:
            raise MalformedData(f"nothing was typed in {self.seconds:g} s")
        return number
