"""One validation: stores, record and card are joined, and the result is delivered."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import typer

from sscard.cli.card_certificates import certificates_on
from sscard.cli.card_fitting import require_fitting
from sscard.cli.card_pin import asked_pin, holder_pin
from sscard.cli.declared import today
from sscard.cli.passphrase import ask
from sscard.cli.readers import Source, opened
from sscard.cli.summary import announce_test_keys
from sscard.cli.validate_show import document, facts, parts, print_table
from sscard.conformance.report.certificates import panels
from sscard.conformance.report.page import Words
from sscard.conformance.validation import Expected, Judged, answers, differing, validate
from sscard.conformance.validation.expected import CertificatesExpected
from sscard.conformance.validation.page import Told, page
from sscard.durable import replace_file
from sscard.issuance.account_expected import instances
from sscard.issuance.ca import Authority
from sscard.issuance.ca.load import load_authority
from sscard.issuance.ca.trusted import Trusted, read_trusted
from sscard.issuance.card_record import CardRecord, read_record, template
from sscard.issuance.machines import CHINA
from sscard.keys import SUITES, BankStore, Pin, SocialSecurityStore
from sscard.keys.issuer_operations import DerivedOperations
from sscard.keys.stores import load_bank, load_social_security
from sscard.keys.stores.ca_keys import load_ca_keys
from sscard.keys.stores.certificates import load_certificates
from sscard.perso.audit_transaction import Witnesses
from sscard.perso.certificates.reading import PairRead
from sscard.perso.order import wanted
from sscard.perso.plan import run as drive
from sscard.profiles import Profile, load_profile

#: What the authentication code of a card identification code is over.
_CODED = 12
_NUMBER = 4


@dataclass(frozen=True, slots=True)
class Means:
    """Keys and PIN that may be tried, as the command line names them."""

    keystore: Path | None
    bank_keystore: Path | None
    ca_keys: Path | None
    test_keys: bool
    ask_pin: bool
    ask_user_pin: bool = False
    ca_root: Path | None = None

    def social(self, profile: Profile, *, simulated: bool) -> SocialSecurityStore | None:
        """The key store; None where no key may be tried.  Raises KeyStoreError."""
        if self.keystore is None and not (simulated or self.test_keys):
            return None
        return load_social_security(self.keystore, SUITES[profile.suite], ask)

    def bank(self, *, simulated: bool) -> BankStore | None:
        """The bank's keys, likewise.  Raises KeyStoreError."""
        if self.bank_keystore is None and not (simulated or self.test_keys):
            return None
        return load_bank(self.bank_keystore, ask)

    def witnesses(self, bank: BankStore | None, *, simulated: bool) -> Witnesses:
        """Who can tell a right financial side.  Raises KeyStoreError."""
        issuer = DerivedOperations.of(bank) if bank else None
        number = os.urandom(_NUMBER)
        if self.ca_keys is not None:
            known = load_ca_keys(self.ca_keys)
            return Witnesses(known.rsa, known.sm2, issuer, number)
        if not (simulated or self.test_keys):
            return Witnesses(issuer=issuer, number=number)
        packaged = load_certificates()
        return Witnesses(packaged.rsa_authorities, packaged.sm2_authorities, issuer, number)

    def certificates(self, profile: Profile, *, simulated: bool) -> CertificatesExpected:
        """Whom to trust about the certificate application, and its user PIN.

        Raises BadParameter, KeyStoreError.
        """
        if profile.certificates is None:
            return CertificatesExpected()
        pin = asked_pin("用户PIN user PIN") if self.ask_user_pin else None
        if simulated or self.test_keys:
            initial = {each.name: each.initial for each in profile.certificates.pins}
            pin = pin or Pin(initial["user"])
        found = self._trusted(profile, simulated=simulated)
        root, issuers = (found.root, found.issuers) if found else (None, ())
        now, guessed = datetime.now(CHINA), self.ca_root is None
        return CertificatesExpected(pin, root, tuple(issuers), now, guessed)

    def _trusted(self, profile: Profile, *, simulated: bool) -> Trusted | Authority | None:
        if self.ca_root is not None:
            return read_trusted(self.ca_root)
        if simulated or self.test_keys:
            return load_authority(None, application=profile.certificates)
        return None


