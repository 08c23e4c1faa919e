"""Keys of transactions, and the offline PIN (pboc 1.6, 1.8 [H])."""

from __future__ import annotations

from collections.abc import Sequence

from sscard.apdu.dgi import DGI
from sscard.errors import ProfileError
from sscard.keys import BankStore, Pin, SecretKey
from sscard.perso.pse_account import BankAccount
from sscard.perso.pse_groupings import Dgi
from sscard.perso.pse_settings import Bank

_PURPOSES = ("ac", "mac", "enc")


def tdes_keys(account: BankAccount, store: BankStore) -> tuple[Dgi, Dgi]:
    """DGIs 8000 and 9000.  Raises KeyStoreError."""
    keys = [store.udk(purpose, account.number, account.psn) for purpose in _PURPOSES]
    return _keys(DGI.KEYS, DGI.CHECK_VALUES, keys)


def sm4_keys(account: BankAccount, store: BankStore) -> tuple[Dgi, Dgi]:
    """DGIs 8400 and 9400, the check values by SM4 (decision 29).  Raises KeyStoreError."""
    keys = [store.sm4_udk(purpose, account.number, account.psn) for purpose in _PURPOSES]
    return _keys(DGI.KEYS_SM, DGI.CHECK_VALUES_SM, keys)


def pin(bank: Bank) -> tuple[Dgi, Dgi]:
    """DGIs 8010 and 9010.  Raises ProfileError."""
    try:
        initial = Pin(bank.text("offline_pin"))
    except ValueError as error:
        raise ProfileError(f"bank.offline_pin: {error}") from None
    limit = bank.number("pin_try_limit")
    return (
        Dgi(DGI.PIN_BLOCK, initial.block(), secret=True),
        Dgi(DGI.PIN_TRIES, bytes((limit, limit))),
    )


def _keys(values: DGI, checks: DGI, keys: Sequence[SecretKey]) -> tuple[Dgi, Dgi]:
    return (
        Dgi(values, b"".join(key.reveal() for key in keys), secret=True),
        Dgi(checks, b"".join(key.kcv for key in keys)),
    )
