"""What happens between a card in pcscd's virtual reader and sscard's transport; run beside pcscd.

Each scenario has both ends in one process, so that it says when a card is pulled, not the clock.
The argument is a function's name; its result is printed as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from simulator import Protocol, VirtualCard
from simulator.doors import Address, Calling
from simulator.rack import Rack
from simulator.reader import Reader
from simulator.slot import Slot
from simulator.vpcd import FIRST_PORT, serve
from sscard.errors import TransportError
from sscard.transport import PcscConnection, Service

FIRST, SECOND = "Virtual PCD 00 00", "Virtual PCD 00 01"
GET_CHALLENGE = bytes.fromhex("0084000008")
SELECT_DEBIT = bytes.fromhex("00A4040008A000000333010101")
CASE_4 = bytes.fromhex("00A4040008A00000033301010100")
PATIENCE = 20.0


def slot(number: int, protocol: Protocol = Protocol.T0) -> Slot:
    reader = Reader(VirtualCard.blank("gen3-80k"), protocol)
    return Slot(number, f"card {number}", reader, Calling(Address(FIRST_PORT + number - 1)), serve)


@contextmanager
def inserted(*slots: Slot) -> Iterator[Rack]:
    """Cards that pcscd has seen; afterwards the readers are empty again."""
    names = [SECOND if each.number == 2 else FIRST for each in slots]
    with Service() as service:
        with Rack(slots) as rack:
            for name in names:
                service.wait(name, time.monotonic, timeout=PATIENCE)
            yield rack
        for name in names:
            service.wait(name, time.monotonic, timeout=PATIENCE, present=False)


def said(action: Callable[[], object]) -> str:
    """The kind of error, and the message; nothing when there is none."""
    try:
        action()
    except TransportError as error:
        return f"{type(error).__name__}: {error}"
    return ""


def gone(name: str = FIRST) -> None:
    with Service() as service:
        service.wait(name, time.monotonic, timeout=PATIENCE, present=False)


def there(name: str = FIRST) -> None:
    with Service() as service:
        service.wait(name, time.monotonic, timeout=PATIENCE)


def in_use() -> object:
    """One program has the card to itself; another one has it for a transaction."""
    with inserted(slot(1)), ThreadPoolExecutor(1) as thread:
        with PcscConnection(FIRST):
            alone = said(lambda: PcscConnection(FIRST))
            with Service() as service:
                state = service.reader(FIRST).state.name
        with PcscConnection(FIRST, shared=True) as one:
            with one.transaction():
                other = thread.submit(PcscConnection, FIRST, shared=True)
                one.transmit(GET_CHALLENGE)
                kept_out = not other.done()
            with other.result(PATIENCE) as two:
                together = [each.transmit(GET_CHALLENGE)[-2:].hex() for each in (one, two)]
    return {"alone": alone, "state": state, "kept out": kept_out, "together": together}


def removed() -> object:
    """A card is pulled in a transaction and another is put in: neither is gone on with."""
    card = slot(1)
    with inserted(card), PcscConnection(FIRST) as connection:
        before = connection.transmit(GET_CHALLENGE)[-2:].hex()
        with connection.transaction():
            card.remove()
            gone()
            pulled = said(lambda: connection.transmit(GET_CHALLENGE))
        card.insert()
        there()
        swapped = said(connection.reset)
        transmit = said(lambda: connection.transmit(GET_CHALLENGE))
        connection.close()
        with PcscConnection(FIRST) as new:
            after = new.transmit(SELECT_DEBIT)[-2:].hex()
    return {
        "before": before,
        "pulled": pulled,
        "swapped": swapped,
        "transmit": transmit,
        "after": after,
    }


def waiting() -> object:
    """Somebody puts the card in while it is waited for; then nobody does."""
    card = slot(1)
    with Rack([card]):
        card.remove()
        gone()
        timer = threading.Timer(0.2, card.insert)
        timer.start()
        with Service() as service:
            seen = service.wait(FIRST, time.monotonic, timeout=PATIENCE)
            card.remove()
            service.wait(FIRST, time.monotonic, timeout=PATIENCE, present=False)
            nobody = said(lambda: service.wait(FIRST, time.monotonic, timeout=0.1))
        timer.join()
    return {"atr": seen.atr.hex(), "nobody": nobody}


def protocols() -> object:
    """The same commands on T=0 and T=1, and by antenna, look the same to the caller."""
    found = {}
    for protocol in Protocol:
        with inserted(slot(1, protocol)), PcscConnection(FIRST) as connection:
            answers = {
                name: connection.transmit(command).hex()
                for name, command in (("case 3", SELECT_DEBIT), ("case 4", CASE_4))
            }
            long = bytes.fromhex("00A40400000100") + bytes(256)
            found[protocol.value] = {
                "active": connection.protocol.name,
                "atr": connection.reset().hex(),
                **answers,
                "extended": said(lambda c=connection, x=long: c.transmit(x)),
            }
    return found


def two_at_once() -> object:
    """Two readers, a thread for each; neither waits for the other's card."""
    both = threading.Barrier(2, timeout=PATIENCE)

    def answers(name: str) -> int:
        with PcscConnection(name) as connection:
            connection.reset()
            both.wait()
            found = [connection.transmit(SELECT_DEBIT)[-2:] for _ in range(100)]
            both.wait()
            return found.count(b"\x90\x00")

    with inserted(slot(1), slot(2)), ThreadPoolExecutor(2) as threads:
        return {"answers": list(threads.map(answers, (FIRST, SECOND)))}


SCENARIOS = {each.__name__: each for each in (in_use, removed, waiting, protocols, two_at_once)}

if __name__ == "__main__":
    json.dump(SCENARIOS[sys.argv[1]](), sys.stdout)
