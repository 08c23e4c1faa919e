"""Is the social-security side what the profile says?  Asked from outside, after a fresh power-up.

Every readable element and FCI is read; every right is tried without and with what it asks for.
IRK, PIN, PUK and every version of every update and read key are proven by authentication, with one
attempt per power-up; STKs by a MACed command that changes nothing; DLKs by the card's answer to a
load that is begun and left.  Master keys, BK and LKs cannot be proven without harm, DPK and DTK not
without an entry in the holder's log; they are reported as such (decision 23).
"""

from __future__ import annotations

from sscard.apdu import iso7816
from sscard.apdu.card_identity import belongs
from sscard.apdu.status import StatusWord
from sscard.dialects import reference
from sscard.dialects.operations import WriteHistorical
from sscard.errors import NotVerified
from sscard.perso import handover
from sscard.perso.audit_directory import Visit, rights_of, with_pin, without_pin
from sscard.perso.findings import Finding, Proof, merged
from sscard.perso.key_proofs import Random
from sscard.perso.order import MF, WantedCard
from sscard.perso.plan import POWER_UP, Plan, attempt

_ROOT = "SSSE"
#: How a card says that it knows no factory commands any more.
_GONE = (
    StatusWord.CONDITIONS_NOT_SATISFIED,
    StatusWord.INS_NOT_SUPPORTED,
    StatusWord.CLA_NOT_SUPPORTED,
)

Findings = tuple[Finding, ...]


def audit(order: WantedCard, random: Random, *, handed_over: bool = True) -> Plan[Findings]:
    """Every finding about SSSE, its directories and the hand-over area.

    ``random`` makes factors and data for the IRK; ``handed_over`` says whether the area must be
    closed by now.  A refusal by the card is a finding that does not agree, never an exception.
    A card with another ATR is another card: nothing more is tried on it.
    """
    answer = (yield POWER_UP).require("power up")
    found = [Finding("ATR", Proof.READING, belongs(answer, order.historical))]
    if not found[0].agrees:
        return tuple(found)
    found += yield from outside(order, handed_over=handed_over)
    directories = order.profile.directories
    known = [(each, rights_of(order, each)) for each in directories]
    pin = yield from _pin(order)
    found.append(pin)
    for directory, rights in known if pin.agrees else ():
        visit = Visit(order, directory, rights, pin=True)
        yield from with_pin(visit)
        found += visit.found
    (yield POWER_UP).require("power up to forget the PIN")
    for directory, rights in known:
        visit = Visit(order, directory, rights, pin=False)
        yield from without_pin(visit, random)
        found += visit.found
    owners = (MF, *(each.name for each in directories))
    return merged([*found, *(Finding(f"MK{name}", Proof.NOT_PROVEN) for name in owners)])


def require(findings: Findings) -> None:
    """Raises NotVerified naming every finding that does not agree."""
    wrong = [finding.subject for finding in findings if not finding.agrees]
    if wrong:
        raise NotVerified("the card is not what its profile says: " + ", ".join(wrong))


def outside(order: WantedCard, *, handed_over: bool) -> Plan[Findings]:
    """What belongs to no application: the factory's commands and the hand-over area."""
    # Even a card that obeyed would keep the ATR it has.
    factory = yield reference.build(WriteHistorical(order.historical))
    found = [Finding("factory stage closed", Proof.REFUSAL, factory.sw in _GONE)]
    if handed_over:
        closed = yield from attempt(handover.closed(order.profile))
        found.append(Finding("hand-over area closed", Proof.READING, closed is True))
    return tuple(found)


def _pin(order: WantedCard) -> Plan[Finding]:
    root = yield iso7816.select(order.profile.directory(_ROOT).df_name)
    shown = root.sw == StatusWord.OK
    if shown:
        shown = (yield iso7816.verify(order.pin.encoded())).sw == StatusWord.OK
    return Finding("PIN", Proof.AUTHENTICATION, shown)
