"""Whole bank transactions on the card model, in process, on one core: commands and microseconds.

    python benchmarks/transactions.py [transactions]

Timed is the card alone, ``VirtualCard.transmit`` of every command from SELECT of the directory to
the last cryptogram; terminal, its checks of signatures, and the issuer's host are not.  The bare
cipher calls that such a transaction needs of the card (session keys, cryptograms, MACs, the
signature), on the same keys and in the same run, are the least that any card in Python computes:
quote the ratio, not the microseconds.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import median
from time import perf_counter

from simulator import VirtualCard
from sscard.cos.protocol import Protocol
from sscard.issuance.accounts_in_use import Account, AccountBook
from sscard.issuance.authorizer import Authorizer
from sscard.issuance.card_signing import new_signing
from sscard.keys import Pin, sm2
from sscard.keys.application_cryptogram import FAMILIES
from sscard.keys.issuer_operations import DerivedOperations
from sscard.keys.stores import load_bank
from sscard.keys.stores.certificates import load_certificates
from sscard.perso.plan import run
from sscard.perso.pse import BankAccount, personalize, prepare
from sscard.perso.pse_signing import Signing
from sscard.profiles import Profile, Setting, load_profile
from sscard.terminal.pos import (
    Application,
    Authorities,
    Outcome,
    Surroundings,
    Terminal,
    Transaction,
    contact,
    contactless,
)

TRANSACTIONS, TIMES = 20, 9
CHIP, ACCOUNT = "gen3-80k", BankAccount("TEST", "6228000100001117", "3012", "01", test=True)
DAY = datetime(2026, 11, 22, 10, 30, 0)
SOURCE = random.Random(1).randbytes
BANK, ISSUERS = load_bank(), load_certificates()
#: What is signed by DDA and fDDA, about as long as here.
SIGNED = bytes(32)


@dataclass(frozen=True)
class Case:
    """One kind of transaction; ``pieces`` are its calls: session keys, cryptograms, ARPCs, MACs."""

    name: str
    protocol: Protocol
    pieces: tuple[int, int, int, int]
    outcome: Outcome


CASES = (
    Case("contact online, DDA", Protocol.T1, (5, 2, 1, 2), Outcome.APPROVED_ONLINE),
    Case("qPBOC offline, fDDA", Protocol.CONTACTLESS, (2, 1, 0, 1), Outcome.APPROVED_OFFLINE),
)


@dataclass
class Clock:
    """A connection that counts commands and the time that the card takes for them."""

    card: VirtualCard
    commands: int = 0
    seconds: float = field(default=0.0)

    def reset(self) -> bytes:
        return self.card.reset()

    def transmit(self, command: bytes, /) -> bytes:
        self.commands += 1
        started = perf_counter()
        answer = self.card.transmit(command)
        self.seconds += perf_counter() - started
        return answer


def complete() -> Profile:
    """Everything on the card, with money in it."""
    profile = load_profile("gen3")
    written = tuple(each.model_copy(update={"written": True}) for each in profile.groupings)
    money = Setting(value=99_000, source="benchmark", mark="S")
    return profile.model_copy(
        update={"bank": {**profile.bank, "cash_balance": money}, "groupings": written}
    )


def issued(signing: Signing) -> VirtualCard:
    """The bank's side of a card, personalized."""
    groupings = prepare(
        complete(), ACCOUNT, "张三", BANK, effective=date(2026, 2, 3), signing=signing
    )
    card = VirtualCard.blank(CHIP)
    card.power_on()
    run(personalize(groupings, BANK, random=SOURCE), card)
    return card


def shop(sm: bool) -> tuple[Terminal, Surroundings]:
    """A terminal that asks for the family, and the issuer's host."""
    book = AccountBook()
    book.open(Account(ACCOUNT.number, ACCOUNT.psn, balance=10**12))
    host = Authorizer(book, DerivedOperations.of(BANK), lambda _account, _block: True)
    around = Surroundings(
        random=SOURCE,
        issuer=host.authorize,
        pin=lambda _tries: Pin("123456"),
        online_pin=lambda _account: bytes(8),
    )
    known = Authorities(ISSUERS.rsa_authorities, ISSUERS.sm2_authorities)
    return Terminal((Application(floor_limit=0),), known, sm=sm), around


def transact(card: VirtualCard, case: Case, sm: bool, count: int) -> tuple[int, float]:
    """Commands of one transaction, and the card's seconds for it."""
    terminal, around = shop(sm)
    kernel = contact if case.protocol is Protocol.T1 else contactless
    clock = Clock(card)
    for _ in range(count):
        card.power_on(case.protocol)
        receipt = run(kernel.transact(terminal, Transaction(1, DAY, SOURCE(4)), around), clock)
        if receipt.outcome is not case.outcome or receipt.values[0x9F10][7] != (4 if sm else 1):
            raise SystemExit(f"{case.name}: {receipt.outcome.value}")
    return clock.commands // count, clock.seconds / count


def bare(case: Case, signing: Signing, sm: bool) -> Callable[[], None]:
    """The cipher calls of one such transaction, and nothing else."""
    family = FAMILIES["sm4" if sm else "3des"]
    udk, atc, data = family.key(SOURCE(16)), bytes(2), bytes(37)
    sessions, cryptograms, arpcs, macs = case.pieces
    sign = signed_with(signing, sm)

    def compute() -> None:
        for _ in range(sessions):
            session = family.session_key(udk, atc)
        for _ in range(cryptograms):
            family.cryptogram(session, data)
        for _ in range(arpcs):
            family.arpc(session, bytes(8), b"00")
        for _ in range(macs):
            family.issuer_data_mac(session, atc, 1, bytes(5))
        sign()

    return compute


def signed_with(signing: Signing, sm: bool) -> Callable[[], object]:
    """One signature with the card's key."""
    if sm:
        key = signing.sm2.key
        digest = sm2.digest(key.public, SIGNED)
        return lambda: key.sign_digest(digest, SOURCE)
    rsa, block = signing.rsa.key, b"\x6a" + SOURCE(signing.rsa.key.public.size - 1)
    return lambda: rsa.power(block)


def seconds(compute: Callable[[], None], count: int) -> float:
    started = perf_counter()
    for _ in range(count):
        compute()
    return (perf_counter() - started) / count


def measure(card: VirtualCard, case: Case, signing: Signing, sm: bool, count: int) -> None:
    """Print the best of some rounds, and the median of their ratios.

    Card and bare calls take turns, because the machine drifts.
    """
    compute = bare(case, signing, sm)
    transact(card, case, sm, 1)
    rounds = [(transact(card, case, sm, count), seconds(compute, count)) for _ in range(TIMES)]
    commands = rounds[0][0][0]
    ours, theirs = min(each for (_, each), _ in rounds), min(each for _, each in rounds)
    ratio = median(one / other for (_, one), other in rounds)
    name = f"{case.name:20} {'SM4/SM2' if sm else '3DES/RSA':9}"
    print(f"{name} {commands:8} {1e6 * ours:10,.0f} {1e6 * theirs:10,.0f} {ratio:7.2f}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else TRANSACTIONS
    signing = new_signing(complete(), ISSUERS, SOURCE)
    if signing is None or signing.rsa is None or signing.sm2 is None:
        raise SystemExit("the profile does not sign with both families")
    card = issued(signing)
    columns = f"{'commands':>8} {'card µs':>10} {'bare µs':>10} {'ratio':>7}"
    print(f"{'transaction':20} {'family':9} {columns}")
    for case in CASES:
        for sm in (False, True):
            measure(card, case, signing, sm, count)


if __name__ == "__main__":
    main()
