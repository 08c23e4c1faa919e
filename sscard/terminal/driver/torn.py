"""A purchase whose answer was lost: the card is asked whether it took the money (ssc 5.2 [S])."""

from __future__ import annotations

from sscard.apdu import medical
from sscard.apdu.command import CommandAPDU
from sscard.apdu.medical_data import PurchaseReceipt, TransactionProof, TransactionType
from sscard.apdu.status import StatusWord
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.dialogue import Dialogue, coded
from sscard.terminal.driver.meeting import meet
from sscard.terminal.driver.standing import Standing
from sscard.terminal.driver.terminal import Terminal
from sscard.terminal.psam.flows import enter_directory

_MEDICAL = "DF04"


def debited(
    standing: Standing, terminal: Terminal, command: CommandAPDU, counter: int
) -> Dialogue[PurchaseReceipt]:
    """Take the money; where no answer comes, ask the same card for the proof of it.

    Raises DriverError: −37894 where the card says that it has taken nothing; the code of the lost
    answer where it cannot be asked, and nobody knows.
    """
    try:
        answer = yield from standing.change(command)
    except DriverError as lost:
        return (yield from _proved(standing, terminal, counter, lost))
    return PurchaseReceipt.parse(answer.require("DEBIT FOR PURCHASE"))


def _proved(
    standing: Standing, terminal: Terminal, counter: int, lost: DriverError
) -> Dialogue[PurchaseReceipt]:
    try:
        met = yield from coded(meet(terminal))
        yield from coded(enter_directory(met.profile.directory(_MEDICAL).df_name))
        asked = medical.get_transaction_proof(TransactionType.PURCHASE, counter)
        answer = yield from standing.send(asked)
    except DriverError:
        raise lost from None
    if met.card != standing.met.card:
        raise lost
    if answer.sw == StatusWord.NO_PROOF:
        raise DriverError(ErrorCode.SW_9406)
    if answer.sw != StatusWord.OK or len(answer.data) != TransactionProof.LAYOUT.size:
        raise lost
    proof = TransactionProof.parse(answer.data)
    return PurchaseReceipt(tac=proof.tac, mac2=proof.mac)
