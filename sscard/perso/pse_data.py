"""What the bank puts on a card, as data groupings: PSE, PPSE and debit application (pboc 1.8).

Nothing here knows a card or a channel.  Values come from the profile's bank settings, the account,
the bank's keys and whoever signs; which groupings there are, the profile declares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from sscard.apdu.dgi import DGI
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
from sscard.perso.pse_options import RSA, SM
from sscard.perso.pse_records import holder_name
from sscard.perso.pse_settings import Bank
from sscard.perso.pse_signing import SignedData, Signing
from sscard.profiles import Profile

__all__ = ["BankAccount", "Dgi", "Instance", "Signing", "holder_name", "prepare"]


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

    ``name`` and ``id_number`` are the holder's, ``effective`` is tag 5F25.  Groupings that the
    profile declares as not written are left out, and so is every word about them in the others;
    the same goes for signatures of a family that ``signing`` does not have.

    Raises ProfileError for a missing or wrong bank setting, KeyStoreError for a missing key,
    FieldError for a name outside GBK.
    """
    bank = Bank(profile)
    card = _Card(bank, account, keys, signing)
    records = (
        pse_records.track(bank, account, name),
        pse_records.holder(name, id_number),
        pse_records.risk_management(bank),
        pse_records.application(bank, account, effective),
        pse_records.cash_application(bank, account, effective),
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
        self._signing = signing or Signing()
        self._rsa = self._signing.rsa if bank.written(RSA.certificates) else None
        self._sm2 = self._signing.sm2 if bank.sm and bank.written(SM.certificates) else None

    def groupings(self, records: list[Dgi]) -> list[Dgi]:
        """Everything that the profile declares as written, in the order it is sent."""
        records = self._written(records)
        if self._rsa is not None or self._sm2 is not None:
            records += self._written(self._signed(records))
        records.sort(key=lambda each: each.identifier)
        found = [*self._first({each.identifier for each in records}), *records, *self._secrets()]
        return self._written(found)

    def _written(self, dgis: list[Dgi]) -> list[Dgi]:
        return [each for each in dgis if self._bank.writes("debit", each.identifier)]

    def _first(self, there: set[int]) -> Iterator[Dgi]:
        bank = self._bank
        size = self._rsa.key.public.size if self._rsa is not None else 0
        virtual = pse_options.needs_record(bank, size)
        signed = self._rsa is not None
        yield from pse_options.options(bank, RSA, there, signed=signed, virtual=virtual)
        if bank.sm:
            yield from pse_options.options(bank, SM, there, signed=self._sm2 is not None)
        yield pse_directory.fci(bank)
        if bank.contactless:
            yield pse_directory.contactless_fci(bank)

    def _secrets(self) -> Iterator[Dgi]:
        bank, account, keys = self._bank, self._account, self._keys
        yield from self._values()
        yield from pse_keys.tdes_keys(account, keys)
        if bank.sm and bank.writes("debit", DGI.KEYS_SM):
            yield from pse_keys.sm4_keys(account, keys)
        if self._rsa is not None:
            # The profile declares which of the two forms is written.
            yield from pse_signing.rsa_key(self._rsa.key)
            yield from pse_signing.rsa_plain_key(self._rsa.key)
        if self._sm2 is not None:
            yield from pse_signing.sm2_key(self._sm2.key)
        yield from pse_keys.pin(bank)

    def _values(self) -> Iterator[Dgi]:
        yield pse_values.card_data(self._bank)
        yield pse_values.internal_data(self._bank)
        yield pse_values.issuer_data(self._bank)
        if self._bank.sm:
            yield pse_values.sm_issuer_data(self._bank)

    def _signed(self, records: list[Dgi]) -> list[Dgi]:
        bank = self._bank
        about = {each.identifier: each for each in records}
        sfi, number = pse_records.SIGNED
        aip = pse_options.interchange_profile(bank, signed=True)
        data = SignedData(self._account, about[sfi << 8 | number], aip, self._signing)
        made: list[Dgi] = []
        if self._rsa is not None:
            made += pse_signing.rsa_records(data, self._rsa, bank)
        if self._sm2 is not None:
            made += pse_signing.sm2_records(data, self._sm2, bank)
        sfi, number = pse_records.CASH_SIGNED
        if (own := about.get(sfi << 8 | number)) is not None:
            made += self._signed_cash(replace(data, record=own))
        return made

    def _signed_cash(self, data: SignedData) -> list[Dgi]:
        """What is signed once more, as electronic cash has a record of its own."""
        made: list[Dgi] = []
        if self._rsa is not None:
            made += pse_signing.cash_rsa_records(data, self._rsa)
        if self._sm2 is not None:
            made += pse_signing.cash_sm2_records(data, self._sm2)
        return made
