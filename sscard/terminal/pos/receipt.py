"""How a transaction ended: what a receipt prints and what the terminal's host gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, unique

from sscard.apdu.account import masked
from sscard.apdu.authorization import IssuerRequest
from sscard.apdu.cryptogram import CID
from sscard.apdu.cvm import CVMResults
from sscard.apdu.tsi import TSI
from sscard.apdu.tvr import TVR
from sscard.terminal.pos.card_data import ECash
from sscard.terminal.pos.scripts import ScriptResult


@unique
class Outcome(Enum):
    """Who decided, and how, in words for people."""

    APPROVED_OFFLINE = "脱机批准 approved offline"
    APPROVED_ONLINE = "联机批准 approved by the issuer"
    DECLINED_OFFLINE = "脱机拒绝 declined offline"
    DECLINED_ONLINE = "联机拒绝 declined by the issuer"
    #: The issuer said yes, and the card or its authentication of the issuer then said no.
    DECLINED_BY_CARD = "卡片拒绝，须冲正 declined by the card after the issuer approved"

    @property
    def approved(self) -> bool:
        """Whether something was paid."""
        return self in (Outcome.APPROVED_OFFLINE, Outcome.APPROVED_ONLINE)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The end of a transaction.  Its repr has no account number and no name.

    ``account`` and ``final`` hold the whole number: they are for the host, ``masked_account`` is
    for paper.  ``first`` and ``final`` are the requests of the first and the last cryptogram, with
    all values as they were when the card made it; without a second one they are the same.
    ``ecash`` is there when the card offered to pay with it over the contacts.  ``reversal``: the
    host must be told to give back (冲正) what it has taken, or may have, for ``first``; an approval
    without the issuer is handed in besides.
    """

    outcome: Outcome
    application: bytes
    label: str
    amount: int
    account: str = field(repr=False)
    cid: CID
    cryptogram: bytes
    atc: int
    response_code: bytes
    tvr: TVR
    tsi: TSI
    cvm: CVMResults
    first: IssuerRequest = field(repr=False)
    final: IssuerRequest = field(repr=False)
    signature: bool = False
    scripts: tuple[ScriptResult, ...] = ()
    contactless: bool = False
    ecash: ECash | None = None
    reversal: bool = False

    @property
    def masked_account(self) -> str:
        """First six and last four digits."""
        return masked(self.account)

    @property
    def values(self) -> Mapping[int, bytes]:
        """All values by tag as the last cryptogram saw them."""
        return self.final.values
