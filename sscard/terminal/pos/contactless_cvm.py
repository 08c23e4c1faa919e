"""How a cardholder is verified without contacts: TTQ asks, CTQ answers (pboc 2.4 [H])."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.apdu.ctq import CTQ
from sscard.apdu.cvm import Condition, CVMResults, Method, Result
from sscard.apdu.ttq import TTQ
from sscard.terminal.pos.errors import Reason, Terminated
from sscard.terminal.pos.transaction import Surroundings

#: A contactless card has no list: its results say "always" as the condition.
_ALWAYS = Condition.ALWAYS
_WAYS: Mapping[CTQ, TTQ] = MappingProxyType(
    {CTQ.ONLINE_PIN: TTQ.ONLINE_PIN, CTQ.SIGNATURE: TTQ.SIGNATURE}
)


@dataclass(frozen=True, slots=True)
class Verified:
    """What goes into 9F34, and what follows from it."""

    results: CVMResults
    signature: bool = False
    pin_block: bytes | None = field(default=None, repr=False)


def verify(said: TTQ, answered: bytes | None, account: str, around: Surroundings) -> Verified:
    """What card and terminal both can: an online PIN before a signature.

    A card without CTQ leaves it to the terminal, which asks for what it can.  Raises Terminated
    when somebody must be verified and cannot be, MalformedData for a CTQ that is none.
    """
    wanted = CTQ(0) if answered is None else CTQ.parse(answered)
    if answered is None and TTQ.CVM_REQUIRED in said:
        wanted = CTQ.ONLINE_PIN | CTQ.SIGNATURE
    if wanted & (CTQ.ONLINE_PIN | CTQ.SIGNATURE):
        return _by(next((way for way in _WAYS if _both(way, wanted, said)), None), account, around)
    if TTQ.CVM_REQUIRED in said:
        raise Terminated(Reason.NOT_VERIFIABLE)
    return Verified(CVMResults(Method.NO_CVM, _ALWAYS, Result.SUCCESSFUL))


def _both(way: CTQ, wanted: CTQ, said: TTQ) -> bool:
    return way in wanted and _WAYS[way] in said


def _by(way: CTQ | None, account: str, around: Surroundings) -> Verified:
    if way is CTQ.SIGNATURE:
        return Verified(CVMResults(Method.SIGNATURE, _ALWAYS, Result.UNKNOWN), signature=True)
    block = around.online_pin(account) if way is CTQ.ONLINE_PIN else None
    if block is None:
        raise Terminated(Reason.NOT_VERIFIABLE)
    return Verified(CVMResults(Method.ONLINE_PIN, _ALWAYS, Result.UNKNOWN), pin_block=block)
