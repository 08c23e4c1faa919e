"""9F10 as the card fills it, and the cryptogram it goes with (pboc 2.4 [H, M], 3 [H, V])."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from sscard.apdu import cryptogram_input, issuer_data
from sscard.apdu.cvr import CVR
from sscard.apdu.dgi import DGI
from sscard.apdu.issuer_data import IssuerDiscretionaryData
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse import cash, data_objects, risk
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.transaction import AC, MAC, Transaction
from sscard.errors import MalformedData

_LIMIT_OF_TOTAL = 0x9F54
_SIZE = 5


def cryptogram(
    instance: Instance, transaction: Transaction, cvr: CVR, special: bytes | None = None
) -> tuple[bytes, bytes]:
    """The application cryptogram, 8 bytes, and the 9F10 that goes with it.

    ``special`` is the 9F10 of these options, where they have one of their own.  Raises StatusError
    6985 when the card was not told what it needs for them.
    """
    grouping = DGI.ISSUER_DATA_SM if transaction.sm else DGI.ISSUER_DATA
    initial = instance.value(grouping) if special is None else special
    try:
        template = issuer_data.Template.parse(initial or b"")
        message = cryptogram_input.assemble(template.cvn, transaction.values, cvr)
    except MalformedData:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED) from None
    session = transaction.session_key(instance, AC)
    # Which algorithm it is, the transaction has chosen; the template may say anything.
    template = replace(template, algorithm=transaction.family.code)
    said = template.filled(cvr, _discretionary(instance, transaction, template.identifier))
    return transaction.family.cryptogram(session, message), bytes(said)


def _discretionary(
    instance: Instance, transaction: Transaction, identifier: int | None
) -> IssuerDiscretionaryData | None:
    sources = _AMOUNTS.get(identifier, ()) if identifier is not None else ()
    amounts = [source(instance) for source in sources]
    if identifier is None or not amounts or None in amounts:
        return None
    data = b"".join((each or b"")[-_SIZE:] for each in amounts)
    session = transaction.session_key(instance, MAC)
    mac = transaction.family.issuer_data_mac(session, instance.transactions, identifier, data)
    return IssuerDiscretionaryData(identifier, data, mac)


def _balance(instance: Instance) -> bytes | None:
    return data_objects.find(instance, data_objects.BALANCE)


def _total(instance: Instance) -> bytes:
    return cash.digits(risk.read(instance).spent)


def _limit(instance: Instance) -> bytes | None:
    return data_objects.find(instance, _LIMIT_OF_TOTAL)


#: By identifier: the amounts of which 5 bytes each are said (pboc 2.4 [M]).
_AMOUNTS: Mapping[int, tuple[Callable[[Instance], bytes | None], ...]] = MappingProxyType(
    {
        1: (_balance,),
        2: (_total,),
        3: (_balance, _total),
        4: (_total, _limit),
        5: (cash.available,),
    }
)
