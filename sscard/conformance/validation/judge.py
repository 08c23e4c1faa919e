"""Is this card what this record and this profile say?  One power-up, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable

from sscard.conformance.validation import names
from sscard.conformance.validation.certificates import certificates
from sscard.conformance.validation.directories import directories
from sscard.conformance.validation.expected import Expected
from sscard.conformance.validation.financial import financial
from sscard.conformance.validation.identity import authentication_code, identity
from sscard.conformance.validation.judged import Judged, verdict_of
from sscard.perso import handover
from sscard.perso.findings import Proof
from sscard.perso.key_proofs import Random
from sscard.perso.order import MF
from sscard.perso.plan import POWER_UP, Plan, tried

_CODE_SIZE = 4
_NUMBER = "/card_identification_code"
_CLOSED = "hand-over area closed"


def validate(expected: Expected, random: Random) -> Plan[tuple[Judged, ...]]:
    """Everything that can be told of the card, part by part.

    ``random`` makes what the card has to prove its keys over.  What the card refuses is a finding,
    never an exception.
    """
    answer = (yield POWER_UP).require("power up")
    told = identity(expected, answer)
    told.append((yield from _handed_over(expected)))
    social = yield from directories(expected, random)
    told += social
    told.append(authentication_code(expected, _code(social)))
    told += yield from financial(expected)
    told += yield from certificates(expected, random)
    return _each_once(told)


def _handed_over(expected: Expected) -> Plan[Judged]:
    words = names.fixed(_CLOSED)
    closed = yield from tried(handover.closed(expected.card.profile))
    verdict = verdict_of(Proof.READING, closed is True)
    return Judged(MF, _CLOSED, words, verdict, Proof.READING)


def _code(told: Iterable[Judged]) -> bytes | None:
    """The authentication code in the card's number, as it was read."""
    read = next((each.read for each in told if each.subject.endswith(_NUMBER)), "").split(" ")[0]
    try:
        return bytes.fromhex(read)[-_CODE_SIZE:] or None
    except ValueError:
        return None


def _each_once(told: Iterable[Judged]) -> tuple[Judged, ...]:
    return tuple({(each.part, each.subject, each.verdict): each for each in told}.values())
