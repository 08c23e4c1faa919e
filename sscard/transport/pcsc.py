"""The PC/SC service of this computer: its readers, and waiting for cards.

Nothing else in sscard imports pyscard, and this does so when a service is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from sscard.transport.errors import NoCard, NoService
from sscard.transport.pcsc_codes import NO_READERS, TIMEOUT, check, unsigned
from sscard.transport.readers import Reader, ReaderState, chosen

#: Seconds after which a wait looks up, so that Ctrl-C is heard.
_LOOK_UP = 0.5
_SCOPE_SYSTEM = 2
#: Bits of a reader's state in the order in which they count (winscard.h, pcsclite.h).
_STATES = (
    (0x0008, ReaderState.UNAVAILABLE),
    (0x0004, ReaderState.UNAVAILABLE),  # unknown
    (0x0010, ReaderState.EMPTY),
    (0x0200, ReaderState.MUTE),
    (0x0080, ReaderState.EXCLUSIVE),
    (0x0100, ReaderState.SHARED),
    (0x0020, ReaderState.PRESENT),
)
_CHANGED, _EVENTS_AT = 0x0002, 16


def binding() -> Any:
    """pyscard's module of PC/SC functions.  Raises NoService when it is not installed."""
    try:
        from smartcard import scard
    except ImportError:
        raise NoService(
            "未安装pyscard pyscard is not installed: python -m pip install 'sscard[pcsc]'"
        ) from None
    return scard


class Service:
    """A context of the PC/SC service.  Each connection brings one of its own.

    Contexts do not wait for each other, so that every reader can have its thread; one context
    belongs to one thread at a time.  ``scard`` has the functions of PC/SC, by default pyscard's.
    """

    def __init__(self, scard: Any = None) -> None:
        """Raises NoService."""
        self.scard = scard or binding()
        code, self._context = self.scard.SCardEstablishContext(_SCOPE_SYSTEM)
        check(code, "PC/SC")
        self._open = True

    @property
    def context(self) -> Any:
        """The handle that PC/SC's functions take."""
        return self._context

    def names(self) -> tuple[str, ...]:
        """The names of all readers, none when none is connected.  Raises NoService."""
        code, names = self.scard.SCardListReaders(self._context, [])
        if unsigned(code) == NO_READERS:
            return ()
        check(code, "PC/SC")
        return tuple(names)

    def find(self, wanted: str) -> str:
        """The name of the reader with this number, name or part of a name.  Raises NoReader."""
        return chosen(self.names(), wanted)

    def readers(self) -> tuple[Reader, ...]:
        """All readers and what is in them; no card is disturbed.  Raises NoService, NoReader."""
        return tuple(map(self.reader, self.names()))

    def reader(self, name: str) -> Reader:
        """The reader as it is now.  Raises NoReader when there is none of that name."""
        return self._seen(name, 0, 0)

    def wait(
        self,
        name: str,
        clock: Callable[[], float],
        *,
        timeout: float,
        present: bool = True,
    ) -> Reader:
        """Wait until a card is in the reader, or with ``present`` false until none is.

        ``clock`` counts seconds.  Raises NoCard when the time is over, NoReader, NoService.
        """
        deadline = clock() + timeout
        seen = self.reader(name)
        while seen.has_card is not present:
            left = deadline - clock()
            if left <= 0:
                raise NoCard(_waited(name, timeout, present=present))
            seen = self._seen(name, seen.raw, min(left, _LOOK_UP))
        return seen

    def close(self) -> None:
        """Give the context back; more than once is harmless."""
        if self._open:
            self._open = False
            self.scard.SCardReleaseContext(self._context)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _seen(self, name: str, known: int, seconds: float) -> Reader:
        """The reader's state as soon as it is another than ``known``, or after the time."""
        milliseconds = int(seconds * 1000)
        code, found = self.scard.SCardGetStatusChange(self._context, milliseconds, [(name, known)])
        if unsigned(code) != TIMEOUT:
            check(code, name)
        _, raw, atr = found[0]
        return Reader(name, _state(raw), bytes(atr), raw >> _EVENTS_AT, raw & ~_CHANGED)


def _state(raw: int) -> ReaderState:
    return next((state for bit, state in _STATES if raw & bit), ReaderState.UNAVAILABLE)


def _waited(name: str, seconds: float, *, present: bool) -> str:
    if present:
        return f"{name}: {seconds:g}秒内未放入卡片 no card came within {seconds:g} s"
    return f"{name}: {seconds:g}秒内未取出卡片 the card was not taken out within {seconds:g} s"
