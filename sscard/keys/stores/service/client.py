"""Key stores that are behind a key service.  Any number of threads may use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sscard.errors import KeyStoreError
from sscard.keys.cps import SessionKeys
from sscard.keys.hierarchy import Factors
from sscard.keys.operations import NO_SIZES, KeyReference, Request
from sscard.keys.roots import Roots
from sscard.keys.stores.service.connection import Service
from sscard.keys.stores.service.link import Link
from sscard.keys.stores.service.messages import (
    CardKeys,
    ChannelKeys,
    CheckValue,
    Compute,
    DebitKey,
    DebitKeySM4,
    PersonHash,
    Translate,
    TransportMAC,
)
from sscard.keys.suite import SUITES, Suite
from sscard.keys.types import SM4, TDES, NotCopied, SecretKey

_KCV, _HASH, _MAC = 3, 32, 8


class Remote(NotCopied):
    """What is behind a service."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def __repr__(self) -> str:
        return repr(self._link)

    @property
    def test(self) -> bool:
        """Whether the service says that these are TEST keys."""
        return self._link.greeting.test

    def close(self) -> None:
        """End the connection; the next operation makes another one."""
        self._link.close()


class RemoteOperations(Remote):
    """Social security, or exchange, keys.

    Raises KeyStoreError for a service that is not there, does not know the token or has other keys.
    """

    def __init__(self, service: Service, kind: str) -> None:
        super().__init__(Link(service, kind))
        suite = self._link.greeting.suite or ""
        if suite not in SUITES:
            self.close()
            raise KeyStoreError(f"{self._link}: has keys of a suite that is not known here")
        self._suite = SUITES[suite]

    @property
    def suite(self) -> Suite:
        """The cipher suite whose keys these are."""
        return self._suite

    @property
    def roots(self) -> Roots:
        """At which level the service says that it holds the keys."""
        return self._link.greeting.roots

    def card_keys(
        self,
        references: Iterable[KeyReference],
        factors: Factors,
        *,
        sizes: Mapping[str, int] = NO_SIZES,
    ) -> dict[KeyReference, SecretKey]:
        """Keys of one card, in one request; ``sizes`` gives key name → bytes where it is not 16."""
        wanted = tuple(references)
        expected = [sizes.get(each.name, 16) for each in wanted]
        values = self._link.ask(CardKeys(wanted, factors, sizes), expected)
        return {each: self._suite.key(value) for each, value in zip(wanted, values, strict=True)}

    def compute(self, request: Request) -> bytes:
        """One operation under a card's key, or under a city's where that is allowed."""
        return self._link.ask(Compute(request), (None,))[0]

    def kcv(
        self, name: str, version: int, factors: Sequence[bytes] = (), *, size: int = 16
    ) -> bytes:
        """Check value of the key that the factors lead to, 3 bytes; without them the held one's."""
        asked = CheckValue(KeyReference(name, version), tuple(factors), size)
        return self._link.ask(asked, (_KCV,))[0]

    def person_hash(self, id_number: str) -> bytes:
        """What the ledger keeps instead of an ID number: 32 bytes."""
        return self._link.ask(PersonHash(id_number), (_HASH,))[0]


class RemoteBankStore(Remote):
    """A bank's keys.

    Raises KeyStoreError for a service that is not there, does not know the token or has other keys.
    """

    def __init__(self, service: Service) -> None:
        super().__init__(Link(service, "bank"))

    def session_keys(self, keydata: bytes, sequence: bytes) -> SessionKeys:
        """The channel keys for what INITIALIZE UPDATE answered: KEYDATA (10), sequence (2)."""
        values = self._link.ask(ChannelKeys(keydata, sequence), (TDES.SIZE,) * 4)
        enc, mac, dek, rmac = map(TDES, values)
        return SessionKeys(enc, mac, dek, rmac)

    def udk(self, purpose: str, pan: str, psn: str) -> TDES:
        """A card's debit key; ``purpose`` is ``ac``, ``mac`` or ``enc``."""
        return TDES(self._link.ask(DebitKey(purpose, pan, psn), (TDES.SIZE,))[0])

    def sm4_udk(self, purpose: str, pan: str, psn: str) -> SM4:
        """A card's debit key of SM4 transactions."""
        return SM4(self._link.ask(DebitKeySM4(purpose, pan, psn), (SM4.SIZE,))[0])

    def translate(
        self, transport: KeyReference, data: bytes, keydata: bytes, sequence: bytes
    ) -> bytes:
        """``data`` under a transport key, enciphered anew under the DEK of a card's session."""
        asked = Translate(transport, data, keydata, sequence)
        return self._link.ask(asked, (len(data),))[0]

    def transport_mac(self, key: KeyReference, message: bytes) -> bytes:
        """The retail MAC of ``message``, 8 bytes."""
        return self._link.ask(TransportMAC(key, message), (_MAC,))[0]

    def kcv(self, name: str, version: int = 1) -> bytes:
        """Check value of a master key, 3 bytes."""
        return self._link.ask(CheckValue(KeyReference(name, version)), (_KCV,))[0]
