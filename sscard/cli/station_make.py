"""What ``sscard station ssse`` and ``bank`` are put together from: keys, order book, craft."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from sscard import __version__
from sscard.cli.declared import Declared, Signed, declared, require_confirmed
from sscard.cli.passphrase import ask
from sscard.cli.station_desk import Opened, ledger, now
from sscard.cli.station_readers import Slots, slots
from sscard.cli.station_run import Rules, Run, station_name
from sscard.cli.station_show import tell
from sscard.cli.summary import announce_test_keys
from sscard.errors import KeyStoreError, LedgerError
from sscard.issuance.accounts import read_accounts
from sscard.issuance.card_keys import CardKeys, KeysAhead
from sscard.issuance.card_signing import families
from sscard.issuance.floor import Mismatch, Mismatched
from sscard.issuance.floor.bank import BankCraft
from sscard.issuance.floor.desk import LedgerDesk
from sscard.issuance.floor.order_jobs import BankOrders, Held, SocialOrders, require_profile
from sscard.issuance.floor.posts import StationKind
from sscard.issuance.floor.social import SocialCraft
from sscard.issuance.ledger import Ledger, reading
from sscard.issuance.ledger.schema import ORDERS
from sscard.issuance.machines import CHINA
from sscard.issuance.order_states import OrderState
from sscard.issuance.orders.rows import MadeAfter
from sscard.issuance.orders.spoiling import Expired
from sscard.issuance.orders.steps import batch_of
from sscard.issuance.orders.work import Work
from sscard.issuance.stations import BankStation, SocialStation, account_of_test_bank
from sscard.keys import SUITES
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.card_issuers import load_card_issuers
from sscard.keys.stores.certificates import CertificateStore, load_certificates
from sscard.perso.pse import BankAccount
from sscard.profiles import Profile
from sscard.profiles.chips import load_chip

#: Orders that a station of this kind has yet to work on.
_WAITING = {
    "ssse": (OrderState.BATCHED, OrderState.BANK_MATCHED, OrderState.CHIP_BOUND),
    "bank": (OrderState.HANDED_OVER, OrderState.PSE_DONE, OrderState.HANDOVER_CLOSED),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What all kinds of station are told on the command line; a counter has no ``batch``."""

    kind: StationKind
    ledger: str
    ledger_keystore: Path | None
    batch: str
    profile: str
    readers: tuple[str, ...]
    bodies: tuple[str, ...]
    name: str | None
    operator: str
    exchange_keystore: Path | None
    signed: Signed = field(default_factory=Signed)
    topologies: tuple[Path, ...] = ()
    rules: Rules = field(default_factory=Rules)
    production: bool = False
    as_json: bool = False

    @property
    def station(self) -> str:
        """The name of the station."""
        return station_name(self.name, self.kind)


@dataclass(frozen=True, slots=True)
class Floor:
    """What is the same for both kinds, opened."""

    setting: Setting
    opened: Opened
    made_after: Declared
    desk: LedgerDesk
    held: Held
    slots: Slots

    @property
    def profile(self) -> Profile:
        """What cards are made after."""
        return self.made_after.profile

    @property
    def city(self) -> str:
        """The issuing city, six digits."""
        return self.profile.setting("issuing_division").text

    def remaining(self) -> int:
        """Orders of the batch that this kind of station has yet to work on."""
        if self.setting.kind not in _WAITING:
            return 0
        waits = ORDERS.c.state.in_(_WAITING[self.setting.kind])
        query = select(func.count()).where(waits & (ORDERS.c.batch == self.setting.batch))
        with reading(self.opened.engine) as connection:
            return int(connection.execute(query).scalar_one())


def make_social(setting: Setting, keystore: Path | None, order: int | None) -> int:
    """Work as a social-security station; the exit code.

    Raises KeyStoreError, ProfileError, LedgerError, StationTaken, TransportError.
    """
    with opened_floor(setting) as floor:
        suite = SUITES[floor.profile.suite]
        store = load_social_security(keystore, suite, ask)
        exchange = load_exchange(setting.exchange_keystore, suite, ask)
        announce(setting, {"social security": store.test, "exchange": exchange.test})
        lot = load_chip(floor.profile.chip).lot
        station = SocialStation(floor.profile, store, exchange, lot, os.urandom)
        station.rehearse(now().date())
        profile = (floor.profile.name, floor.made_after.sha256)
        made_after = MadeAfter(*profile, floor.made_after.layers) if order else None
        jobs = SocialOrders(floor.held.jobs, floor.desk, floor.held, floor.city, order, made_after)
        craft = SocialCraft(station, jobs, floor.slots.reads, software())
        return Run(
            floor.desk, craft, floor.slots, setting.rules, floor.remaining, setting.as_json
        )()


