"""What a run starts from: applicants, and the bank's accounts or its own data for cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sscard.issuance.accounts import Accounts, read_accounts
from sscard.issuance.applicants import Register, check_accounts, read_applicants
from sscard.issuance.bank_data import load_layout
from sscard.issuance.bank_data.batch import read_batch
from sscard.issuance.bank_data.matching import Matched, match
from sscard.issuance.bank_data.purge import require_not_purged
from sscard.issuance.banks import packaged_banks
from sscard.issuance.machines import CHINA
from sscard.issuance.photo.attached import FINGERPRINT, PHOTO, check_fingerprints, check_photos
from sscard.issuance.photo.rules import PhotoRules, load_rules
from sscard.issuance.stations import applications
from sscard.keys import BankStore
from sscard.profiles import Profile


@dataclass(frozen=True, slots=True)
class Folders:
    """Where photos and fingerprints of the people lie, and the office's own rules for photos."""

    photos: Path | None = None
    fingerprints: Path | None = None
    rules: Path | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a list that name a file in one of the folders."""
        given = {PHOTO: self.photos, FINGERPRINT: self.fingerprints}
        return tuple(column for column, folder in given.items() if folder)

    def check(self, register: Register, profile: Profile) -> Register:
        """The register with photos and fingerprints.  Raises ApplicantError, ProfileError."""
        rules = load_rules(self.rules) if self.rules else PhotoRules()
        if self.photos:
            register = check_photos(register, self.photos, profile, rules)
        if self.fingerprints:
            register = check_fingerprints(register, self.fingerprints, profile)
        return register


@dataclass(frozen=True, slots=True)
class BankData:
    """A bank's data-preparation file, and the name of its layout."""

    file: Path
    layout: str

    def match(
        self,
        register: Register,
        accounts: Accounts | None,
        profile: Profile,
        store: BankStore,
        out: Path,
    ) -> Matched:
        """The file's records and the people of the list, each with the other or going back.

        Raises BankDataError, KeyStoreError, ProfileError, ApplicantError, and LedgerError for a
        batch that was purged after it was issued to ``out``.
        """
        layout = load_layout(self.layout)
        require_not_purged(out, self.file)
        batch = read_batch(self.file, layout, store, applications(profile))
        require_not_purged(out, self.file, batch.summary)
        return match(batch, register, accounts, datetime.now(CHINA).date())


def read_register(
    applicants: Path, profile: Profile, bank_accounts: Path | None, folders: Folders | None = None
) -> tuple[Register, Accounts | None]:
    """The judged list, and the accounts it was judged with.

    Raises ApplicantError; with ``folders`` also ProfileError.
    """
    folders = folders or Folders()
    today = datetime.now(CHINA).date()
    accounts = read_accounts(bank_accounts, today=today) if bank_accounts else None
    banks = packaged_banks()
    if accounts:
        banks |= accounts.banks()
    register = read_applicants(
        applicants, profile, today=today, banks=banks, in_files=folders.columns
    )
    if accounts:
        register = check_accounts(register, accounts, banks=banks)
    return folders.check(register, profile), accounts
