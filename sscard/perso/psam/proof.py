"""What proves a PSAM: each of its keys computes what the key store computes.

Purchase keys are left out: asking for a MAC1 would use up a number of the terminal's.
"""

from __future__ import annotations

from typing import NamedTuple

from sscard.apdu import iso7816, psam
from sscard.apdu.status import StatusError
from sscard.channel import psam as channel
from sscard.keys.operations import KeyReference, Mode, card_request
from sscard.keys.psam_load import PsamLoad
from sscard.perso.plan import Plan, attempt
from sscard.perso.psam.order import PsamOrder

_TYPE, _PURCHASE, _MAC = 0x1F, 0x02, 0x06
#: Any session factor and any data will do: the factors of the PSAM itself stand for a card's.
_FACTOR, _DATA = bytes(range(8)), bytes(range(8, 16))


class Proved(NamedTuple):
    """One key: whether PSAM and store agree; None where nothing was asked."""

    key: KeyReference
    usage: int
    key_id: int
    agrees: bool | None


def prove(order: PsamOrder) -> Plan[tuple[Proved, ...]]:
    """Every key of the order.  Raises StatusError where the application cannot be selected."""
    (yield iso7816.select(psam.APPLICATION)).require("select the application")
    found = []
    for load in order.loads:
        agrees = None
        if load.usage & _TYPE != _PURCHASE:
            agrees = yield from _agrees(order, load)
        found.append(Proved(load.key, load.usage, load.key_id, agrees))
    return tuple(found)


def _agrees(order: PsamOrder, load: PsamLoad) -> Plan[bool]:
    computed = yield from attempt(_computed(order, load))
    if isinstance(computed, StatusError):
        return False
    mode = Mode.MAC if load.usage & _TYPE == _MAC else Mode.AUTHENTICATE
    wanted = order.compute(card_request(load.key, load.factors, mode, _DATA, _FACTOR))
    return computed == wanted


def _computed(order: PsamOrder, load: PsamLoad) -> Plan[bytes]:
    own, suite = load.factors, order.suite
    factors = (own.card, own.city, own.province)[: load.usage >> 5]
    session = channel.session_factor(suite, _FACTOR)
    delivery = psam.delivery_session_key(load.usage, load.key_id, factors, session)
    (yield delivery).require("session key")
    if load.usage & _TYPE == _MAC:
        command = psam.cipher_data(psam.Cipher.ONLY_MAC, channel.mac_blocks(suite, _DATA))
        return (yield command).require("MAC")
    blocks = channel.authentication_blocks(suite, _DATA)
    cipher = (yield psam.cipher_data(psam.Cipher.ENCIPHER, blocks)).require("encipher")
    return channel.authentication_data(cipher)
