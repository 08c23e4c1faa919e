"""The key stores of a run, and what production asks of them and of the profile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from pathlib import Path

from sscard.cli.declared import Declared, require_confirmed
from sscard.cli.passphrase import ask
from sscard.errors import ApplicantError, KeyStoreError
from sscard.issuance.accounts import Accounts
from sscard.issuance.ca import Authority
from sscard.issuance.ca.load import load_authority
from sscard.issuance.card_signing import families
from sscard.issuance.machines import CHINA
from sscard.issuance.report_data import KeyStore
from sscard.keys import BankStore, SocialSecurityStore, Suite
from sscard.keys.certificates import ISSUER, CertificateError
from sscard.keys.stores import load_bank, load_exchange, load_social_security
from sscard.keys.stores.card_issuers import load_card_issuers
from sscard.keys.stores.certificates import CertificateStore, load_certificates
from sscard.profiles import Profile

_PACKAGED = "TEST (packaged)"
#: Digits of account numbers that an issuer's certificate names (pboc 4.2 [H, V]).
_SHORTEST_ISSUER, _LONGEST_ISSUER = ISSUER.digits


@dataclass(frozen=True, slots=True)
class Stores:
    """Social security, bank and exchange keys; three files, never one."""

    social: SocialSecurityStore
    bank: BankStore
    exchange: SocialSecurityStore
    described: tuple[KeyStore, ...]
    #: Who signs cards; None where the profile has none signed.
    issuers: CertificateStore | None = None
    #: Who answers for cards' certificates; None where none are written.
    authority: Authority | None = None

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


def with_issuers(stores: Stores, profile: Profile, path: Path | None) -> Stores:
    """The same with who signs cards, where the profile has them signed.  Raises KeyStoreError."""
    if not any(families(profile)):
        return stores
    issuers = load_certificates() if path is None else load_card_issuers(path, ask)
    told = KeyStore("发卡行签名", "card issuers", _source(path), issuers.test)
    return replace(stores, issuers=issuers, described=(*stores.described, told))


def with_authority(stores: Stores, profile: Profile, path: Path | None) -> Stores:
    """The same with the CA at ``path``; None is the TEST CA.  Raises KeyStoreError."""
    authority = load_authority(path, ask, profile.certificates)
    told = KeyStore("证书CA", "certificate authority", _source(path), authority.test)
    return replace(stores, authority=authority, described=(*stores.described, told))


def certified(
    stores: Stores, profile: Profile, path: Path | None, accounts: Accounts | None
) -> Stores:
    """The same, if terminals will trust the card issuers: asked before any chip is.

    ``accounts`` are the bank's; None for those of the test bank.  The packaged TEST issuers get
    certificates for whatever the accounts begin with.  Raises KeyStoreError, without a number.
    """
    if stores.issuers is None:
        return stores
    issuers, signed = stores.issuers, _accounts(accounts, profile)
    if path is None:
        issuers = load_certificates(issuer=_common(signed))
    try:
        for each in sorted({number[:_LONGEST_ISSUER] for number in signed}):
            issuers.check(each, datetime.now(CHINA).date())
    except CertificateError as error:
        raise KeyStoreError(
            f"card issuers: {error}; one run is for accounts of one issuer (--card-issuers)"
        ) from None
    return replace(stores, issuers=issuers)


def _accounts(accounts: Accounts | None, profile: Profile) -> tuple[str, ...]:
    """The account numbers of the bank's list; of the test bank what all of them begin with."""
    if accounts is None:
        return (profile.bank_setting("bin").text,)
    return tuple(each.bank_number for each in accounts.by_person.values())


def _common(accounts: tuple[str, ...]) -> str | None:
    """The digits that an issuer's certificate could name; None where they are too few."""
    alike = takewhile(lambda column: len(set(column)) == 1, zip(*accounts, strict=False))
    digits = "".join(column[0] for column in alike)[:_LONGEST_ISSUER]
    return digits if len(digits) >= _SHORTEST_ISSUER else None


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
