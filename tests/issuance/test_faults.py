"""Cards and readers that fail while the line works: an issued card or a clearly failed one.

The reference is the same run without a fault: same number, same random bytes.  A card is issued
only with the reference's contents.  Whatever happens, no command reaches a chip more often than it
does in the reference, and no secret loses more than the one try that the fault itself has cost.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from simulator import VirtualCard
from simulator.contents import contents, numbered
from simulator.faults import Fault, FaultyCard, FaultyNVM, Kind, Moment, Torn
from simulator.faults.fault import MOMENTS
from sscard.errors import SscardError
from sscard.issuance.applicants import Applicant, read_applicants
from sscard.issuance.card_keys import CardKeys, rsa_key, sm2_key
from sscard.issuance.issue_folder import open_folder
from sscard.issuance.ledger import Ledger, LedgerKeys
from sscard.issuance.line import Job, Line, LineStopped
from sscard.issuance.machines import CHINA, Machines, Timing
from sscard.issuance.report_data import Outcome
from sscard.issuance.states import CardState
from sscard.issuance.stations import BankStation, SocialStation
from sscard.keys import SM4_SUITE
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import load_certificates
from sscard.perso.pse import ChannelKeysDiffer
from sscard.profiles import Profile, load_profile

KEYS = LedgerKeys.of(load_social_security(None))
EXAMPLES = Path(__file__).parents[2] / "examples"
NOW = datetime(2026, 1, 31, 12, tzinfo=CHINA)
#: Seconds that the reader of these tests waits for a slow card.
PATIENCE = 10.0
#: Certificates and data that are signed with SM2, which draws a number for each signature.
SIGNED = {"DGI 0503", "DGI 0504", "DGI 0506", "DGI 0507"}
#: VERIFY, PIN CHANGE and UNBLOCK, EXTERNAL AUTHENTICATE, the transport key of the dialect.
SHOWING = {0x20, 0x24, 0x2C, 0x82, 0xE0}


@dataclass
class Noted:
    """A reader that notes what it sends to its card; ``audited`` is where the audit begins."""

    card: FaultyCard
    sent: list[bytes] = field(default_factory=list)
    audited: int | None = None

    def reset(self) -> bytes:
        return self.card.reset()

    def transmit(self, command: bytes, /) -> bytes:
        self.sent.append(command)
        return self.card.transmit(command)

    def save(self, path: Path, /) -> None:
        self.card.save(path)

    @property
    def headers(self) -> list[bytes]:
        return [command[:4] for command in self.sent]


class WatchedLine(Line):
    """Notes where the audit of a card begins."""

    def _audit(self, order: Any, certified: Any, instances: Any, chip: Any) -> None:
        chip.audited = len(chip.sent)
        super()._audit(order, certified, instances, chip)


@dataclass
class Run:
    """One person, one chip, and what has become of both."""

    chip: Noted
    outcome: Outcome
    error: SscardError | None
    state: CardState
    listed: bool
    image: bool

    def told(self) -> dict[str, tuple[object, ...]]:
        """Facts and values of everything on the chip.

        But SM2 signatures, which are others each time, and whether reading asks for a MAC, because
        the card asks for one to update only.
        """
        found = numbered(contents(self.chip.card))
        return {
            place: (
                {name: fact for name, fact in each.facts.items() if name != "read"},
                each.facts.get("read", "").removesuffix(", with MAC"),
                () if each.region.identifier in SIGNED else each.values,
            )
            for place, each in found.items()
        }

    def tries(self) -> dict[str, tuple[int, int]]:
        """Left and limit of every counter of tries."""
        return {
            place: (int(left), int(limit))
            for place, each in numbered(contents(self.chip.card)).items()
            for name, fact in each.facts.items()
            if "tries left" in name
            for left, _, limit in [fact.partition(" of ")]
        }


class Office:
    """Runs the line for one person with a chip of its own, each time in a new directory."""

    def __init__(self, folder: Path) -> None:
        self.profile: Profile = load_profile("gen3")
        path = EXAMPLES / "applicants.csv"
        register = read_applicants(path, self.profile, today=date(2026, 1, 1))
        self.applicants: tuple[Applicant, ...] = register.applicants[:3]
        self.person = self.applicants[0]
        self.stores = (load_social_security(None, SM4_SUITE), load_exchange(None, SM4_SUITE))
        self.bank, self.issuers = load_bank(None), load_certificates()
        rsa, sm2 = rsa_key(1024), sm2_key()
        self.card_keys = CardKeys(lambda _bits: rsa, lambda: sm2)  # each time the same card
        self.folder = folder
        with open_folder(folder / "new") as made, Ledger.open(made.ledger, KEYS):
            pass
        self.reference = self.run()

    def run(self, *faults: Fault) -> Run:
        """What comes of these faults, in a directory where nothing was issued."""
        out = self.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(self.folder / "new", out)
        return self.again(*faults)

    def again(self, *faults: Fault) -> Run:
        """The next run in the same directory."""
        chips: list[Noted] = []

        def blank() -> Noted:
            card = VirtualCard.blank(
                self.profile.chip, random=random.Random(6).randbytes, nvm=FaultyNVM
            )
            chips.append(Noted(FaultyCard(card, faults, patience=PATIENCE)))
            return chips[-1]

        with open_folder(self.folder / "out") as folder, Ledger.open(folder.ledger, KEYS) as ledger:
            results, error = [], None
            try:
                results.extend(self._line(folder, ledger, blank).issue([self.person]))
            except SscardError as stopped:
                error = stopped
            (row,) = [each for each in ledger.cards() if each.card_number][-1:]
            return Run(
                chips[-1],
                results[-1].outcome if results else Outcome.WAITING,
                error,
                row.state,
                folder.issued.exists(),
                folder.image(row.card_number).exists(),
            )

    def people(
        self, faults: Callable[[], list[Fault]], *, again: bool = False
    ) -> Counter[CardState]:
        """Three persons' cards, each with the next faults; the states of all cards so far."""
        out = self.folder / "people"
        if not again:
            shutil.copytree(self.folder / "new", out)

        def blank() -> Noted:
            return Noted(FaultyCard(VirtualCard.blank(self.profile.chip), faults()))

        with open_folder(out) as folder, Ledger.open(folder.ledger, KEYS) as ledger:
            for _ in self._line(folder, ledger, blank).issue(self.applicants):
                pass
            return Counter(row.state for row in ledger.cards())

    def _line(self, folder: Any, ledger: Ledger, blank: Callable[[], Noted]) -> Line:
        social, exchange = self.stores
        seeded, of_bank = random.Random(5).randbytes, random.Random(7).randbytes
        return WatchedLine(
            social=SocialStation(self.profile, social, exchange, "TEST-GEN3", seeded),
            bank=BankStation(
                self.profile,
                self.bank,
                exchange,
                of_bank,
                issuers=self.issuers,
                card_keys=self.card_keys,
            ),
            ledger=ledger,
            folder=folder,
            machines=Machines(blank, VirtualCard.load),
            job=Job("B1", ("gen3", bytes(32))),
            now=lambda: NOW,
            timing=Timing(lambda: 0.0),
        )


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("faults"))


