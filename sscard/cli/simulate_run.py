"""While ``sscard simulate`` runs: events, orders from standard input, and how it ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from simulator.rack import Rack
    from simulator.slot import Event, Slot

#: Seconds between two looks at how many commands were answered.
_EVERY = 1.0
_END = "end"


def run(slots: Callable[[Callable[[Event], None]], Sequence[Slot]], *, as_json: bool) -> None:
    """Have the cards in their slots until Ctrl-C, SIGTERM or ``end``.

    ``slots`` makes them, given whom to tell what happens.  Raises OSError for a port that is taken.
    """
    from simulator.rack import Rack
    from sscard.cli.simulate_show import shown

    happened: SimpleQueue[Event | str] = SimpleQueue()
    rack = Rack(slots(happened.put))
    with _ended_by_signals(happened), shown(rack.slots, as_json=as_json) as show:
        with rack:
            threading.Thread(target=_read_orders, args=(happened,), daemon=True).start()
            for each in _until_end(happened):
                if isinstance(each, str):
                    _obey(rack, each)
                elif each is not None:
                    show.event(each)
                show.rates()
                rack.check()
        while not happened.empty():
            each = happened.get()
            if not isinstance(each, str):
                show.event(each)
        show.rates()


def _until_end(happened: SimpleQueue[Event | str]) -> Iterator[Event | str | None]:
    """What happens, and None when for a while nothing did; it stops at the order to end."""
    while True:
        try:
            each = happened.get(timeout=_EVERY)
        except Empty:
            yield None
            continue
        if each == _END:
            return
        yield each


def _obey(rack: Rack, line: str) -> None:
    word, _, number = line.partition(" ")
    slot = rack.slot(int(number)) if number.isdecimal() else None
    orders = {} if slot is None else {"insert": slot.insert, "remove": slot.remove}
    if word not in orders:
        typer.secho(f"听不懂 not understood: {line} (remove N, insert N, end)", fg="red", err=True)
        return
    orders[word]()


def _read_orders(happened: SimpleQueue[Event | str]) -> None:
    """Lines of standard input, unless it is the terminal of another job."""
    if sys.stdin is None or (sys.stdin.isatty() and not _in_foreground()):
        return
    for line in sys.stdin:
        if line.strip():
            happened.put(line.strip())


def _in_foreground() -> bool:
    """Whether reading from the terminal would not stop this process."""
    if sys.platform == "win32":
        return True
    return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()


@contextmanager
def _ended_by_signals(happened: SimpleQueue[Event | str]) -> Iterator[None]:
    """While open, Ctrl-C and SIGTERM are orders to end."""
    before = {
        each: signal.signal(each, lambda *_: happened.put(_END))
        for each in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
