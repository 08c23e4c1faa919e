"""What the bank puts on a card, as data groupings: PSE, PPSE and debit application (pboc 1.8).

Nothing here knows a card or a channel.  Values come from the profile's bank settings, the account,
the bank's keys and whoever signs; which groupings there are, the profile declares.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TypeVar

from sscard.apdu.dgi import DGI
from sscard.errors import ProfileError
from sscard.keys import BankStore
from sscard.perso import (
    pse_directory,
    pse_keys,
    pse_options,
    pse_records,
    pse_signing,
    pse_values,
)
from sscard.perso.pse_account import BankAccount
from sscard.perso.pse_groupings import Dgi, Instance
from sscard.perso.pse_options import RSA, SM, Family
from sscard.perso.pse_records import holder_name
from sscard.perso.pse_settings import Bank
from sscard.perso.pse_signing import RSASigning, SignedData, Signing, SM2Signing
from sscard.profiles import Profile

__all__ = ["BankAccount", "Dgi", "Instance", "Signing", "holder_name", "prepare"]

_Signing = TypeVar("_Signing", RSASigning, SM2Signing)


def prepare(
    profile: Profile,
    account: BankAccount,
    name: str,
    keys: BankStore,
    *,
    effective: date,
    id_number: str = "",
    signing: Signing | None = None,
) -> tuple[Instance, ...]:
    """PSE, with an antenna PPSE, and debit application of one card.

    ``name`` and ``id_number`` are the holder's, ``effective`` is tag 5F25; ``signing`` is asked for
    by a profile that has certificates written.  Groupings that it declares as not written are left
    out, and so is every word about them in the others.

    Raises ProfileError for a missing or wrong bank setting, or nobody to sign; KeyStoreError for a
    missing key; FieldError for a name outside GBK.
    """
    bank = Bank(profile)
    card = _Card(bank, account, keys, signing)
    records = (
        pse_records.track(bank, account, name),
        pse_records.holder(name, id_number),
        pse_records.risk_management(bank),
        pse_records.application(bank, account, effective),
        pse_records.contactless(bank),
    )
    dgis = card.groupings([each for each in records if each is not None])
    directories = [pse_directory.directory(bank)]
    if bank.contactless:
        directories.append(pse_directory.contactless_directory(bank))
    return (*directories, Instance("debit application", bank.data("aid"), tuple(dgis)))


class _Card:
    """The debit application of one card."""

    def __init__(
        self, bank: Bank, account: BankAccount, keys: BankStore, signing: Signing | None
    ) -> None:
        self._bank, self._account, self._keys = bank, account, keys
        self._signing = signing
        self._rsa = self._signs(RSA)
        self._sm2 = bank.sm and self._signs(SM)

    def groupings(self, records: list[Dgi]) -> list[Dgi]:
        """Everything that the profile declares as written, in the order it is sent."""
        records = self._written(records)
        if self._rsa or self._sm2:
            records += self._written(self._signed(records))
        records.sort(key=lambda each: each.identifier)
        found = [*self._first({each.identifier for each in records}), *records, *self._secrets()]
        return self._written(found)

    def _written(self, dgis: list[Dgi]) -> list[Dgi]:
        return [each for each in dgis if self._bank.writes("debit", each.identifier)]

    def _first(self, there: set[int]) -> Iterator[Dgi]:
        bank = self._bank
        yield from pse_options.options(bank, RSA, there, signed=self._rsa)
        if bank.sm:
            yield from pse_options.options(bank, SM, there, signed=self._sm2)
        yield pse_directory.fci(bank)
        if bank.contactless:
            yield pse_directory.contactless_fci(bank)

    def _secrets(self) -> Iterator[Dgi]:
        bank, account, keys = self._bank, self._account, self._keys
        yield from self._values()
        yield from pse_keys.tdes_keys(account, keys)
        if bank.sm and bank.writes("debit", DGI.KEYS_SM):
            yield from pse_keys.sm4_keys(account, keys)
        signing = self._signing or Signing()
        if signing.rsa is not None:
            yield from pse_signing.rsa_key(signing.rsa.key)
        if bank.sm and signing.sm2 is not None:
            yield from pse_signing.sm2_key(signing.sm2.key)
        yield from pse_keys.pin(bank)

    def _values(self) -> Iterator[Dgi]:
        yield pse_values.card_data(self._bank)
        yield pse_values.internal_data(self._bank)
        yield pse_values.issuer_data(self._bank)
        if self._bank.sm:
            yield pse_values.sm_issuer_data(self._bank)

    def _signs(self, family: Family) -> bool:
        return self._bank.written(family.certificates)

    def _signed(self, records: list[Dgi]) -> list[Dgi]:
        bank, signing = self._bank, self._signing or Signing()
        about = {each.identifier: each for each in records}
        sfi, number = pse_records.SIGNED
        aip = pse_options.interchange_profile(bank, signed=True)
        data = SignedData(self._account, about[sfi << 8 | number], aip, signing)
        made: list[Dgi] = []
        if self._rsa:
            made += pse_signing.rsa_records(data, _need(signing.rsa, "RSA"), bank)
        if self._sm2:
            made += pse_signing.sm2_records(data, _need(signing.sm2, "SM2"), bank)
        return made


def _need(signing: _Signing | None, family: str) -> _Signing:
    if signing is None:
        raise ProfileError(f"the profile has {family} certificates written, but nobody signs them")
    return signing