def judge(office: Office, run: Run, fault: Fault) -> str:
    """What has become of the card; fails where it is neither issued nor clearly failed."""
    reference, where = office.reference, str(fault)
    if run.state is CardState.ISSUED:
        assert (run.outcome, run.listed, run.image) == (Outcome.ISSUED, True, True), where
        if garbles_the_audits_own_writing(reference, fault):
            return "ISSUED, garbled by the audit"
        assert run.told() == reference.told(), where
    else:
        assert run.outcome is not Outcome.ISSUED, where
        assert (run.listed, run.image) == (False, False), where
        given_up = run.state in (CardState.FAILED, CardState.SPOILED)
        waits = run.state is CardState.SSSE_DONE and isinstance(run.error, ChannelKeysDiffer)
        assert given_up or waits, where
    nothing_twice(run, reference, where)
    for place, (left, limit) in run.tries().items():
        assert left >= limit - 1, f"{where}: {place}"
    return f"{run.state.name}{' (line stops)' if run.error else ''}"


def garbles_the_audits_own_writing(reference: Run, fault: Fault) -> bool:
    """Whether the fault changes what the audit writes to try a right: it does not look again."""
    if fault.kind is not Kind.WRONG_BYTE or fault.moment is not Moment.COMMAND:
        return False
    audit = reference.chip.audited or 0
    writes = reference.chip.sent[fault.number - 1][1] in (0xD6, 0xDC)
    return writes and fault.number > audit


def nothing_twice(run: Run, reference: Run, where: str) -> None:
    """The stations send a beginning of the reference, and the audit no secret more often.

    An audit that was told something wrong looks at other things: reading them is no harm.
    """
    audit = reference.chip.audited
    stations = run.chip.headers[:audit]
    assert stations == reference.chip.headers[: len(stations)], where
    more = tried(run.chip.headers[audit:]) - tried(reference.chip.headers[audit:])
    assert not more, where


def tried(headers: list[bytes]) -> Counter[bytes]:
    """How often each secret is shown to the card: PIN, PUK, keys, transport key."""
    return Counter(header for header in headers if header[1] in SHOWING)


