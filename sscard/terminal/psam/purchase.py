"""An off-line medical purchase with both cards, from INIT to MAC2 (ssc 5.2, 5.3 [S])."""

from __future__ import annotations

from dataclasses import dataclass, field

from sscard.apdu import medical, psam
from sscard.apdu.command import CommandAPDU
from sscard.apdu.medical_data import (
    DebitForPurchase,
    InitForPurchase,
    PurchaseInitialized,
    PurchaseReceipt,
    TransactionType,
)
from sscard.apdu.psam_data import InitSamForPurchase, PurchaseOfCard, SamPurchaseInitialized
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel.medical import Purchase, purchase_tac_text
from sscard.keys import Factors, KeyReference
from sscard.keys.operations import Mode, Request, card_request
from sscard.perso.plan import Plan
from sscard.terminal.psam.psam_info import PsamInfo
from sscard.terminal.psam.slots import Slot, TwoCards, at, one
from sscard.terminal.psam.user_card import UserCard

#: What a PSAM says to a number of factors that its key does not have.
_OTHER_LEVEL = frozenset({StatusWord.WRONG_LENGTH, StatusWord.WRONG_DATA})


@dataclass(frozen=True, slots=True, repr=False)
class Amounts:
    """Who pays what, in fen: the personal account, the holder, the pool."""

    account: int
    self_paid: int
    pool: int


@dataclass(frozen=True, slots=True)
class Paid:
    """A purchase that card and PSAM agree on.  ``tac`` goes to the host with it."""

    purchase: Purchase
    key_version: int
    tac: bytes = field(repr=False)

    def tac_request(self, factors: Factors) -> Request:
        """What the host asks its key store: the answer must be the TAC (ssc 5.2 [S])."""
        text = purchase_tac_text(self.purchase)
        return card_request(KeyReference("DTK", self.key_version), factors, Mode.TAC, text)


@dataclass(frozen=True, slots=True, repr=False)
class Prepared:
    """A purchase that both cards are ready for; ``levels`` lead from the PSAM's key to the card."""

    asked: PurchaseOfCard
    sam: SamPurchaseInitialized
    terminal: PsamInfo
    levels: int

    def debit(self) -> CommandAPDU:
        """The command that takes the amount off the card."""
        proof = DebitForPurchase(self.sam.terminal_counter, self.asked.time, self.sam.mac1)
        return medical.debit_for_purchase(proof)


def purchase(card: UserCard, terminal: PsamInfo, amounts: Amounts, time: bytes) -> TwoCards[Paid]:
    """Take the amount off the card; DF04 is selected and the PIN shown.

    ``time`` is the terminal's, 7 packed bytes YYYYMMDDhhmmss.  Raises StatusError, 9302 where card
    and PSAM have not the same key; MalformedData.
    """
    ready = yield from prepare_purchase(card, terminal, amounts, time)
    debited = yield from at(Slot.USER, one(ready.debit()))
    receipt = PurchaseReceipt.parse(debited.require("card: DEBIT FOR PURCHASE"))
    return (yield from finish_purchase(ready, receipt))


def prepare_purchase(
    card: UserCard, terminal: PsamInfo, amounts: Amounts, time: bytes
) -> TwoCards[Prepared]:
    """Both INITs; nothing is taken yet.  Raises StatusError, MalformedData."""
    index = terminal.application.purchase_index
    request = InitForPurchase(
        index, amounts.account, amounts.self_paid, amounts.pool, terminal.terminal
    )
    begun = yield from at(Slot.USER, one(medical.init_for_purchase(request)))
    answer = PurchaseInitialized.parse(begun.require("card: INIT FOR PURCHASE"))
    asked = PurchaseOfCard(
        random=answer.random,
        counter=answer.counter,
        account=amounts.account,
        self_paid=amounts.self_paid,
        pool=amounts.pool,
        type=TransactionType.PURCHASE,
        time=time,
        key_version=answer.key_version,
        algorithm=answer.algorithm,
    )
    sam, levels = yield from at(Slot.PSAM, _mac1(asked, card.factors))
    return Prepared(asked, sam, terminal, levels)


def finish_purchase(ready: Prepared, receipt: PurchaseReceipt) -> TwoCards[Paid]:
    """Have the PSAM check what the card answered.  Raises StatusError 9302."""
    checked = yield from at(Slot.PSAM, one(psam.credit_sam_for_purchase(receipt.mac2)))
    checked.require("PSAM: CREDIT SAM FOR PURCHASE")
    whole = _whole(ready.asked, ready.terminal, ready.sam.terminal_counter)
    return Paid(whole, ready.asked.key_version, receipt.tac)


def _mac1(asked: PurchaseOfCard, factors: Factors) -> Plan[tuple[SamPurchaseInitialized, int]]:
    """One factor, two, three: as many as the PSAM's key needs, which is the second result."""
    chain = (factors.card, factors.city, factors.province)
    refused = StatusWord.KEY_NOT_FOUND
    for count in range(1, len(chain) + 1):
        request = InitSamForPurchase(asked, chain[:count])
        answer = yield psam.init_sam_for_purchase(request)
        if answer.sw not in _OTHER_LEVEL:
            data = answer.require("PSAM: INIT SAM FOR PURCHASE")
            return SamPurchaseInitialized.parse(data), count
        refused = answer.sw
    raise StatusError(refused, "PSAM: INIT SAM FOR PURCHASE")


def _whole(asked: PurchaseOfCard, terminal: PsamInfo, counter: int) -> Purchase:
    return Purchase(
        random=asked.random,
        counter=asked.counter,
        account=asked.account,
        self_paid=asked.self_paid,
        pool=asked.pool,
        terminal=terminal.terminal,
        terminal_counter=counter,
        time=asked.time,
    )
