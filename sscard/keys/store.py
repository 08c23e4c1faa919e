"""Key stores as protocols: keys are asked for by name, masters never leave (decision 21)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from sscard.errors import KeyStoreError
from sscard.keys.cps import SessionKeys
from sscard.keys.hierarchy import Factors
from sscard.keys.operations import KeyOperations, KeyReference
from sscard.keys.psam_load import PsamLoad, Sealing
from sscard.keys.types import SM4, TDES, SecretKey


@dataclass(frozen=True, slots=True)
class ChipLot:
    """What the chip maker says of a lot: how its blank chips look, and what opens them."""

    name: str
    #: The 13 historical bytes of the ATR before pre-personalization.
    blank_historical: bytes
    cos_version: str
    transport: SecretKey = field(repr=False)
    #: Of the certificate application of the region's blank cards (ssc-more 1.2 [2+]); None where
    #: nobody said it, or the chips have no such application.
    certificate_master: SM4 | None = field(default=None, repr=False)


class SocialSecurityStore(KeyOperations, Protocol):
    """The social security side's keys; the exchange store has the same shape with one key in it.

    Every operation raises KeyStoreError for a name or version the store does not hold.
    """

    def card_key(self, name: str, version: int, factors: Factors, *, size: int = 16) -> SecretKey:
        """One card key: the chain province → city → card from the key held on (decision 20)."""
        ...

    def load_psam(self, load: PsamLoad, sealing: Sealing) -> bytes:
        """One root key for one PSAM, as the data of CREATE KEY; see ``psam_load``.

        Raises KeyStoreError also where the place that holds the keys does not do this.
        """
        ...

    def authentication_code(self, city: str, data: bytes) -> bytes | None:
        """The last 4 bytes of a card identification code, over its first 12 (decision 13).

        None when the store has no key for it.
        """
        ...

    def lot(self, name: str) -> ChipLot:
        """The chip lot of this name, with its transport key."""
        ...


class BankStore(Protocol):
    """The bank side's keys.  KMC and issuer master keys stay inside.

    Every operation raises KeyStoreError for a name or version the store does not hold.
    """

    @property
    def test(self) -> bool:
        """Whether these are TEST keys: announced in red, refused in production (decision 18)."""
        ...

    def session_keys(self, keydata: bytes, sequence: bytes) -> SessionKeys:
        """The channel keys for what INITIALIZE UPDATE answered: KEYDATA (10), sequence (2)."""
        ...

    def udk(self, purpose: str, pan: str, psn: str) -> TDES:
        """A card's debit key; ``purpose`` is ``ac``, ``mac`` or ``enc``."""
        ...

    def sm4_udk(self, purpose: str, pan: str, psn: str) -> SM4:
        """A card's debit key of SM4 transactions; ``purpose`` as of ``udk``."""
        ...

    def translate(
        self, transport: KeyReference, data: bytes, keydata: bytes, sequence: bytes
    ) -> bytes:
        """``data`` under a transport key, enciphered anew under the DEK of a card's session.

        The session is named by what INITIALIZE UPDATE answered: nobody but the store sees the plain
        value.  Raises KeyStoreError for a key that is none of ``TRANSPORT_KEYS``, and for data that
        are not whole blocks of 8 bytes (pboc 1.6 [H]: 3DES-ECB under either).
        """
        ...

    def transport_mac(self, key: KeyReference, message: bytes) -> bytes:
        """The retail MAC of ``message``, 8 bytes; KeyStoreError for none of ``MAC_KEYS``."""
        ...

    def kcv(self, name: str, version: int = 1) -> bytes:
        """Check value of a master key, 3 bytes."""
        ...


#: Under which data come to the personalization station (pboc 1.6 [H]), and what proves them.
TRANSPORT_KEYS, MAC_KEYS = frozenset({"TK"}), frozenset({"TK-MAC"})


def require_among(names: frozenset[str], key: KeyReference, use: str) -> None:
    """Raises KeyStoreError for a key that is not there to do this."""
    if key.name not in names:
        raise KeyStoreError(
            f"key {key.name}: does not {use} (there are {', '.join(sorted(names))})"
        )
