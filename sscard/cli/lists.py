"""The lists a run starts from: applicants, and the bank's accounts where there are any."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sscard.issuance.accounts import Accounts, read_accounts
from sscard.issuance.applicants import Register, check_accounts, read_applicants
from sscard.issuance.banks import packaged_banks
from sscard.issuance.machines import CHINA
from sscard.profiles import Profile


def read_register(
    applicants: Path, profile: Profile, bank_accounts: Path | None
) -> tuple[Register, Accounts | None]:
    """The judged list, and the accounts it was judged with.  Raises ApplicantError."""
    today = datetime.now(CHINA).date()
    accounts = read_accounts(bank_accounts, today=today) if bank_accounts else None
    banks = packaged_banks()
    if accounts:
        banks |= accounts.banks()
    register = read_applicants(applicants, profile, today=today, banks=banks)
    if accounts:
        register = check_accounts(register, accounts, banks=banks)
    return register, accounts
