"""The floor's own crafts, readers and desk around stand-in chips and keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from sscard.apdu.response import ResponseAPDU
from sscard.issuance.floor import (
    Board,
    Failures,
    Gate,
    GateRules,
    Reader,
    SharedHall,
    StopRules,
    bank,
    social,
)
from sscard.issuance.floor.body_numbers import RULES, Kind
from sscard.issuance.floor.desk import LedgerDesk
from sscard.issuance.floor.identifiers import Reads, SimulatedIdentifier
from sscard.issuance.floor.order_jobs import BankOrders, Held, SocialOrders
from sscard.issuance.orders import MadeAfter, Orders, Work
from sscard.keys import ChipLot
from sscard.perso import handover
from sscard.perso.findings import Finding, Proof
from sscard.perso.handover import Holder, SemiFinished
from sscard.perso.order import CardNumbers
from sscard.perso.plan import POWER_UP, Connection, Plan, run
from sscard.perso.pse import BankAccount
from tests.issuance.exactly_once.cards import (
    BLANK,
    EXCHANGE_FID,
    EXCHANGE_SIZE,
    Feeder,
    Hall,
    command,
)

MADE_AFTER = MadeAfter("p", bytes(32))
READERS = ("R1", "R2")
_SETTINGS = {"exchange_fid": EXCHANGE_FID, "exchange_size": EXCHANGE_SIZE}
#: Nothing waits for a signature here; the gates have tests of their own.
_GATES = GateRules(first_article=False, patrol_cards=None, patrol_minutes=None, final_one_in=None)


@dataclass(frozen=True)
class Profile:
    """What the floor asks of one: a chip on which the bank's applications are not there yet."""

    chip: str = "gen3-80k-gp"

    def setting(self, name: str) -> Any:
        return SimpleNamespace(number=_SETTINGS[name])


PROFILE: Any = Profile()


@dataclass(frozen=True)
class Order:
    """What a station knows of a card that it makes."""

    numbers: CardNumbers
    holder: Holder
    lot: ChipLot
    keys: Mapping[Any, Any]

    @property
    def historical(self) -> bytes:
        return self.numbers.serial.rjust(13, b"\x80")

    @property
    def card_id_code(self) -> bytes:
        return self.numbers.serial.rjust(16, b"\0")

    @property
    def atr(self) -> bytes:
        return bytes.fromhex("3B6D0000") + self.historical


class Social:
    """Transport key, ATR, keys, person, hand-over area, end: one command each."""

    random = staticmethod(bytes)
    lot: Any = SimpleNamespace(name="L1", cos_version="1.0", blank_historical=BLANK)

    def prepare(self, values: Mapping[str, Any], numbers: CardNumbers) -> Order:
        holder = Holder(str(values["id_number"]), str(values["name"]))
        return Order(numbers, holder, self.lot, {})

    def run(self, order: Order, chip: Connection) -> None:
        run(self._plan(order), chip)

    def _plan(self, order: Order) -> Plan[None]:
        (yield command("TRANSPORT")).require("transport key")
        (yield command("ATR", order.historical)).require("ATR")
        (yield POWER_UP).require("power up")
        for number in (1, 2):
            (yield command("KEY", number=number)).require("key")
        text = f"{order.numbers.card_number} {order.holder.id_number}"
        (yield command("PERSON", text.encode())).require("person")
        (yield command("HAND", order.holder.encode(EXCHANGE_SIZE))).require("hand-over area")
        (yield command("END")).require("end of issue")


def _look() -> Plan[dict[str, Any]]:
    (yield POWER_UP).require("power up")
    answer: ResponseAPDU = yield command("LOOK")
    known: dict[str, Any] = json.loads(answer.require("look"))
    return known


def _audit(order: Order, _random: Any, *, handed_over: bool) -> Plan[tuple[Finding, ...]]:
    assert not handed_over
    known = yield from _look()
    wanted = [order.numbers.card_number, order.holder.id_number]
    return (Finding("person", Proof.READING, known["person"] == wanted),)


#: The one place where the floor looks deeper into a chip than a stand-in goes.
social.audit = _audit  # type: ignore[assignment]


class Bank:
    """Account, more data, finish, close the hand-over area."""

    profile = PROFILE
    store = None
    random = staticmethod(bytes)

    def identify(self, chip: Connection) -> SemiFinished:
        return run(handover.read(PROFILE), chip)

    def run(
        self, chip: Connection, _card: SemiFinished, account: BankAccount, _effective: date
    ) -> tuple[Any, ...]:
        run(self._plan(account), chip)
        return (account,)

    def _plan(self, account: BankAccount) -> Plan[None]:
        (yield command("STORE", account.number.encode(), 1)).require("account")
        (yield command("STORE", number=2)).require("more data")
        (yield command("FINISH")).require("last data")
        (yield command("CLOSE")).require("close the hand-over area")

    def audit(self, instances: tuple[Any, ...], chip: Connection) -> tuple[Finding, ...]:
        known = run(_look(), chip)
        (account,) = instances
        return (Finding("account", Proof.READING, known["account"] == account.number),)


@dataclass
class Post:
    """One station for one batch: what a process of ``sscard station`` is made of."""

    orders: Orders
    cards: Hall
    now: Callable[[], datetime]
    batch: str
    lease: float
    name: str = "1"
    readers: tuple[str, ...] = READERS

    def social(self, order: int | None = None) -> tuple[LedgerDesk, Any]:
        """The social-security station; ``order`` is whose card is made on an unmarked body."""
        desk, held = self._desk("ssse")
        made_after = None
        jobs = SocialOrders(self.orders.jobs, desk, held, "510100", order, made_after)
        return desk, social.SocialCraft(Social(), jobs, self._reads(), "test")  # type: ignore[arg-type]

    def bank(self) -> tuple[LedgerDesk, Any]:
        """The bank's."""
        desk, held = self._desk("bank")
        jobs = BankOrders(self.orders.jobs, desk, held, "510100", _expiry_of)
        return desk, bank.BankCraft(Bank(), jobs, self._reads(), "test")  # type: ignore[arg-type]

    def hall(self, desk: LedgerDesk) -> SharedHall:
        gate = Gate(_GATES, desk, self.now, self.now())
        return SharedHall(desk, gate, Board(self.now, lambda *_: None))

    def loops(self, craft: Any, hall: SharedHall, station: str) -> list[Reader]:
        return [
            Reader(name, Feeder(self.cards, station, name), craft, hall, Failures(StopRules()))
            for name in self.readers
        ]

    def _desk(self, kind: Any) -> tuple[LedgerDesk, Held]:
        orders, station = self.orders, f"{kind}-{self.name}"
        desk = LedgerDesk(orders.engine, orders.keys, station, kind, self.batch, "op", self.now)
        held = Held(orders.jobs, desk, self.lease)
        desk.renew = held.renew
        return desk, held

    def _reads(self) -> Mapping[str, Reads]:
        way = (SimulatedIdentifier(Kind.BARCODE), RULES[Kind.BARCODE])
        return {name: Reads((way,)) for name in self.readers}


def _expiry_of(work: Work) -> BankAccount:
    """What the bank's list for the office leaves out."""
    assert work.account is not None
    return BankAccount(work.order.bank, work.account.number, "3012", "01")
