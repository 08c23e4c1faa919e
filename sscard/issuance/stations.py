"""The two stations of a line, each with its own keys: neither ever holds a key of the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from sscard.apdu import aid
from sscard.dialects.delivery import MadeBy
from sscard.errors import KeyStoreError, ProfileError
from sscard.issuance.accounts import DEFAULT_PSN
from sscard.issuance.card_keys import CardKeys
from sscard.issuance.card_signing import new_signing
from sscard.keys import BankStore, Factors, SecretKey, SocialSecurityStore
from sscard.keys.issuer_operations import DerivedOperations
from sscard.keys.stores.certificates import CertificateStore
from sscard.perso import (
    audit,
    audit_pse,
    handover,
    order,
    pse,
    pse_instances,
    social_security,
    structure,
)
from sscard.perso.audit_transaction import Witnesses
from sscard.perso.findings import Finding
from sscard.perso.handover import Holder, SemiFinished
from sscard.perso.order import CardNumbers, CardOrder
from sscard.perso.plan import Connection, run
from sscard.perso.pse import BankAccount, Instance
from sscard.profiles import Profile
from sscard.profiles.chips import load_chip

Random = Callable[[int], bytes]

TEST_BANK = "TEST"


@dataclass(frozen=True, slots=True)
class SocialStation:
    """Initializes the chip and writes the person; hands over with the exchange store's key."""

    profile: Profile = field(repr=False)
    store: SocialSecurityStore
    exchange: SocialSecurityStore
    lot: str
    random: Random

    @property
    def city(self) -> str:
        """The issuing city, six digits."""
        return self.profile.setting("issuing_division").text

    @property
    def district(self) -> str:
        """The first character of card numbers that are made up here."""
        return self.profile.setting("district_letter").text

    def prepare(self, values: Mapping[str, object], numbers: CardNumbers) -> CardOrder:
        """Keys and values of one card.  Raises KeyStoreError, ProfileError."""
        return order.prepare(
            self.profile,
            values,
            numbers,
            store=self.store,
            exchange=self.exchange,
            lot=self.lot,
        )

    def rehearse(self, today: date) -> None:
        """Prepare a card for nobody, so that no number and no chip is spent on a bad set-up.

        Raises KeyStoreError, ProfileError.
        """
        numbers = CardNumbers("000000000", bytes(4), self.city, today)
        card = self.prepare({}, numbers)
        structure.check(card)
        if not self.profile.contact.is_blank(card.lot.blank_historical):
            raise KeyStoreError(
                f"lot {card.lot.name}: blank_historical has a serial number, so the chips would "
                "not be blank"
            )
        chip = load_chip(self.profile.chip)
        if card.lot.cos_version != chip.cos_version:
            raise KeyStoreError(
                f"lot {card.lot.name} has COS {card.lot.cos_version}, but chip {chip.name} of the "
                f"profile has COS {chip.cos_version}"
            )

    def run(self, card: CardOrder, chip: Connection) -> None:
        """Blank chip to semi-finished card."""
        delivery = load_chip(self.profile.chip).instances
        names = applications(self.profile)
        plan = social_security.personalize(card, self.random, applications=names, delivery=delivery)
        run(plan, chip)

    def audit(self, card: CardOrder, chip: Connection) -> tuple[Finding, ...]:
        """What a fresh power-up shows."""
        return run(audit.audit(card, self.random), chip)


class PreparedData(Protocol):
    """Cards that the bank prepared itself, by person (pboc 1.6 [H])."""

    def instances(self, id_number: str, /) -> tuple[Instance, ...]:
        """What goes onto this person's card.  Raises BankDataError."""
        ...

    def rehearse(self) -> tuple[Instance, ...]:
        """The same for any of them, when the keys are there.  Raises as above, KeyStoreError."""
        ...


