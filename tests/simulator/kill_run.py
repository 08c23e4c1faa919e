"""A simulated card that is killed again and again while it is personalized; see test_kills.

The card lives in a process of its own, kept in an image at each command.  The host goes through a
run that was recorded before, brings a card that comes back to where it was, and goes on.  What it
compares the image with is the record's contents before and after each command.

Usage: kill_run.py DIRECTORY KILLS SEED.  Prints what has happened as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from simulator import VirtualCard
from simulator.persistence import Persist, kept
from sscard.apdu import iso7816
from sscard.apdu.iso7816 import INS
from sscard.cos.pse.state import State
from sscard.issuance.card_signing import new_signing
from sscard.issuance.stations import account_of_test_bank
from sscard.keys import SM4_SUITE
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.perso import audit, audit_pse, handover, pse, social_security
from sscard.perso.audit import require
from sscard.perso.order import CardNumbers, CardOrder, prepare
from sscard.perso.plan import run
from sscard.perso.pse import Instance
from sscard.profiles import load_profile
from sscard.profiles.chips import load_chip
from tests.perso.torn_runs import contents

TODAY = date(2026, 1, 31)
PERSON = {
    "id_number": "110101199003070038",
    "name": "诸葛验收",
    "sex": "1",
    "birth_date": "1990-03-07",
    "phone": "13987654321",
}
SSSE = 0xDDF1
TRANSPORT, CREATE_DIRECTORY = bytes.fromhex("80E00300"), bytes.fromhex("80E00100")
#: What a terminal has to do again after power-off, besides SELECT.
VOLATILE = (bytes((0x00, INS.GET_CHALLENGE)), bytes((0x00, INS.EXTERNAL_AUTHENTICATE)))
#: The kill comes at a drawn moment while the command is under way: within the time that writing
#: exchanges have taken here so far, and this many seconds before one was timed.
WITHIN = 0.010


class Source:
    """Random bytes: those of ``again`` first, then new ones; ``drawn`` notes them."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.drawn: list[bytes] = []
        self.again: list[bytes] = []

    def __call__(self, size: int) -> bytes:
        value = self.again.pop(0) if self.again else self._chance.randbytes(size)
        self.drawn.append(value)
        return value


@dataclass
class Step:
    """One command, or a power-up, whose ``raw`` is empty, with the contents around it."""

    raw: bytes
    drawn: list[bytes] = field(default_factory=list)
    answer: bytes = b""
    before: bytes = b""
    after: bytes = b""


class Recorder:
    """A card in this process and everything that went to and from it."""

    def __init__(self, card: VirtualCard, source: Source) -> None:
        self.card, self.steps = card, list[Step]()
        self._source = source

    def reset(self) -> bytes:
        return self._recorded(b"", lambda _: self.card.reset())

    def transmit(self, raw: bytes) -> bytes:
        return self._recorded(raw, self.card.transmit)

    def _recorded(self, raw: bytes, do: Callable[[bytes], bytes]) -> bytes:
        step = Step(raw, before=contents(self.card.card.nvm, self.card.chip))
        self.steps.append(step)
        self._source.drawn = step.drawn
        step.answer = do(raw)
        step.after = contents(self.card.card.nvm, self.card.chip)
        return step.answer


def way_to(steps: list[Step]) -> Iterator[Step]:
    """What brings a card that has just got power to where it was after these steps."""
    power_up = max((number for number, step in enumerate(steps) if not step.raw), default=-1)
    since = steps[power_up + 1 :]
    for number, step in enumerate(since):
        if step.raw.startswith(TRANSPORT):
            yield from since[number - 1 : number + 1]
    places = [number for number, step in enumerate(since) if list(directory(step))]
    if places:
        yield from directory(since[places[-1]])
    for step in since[places[-1] if places else 0 :]:
        if step.raw.startswith(VOLATILE):
            yield step