def faults_at(kind: Kind, moment: Moment, numbers: Iterable[int]) -> Iterator[Fault]:
    """One fault of this kind for each number, with everything else varied."""
    chance, torn = random.Random(f"{kind} {moment}"), cycle(Torn)
    for number in numbers:
        table: dict[str, Any] = {moment.value: number}
        if kind is Kind.WRONG_BYTE:
            table |= {"byte": chance.randrange(-2, 10), "mask": 1 << chance.randrange(8)}
        if kind is Kind.SLOW:
            table |= {"extensions": 1 + number % 2 * 20}
        if moment is Moment.PAGE:
            table |= {"torn": next(torn)}
        yield Fault(kind, **table)


def size(office: Office, moment: Moment) -> int:
    """How many of them there are in the reference."""
    card = office.reference.chip.card
    if moment is Moment.PAGE:
        return card.card.nvm.programmed - VirtualCard.blank(card.chip).card.nvm.programmed
    return card.resets if moment is Moment.RESET else len(office.reference.chip.sent)


PLACES = [(kind, moment) for kind, moments in MOMENTS.items() for moment in moments]


def sweep(office: Office, kind: Kind, moment: Moment, numbers: Iterable[int]) -> Counter[str]:
    """What came of one fault at each of these moments; now and then the next run is tried."""
    outcomes: Counter[str] = Counter()
    for at, fault in enumerate(faults_at(kind, moment, numbers)):
        run = office.run(fault)
        outcomes[judge(office, run, fault)] += 1
        if at % 20 == 0 and run.state is not CardState.ISSUED:
            again = office.again()
            assert (again.state, again.error) == (CardState.ISSUED, None), str(fault)
            outcomes["next run issues"] += 1
    return outcomes


def test_the_reference_is_issued(office: Office) -> None:
    assert office.reference.state is CardState.ISSUED
    assert office.run().told() == office.reference.told()
    assert len(office.reference.chip.sent) > 700
    assert set(office.reference.tries().values()) <= {(3, 3), (6, 6)}


@pytest.mark.parametrize(
    ("kind", "moment"), PLACES, ids=[f"{k.value} at {m.value}" for k, m in PLACES]
)
def test_a_fault_here_and_there(office: Office, kind: Kind, moment: Moment) -> None:
    last = size(office, moment)
    sweep(office, kind, moment, random.Random(f"{kind}{moment}").sample(range(1, last + 1), 3))


@pytest.mark.parametrize(
    ("header", "byte"),
    [("80E00100", 5), ("80E00100", 6), ("80E00102", 5), ("80E00102", -2), ("80E00102", 11)],
)
def test_no_directory_or_file_is_another_one(office: Office, header: str, byte: int) -> None:
    """What a wrong byte in CREATE makes: another FID, a longer file.  No MAC secures it."""
    whole = {-2: 17}.get(byte, 0)  # CREATE of one transparent file, with its length there
    found = [
        number
        for number, command in enumerate(office.reference.chip.sent, 1)
        if command[:4] == bytes.fromhex(header) and len(command) in (whole or len(command),)
    ]
    for number in found[::4] if whole else found[2::9]:
        fault = Fault(Kind.WRONG_BYTE, command=number, byte=byte, mask=0x01)
        run = office.run(fault)
        assert judge(office, run, fault) != "ISSUED"


def test_a_reader_that_dies_stops_the_line_and_the_next_run_goes_on(office: Office) -> None:
    """Each number that was spent on the dead reader is accounted for."""
    dead = Fault(Kind.READER_DIES, command=100)
    faults = iter([dead, *(replace(dead, command=None, reset=1) for _ in range(2))])
    with pytest.raises(LineStopped, match="3 cards in a row"):
        office.people(lambda: [next(faults)])
    assert office.people(list, again=True) == Counter({CardState.FAILED: 3, CardState.ISSUED: 3})


@pytest.mark.full
@pytest.mark.parametrize(
    ("kind", "moment"), PLACES, ids=[f"{k.value} at {m.value}" for k, m in PLACES]
)
def test_each_fault_at_each_step(office: Office, kind: Kind, moment: Moment) -> None:
    """At each step of the stations and each tenth of the audit."""
    last, audit = size(office, moment), office.reference.chip.audited or 0
    numbers = [n for n in range(1, last + 1) if moment is Moment.PAGE or n <= audit or n % 10 == 0]
    if moment is Moment.RESET:
        numbers = list(range(1, last + 1))
    outcomes = sweep(office, kind, moment, numbers)
    print(f"{kind.value} at {moment.value}: {len(numbers)} faults: {dict(outcomes)}")
