"""Commands on the card model, in process, on one core: commands per second.

    python benchmarks/card_commands.py

The reference loop of the same run is the least that any card in Python must do with a command:
parse it, look the answer up in a dictionary, build the response.  Quote the ratio, not the seconds.

Timed is ``VirtualCard.transmit`` of the one command.  What comes before it each time (the challenge
of EXTERNAL AUTHENTICATE and of a MAC) is not timed, and what a terminal computes was computed
before: the card gives the same challenge again and again.  Only GET CHALLENGE takes its bytes from
the operating system.  VERIFY counts its try in the memory and takes it back; UPDATE RECORD programs
its pages through the journal.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from personalize import PERSON, TODAY

from simulator import VirtualCard
from sscard.apdu import iso7816, ssc
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.channel import authenticate, wrap
from sscard.cos import NVM
from sscard.keys import SUITES, KeyReference
from sscard.keys.stores import load_exchange, load_social_security
from sscard.perso import social_security
from sscard.perso.order import CardNumbers, CardOrder, prepare
from sscard.perso.plan import run
from sscard.profiles import load_profile
from sscard.profiles.chips import load_chip

ROUNDS, TIMES = 5_000, 9
CHIPS = {"3des": ("gen2-32k", "TEST-GEN2"), "sm4": ("gen3-80k", "TEST-GEN3")}
CHALLENGE = bytes(range(8))
GET_CHALLENGE = iso7816.get_challenge(8)


@dataclass(frozen=True)
class Case:
    """One command: what leads to it once, what comes before it each time, untimed."""

    name: str
    command: CommandAPDU
    setup: tuple[CommandAPDU, ...]
    before: CommandAPDU | None = None
    random: Callable[[int], bytes] = lambda size: CHALLENGE[:size]


def ordered(suite: str) -> CardOrder:
    """A card of this suite, whose keys are known."""
    chip, lot = CHIPS[suite]
    profile = load_profile("gen2").model_copy(update={"suite": suite, "chip": chip})
    numbers = CardNumbers("X00000019", bytes(4), "639900", TODAY)
    store = load_social_security(None, SUITES[suite])
    exchange = load_exchange(None, SUITES[suite])
    return prepare(profile, PERSON, numbers, store=store, exchange=exchange, lot=lot)


def cases(order: CardOrder) -> Iterator[Case]:
    """What is measured, on SSSE and on DF01."""
    suite = order.suite
    ssse, df01 = (
        iso7816.select(order.profile.directory(name).df_name) for name in ("SSSE", "DF01")
    )
    keys = {key.name: key.kid for each in order.profile.directories for key in each.keys}

    def show(name: str) -> CommandAPDU:
        key = order.keys[KeyReference(name, 1)]
        proof = authenticate(suite, key, CHALLENGE, CHALLENGE)
        return ssc.external_authenticate(keys[name], proof, CHALLENGE)

    yield Case("SELECT", ssse, ())
    yield Case("READ RECORD", iso7816.read_record(1, sfi=5), (ssse,))
    yield Case("READ RECORD by tag", iso7816.read_record_tag(7, sfi=5), (ssse,))
    yield Case("GET CHALLENGE", GET_CHALLENGE, (ssse,), random=os.urandom)
    yield Case("VERIFY", iso7816.verify(bytes.fromhex("123456")), (ssse,))
    yield Case("EXTERNAL AUTHENTICATE", show("UKSSSE"), (ssse,), GET_CHALLENGE)
    stk = order.keys[KeyReference("STKDF01", 1)]
    record = iso7816.update_record(1, bytes.fromhex("290133"), sfi=7)
    ready = (df01, GET_CHALLENGE, show("UK2DF01"))
    yield Case("UPDATE RECORD, MAC", wrap(record, suite, stk, CHALLENGE), ready, GET_CHALLENGE)


def rate(process: Callable[[bytes], bytes], command: bytes, before: bytes | None) -> float:
    """Commands per second; with something before each, every command is timed by itself."""
    if before is None:
        started = perf_counter()
        for _ in range(ROUNDS):
            process(command)
        return ROUNDS / (perf_counter() - started)
    spent = 0.0
    for _ in range(ROUNDS):
        process(before)
        started = perf_counter()
        process(command)
        spent += perf_counter() - started
    return ROUNDS / spent


def reference(raw: bytes, answer: bytes) -> Callable[[bytes], bytes]:
    """A card that only parses, looks up and answers."""
    answers = {(raw[0], raw[1], raw[2], raw[3]): answer[:-2]}

    def process(raw: bytes) -> bytes:
        command = CommandAPDU.parse(raw)
        return bytes(ResponseAPDU(answers[command.cla, command.ins, command.p1, command.p2]))

    return process


def measure(case: Case, order: CardOrder, cells: bytes) -> None:
    """Print the best of some rounds, and the median of their ratios.

    Card and reference take turns, because the machine drifts.
    """
    chip = load_chip(order.profile.chip)
    card = VirtualCard(NVM(bytearray(cells)), chip, random=case.random)
    card.power_on()
    raw, before = bytes(case.command), bytes(case.before) if case.before else None
    for command in (*case.setup, *((case.before,) if case.before else ())):
        ResponseAPDU.parse(card.transmit(bytes(command))).require(case.name)
    answer = card.transmit(raw)
    ResponseAPDU.parse(answer).require(case.name)
    least = reference(raw, answer)
    rounds = [(rate(card.transmit, raw, before), rate(least, raw, None)) for _ in range(TIMES)]
    ours, theirs = map(max, zip(*rounds, strict=True))
    ratio = median(one / other for one, other in rounds)
    name = f"{order.suite.name:5} {case.name:22}"
    print(f"{name} {ours:10,.0f}/s {theirs:12,.0f}/s {ratio:7.3f}")


def main() -> None:
    print(f"{'suite':5} {'command':22} {'card':>12} {'reference':>14} {'ratio':>7}")
    for suite in CHIPS:
        order = ordered(suite)
        card = VirtualCard.blank(order.profile.chip, lot=order.lot)
        run(social_security.personalize(order, random.Random(1).randbytes), card)
        for case in cases(order):
            measure(case, order, bytes(card.card.nvm.cells))


if __name__ == "__main__":
    main()
