"""What an issuer's host asks of the place that holds its master keys (decision 21).

A request names a card and what to do.  Master keys and the card's own keys stay where they are;
cryptograms, MACs and enciphered PINs come out.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sscard.errors import KeyStoreError
from sscard.keys import pin_change
from sscard.keys.application_cryptogram import ISSUER_DATA, SM4_FAMILY, TDES_FAMILY, Family
from sscard.keys.store import BankStore
from sscard.keys.types import NotCopied, Pin, SecretKey

#: A card's debit key by purpose (``ac``, ``mac``, ``enc``), account and sequence number.
CardKey = Callable[[str, str, str], SecretKey]


@dataclass(frozen=True, slots=True)
class CardInUse:
    """One card in one transaction: which algorithms, whose account, which counter (2 bytes)."""

    family: Family
    account: str = field(repr=False)
    sequence: str
    atc: bytes


class IssuerOperations(Protocol):
    """A software store, a token, or an HSM.

    Every operation raises KeyStoreError for a family whose keys are not there.
    """

    def holds(self, card: CardInUse, data: bytes, cryptogram: bytes) -> bool:
        """Whether ``cryptogram`` (8 bytes) is this card's over ``data``."""
        ...

    def issuer_data_holds(self, card: CardInUse, identifier: int, data: bytes, mac: bytes) -> bool:
        """Whether ``mac`` (4 bytes) is this card's over issuer discretionary data in 9F10.

        False for an identifier or a length that is of no known kind.
        """
        ...

    def arpc(self, card: CardInUse, cryptogram: bytes, response_code: bytes) -> bytes:
        """The issuer's own cryptogram, 8 bytes."""
        ...

    def script_mac(self, card: CardInUse, header: bytes, cryptogram: bytes, data: bytes) -> bytes:
        """4 bytes over a script command of the transaction that ``cryptogram`` began."""
        ...

    def new_pin(self, card: CardInUse, new: Pin, current: Pin | None = None) -> bytes:
        """16 bytes for PIN CHANGE, with or without the current one."""
        ...


class DerivedOperations(NotCopied):
    """Does the operations with the debit keys that bank stores derive, by family."""

    def __init__(self, stores: Mapping[str, CardKey]) -> None:
        self._stores = dict(stores)

    @classmethod
    def of(cls, store: BankStore) -> DerivedOperations:
        """Both families of one bank's store."""
        return cls({TDES_FAMILY.name: store.udk, SM4_FAMILY.name: store.sm4_udk})

    def __repr__(self) -> str:
        return f"<issuer operations: {', '.join(self._stores)}>"

    def holds(self, card: CardInUse, data: bytes, cryptogram: bytes) -> bool:
        """Whether ``cryptogram`` is this card's; compared without telling how far it is right."""
        expected = card.family.cryptogram(self._session("ac", card), data)
        return hmac.compare_digest(expected, cryptogram)

    def issuer_data_holds(self, card: CardInUse, identifier: int, data: bytes, mac: bytes) -> bool:
        """Whether a MAC over issuer discretionary data is this card's; compared like the others."""
        form = ISSUER_DATA.get(identifier)
        if form is None or len(data) != form.size:
            return False
        session = self._session("mac", card)
        expected = card.family.issuer_data_mac(session, card.atc, identifier, data)
        return hmac.compare_digest(expected, mac)

    def arpc(self, card: CardInUse, cryptogram: bytes, response_code: bytes) -> bytes:
        """The issuer's own cryptogram."""
        return card.family.arpc(self._session("ac", card), cryptogram, response_code)

    def script_mac(self, card: CardInUse, header: bytes, cryptogram: bytes, data: bytes) -> bytes:
        """4 bytes over a script command."""
        session = self._session("mac", card)
        return card.family.script_mac(session, header, card.atc, cryptogram, data)

    def new_pin(self, card: CardInUse, new: Pin, current: Pin | None = None) -> bytes:
        """16 bytes for PIN CHANGE."""
        key = self._key("enc", card)
        session = card.family.session_key(key, card.atc)
        return pin_change.encipher(card.family, key, session, new, current)

    def _session(self, purpose: str, card: CardInUse) -> SecretKey:
        return card.family.session_key(self._key(purpose, card), card.atc)

    def _key(self, purpose: str, card: CardInUse) -> SecretKey:
        store = self._stores.get(card.family.name)
        if store is None:
            raise KeyStoreError(f"no issuer master keys for {card.family.name}")
        return store(purpose, card.account, card.sequence)
