"""fDDA: the signature that a qPBOC card gives along with its approval (pboc 4.1, 5 [M])."""

from __future__ import annotations

from collections.abc import Mapping

from sscard.apdu.aip import AIP
from sscard.keys.certificates import CertificateError
from sscard.keys.certificates.dynamic import check_dynamic, fast_data
from sscard.terminal.pos.card_data import CardData
from sscard.terminal.pos.configuration import Terminal
from sscard.terminal.pos.offline_authentication import certified_key
from sscard.terminal.pos.transaction import Transaction

_SIGNED, _RELATED = 0x9F4B, 0x9F69


def holds(
    card: CardData, values: Mapping[int, bytes], transaction: Transaction, terminal: Terminal
) -> bool:
    """Whether the card's signature holds; without one, or without a way to check it, it does not.

    9F4B is in the answer or, when it is long, in a record.  The version is the first byte of 9F69,
    and 00 for a card that has none.
    """
    signed = card.values.get(_SIGNED)
    if AIP.DDA not in card.aip or signed is None:
        return False
    key = certified_key(card, transaction, terminal.authorities)
    if key is None:
        return False
    related = card.values.get(_RELATED, b"")
    try:
        told = fast_data(related[0] if related else 0, {**values, _RELATED: related})
        check_dynamic(signed, told, key)
    except CertificateError:
        return False
    return True