@dataclass(frozen=True, slots=True)
class Output:
    """Where the result goes: a page, JSON, or a table on the terminal."""

    html: Path | None
    as_json: bool
    unmasked: bool


def printed_template(spec: str) -> None:
    """A record to fill in."""
    typer.echo(json.dumps(template(load_profile(spec)), ensure_ascii=False, indent=2))


def run(
    spec: str,
    data: Path,
    place: tuple[Path | None, str | None, Path | None],
    means: Means,
    output: Output,
) -> bool:
    """Validate the card there; whether nothing differs.  Raises SscardError."""
    profile = load_profile(spec)
    record = read_record(data, profile, today())
    image, reader, recording = place
    with opened(image, reader, record=recording) as source:
        require_fitting(source.chip, profile, image or source.name)
        simulated = image is not None
        store = means.social(profile, simulated=simulated)
        bank = means.bank(simulated=simulated)
        test = [name for name, each in _named(store, bank) if each is not None and each.test]
        announce_test_keys(test)
        pin = _pin(profile, means, simulated=simulated)
        expected = _expected(profile, record, source, store, pin)
        expected = _with_bank(expected, record, bank, means, simulated=simulated)
        trusted = means.certificates(profile, simulated=simulated)
        expected = replace(expected, certificates=trusted)
        found = drive(validate(expected, os.urandom), source.card)
        pairs = certificates_on(source.card, profile) if output.html else ()
    _deliver(found, expected, source.name, test, output, pairs)
    return not differing(found)


def _named(
    store: SocialSecurityStore | None, bank: BankStore | None
) -> tuple[tuple[str, SocialSecurityStore | BankStore | None], ...]:
    return ("social security", store), ("bank", bank)


def _pin(profile: Profile, means: Means, *, simulated: bool) -> Pin | None:
    """The PIN to show; None where none may be."""
    if not (means.ask_pin or simulated or means.test_keys):
        return None
    return holder_pin(profile, asked=means.ask_pin)


def _expected(
    profile: Profile,
    record: CardRecord,
    source: Source,
    store: SocialSecurityStore | None,
    pin: Pin | None,
) -> Expected:
    """What the card must be, with the keys that its own answer to reset leads to."""
    historical = drive(answers(), source.card)
    card = wanted(profile, record.values, record.numbers, historical, store)
    card = replace(card, values={**card.values, **record.values}, pin=pin or card.pin)
    authenticated = card.card_id_code[:_CODED]
    code = store.authentication_code(card.numbers.city, authenticated) if store else None
    return Expected(card, pin is not None, record.left_open, code)


def _with_bank(
    expected: Expected, record: CardRecord, bank: BankStore | None, means: Means, *, simulated: bool
) -> Expected:
    """With the financial side, where the record has an account."""
    if record.account is None:
        return expected
    card = expected.card
    made = instances(
        card.profile,
        record.account,
        (card.name, card.id_number),
        bank or load_bank(),
        effective=record.effective,
        random=os.urandom,
        pin=simulated or means.test_keys,
    )
    witnesses = means.witnesses(bank, simulated=simulated)
    return replace(expected, instances=made, witnesses=witnesses)


def _deliver(
    found: tuple[Judged, ...],
    expected: Expected,
    name: str,
    test: list[str],
    output: Output,
    pairs: tuple[PairRead, ...],
) -> None:
    if output.html is not None:
        banner = Words("测试密钥，仅供模拟", "TEST KEYS, for simulation only") if test else None
        told = Told(
            facts(expected, name),
            parts(expected),
            banner,
            output.unmasked,
            panels(pairs, unmasked=output.unmasked),
        )
        replace_file(output.html, page(found, told).encode())
    if output.as_json:
        shown = document(found, expected, name, unmasked=output.unmasked)
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    print_table(found)
    if output.html is not None:
        typer.echo(f"网页 page: {output.html}")