def directory(step: Step) -> Iterator[Step]:
    """How to come to where a step has led: a SELECT as it was, a new directory by its FID."""
    if step.raw.startswith(CREATE_DIRECTORY):
        for fid in (SSSE, int.from_bytes(step.raw[5:7], "big")):
            yield Step(bytes(iso7816.select_fid(fid)))
    elif step.raw[1:2] == bytes((INS.SELECT,)):
        yield step


class Killed(Exception):
    """The card's process is dead; ``answer`` is what it had said to the last command, if it had."""

    def __init__(self, answer: bytes | None) -> None:
        super().__init__("killed")
        self.answer = answer


class Machine:
    """A reader whose card is a process that is killed at exchanges drawn by ``chance``.

    ``rate`` is the probability at an exchange, as long as there are ``kills`` left; twelve times
    as high where the card is known to write.
    """

    def __init__(self, image: Path, kills: int, rate: float, chance: random.Random) -> None:
        self.image, self.kills, self.rate, self.chance = image, kills, rate, chance
        self.counts: Counter[str] = Counter()
        self._within = WITHIN
        self.start()

    def start(self) -> None:
        """Plug the card in again."""
        here, there = Pipe()
        self._child = os.fork()
        if not self._child:
            here.close()
            simulate(self.image, there)
        there.close()
        self._line = here
        self.counts["lives"] += 1

    def stop(self) -> None:
        """Pull the card out in peace."""
        self._line.close()
        os.waitpid(self._child, 0)

    def reset(self) -> bytes:
        return self.exchange(b"", [])

    def transmit(self, raw: bytes) -> bytes:
        return self.exchange(raw, [])

    def exchange(self, raw: bytes, drawn: list[bytes], *, writes: bool = False) -> bytes:
        """The answer.  Raises Killed."""
        rate = self.rate * (12 if writes else 1)
        dies = self.kills > 0 and self.chance.random() < rate
        self._line.send((raw, drawn))
        if not dies:
            started = time.perf_counter()
            answer = bytes(self._line.recv())
            if writes:  # disks and machines differ, and are busy at times
                self._within += (time.perf_counter() - started - self._within) / 8
            return answer
        moment = time.perf_counter() + self.chance.uniform(0, self._within)
        answered = False
        while not answered and time.perf_counter() < moment:
            answered = self._line.poll(0)  # with a time it waits whole milliseconds
        answer = bytes(self._line.recv()) if answered else None
        os.kill(self._child, signal.SIGKILL)
        assert os.waitpid(self._child, 0)[1] == signal.SIGKILL
        self._line.close()
        self.kills -= 1
        self.counts["kills"] += 1
        self.counts["kills after the answer" if answered else "kills before the answer"] += 1
        raise Killed(answer)


def simulate(image: Path, line: Connection) -> NoReturn:
    """Be the card until the other side ends, in the child process."""
    source = Source(int.from_bytes(os.urandom(4), "big"))
    with kept(image, Persist.EACH_COMMAND, random=source) as card:
        while True:
            try:
                raw, source.again = line.recv()
            except EOFError:
                break
            line.send(card.transmit(raw) if raw else card.power_on())
    os._exit(0)


