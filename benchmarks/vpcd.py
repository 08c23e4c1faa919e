"""Commands per second through pcscd and its virtual reader, beside a card that does nothing.

Needs pcscd with vsmartcard-vpcd, and pyscard.  pcscd must run and its first slot be free:

    python benchmarks/vpcd.py [--commands N] [--rounds N]

One run asks the card that does nothing and the simulated card in turn.  Quoted is the median
exchange, which other work on the machine hardly moves, of the better rounds, as commands per
second; judge by the ratio.  An exchange takes more than twice as long where the three processes are
on different cores: start pcscd and this with ``taskset -c 0`` for figures that can be compared.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from statistics import median
from typing import Any

from card_commands import ordered

from simulator import Protocol, VirtualCard
from simulator.doors import Address, Calling
from simulator.reader import Reader
from simulator.slot import Slot
from simulator.vpcd import FIRST_PORT, serve
from sscard.apdu import iso7816
from sscard.perso import social_security
from sscard.perso.plan import run

GOAL = 0.85
COMMANDS = {
    "SELECT": bytes(iso7816.select("sx1.sh.社会保障".encode("gbk"))),
    "READ RECORD": bytes(iso7816.read_record(1, sfi=5)),
    "GET CHALLENGE": bytes(iso7816.get_challenge(8)),
}
_SECONDS = 10


def nothing(port: int, answers: dict[bytes, bytes]) -> None:
    """A card that knows the answers beforehand: what the path costs without a card."""
    door = Calling(Address(port))
    while (connection := door.open()) is None:
        time.sleep(door.pause)
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            message = _exactly(connection, struct.unpack(">H", _exactly(connection, 2))[0])
            answer = answers.get(message, b"\x6d\x00")
            if len(message) > 1 or message == b"\4":
                connection.sendall(struct.pack(">H", len(answer)) + answer)


def _exactly(connection: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        more = connection.recv(size - len(got))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        if not more:
            raise SystemExit
        got += more
    return got


def issued() -> VirtualCard:
    """A card that has left the social-security station."""
    order = ordered("sm4")
    card = VirtualCard.blank(order.profile.chip, lot=order.lot)
    run(social_security.personalize(order, random.Random(1).randbytes), card)
    return card


def simulated(port: int, card: VirtualCard) -> None:
    """Ours, as ``sscard simulate --protocol t1`` plugs it in."""
    slot = Slot(1, "issued", Reader(card, Protocol.T1), Calling(Address(port)), serve)
    slot.insert()
    slot.run()


def known_answers(card: VirtualCard) -> dict[bytes, bytes]:
    """What the simulated card says to each command: equally long for both."""
    atr = Reader(card, Protocol.T1).power_on()
    return {b"\4": atr} | {each: card.transmit(each) for each in COMMANDS.values()}


@contextmanager
def plugged(card: Callable[..., None], *arguments: object) -> Iterator[None]:
    """A card in a process of its own."""
    process = multiprocessing.Process(target=card, args=arguments, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


@contextmanager
def connected() -> Iterator[Callable[[bytes], bytes]]:
    """The card in the first slot, by the plainest calls that there are."""
    scard: Any = import_module("smartcard.scard")
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        _, names = scard.SCardListReaders(context, [])
        first = next((each for each in names if each.endswith("00 00")), "")
        result, card, _ = scard.SCardConnect(
            context, first, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T1
        )
        if result == scard.SCARD_S_SUCCESS:
            break
        time.sleep(0.1)
    else:
        raise SystemExit("no card came into the first slot: does pcscd run with vsmartcard-vpcd?")
    pci = scard.SCARD_PCI_T1
    yield lambda command: bytes(scard.SCardTransmit(card, pci, list(command))[1])
    scard.SCardDisconnect(card, scard.SCARD_UNPOWER_CARD)
    scard.SCardReleaseContext(context)


def per_second(transmit: Callable[[bytes], bytes], command: bytes, count: int) -> float:
    """Commands per second at the median exchange; the answers must be answers."""
    if not transmit(command).endswith(b"\x90\x00"):
        raise SystemExit("the card does not answer 9000")
    took = []
    for _ in range(count):
        started = time.perf_counter()
        transmit(command)
        took.append(time.perf_counter() - started)
    return 1 / median(took)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--commands", type=int, default=5000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--port", type=int, default=FIRST_PORT)
    chosen = options.parse_args()
    card = issued()
    cards = {
        "nothing": (nothing, chosen.port, known_answers(card)),
        "ours": (simulated, chosen.port, card),
    }
    best: dict[tuple[str, str], float] = {}
    for _ in range(chosen.rounds):
        for name, arguments in cards.items():
            with plugged(*arguments), connected() as transmit:
                for title, command in COMMANDS.items():
                    found = per_second(transmit, command, chosen.commands)
                    best[name, title] = max(found, best.get((name, title), 0.0))
            time.sleep(1)  # pcscd looks for cards every 0.4 seconds
    for title in COMMANDS:
        ratio = best["ours", title] / best["nothing", title]
        print(
            f"{title}: {best['ours', title]:,.0f}/s, a card that does nothing "
            f"{best['nothing', title]:,.0f}/s: {ratio:.2f} (goal {GOAL})"
        )


if __name__ == "__main__":
    main()
