"""Power fails at every page of the whole order of work, and the same plans go on from there.

One run is recorded; what each cut leaves is made from the record.  The card is what it was before
or after the command; the plans bring it to where the whole run ended, byte for byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest

from simulator import VirtualCard
from sscard.apdu import pki
from sscard.apdu.iso7816 import INS
from sscard.channel.pki import pin_key
from sscard.dialects.chip import Chip
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.x509 import CertificateAnswer
from sscard.perso.certificates import BlankCard, make_key
from sscard.perso.certificates.blank_card import Age
from sscard.perso.certificates.standing import Contents, Standing, after_a_tear
from sscard.perso.plan import run
from sscard.profiles.chips import load_chip
from tests.certified_card import (
    BLANK,
    CHIP,
    HOLDER,
    application,
    authority,
    blank_card,
    certify,
    request_for,
    writing,
)
from tests.perso.torn_runs import Memories, Recorded, Source, Written, contents

if TYPE_CHECKING:
    from tests.conftest import Torn, TornNVM

GENERATE = bytes((pki.CLASS, pki.PkiINS.GENERATE_KEY_PAIR))
PROOFS = (bytes((0x00, INS.VERIFY)), bytes((0x00, INS.EXTERNAL_AUTHENTICATE)))
NUMBER = 32


class Seeded(Source):
    """Challenges are new ones; the pair that the card makes is always the same one."""

    def __call__(self, size: int) -> bytes:
        return b"\x51" * NUMBER if size == NUMBER else super().__call__(size)


@dataclass
class Watched:
    """What the plans do on a card."""

    card: Any
    generated: int = 0
    wrong: int = 0
    refused: list[str] = field(default_factory=list)

    def reset(self) -> bytes:
        return bytes(self.card.reset())

    def transmit(self, raw: bytes) -> bytes:
        answer = bytes(self.card.transmit(raw))
        status = answer[-2:].hex()
        self.generated += raw.startswith(GENERATE)
        if status == "9000" or (raw.startswith(PROOFS) and len(raw) == 4):
            return answer
        if raw.startswith(PROOFS) and status.startswith("63c"):
            self.wrong += 1
        else:
            self.refused.append(f"{raw[:5].hex()} {status}")
        return answer


@dataclass(frozen=True)
class Work:
    """What shall become of a card: by which authority, from what it has before."""

    blank: BlankCard
    seed: int

    def do(self, card: Any) -> None:
        made = run(make_key(application(), self.blank), card)
        by = authority(self.seed)
        answer = self.answer(made.public)
        run(writing(request_for(made.public), answer, by, self.blank), card)

    def answer(self, public: SM2PublicKey) -> CertificateAnswer:
        return _answer(self.seed, public)


@cache
def _answer(seed: int, public: SM2PublicKey) -> CertificateAnswer:
    return authority(seed).answer(request_for(public))


def standing(card: VirtualCard, work: Work) -> Standing | None:
    """Where the card is, told by its memory; None before it has a key."""
    assert card.card.certificates is not None
    memory = card.card.certificates._standing.memory
    point = memory.files[pki.SIGNATURE_PUBLIC].content[2:]
    if not any(point):
        return None
    answer = work.answer(SM2PublicKey(point))
    pins = {Age.OLD: work.blank.admin_pin, Age.NEW: answer.admin_pin}
    masters = {Age.OLD: work.blank.master, Age.NEW: answer.master}
    found = {age: pin_key(pin.encoded()) for age, pin in pins.items()}
    files = [
        (memory.files[pki.ENCRYPTION_PUBLIC].content[2:], answer.envelope.public.point),
        (memory.files[pki.SIGNATURE_CERTIFICATE].content, answer.signature.ljust(1020, b"\0")),
        (memory.files[pki.ENCRYPTION_CERTIFICATE].content, answer.encryption.ljust(1020, b"\0")),
    ]
    told = Contents.PART if any(any(there) for there, _ in files) else Contents.NONE
    if all(there == wanted for there, wanted in files):
        told = Contents.WHOLE
    adf, ddf = (memory.directories[fid].master.key for fid in (pki.ADF_FID, 0))
    return Standing(
        told,
        _age(found, memory.pins[pki.ADMIN].key),
        _age(masters, adf),
        _age(masters, ddf),
    )


def _age(known: dict[Age, Any], there: Any) -> Age:
    (age,) = (age for age, each in known.items() if each == there)
    return age


class Cuts(Memories):
    """Cuts the whole order of work."""

    source = Seeded

    def __init__(self, chip: Chip, cells: bytes, work: Work, *more: Any) -> None:
        source = Seeded(3)
        card = VirtualCard(Written(bytearray(cells)), chip, random=source)
        super().__init__(Recorded(card, source), *more)
        self.work = work
        self.found: Counter[Standing | None] = Counter()
        work.do(self.run)
        statuses = {step.answer[-2:].hex() for step in self.run.steps if step.raw}
        assert statuses == {"9000", "63c6"}, "only the tries that are asked for"

    def go_on(self, card: VirtualCard) -> None:
        """The plans from their beginning, to the same end; no try and no pair too many."""
        before, watched = standing(card, self.work), Watched(card)
        self.found[before] += 1
        self.work.do(watched)
        assert watched.refused == []
        assert watched.generated == (before is None)
        assert watched.wrong == (before.wrong_tries if before else 0) <= 1
        assert contents(card.card.nvm, self.run.chip) == self.run.steps[-1].states[-1]

    def go_on_after(self, at: int, nvm: TornNVM) -> None:
        """What one cut has left."""
        _, card, _ = self.power_on(at, nvm)
        self.go_on(card)

    def cut_again(self, at: int, nvm: TornNVM, page: int, outcome: Torn) -> None:
        """The same, but power fails once more while the plans go on."""
        _, card, _ = self.power_on(at, nvm)
        nvm.arm(page, outcome, seed=page)
        with suppress(self.power_loss):
            self.work.do(card)
        again = VirtualCard(nvm, self.run.chip, random=Seeded(8))
        again.power_on()
        self.visited["cut twice"] += 1
        self.go_on(again)


def of_blank(*more: Any) -> Cuts:
    """A chip as delivered."""
    return Cuts(load_chip(CHIP), bytes(blank_card().card.nvm.cells), Work(BLANK, 11), *more)


def renewed(*more: Any) -> Cuts:
    """A card that has certificates of another authority, which are longer."""
    card = blank_card()
    before = certify(card, name=10 * HOLDER).answer
    again = BlankCard(BLANK.user_pin, before.admin_pin, before.master)
    return Cuts(load_chip(CHIP), bytes(card.card.nvm.cells), Work(again, 12), *more)


def of_counted(*more: Any) -> Cuts:
    """A chip as delivered that counts the tries of its master keys, too."""
    settings = replace(load_chip(CHIP).certificates, master_tries=3)
    chip = replace(load_chip(CHIP), certificates=settings)
    blank = VirtualCard.blank(chip, random=Seeded(1))
    return Cuts(chip, bytes(blank.card.nvm.cells), Work(BLANK, 11), *more)


CARDS = [of_blank, renewed, pytest.param(of_counted, marks=pytest.mark.full)]


@pytest.fixture(params=CARDS, ids=lambda each: each.__name__)
def cuts(
    torn_nvm: type[TornNVM], power_loss: type[Exception], request: pytest.FixtureRequest
) -> Iterator[Cuts]:
    made = request.param(torn_nvm, power_loss)
    yield made
    print(
        f"{request.node.name}: {len(made.run.steps)} commands program {len(made.run.pages)} pages; "
        f"{', '.join(f'{what} {times}' for what, times in made.visited.items())}; found "
        f"{', '.join(f'{what} {times}' for what, times in made.found.items())}"
    )


def test_power_cut_here_and_there(cuts: Cuts, outcomes: Iterable[Torn]) -> None:
    turn = cycle(outcomes)
    for at, nvm in cuts.memories(lambda page: [] if page % 6 else [next(turn)]):
        cuts.go_on_after(at, nvm)


@pytest.mark.full
def test_power_cut_at_every_page(cuts: Cuts, outcomes: Iterable[Torn]) -> None:
    for at, nvm in cuts.memories(lambda _: outcomes):
        cuts.go_on_after(at, nvm)
    possible = set(after_a_tear())
    if None not in cuts.found:  # it had certificates before
        possible = {each for each in possible if each.contents is not Contents.NONE}
    assert cuts.found.keys() - {None} == possible


@pytest.mark.full
@pytest.mark.parametrize("cuts", [of_blank, renewed], indirect=True)
def test_power_cut_twice(cuts: Cuts, outcomes: Iterable[Torn]) -> None:
    turn = cycle(outcomes)
    pages = cycle(range(1, 40))
    for at, nvm in cuts.memories(lambda page: [next(turn)]):
        cuts.cut_again(at, nvm, next(pages), next(turn))
