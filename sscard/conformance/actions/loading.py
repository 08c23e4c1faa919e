"""A load that is begun and left: the card's MAC1 proves its load key (ssc 5.2 [S])."""

from __future__ import annotations

from sscard.apdu.medical import init_for_load
from sscard.apdu.medical_data import InitForLoad, LoadInitialized
from sscard.conformance.case import Step
from sscard.conformance.moves import Reply, Script
from sscard.conformance.play import Play, lacking
from sscard.errors import KeyStoreError, MalformedData

_TERMINAL_SIZE = 6
_LOAD = b"\x01"  # type of transaction: 账户划入 (ssc 5.2)
_PAD = bytes.fromhex("8000")


def load_init(play: Play, step: Step) -> Script[Reply | None]:
    """INIT FOR LOAD of nothing with a key index; what MAC1 must be is kept as ``wanted``.

    The step's data check ``proof of a load`` compares.  Nothing changes on the card.
    """
    version, terminal = step.number("version", 1), play.bench.random(_TERMINAL_SIZE)
    reply = yield from play.ask(init_for_load(InitForLoad(version, 0, terminal)))
    if not reply.ok:
        return reply
    try:
        given = LoadInitialized.parse(reply.data)
    except MalformedData:
        return reply  # the check finds no MAC1 in it
    session = given.random + given.counter.to_bytes(2, "big") + _PAD
    over = given.balance.to_bytes(4, "big") + bytes(4) + _LOAD + terminal
    try:
        wanted = play.keys.mac(step.text("key"), version, play.factors, session, over)
    except KeyStoreError as error:
        raise lacking(error) from None
    play.variables["wanted"] = wanted
    return reply