@dataclass(frozen=True, slots=True)
class BankSide:
    """What only the bank's station is told: its keys, who signs cards, and accounts."""

    keystore: Path | None
    card_issuers: Path | None
    accounts: Path | None


def make_bank(setting: Setting, bank: BankSide) -> int:
    """Work as a bank station; the exit code.  Raises as ``make_social``, ApplicantError."""
    with opened_floor(setting) as floor, KeysAhead() as rsa_keys:
        store = load_bank(bank.keystore, ask)
        exchange = load_exchange(setting.exchange_keystore, SUITES[floor.profile.suite], ask)
        announce(setting, {"bank": store.test, "exchange": exchange.test})
        station = BankStation(
            floor.profile,
            store,
            exchange,
            os.urandom,
            _issuers(floor.profile, bank.card_issuers),
            card_keys=CardKeys(rsa=rsa_keys),
        )
        station.rehearse(now().date())
        account_of = _accounts(floor, bank.accounts)
        jobs = BankOrders(floor.held.jobs, floor.desk, floor.held, floor.city, account_of)
        craft = BankCraft(station, jobs, floor.slots.reads, software())
        return Run(
            floor.desk, craft, floor.slots, setting.rules, floor.remaining, setting.as_json
        )()


@contextmanager
def opened_floor(setting: Setting) -> Iterator[Floor]:
    made_after = declared(setting.profile, setting.signed)
    if setting.production:
        require_confirmed(made_after)
    place, keystore, topologies = setting.ledger, setting.ledger_keystore, setting.topologies
    with ledger(place, keystore, topologies, production=setting.production) as opened:
        if setting.batch:
            with reading(opened.engine) as connection:
                batch = batch_of(connection, setting.batch)
            require_profile(batch.made_after, (made_after.profile.name, made_after.sha256))
        desk = LedgerDesk(
            opened.engine,
            opened.orders.keys,
            setting.station,
            setting.kind,
            setting.batch,
            setting.operator,
            now,
        )
        held = Held(opened.orders.jobs, desk, setting.rules.lease, _tell_expired)
        held.expire()
        desk.renew = held.renew
        found = slots(setting.readers, setting.bodies, setting.station)
        yield Floor(setting, opened, made_after, desk, held, found)


def _tell_expired(job: Expired) -> None:
    what = "作废 spoiled" if job.spoiled else "任务退回 its job goes back"
    tell(f"{job.card_number} {job.body or ''}: 工位中断 its station died: {what}")


def announce(setting: Setting, test: dict[str, bool]) -> None:
    """Say which keys are TEST keys.  Raises KeyStoreError in production."""
    found = [name for name, is_test in test.items() if is_test]
    if found and setting.production:
        raise KeyStoreError(f"--production refuses TEST keys: {', '.join(found)}")
    announce_test_keys(found)


def _issuers(profile: Profile, path: Path | None) -> CertificateStore | None:
    if not any(families(profile)):
        return None
    return load_certificates() if path is None else load_card_issuers(path, ask)


def _accounts(floor: Floor, path: Path | None) -> Callable[[Work], BankAccount]:
    """Accounts of the bank's list; without one those of the test bank, made up here."""
    cards = Ledger(floor.opened.engine, floor.opened.orders.keys)
    if path is not None:
        return _listed(floor, path, cards)
    if floor.setting.production:
        return _none
    issuer = floor.profile.bank_setting("bin").text

    def made_up(work: Work) -> BankAccount:
        if work.account is not None:
            number = work.account.number
        else:
            with floor.desk.turn:
                number = cards.allocate_test_account(work.card.card_number, now(), issuer)
        opened_on = work.card.reserved_at.astimezone(CHINA).date()
        return account_of_test_bank(floor.profile, number, opened_on)

    return made_up


def _listed(floor: Floor, path: Path, cards: Ledger) -> Callable[[Work], BankAccount]:
    by_person = read_accounts(path, today=now().date()).by_person

    def listed(work: Work) -> BankAccount:
        found, number = by_person.get(work.person.id_number), work.card.card_number
        if found is None:
            raise Mismatched(Mismatch.NO_ACCOUNT, number, path.name)
        if work.account is not None and work.account.number != found.bank_number:
            raise LedgerError(
                f"卡号 card {number}: 台账与{path.name}的银行卡号不同 the ledger and the list have "
                "different bank numbers for this person"
            )
        with floor.desk.turn:  # before the chip is told of it
            cards.claim_account(number, found.bank_number, now())
        return BankAccount(found.bank, found.bank_number, found.expiry, found.psn)

    return listed


def _none(work: Work) -> BankAccount:
    raise KeyStoreError(
        f"--production: 订单无完整账户 order {work.order.id} has no whole account, and the test "
        "bank's are not real: --bank-accounts"
    )


def software() -> str:
    """What cards are made with."""
    return f"sscard {__version__}"
