"""The way to a key service: one connection for all threads, made again when it was lost."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from sscard.errors import KeyStoreError, MalformedData
from sscard.keys.operations import KeyNotHeld
from sscard.keys.stores.service.connection import Connection, Service, connect
from sscard.keys.stores.service.messages import Answer, Greeting, Question, Refusal, Values
from sscard.keys.stores.service.refusals import Code, Refused
from sscard.keys.types import NotCopied


class Link(NotCopied):
    """Asks questions, one at a time.

    Every question is a pure computation: asking again changes nothing, neither there nor on a card.
    So a question whose connection was lost is asked once more, whether or not it had arrived.  One
    that is not answered in time is not: the service is there, and busy with it.
    """

    def __init__(self, service: Service, kind: str) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._number = 0
        self._connection: Connection | None
        self._connection, self.greeting = connect(service)
        if self.greeting.kind != kind:
            self.close()
            raise KeyStoreError(f"{self}: has {self.greeting.kind} keys, not {kind} keys")

    def __str__(self) -> str:
        return f"key service {self._service.host}:{self._service.port}"

    def __repr__(self) -> str:
        return f"<{self}>"

    def ask(self, asked: Question, sizes: Sequence[int | None]) -> tuple[bytes, ...]:
        """The values that answer a question; ``sizes`` says how many, and their bytes where known.

        Raises KeyNotHeld, Refused with a code, and KeyStoreError for a service that is not there.
        """
        with self._lock:
            answer = self._answer(asked)
        if isinstance(answer, Refusal):
            text = f"{self}: {answer.text}"
            if answer.code is Code.UNKNOWN_KEY:
                raise KeyNotHeld(text)
            raise Refused(answer.code, text)
        if not isinstance(answer, Values) or not _fit(answer.values, sizes):
            raise KeyStoreError(f"{self}: answered with something else")
        return answer.values

    def close(self) -> None:
        """End the connection; the next question makes another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _answer(self, asked: Question) -> Answer:
        try:
            return self._exchange(asked)
        except TimeoutError:
            raise KeyStoreError(f"{self}: no answer in {self._service.timeout:g} s") from None
        except OSError:
            pass  # a service that was started again, or had waited long enough for a question
        try:
            return self._exchange(asked)
        except OSError as error:
            raise KeyStoreError(f"{self}: the connection was lost: {error}") from None

    def _exchange(self, asked: Question) -> Answer:
        connection = self._open()
        self._number += 1
        try:
            return connection.exchange(self._number, asked)
        except MalformedData as error:
            self.close()
            raise KeyStoreError(f"{self}: {error}") from None
        except BaseException:
            self.close()  # the answer may still come, and is never another question's
            raise

    def _open(self) -> Connection:
        if self._connection is None:
            connection, greeting = connect(self._service)
            if _store(greeting) != _store(self.greeting):
                connection.close()
                raise KeyStoreError(f"{self}: another store answers there now")
            self._connection = connection
        return self._connection


def _store(greeting: Greeting) -> Greeting:
    """What is behind it, whoever asks."""
    return replace(greeting, client="")


def _fit(values: Sequence[bytes], sizes: Sequence[int | None]) -> bool:
    return len(values) == len(sizes) and all(
        size in (None, len(value)) for value, size in zip(values, sizes, strict=True)
    )
