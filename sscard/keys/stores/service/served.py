"""What a key service has behind it: one store of one kind, and the questions it answers.

A service has the social security side's keys, a bank's, or a CA behind it, and never two of them:
whoever breaks into one has the masters of one.
"""

from __future__ import annotations

from typing import Protocol

from sscard.errors import MalformedData
from sscard.keys.operations import KeyOperations
from sscard.keys.roots import MINISTRY_ROOTS, Roots
from sscard.keys.store import BankStore
from sscard.keys.stores.service.messages import (
    CardKeys,
    ChannelKeys,
    CheckValue,
    Compute,
    DebitKey,
    DebitKeySM4,
    OfficeString,
    PersonHash,
    Question,
    Translate,
    TransportMAC,
)
from sscard.keys.stores.service.refusals import Code, Refused
from sscard.keys.stores.service.union_strings import OfficeRequest
from sscard.keys.types import NotCopied, Secret

Found = tuple[bytes | Secret, ...]
#: The kinds of store with social security operations, the small one being the exchange store; a
#: bank's; a CA, which is ``issuance.ca.served``.
SOCIAL_SECURITY, EXCHANGE, BANK, CA = "social-security", "exchange", "bank", "ca"


class Served(Protocol):
    """A store as the service sees it.  One thread at a time."""

    @property
    def kind(self) -> str:
        """``social-security``, ``exchange``, ``bank`` or ``ca``."""
        ...

    @property
    def suite(self) -> str | None:
        """The cipher suite of the keys; a bank's store and a CA have none."""
        ...

    @property
    def test(self) -> bool:
        """Whether these are TEST keys."""
        ...

    @property
    def roots(self) -> Roots:
        """At which level the keys are held."""
        ...

    def answer(self, asked: Question) -> Found:
        """The values asked for, in order.

        Raises Refused for a question that is not for this kind of store, and what the store raises.
        """
        ...


class ServedOperations(NotCopied):
    """Social security, or exchange, keys."""

    def __init__(self, kind: str, store: KeyOperations) -> None:
        self.kind = kind
        self._store = store

    @property
    def suite(self) -> str | None:
        """The cipher suite of the keys."""
        return self._store.suite.name

    @property
    def test(self) -> bool:
        """Whether these are TEST keys."""
        return self._store.test

    @property
    def roots(self) -> Roots:
        """At which level the keys are held."""
        return self._store.roots

    def answer(self, asked: Question) -> Found:
        """The values asked for, in order."""
        match asked:
            case CardKeys(references, factors, sizes):
                keys = self._store.card_keys(references, factors, sizes=sizes)
                return tuple(keys[each] for each in references)
            case Compute(request):
                return (self._store.compute(request),)
            case OfficeString(request):
                return self._in_strings(request)
            case CheckValue(key, chain, size):
                return (self._store.kcv(key.name, key.version, chain, size=size),)
            case PersonHash(id_number):
                return (self._store.person_hash(id_number),)
            case _:
                raise not_offered(asked)

    def _in_strings(self, request: OfficeRequest) -> Found:
        try:
            return tuple(request.work(self._store))
        except MalformedData as error:
            raise Refused(Code.WRONG_REQUEST, str(error)) from None


class ServedBank(NotCopied):
    """A bank's keys."""

    kind = BANK
    suite: str | None = None
    roots = MINISTRY_ROOTS

    def __init__(self, store: BankStore) -> None:
        self._store = store

    @property
    def test(self) -> bool:
        """Whether these are TEST keys."""
        return self._store.test

    def answer(self, asked: Question) -> Found:
        """The values asked for, in order: channel keys are ENC, MAC, DEK, RMAC."""
        match asked:
            case ChannelKeys(keydata, sequence):
                found = self._store.session_keys(keydata, sequence)
                return (found.enc, found.mac, found.dek, found.rmac)
            case DebitKey(purpose, pan, psn):
                return (self._store.udk(purpose, pan, psn),)
            case DebitKeySM4(purpose, pan, psn):
                return (self._store.sm4_udk(purpose, pan, psn),)
            case Translate(transport, data, keydata, sequence):
                return (self._store.translate(transport, data, keydata, sequence),)
            case TransportMAC(key, message):
                return (self._store.transport_mac(key, message),)
            case CheckValue(key, (), 16):
                return (self._store.kcv(key.name, key.version),)
            case _:
                raise not_offered(asked)


def not_offered(asked: Question) -> Refused:
    """The refusal of a question that is not for this kind of store."""
    return Refused(Code.UNKNOWN_OPERATION, f"this store does not offer {asked.operation}")
