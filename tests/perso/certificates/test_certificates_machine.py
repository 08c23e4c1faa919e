"""Any order of work, torn at any page: what a card has is what was begun last, or was before it."""

from __future__ import annotations

import random
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from simulator import VirtualCard
from simulator.faults import PowerLoss, Torn, TornNVM
from sscard.apdu import pki
from sscard.channel.pki import pin_key
from sscard.perso.certificates import (
    BlankCard,
    TriesKept,
    Written,
    audit,
    make_another_key,
    make_key,
)
from sscard.perso.plan import run
from sscard.profiles.chips import load_chip
from tests.certified_card import (
    AT,
    BLANK,
    CHIP,
    application,
    authority,
    blank_card,
    request_for,
    writing,
)
from tests.perso.certificates.cards import answer_for

AUTHORITIES = (11, 12)
TEARS = st.tuples(st.integers(1, 60), st.sampled_from(Torn))
#: The whole work programs 154 pages, PIN and master keys at the end.
LATE = st.tuples(st.integers(110, 150), st.sampled_from(Torn))
KEYS = 4


@cache
def blank_cells() -> bytes:
    return bytes(blank_card().card.nvm.cells)


class CertificateWork(RuleBasedStateMachine):
    """``before`` is what the card has for sure, ``begun`` the authority of a write not finished."""

    @initialize()
    def delivered(self) -> None:
        self.nvm = TornNVM(bytearray(blank_cells()))
        self.numbers = random.Random(4)
        self.card = VirtualCard(self.nvm, load_chip(CHIP), random=self.drawn)
        self.card.power_on()
        self.made = 0
        self.before = BLANK
        self.begun: int | None = None
        self.finished: Any = None
        self.known: Any = None

    def drawn(self, size: int) -> bytes:
        """The pairs are few, so that each is certified once only."""
        if size != 32:
            return self.numbers.randbytes(size)
        self.made += 1
        return bytes((self.made % KEYS + 1,)) * 32

    def memory(self) -> Any:
        assert self.card.card.certificates is not None
        return self.card.card.certificates._standing.memory

    def point(self) -> bytes:
        """The signature key that is on the card; empty where there is none."""
        found = bytes(self.memory().files[pki.SIGNATURE_PUBLIC].content[2:])
        return found if any(found) else b""

    def until_torn(self, plan: Any, tear: tuple[int, Torn] | None) -> Any:
        """What the plan gives; None when power failed, or too few tries are left."""
        if tear is not None:
            self.nvm.arm(*tear)
        result = None
        with suppress(PowerLoss):
            try:
                result = run(plan, self.card)
            except TriesKept:
                self.people()
        self.nvm.arm(0, Torn.OLD)
        self.card.power_on()
        return result

    def people(self) -> None:
        """Somebody has found out what the card has, and gives the tries back."""
        for pin in self.memory().pins.values():
            assert pin.left > 0
            pin.succeed()
        self.nvm.commit()

    @precondition(lambda self: self.known is None)
    @rule(tear=st.none() | TEARS)
    def make(self, tear: tuple[int, Torn] | None) -> None:
        there = self.point()
        made = self.until_torn(make_key(application(), self.before), tear)
        if made is not None:
            assert made.already == bool(there)
            self.known = made.public
        assert self.point() == there or not there

    @precondition(lambda self: self.known is not None)
    @rule(tear=LATE, seed=st.sampled_from(AUTHORITIES))
    def write_nearly(self, tear: tuple[int, Torn], seed: int) -> None:
        self.write(tear, seed)

    @precondition(lambda self: self.known is not None)
    @rule(seed=st.sampled_from(AUTHORITIES))
    def write_all(self, seed: int) -> None:
        self.write(None, seed)

    @precondition(lambda self: self.known is not None)
    @rule(tear=TEARS, seed=st.sampled_from(AUTHORITIES))
    def write(self, tear: tuple[int, Torn] | None, seed: int) -> None:
        """A write that was begun is finished with its own answer."""
        self.begun = seed = self.begun or seed
        request, answer = request_for(self.known), answer_for(self.known, seed)
        plan = writing(request, answer, authority(seed), self.before)
        if self.until_torn(finished(plan), tear):
            self.before = BlankCard(BLANK.user_pin, answer.admin_pin, answer.master)
            self.finished, self.begun = seed, None

    @precondition(lambda self: self.known is not None and self.begun is None)
    @rule(tear=st.none() | TEARS)
    def another(self, tear: tuple[int, Torn] | None) -> None:
        """Whoever is torn asks again for the same, and gets one other key, not two."""
        lost = self.known
        torn = self.until_torn(make_another_key(application(), self.before, lost), tear)
        there = self.point()
        made = self.until_torn(make_another_key(application(), self.before, lost), None)
        assert made is not None
        assert made.already == (there != lost.point)
        assert torn is None or torn.public == made.public
        assert made.public != lost
        self.known, self.finished = made.public, None

    @precondition(lambda self: self.finished and self.begun is None)
    @rule()
    def look(self) -> None:
        by = authority(self.finished)
        given = (request_for(self.known), answer_for(self.known, self.finished))
        written = Written(*given, BLANK.user_pin, by.root, by.issuers, AT)
        found = run(audit(application(), written, random.Random(1).randbytes), self.card)
        wrong = {each.subject for each in found if not each.agrees}
        assert wrong <= {"PKI user PIN: tries", "PKI admin PIN: tries"}, "a cut may have used one"

    @invariant()
    def secrets(self) -> None:
        """Old ones, or those of what was begun; never anything else."""
        known = [self.before]
        if self.begun:
            answer = answer_for(self.known, self.begun)
            known.append(BlankCard(BLANK.user_pin, answer.admin_pin, answer.master))
        memory = self.memory()
        admin = memory.pins[pki.ADMIN].key
        assert any(admin == pin_key(each.admin_pin.encoded()) for each in known)
        for directory in memory.directories.values():
            assert any(directory.master.key == each.master for each in known)


def finished(plan: Any) -> Any:
    """The plan, which then says that it has come to its end."""
    yield from plan
    return True


def test_any_order_of_work() -> None:
    run_state_machine_as_test(
        CertificateWork, settings=settings(max_examples=4, stateful_step_count=8, deadline=None)
    )


@pytest.mark.full
def test_any_order_of_work_at_length() -> None:
    run_state_machine_as_test(
        CertificateWork, settings=settings(max_examples=150, stateful_step_count=20, deadline=None)
    )