class Personalization:
    """One card from blank to audited, however often its process is killed."""

    def __init__(self, machine: Machine, order: CardOrder, steps: list[Step]) -> None:
        self.machine, self.order, self.steps = machine, order, steps
        self.counts = machine.counts
        self.chip = load_chip(order.profile.chip)

    def social(self) -> None:
        """The recorded run of the social-security station."""
        at = 0
        while at < len(self.steps):
            on_the_way = True
            try:
                for step in way_to(self.steps[:at]):
                    self.machine.exchange(step.raw, step.drawn)
                on_the_way = False
                while at < len(self.steps):
                    step = self.steps[at]
                    assert self._sent(step) == step.answer, at
                    at += 1
            except Killed as killed:
                at += self._after(killed, self.steps[at], on_the_way=on_the_way)

    def _sent(self, step: Step) -> bytes:
        return self.machine.exchange(step.raw, step.drawn, writes=step.before != step.after)

    def _after(self, killed: Killed, step: Step, *, on_the_way: bool) -> bool:
        """The card comes back; whether the command that was cut has happened."""
        found = contents(self.loaded().card.nvm, self.chip)
        changes = step.before != step.after
        if on_the_way:
            assert found == step.before, "the way changes nothing"
        elif killed.answer is not None:
            assert killed.answer == step.answer
            assert found == step.after, "an answered command was lost"
        else:
            assert found in (step.before, step.after), "a mixture"
            happened = changes and found == step.after
            self.counts["cut commands that happened" if happened else "cut commands undone"] += 1
        self.machine.start()
        self._power_on()
        return not on_the_way and (killed.answer is not None or (changes and found == step.after))

    def _power_on(self) -> None:
        """Power, even if it takes several lives."""
        while True:
            try:
                self.machine.reset()
            except Killed:
                self.machine.start()
            else:
                return

    def loaded(self) -> VirtualCard:
        """The card in the image, which must load."""
        self.counts["images loaded"] += 1
        return VirtualCard.load(self.machine.image)

    def bank(self, instances: tuple[Instance, ...]) -> None:
        """The bank station does again what is not issued."""
        while True:
            states = {
                name: each.state for name, each in self.loaded().card.banking._instances.items()
            }
            left = [each for each in instances if states[each.name] is State.INSTALLED]
            try:
                run(pse.personalize(left, load_bank(), random=os.urandom), self.machine)
                if not run(handover.closed(self.order.profile), self.machine):
                    run(handover.close(self.order.profile, self.order.exchange), self.machine)
            except Killed:
                self.machine.start()
                self._power_on()
            else:
                return

    def audit(self, instances: tuple[Instance, ...]) -> None:
        """Both audits, as the line has them; from the beginning after a kill."""
        while True:
            try:
                found = run(audit.audit(self.order, os.urandom), self.machine)
                found = (*found, *run(audit_pse.audit(instances), self.machine))
            except Killed:
                self.machine.start()
            else:
                require(found)
                self.counts["audits passed"] += 1
                self.counts["findings"] += len(found)
                return


def recorded(order: CardOrder, seed: int) -> list[Step]:
    """What the social-security station does with a card that nobody kills."""
    source = Source(seed)
    card = VirtualCard.blank(order.profile.chip, lot=order.lot, random=source)
    made = Recorder(card, source)
    run(social_security.personalize(order, random.Random(seed).randbytes), made)
    return made.steps


def work(folder: Path, kills: int, seed: int) -> dict[str, float]:
    """Personalize cards until so many kills have happened, about 20 of them for each card."""
    profile, chance = load_profile("gen3"), random.Random(seed)
    order = prepare(
        profile,
        PERSON,
        CardNumbers("X00000019", bytes.fromhex("C0666779"), "510100", TODAY),
        store=load_social_security(None, SM4_SUITE),
        exchange=load_exchange(None, SM4_SUITE),
        lot="TEST-GEN3",
    )
    account = account_of_test_bank(profile, "6228000000000011", TODAY)
    signing = new_signing(profile, load_certificates(), os.urandom)
    instances = pse.prepare(
        profile, account, "诸葛验收", load_bank(), effective=TODAY, signing=signing
    )
    counts: Counter[str] = Counter()
    started = time.perf_counter()
    while counts["kills"] < kills:
        counts["cards"] += 1
        image = folder / f"{counts['cards']}.card"
        here = seed + counts["cards"]
        VirtualCard.blank(profile.chip, lot=order.lot, random=Source(here)).save(image)
        wanted = min(20, kills - counts["kills"])
        machine = Machine(image, wanted, wanted / 2700, chance)
        one = Personalization(machine, order, recorded(order, here))
        one.social()
        one.bank(instances)
        one.audit(instances)
        machine.stop()
        counts += machine.counts
    return {**counts, "seconds": round(time.perf_counter() - started, 1)}


if __name__ == "__main__":
    print(json.dumps(work(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
