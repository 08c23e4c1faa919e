"""What a client asks of a key service, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from sscard.keys.hierarchy import Factors
from sscard.keys.operations import PERSON_HASH_KEY, KeyReference, Request
from sscard.keys.roots import MINISTRY_ROOTS, Roots
from sscard.keys.stores.service.refusals import Code
from sscard.keys.stores.service.token import Token
from sscard.keys.stores.service.union_strings import OfficeRequest
from sscard.keys.types import NotCopied
from sscard.keys.x509.request import CertificateRequest


@dataclass(frozen=True, slots=True)
class Hello(NotCopied):
    """The first line of a connection."""

    operation: ClassVar[str] = "hello"

    protocol: int
    token: Token


@dataclass(frozen=True, slots=True)
class CardKeys:
    """All keys of one card: ``KeyOperations.card_keys``."""

    operation: ClassVar[str] = "card_keys"

    references: tuple[KeyReference, ...]
    factors: Factors
    sizes: Mapping[str, int]

    @property
    def keys(self) -> tuple[KeyReference, ...]:
        """The master keys that it uses."""
        return self.references


@dataclass(frozen=True, slots=True)
class Compute:
    """One operation under a derived key: ``KeyOperations.compute``."""

    operation: ClassVar[str] = "compute"

    request: Request

    @property
    def keys(self) -> tuple[KeyReference, ...]:
        """The master key that it uses."""
        return (self.request.key,)


@dataclass(frozen=True, slots=True)
class CheckValue:
    """A check value: ``KeyOperations.kcv``, and ``BankStore.kcv`` without factors."""

    operation: ClassVar[str] = "kcv"

    key: KeyReference
    factors: tuple[bytes, ...] = ()
    size: int = 16

    @property
    def keys(self) -> tuple[KeyReference, ...]:
        """The master key that it uses."""
        return (self.key,)


@dataclass(frozen=True, slots=True)
class OfficeString:
    """A request in the string form of an office: ``union_strings.answer``."""

    operation: ClassVar[str] = "hsm"

    request: OfficeRequest

    @property
    def keys(self) -> tuple[KeyReference, ...]:
        """The master keys that it uses."""
        return self.request.keys


@dataclass(frozen=True, slots=True)
class PersonHash:
    """What the ledger keeps of an ID number: ``KeyOperations.person_hash``."""

    operation: ClassVar[str] = "person_hash"

    id_number: str = field(repr=False)

    @property
    def keys(self) -> tuple[KeyReference, ...]:
        """The key that it uses."""
        return (KeyReference(PERSON_HASH_KEY, 1),)


@dataclass(frozen=True, slots=True)
class ChannelKeys:
    """The keys of a personalization session: ``BankStore.session_keys``."""

    operation: ClassVar[str] = "session_keys"

    keydata: bytes
    sequence: bytes

    @property
    def keys(self) -> tuple[KeyReference, ...]:
        """The master key that it uses."""
        return (KeyReference("KMC", 1),)


@dataclass(frozen=True, slots=True)
class DebitKey:
    """A card's debit key: ``BankStore.udk``."""

    operation: ClassVar[str] = "udk"

    purpose: str
    pan: str = field(repr=False)
    psn: str

    @property
    def keys(self) -> tuple[KeyReference, ...]:
        """The master key that it uses."""
        return (KeyReference(f"IMK-{self.purpose.upper()}", 1),)


@dataclass(frozen=True, slots=True)
class DebitKeySM4:
    """A card's debit key of SM4 transactions: ``BankStore.sm4_udk``."""

    operation: ClassVar[str] = "sm4_udk"

    purpose: str
    pan: str = field(repr=False)
    psn: str

    @property
    def keys(self) -> tuple[KeyReference, ...]:
        """The master key that it uses."""
        return (KeyReference(f"SM4-IMK-{self.purpose.upper()}", 1),)


@dataclass(frozen=True, slots=True)
class Translate:
    """From a transport key to a session's DEK: ``BankStore.translate``."""

    operation: ClassVar[str] = "translate"

    transport: KeyReference
    data: bytes = field(repr=False)
    keydata: bytes
    sequence: bytes

    @property
    def keys(self) -> tuple[KeyReference, ...]:
        """The keys that it uses."""
        return (self.transport, KeyReference("KMC", 1))


@dataclass(frozen=True, slots=True)
class TransportMAC:
    """The MAC of data that came: ``BankStore.transport_mac``."""

    operation: ClassVar[str] = "transport_mac"

    key: KeyReference
    message: bytes = field(repr=False)

    @property
    def keys(self) -> tuple[KeyReference, ...]:
        """The key that it uses."""
        return (self.key,)


@dataclass(frozen=True, slots=True)
class Certify:
    """The certificates of one card, and what comes with them: a CA's only question."""

    operation: ClassVar[str] = "certify"

    request: CertificateRequest

    @property
    def keys(self) -> tuple[KeyReference, ...]:
        """None: a CA has one key, and nobody chooses."""
        return ()


BankQuestion = ChannelKeys | DebitKey | DebitKeySM4 | Translate | TransportMAC
Question = CardKeys | Compute | OfficeString | CheckValue | PersonHash | BankQuestion | Certify


@dataclass(frozen=True, slots=True)
class Greeting:
    """Who the service takes the client for, and what it has behind it."""

    client: str
    #: ``social-security``, ``exchange``, ``bank`` or ``ca``.
    kind: str
    #: The cipher suite of the keys; a bank's store and a CA have none.
    suite: str | None
    #: Whether these are TEST keys.
    test: bool
    #: At which level the keys are held; a bank's have none.
    roots: Roots = MINISTRY_ROOTS


@dataclass(frozen=True, slots=True)
class Values(NotCopied):
    """The answer to a question, in its order; it may be keys."""

    values: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The service does not answer."""

    code: Code
    text: str


Answer = Greeting | Values | Refusal
