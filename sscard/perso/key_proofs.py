"""Keys that the card proves itself, so that nothing is counted and nothing changes."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from sscard.apdu import ssc
from sscard.apdu.medical import init_for_load
from sscard.apdu.medical_data import InitForLoad, LoadInitialized
from sscard.channel import medical
from sscard.channel.ssc import authenticate
from sscard.perso.order import WantedCard
from sscard.perso.plan import Plan
from sscard.profiles import Key

#: Keys that only block something: trying them would do the harm they are for.
HARMFUL = ("BK", "LK")
#: Only a whole purchase proves them, and it would stay in the holder's log.
IN_THE_LOG = ("purchase", "transaction")
_ID_SIZE = 8
_TERMINAL_SIZE = 6

Random = Callable[[int], bytes]


def internal(order: WantedCard, key: Key, version: int, random: Random) -> Plan[bool]:
    """INTERNAL AUTHENTICATE: whether the proof is of this key.  Raises StatusError."""
    factor, data = random(_ID_SIZE), random(_ID_SIZE)
    answer = (yield ssc.internal_authenticate(factor, data, version=version)).require(key.name)
    right = authenticate(order.suite, order.key(key, version), factor, data)
    return hmac.compare_digest(answer, right)


def load(order: WantedCard, key: Key, version: int) -> Plan[bool]:
    """Begin a load of nothing and leave it: the card's MAC1 proves its DLK, and nothing changes."""
    request = InitForLoad(version, 0, bytes(_TERMINAL_SIZE))
    answer = (yield init_for_load(request)).require(key.name)
    given = LoadInitialized.parse(answer)
    load = medical.Load(given.random, given.counter, given.balance, 0, request.terminal)
    session = medical.load_session(order.suite, order.key(key, version), load)
    return hmac.compare_digest(given.mac1, medical.load_mac1(order.suite, session, load))
