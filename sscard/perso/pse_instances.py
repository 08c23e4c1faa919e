"""Making the financial applications before anything is put into them (pboc 1.1, 7 [H])."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sscard.apdu.status import StatusWord
from sscard.channel import SecurityLevel
from sscard.dialects import gp, reference
from sscard.dialects.delivery import Delivery
from sscard.dialects.operations import DeleteInstance
from sscard.keys import BankStore
from sscard.perso.plan import Plan
from sscard.perso.pse import open_channel

_DOMAIN = "issuer security domain"
#: There was none: that is as good as having deleted it (pboc 1.1 [H]).
_GONE = (StatusWord.OK, StatusWord.KEY_NOT_FOUND)


def create_natively(names: Iterable[bytes], delivery: Delivery) -> Plan[None]:
    """By factory commands, between the proof of the transport key and the end of pre-issue.

    Raises StatusError.
    """
    for operation in delivery.operations(names):
        answer = yield reference.build(operation)
        if not (isinstance(operation, DeleteInstance) and answer.sw in _GONE):
            answer.require(_doing(operation))


def create_by_domain(
    names: Iterable[bytes],
    delivery: Delivery,
    store: BankStore,
    *,
    random: Callable[[int], bytes],
    level: SecurityLevel = SecurityLevel.C_MAC,
) -> Plan[None]:
    """By DELETE and INSTALL of GlobalPlatform, under the channel of the issuer security domain.

    An application that is issued is not deleted: StatusError 6985, and the card stays as it is.
    Raises StatusError, MalformedData, ChannelKeysDiffer.
    """
    session = yield from open_channel(_DOMAIN, delivery.domain, store, random(8), level)
    for operation in delivery.operations(names):
        answer = yield session.channel.wrap(gp.build(operation))
        if not (isinstance(operation, DeleteInstance) and answer.sw in _GONE):
            answer.require(_doing(operation))


def _doing(operation: object) -> str:
    word = "DELETE" if isinstance(operation, DeleteInstance) else "INSTALL"
    return f"{_DOMAIN}: {word}"
