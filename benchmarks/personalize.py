"""The whole path of one card on one core: seconds per phase, and what the card's ciphers cost.

    python benchmarks/personalize.py [cards]

"beyond ciphers" is everything but the cipher calls of both sides, per command; the bare cost of the
same calls is timed in the same run, because the machine's speed drifts.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

from simulator import VirtualCard
from sscard.issuance.stations import BankStation, SocialStation, account_of_test_bank
from sscard.keys import des
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.perso.order import CardNumbers
from sscard.profiles import load_profile

PERSON = {
    "id_number": "110101199003070038",
    "name": "张三",
    "sex": "1",
    "birth_date": "1990-03-07",
    "phone": "13800000000",
    "hukou_address": "幸福路一号",
}
TODAY = date(2026, 11, 22)
CIPHERS = ("ecb_encrypt", "ecb_decrypt", "cbc_encrypt", "cbc_decrypt", "cbc_mac", "retail_mac")


class Counted:
    """A connection that counts commands and lets a card pass through."""

    def __init__(self, card: VirtualCard) -> None:
        self.card = card
        self.commands = 0

    def reset(self) -> bytes:
        return self.card.reset()

    def transmit(self, command: bytes, /) -> bytes:
        self.commands += 1
        return self.card.transmit(command)


def make(number: int, seconds: dict[str, float], commands: Counter[str]) -> VirtualCard:
    """One card through both stations and the audit, everything but the ledger."""
    profile, exchange = load_profile("gen2"), EXCHANGE
    social = SocialStation(profile, SOCIAL, exchange, "TEST-GEN2", os.urandom)
    bank = BankStation(profile, BANK, exchange, os.urandom, load_certificates())
    account = account_of_test_bank(profile, "6228000000000011", TODAY)
    with timed("prepare", seconds):
        numbers = CardNumbers("X00000019", number.to_bytes(4, "big"), "639900", TODAY)
        order = social.prepare(PERSON, numbers)
    chip = Counted(VirtualCard.blank(profile.chip, lot=order.lot))
    for phase, work in (
        ("social-security station", lambda: social.run(order, chip)),
        ("bank station", lambda: bank.run(chip, bank.identify(chip), account, TODAY)),
        ("audit", lambda: social.audit(order, chip)),
    ):
        before = chip.commands
        with timed(phase, seconds):
            work()
        commands[phase] += chip.commands - before
    return chip.card


@contextmanager
def timed(phase: str, seconds: dict[str, float]) -> Iterator[None]:
    started = perf_counter()
    yield
    seconds[phase] += perf_counter() - started


@contextmanager
def recorded_ciphers(calls: list[tuple[Callable[..., Any], tuple[Any, ...]]]) -> Iterator[None]:
    """Note every cipher call, to time exactly the same ones again with nothing around them."""
    originals = {name: getattr(des, name) for name in CIPHERS}

    def noting(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            calls.append((function, arguments))
            return function(*arguments)

        return call

    for name, function in originals.items():
        setattr(des, name, noting(function))
    try:
        yield
    finally:
        for name, function in originals.items():
            setattr(des, name, function)


def main() -> None:
    cards = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    seconds: dict[str, float] = defaultdict(float)
    commands: Counter[str] = Counter()
    make(0, defaultdict(float), Counter())  # warm up
    for number in range(cards):
        card = make(number, seconds, commands)
        with timed("image", seconds), tempfile.TemporaryDirectory() as folder:
            card.save(Path(folder) / "one.card")
    calls: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
    with recorded_ciphers(calls):
        make(0, defaultdict(float), Counter())
    started = perf_counter()
    for function, arguments in calls:
        function(*arguments)
    ciphers = perf_counter() - started

    total = sum(seconds.values()) / cards
    for phase, spent in seconds.items():
        per_card = spent / cards
        count = commands[phase] // cards
        print(
            f"{phase:26}{1e3 * per_card:8.2f} ms {per_card / total:6.1%} {count or '':>5} commands"
        )
    each = sum(commands.values()) / cards
    print(f"{'one card':26}{1e3 * total:8.2f} ms, {1 / total:.1f} cards/s, {each:.0f} commands")
    print(f"{'cipher calls alone':26}{1e3 * ciphers:8.2f} ms, {len(calls)} calls")
    print(f"beyond ciphers {1e6 * (total - ciphers) / each:.1f} µs a command")


SOCIAL, BANK, EXCHANGE = load_social_security(None), load_bank(None), load_exchange(None)

if __name__ == "__main__":
    main()
