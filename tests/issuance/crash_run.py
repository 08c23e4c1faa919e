"""A line that is killed at its n-th step, for every n, and then run again; see test_crashes.

The line, the folder and the ledger are the product's own; chips and stations are cheap stand-ins.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

from sqlalchemy import Engine, event

from sscard.durable import replace_file
from sscard.errors import MalformedData, NotVerified
from sscard.issuance.accounts import Account, Accounts
from sscard.issuance.applicants import Applicant
from sscard.issuance.card_certificates import CardCertificates, CertificateFacts
from sscard.issuance.issue_folder import open_folder
from sscard.issuance.ledger import Ledger, LedgerKeys
from sscard.issuance.line import Job, Line
from sscard.issuance.machines import Machines, Timing
from sscard.keys.stores import load_social_security
from sscard.perso.findings import Finding, Proof
from sscard.perso.handover import Holder
from sscard.perso.order import CardNumbers
from sscard.perso.pse import BankAccount

KEYS = LedgerKeys.of(load_social_security(None))
AT = datetime(2025, 3, 4, tzinfo=UTC)
DAY = AT.date()
PROFILE = ("p", bytes(32))
#: The card with this number dies at the bank station.
FAILING = "HA1046924"
NO_VALUES = MappingProxyType[str, object]({})
FIRST = Applicant(
    row=2,
    id_number="110101199003070011",
    name="王",
    sex="1",
    birth_date=date(1990, 3, 7),
    phone="1",
    member_number="1",
    bank="B",
    card_number="D2143569X",
    batch_number=None,
    values=NO_VALUES,
)
PEOPLE = (
    FIRST,
    replace(FIRST, row=3, id_number="110101199003070038", card_number=FAILING),
    replace(FIRST, row=4, id_number="110101199003070054", card_number=None),
)
ACCOUNTS = Accounts.of(
    Account(each.id_number, "B", f"62280000000000{each.row:02}", "3512") for each in PEOPLE
)


class Chip:
    """What it went through, as text."""

    def __init__(self, text: str = "") -> None:
        self.text = text

    def save(self, path: Path, /) -> None:
        replace_file(path, self.text.encode())

    @classmethod
    def load(cls, path: Path) -> Chip:
        text = path.read_text()
        if len(text.split()) not in (2, 3, 4):
            raise MalformedData("a waiting chip knows its number, its person, key and certificate")
        return cls(text)


@dataclass
class Order:
    """What the line asks of a card order."""

    numbers: CardNumbers
    id_number: str
    name = "王"
    historical = bytes(13)
    card_id_code = bytes(16)
    atr = bytes(17)

    @property
    def holder(self) -> Holder:
        return Holder(self.id_number, self.name)


class Social:
    """Writes the person; its store hashes ID numbers."""

    city = "510100"
    district = "T"
    profile = SimpleNamespace(certificates=None)

    @property
    def store(self) -> Social:
        return self

    def person_hash(self, id_number: str) -> bytes:
        return sha256(id_number.encode()).digest()

    def rehearse(self, today: date) -> None:
        """Nothing can be wrong with it."""

    def prepare(self, values: dict[str, str], numbers: CardNumbers) -> Order:
        return Order(numbers, values["id_number"])

    def run(self, order: Order, chip: Chip) -> None:
        chip.text += f"{order.numbers.card_number} {order.id_number}"

    def audit(self, order: Order, chip: Chip) -> tuple[Finding, ...]:
        known = f"{order.numbers.card_number} {order.id_number} "
        return (Finding("person", Proof.READING, chip.text.startswith(known)),)


class Bank:
    """Writes the account, but not on the card that fails."""

    issuer = "622800"

    def test_account(self, number: str, opened_on: date) -> BankAccount:
        return BankAccount("test", number, f"{opened_on:%y%m}", "01", test=True)

    def rehearse(self, today: date) -> None:
        """Nothing can be wrong with it."""

    def identify(self, chip: Chip) -> Order:
        number, id_number, *_ = chip.text.split()
        return Order(CardNumbers(number, bytes(4), "510100", AT.date()), id_number)

    def run(self, chip: Chip, card: Order, account: BankAccount, effective: date) -> BankAccount:
        if card.numbers.card_number == FAILING:
            raise NotVerified("no")
        chip.text += f" {account.number}"
        return account

    def audit(self, account: BankAccount, chip: Chip) -> tuple[Finding, ...]:
        return (Finding("account", Proof.READING, chip.text.split()[-1] == account.number),)


@dataclass
class Certified:
    """What the line asks of a card that got its certificates."""

    key: str

    @property
    def certificate(self) -> str:
        return f"C{sha256(self.key.encode()).hexdigest()}"

    @property
    def told(self) -> CardCertificates:
        facts = CertificateFacts(self.key.encode(), DAY, DAY, bytes.fromhex(self.certificate[1:]))
        return CardCertificates("CN=test", facts, facts)


@dataclass
class Certificates:
    """The card makes a key once; the authority notes whom it was asked for, with which key."""

    asked: Path

    def rehearse(self, at: datetime) -> None:
        """Nothing can be wrong with it."""

    def make_key(self, order: Order, chip: Chip) -> tuple[str, str]:
        if len(chip.text.split()) == 2:
            chip.text += f" K{os.urandom(8).hex()}"
        number, _, key, *_ = chip.text.split()
        return number, key

    def ask(self, request: tuple[str, str], at: datetime) -> Certified:
        with self.asked.open("a") as log:
            log.write(f"{' '.join(request)}\n")
        return Certified(request[1])

    def write(self, certified: Certified, chip: Chip, at: datetime) -> None:
        if len(chip.text.split()) == 3:
            chip.text += f" {certified.certificate}"

    def audit(self, certified: Certified, chip: Chip, at: datetime) -> tuple[Finding, ...]:
        right = chip.text.split()[2:4] == [certified.key, certified.certificate]
        return (Finding("certificates", Proof.READING, right),)


@dataclass(frozen=True)
class Sweep:
    """Who gets cards, with which accounts before the cut and after it, and whether certified."""

    before: Accounts | None = None
    after: Accounts | None = None
    certificates: bool = False
    people: tuple[Applicant, ...] = PEOPLE
    #: From one cut to the next; what lies between two file operations is cut on both sides of it.
    stride: int = 1

    @property
    def later(self) -> int:
        """Runs after the cut: the first may be the one in which a card fails."""
        return 2 if any(each.card_number == FAILING for each in self.people) else 1


SWEEPS = {
    "test": Sweep(),
    "file": Sweep(after=ACCOUNTS),
    "certificates": Sweep(certificates=True, people=PEOPLE[:1], stride=2),
    "certificates-all": Sweep(certificates=True),
}


def run(out: Path, accounts: Accounts | None, sweep: Sweep) -> None:
    """Issue to everybody who has no card."""
    with open_folder(out) as folder, Ledger.open(folder.ledger, KEYS) as ledger:
        found = folder.reconcile(ledger)
        parts: dict[str, Any] = {"social": Social(), "bank": Bank()}
        if sweep.certificates:
            parts["certificates"] = Certificates(out / "asked")
        line = Line(
            ledger=ledger,
            folder=folder,
            machines=Machines(Chip, Chip.load),  # type: ignore[arg-type]
            job=Job("B", PROFILE, accounts),
            now=lambda: AT,
            timing=Timing(lambda: 0.0),
            **parts,
        )
        for _ in line.issue(replace(p, values={"id_number": p.id_number}) for p in sweep.people):
            pass
        waiting = [each.name for each in out.glob("cards/*.half")]
        note = asdict(found) | {"waiting": waiting}
        with (out / "runs.jsonl").open("a") as log:
            log.write(json.dumps(note) + "\n")


def kill_at(step: int) -> None:
    """Let this process die around its commits and file operations, at the ``step``-th chance."""
    steps = count(1)

    def pass_or_die(*_: object) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def guarded(call: Callable[..., Any]) -> Callable[..., Any]:
        def both_sides(*arguments: Any, **named: Any) -> Any:
            pass_or_die()
            answer = call(*arguments, **named)
            pass_or_die()
            return answer

        return both_sides

    event.listen(Engine, "commit", pass_or_die)
    # Path.replace goes through os.replace, and so does whoever replaces a file in one step.
    os.fsync, os.replace, os.link = map(guarded, (os.fsync, os.replace, os.link))
    for name in ("unlink", "rename", "mkdir"):
        setattr(Path, name, guarded(getattr(Path, name)))


def in_a_child(out: Path, accounts: Accounts | None, sweep: Sweep, step: int = 0) -> bool:
    """Whether a run in a process of its own came to its end; step 0 lets it live."""
    child = os.fork()
    if child == 0:
        kill_at(step)
        run(out, accounts, sweep)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def swept(home: Path, sweep: Sweep) -> None:
    """Directories 1, 2, …: cut at that step, then run to the end.  The last was not cut.

    With a stride some of these are left out.

    The first run after it may be the one in which a card fails, the next gives that person another.
    """
    for step in count(1, sweep.stride):
        out = home / str(step)
        whole = in_a_child(out, sweep.before, sweep, step)
        if not all(in_a_child(out, sweep.after, sweep) for _ in range(sweep.later)):
            raise SystemExit(f"a run after a cut at step {step} failed")
        if whole:
            return


if __name__ == "__main__":
    swept(Path(sys.argv[1]), SWEEPS[sys.argv[2]])
