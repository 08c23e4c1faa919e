"""Electronic cash over the contacts: what the terminal itself reads and looks at (pboc 2.3, 5).

That a card pays from its balance it says by a record with its issuer's code for it (9F74), which
only the options of electronic cash lead to.  Then the terminal asks for balance and threshold, has
no limits of its own beside them, and says in the end what is left: the steps are those of a public
kernel of PBOC 3.0 (assumed).
"""

from __future__ import annotations

from dataclasses import replace

from sscard.apdu import pboc, tlv
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.issuer_data import IssuerApplicationData
from sscard.errors import MalformedData
from sscard.perso.plan import Plan
from sscard.terminal.pos.card_data import ECash
from sscard.terminal.pos.cryptograms import Answer
from sscard.terminal.pos.session import Session

_CODE, _BALANCE, _THRESHOLD = 0x9F74, 0x9F79, 0x9F6D
_DIGITS = 12
#: Issuer discretionary data that begin with the balance, its last 5 bytes (pboc 2.4 [M]).
_SAYING_BALANCE, _SAID = (1, 3), 5


def look(session: Session) -> Plan[ECash | None]:
    """Balance and threshold, if the card pays in cash; None if it does not.

    Raises StatusError and MalformedData for a card that says so and does not tell them.
    """
    offered = session.transaction.offers_cash(session.terminal, session.application)
    if not offered or _CODE not in session.card.values:
        return None
    balance = yield from _read(_BALANCE)
    return ECash(balance, (yield from _read(_THRESHOLD)))


def wanted(session: Session, proposed: Cryptogram) -> Cryptogram:
    """To the issuer rather than below the threshold, where there is a line to it."""
    cash = session.ecash
    if cash is None or proposed is not Cryptogram.TC or session.terminal.offline_only:
        return proposed
    low = cash.balance - session.transaction.amount < cash.threshold
    return Cryptogram.ARQC if low else proposed


def settled(cash: ECash, answer: Answer) -> Plan[ECash]:
    """With what is left: as the card says along with its cryptogram, else it is asked.

    It has approved: what it does not tell now is no fault of the transaction.
    """
    left = _said(answer.data)
    if left is None:
        left = _number((yield pboc.get_data(_BALANCE)).data)
    return replace(cash, left=left)


def _said(issuer_data: bytes) -> int | None:
    try:
        said = IssuerApplicationData.parse(issuer_data).idd
    except MalformedData:
        return None
    if said is None or said.identifier not in _SAYING_BALANCE:
        return None
    digits = said.data[:_SAID].hex()
    return int(digits) if len(said.data) >= _SAID and digits.isdecimal() else None


def _read(tag: int) -> Plan[int]:
    raw = (yield pboc.get_data(tag)).require(f"get data {tag:X}")
    number = _number(raw, tag)
    if number is None:
        raise MalformedData(f"the card's data: tag {tag:X} is no amount")
    return number


def _number(raw: bytes, tag: int = _BALANCE) -> int | None:
    try:
        digits = (tlv.find(raw, tag) or b"").hex()
    except MalformedData:
        return None
    return int(digits) if len(digits) == _DIGITS and digits.isdecimal() else None
