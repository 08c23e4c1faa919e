"""The three key stores of a run, and what production asks of them and of the profile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from sscard.cli.declared import Declared, require_confirmed
from sscard.cli.passphrase import ask
from sscard.errors import ApplicantError, KeyStoreError
from sscard.issuance.card_signing import families
from sscard.issuance.report_data import KeyStore
from sscard.keys import BankStore, SocialSecurityStore, Suite
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.certificates import CertificateStore, load_certificates
from sscard.profiles import Profile

_PACKAGED = "TEST (packaged)"


@dataclass(frozen=True, slots=True)
class Stores:
    """Social security, bank and exchange keys; three files, never one."""

    social: SocialSecurityStore
    bank: BankStore
    exchange: SocialSecurityStore
    described: tuple[KeyStore, ...]
    #: Who signs cards; None where the profile has none signed.
    issuers: CertificateStore | None = None

    @property
    def test(self) -> tuple[str, ...]:
        """The stores with public TEST keys, by their English names."""
        return tuple(store.role_en for store in self.described if store.test)


def load_stores(
    social: Path | None, bank: Path | None, exchange: Path | None, suite: Suite
) -> Stores:
    """The stores; None is the packaged TEST store of this suite.  Raises KeyStoreError."""
    social_keys, bank_keys = load_social_security(social, suite, ask), load_bank(bank, ask)
    exchange_keys = load_exchange(exchange, suite, ask)
    described = (
        KeyStore("社保密钥", "social security", _source(social), social_keys.test),
        KeyStore("银行密钥", "bank", _source(bank), bank_keys.test),
        KeyStore("交换密钥", "exchange", _source(exchange), exchange_keys.test),
    )
    return Stores(social_keys, bank_keys, exchange_keys, described)


def with_issuers(stores: Stores, profile: Profile) -> Stores:
    """The same with the packaged TEST issuers, where the profile has cards signed."""
    if not any(families(profile)):
        return stores
    issuers = load_certificates()
    told = KeyStore("发卡行签名", "card issuers", _PACKAGED, issuers.test)
    return replace(stores, issuers=issuers, described=(*stores.described, told))


def _source(path: Path | None) -> str:
    return path.name if path else _PACKAGED


def require_production(stores: Stores, made_after: Declared, accounts: Path | None) -> None:
    """What a run for real people must not rest on.

    Raises KeyStoreError for TEST keys, ApplicantError for accounts of the test bank, ProfileError
    for facts that nobody confirmed and files that nobody signed, naming each.
    """
    if stores.test:
        raise KeyStoreError(f"--production refuses TEST keys: {', '.join(stores.test)}")
    if accounts is None:
        raise ApplicantError(
            "--production needs --bank-accounts or --bank-data: the test bank's are not real"
        )
    require_confirmed(made_after)