@dataclass(frozen=True, slots=True)
class BankStation:
    """Reads whose card it is, personalizes the financial side, closes the hand-over area."""

    profile: Profile = field(repr=False)
    store: BankStore
    exchange: SocialSecurityStore
    random: Random
    #: Who signs cards; None where none are signed.
    issuers: CertificateStore | None = None
    #: Where the bank prepared the cards; None where they are prepared here.
    prepared: PreparedData | None = None
    card_keys: CardKeys = field(default_factory=CardKeys)

    @property
    def issuer(self) -> str:
        """The first 6 digits of account numbers that are made up here."""
        return self.profile.bank_setting("bin").text

    def test_account(self, number: str, opened_on: date) -> BankAccount:
        """An account of the test bank with this number."""
        return account_of_test_bank(self.profile, number, opened_on)

    def rehearse(self, today: date) -> None:
        """Prepare an account for nobody.  Raises KeyStoreError, ProfileError."""
        if self.prepared is not None:
            instances = self.prepared.rehearse()
        else:
            account = account_of_test_bank(self.profile, "0" * 16, today)
            instances = self._instances(account, Holder("", "rehearsal"), today)
        self._rehearse_names([instance.name for instance in instances])
        self._exchange_key(bytes(13))

    def _rehearse_names(self, found: list[bytes]) -> None:
        """Whether the chip has, or can be given, applications of these names."""
        known = {"pse_name": aid.PSE, "ppse_name": aid.PPSE, "aid": aid.DEBIT}
        if self.profile.contactless is None:
            del known["ppse_name"]
        *directories, debit = found
        made = load_chip(self.profile.chip).instances.made_by is not MadeBy.MAKER
        if made and debit.startswith(aid.UNIONPAY):
            known["aid"] = debit
        if [*directories, debit] != list(known.values()):
            settings = " and ".join(f"bank.{name}" for name in known)
            names = " and ".join(name.hex().upper() for name in known.values())
            raise ProfileError(
                f"profile {self.profile.name}: {settings} must be those that the chip comes with, "
                f"{names}"
            )

    def identify(self, chip: Connection) -> SemiFinished:
        """Power the card up and read the hand-over area: the card decides the person."""
        return run(handover.read(self.profile), chip)

    def run(
        self, chip: Connection, card: SemiFinished, account: BankAccount, effective: date
    ) -> tuple[Instance, ...]:
        """Semi-finished card to finished card; what was put on it, for the audit."""
        instances = self.personalize(chip, card.holder, account, effective)
        self.close(chip, card.historical)
        return instances

    def personalize(
        self, chip: Connection, holder: Holder, account: BankAccount, effective: date
    ) -> tuple[Instance, ...]:
        """The financial side alone, for whoever ``holder`` is; what was put on the card."""
        instances = self._instances(account, holder, effective)
        delivery = load_chip(self.profile.chip).instances
        if delivery.made_by is MadeBy.GP:
            names = [each.name for each in instances]
            run(
                pse_instances.create_by_domain(names, delivery, self.store, random=self.random),
                chip,
            )
        run(pse.personalize(instances, self.store, random=self.random), chip)
        return instances

    def close(self, chip: Connection, historical: bytes) -> None:
        """Clear the hand-over area of the card with these historical bytes, for good."""
        run(handover.close(self.profile, self._exchange_key(historical)), chip)

    def audit(self, instances: tuple[Instance, ...], chip: Connection) -> tuple[Finding, ...]:
        """The financial side as a terminal and the issuer's host see it."""
        return run(audit_pse.audit(instances, self._witnesses()), chip)

    def _witnesses(self) -> Witnesses:
        """A bank that prepares its cards keeps its issuer master keys, too."""
        issuer = DerivedOperations.of(self.store) if self.prepared is None else None
        number = self.random(4)
        if self.issuers is None:
            return Witnesses(issuer=issuer, number=number)
        known = self.issuers.rsa_authorities, self.issuers.sm2_authorities
        return Witnesses(*known, issuer, number)

    def _instances(
        self, account: BankAccount, holder: Holder, effective: date
    ) -> tuple[Instance, ...]:
        if self.prepared is not None:
            return self.prepared.instances(holder.id_number)
        return pse.prepare(
            self.profile,
            account,
            holder.name,
            self.store,
            effective=effective,
            id_number=holder.id_number,
            signing=new_signing(self.profile, self.issuers, self.random, self.card_keys),
        )

    def _exchange_key(self, historical: bytes) -> SecretKey:
        city = self.profile.setting("issuing_division").text
        factors = Factors.of(city, historical)
        return self.exchange.card_key(self.profile.setting("exchange_key").text, 1, factors)


def applications(profile: Profile) -> tuple[bytes, ...]:
    """The names of a card's financial applications, in the order in which they are written."""
    names = ("pse_name", "ppse_name", "aid") if profile.contactless else ("pse_name", "aid")
    return tuple(profile.bank_setting(each).data for each in names)


def account_of_test_bank(profile: Profile, number: str, opened_on: date) -> BankAccount:
    """An account of the test bank, marked as such; it is valid as long as the profile says."""
    year = opened_on.year + profile.bank_setting("validity_years").number
    expiry = f"{year % 100:02}{opened_on.month:02}"
    return BankAccount(TEST_BANK, number, expiry, DEFAULT_PSN, test=True)
