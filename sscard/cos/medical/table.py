"""The commands of class B0 and their forms (ssc 5.2 [S])."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sscard.apdu.command import CommandAPDU
from sscard.apdu.medical import MEDICAL_CLASS, MedicalINS
from sscard.apdu.medical_data import (
    CreditForLoad,
    DebitForPurchase,
    InitForLoad,
    InitForPurchase,
    LoadInitialized,
    LoadReceipt,
    PurchaseInitialized,
    PurchaseReceipt,
    Purse,
    TransactionProof,
    TransactionType,
)
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.dispatch import Row
from sscard.cos.environment import Environment
from sscard.cos.medical import inquiries, load, purchase

_PURSES, _TYPES = frozenset(Purse), frozenset(TransactionType)


@dataclass(frozen=True, slots=True)
class Form:
    """One command: who handles it, the lengths of its data and of its answer (0: there is none)."""

    handler: Callable[[Environment, CommandAPDU], bytes]
    lc: int = 0
    answer: int = 0

    def check(self, command: CommandAPDU) -> None:
        """Raises StatusError 6700; 6Cxx for an Le that the answer is too long for.

        Here, as nothing may change for an answer that does not get through.
        """
        asked = command.ne > 0
        # Behind data an Le may be left out: that asks for the whole answer.
        legal = asked if self.answer and not self.lc else not asked or self.answer > 0
        if len(command.data) != self.lc or not legal:
            raise StatusError(StatusWord.WRONG_LENGTH)
        if asked and command.ne < self.answer:
            raise StatusError(StatusWord(0x6C00 | self.answer))


#: By instruction and P1, which tells load from purchase and update from get.
FORMS: Mapping[tuple[int, int], Form] = MappingProxyType(
    {
        (MedicalINS.GET_BALANCE, 0x00): Form(inquiries.get_balance, answer=4),
        (MedicalINS.INITIALIZE, 0x00): Form(
            load.initialize, InitForLoad.LAYOUT.size, LoadInitialized.LAYOUT.size
        ),
        (MedicalINS.INITIALIZE, 0x01): Form(
            purchase.initialize, InitForPurchase.LAYOUT.size, PurchaseInitialized.LAYOUT.size
        ),
        (MedicalINS.CREDIT_FOR_LOAD, 0x00): Form(
            load.credit, CreditForLoad.LAYOUT.size, LoadReceipt.LAYOUT.size
        ),
        (MedicalINS.DEBIT_FOR_PURCHASE, 0x01): Form(
            purchase.debit, DebitForPurchase.LAYOUT.size, PurchaseReceipt.LAYOUT.size
        ),
        (MedicalINS.GET_TRANSACTION_PROOF, 0x00): Form(
            inquiries.get_transaction_proof, 2, TransactionProof.LAYOUT.size
        ),
        (MedicalINS.STARTING_DAY, 0x00): Form(inquiries.update_starting_day, lc=2),
        (MedicalINS.STARTING_DAY, 0x01): Form(inquiries.get_starting_day, answer=2),
    }
)


def _execute(env: Environment, command: CommandAPDU) -> bytes:
    form = FORMS[command.ins, command.p1]
    form.check(command)
    return form.handler(env, command)


def _row(ins: MedicalINS, p2: frozenset[int] = frozenset({0x00})) -> Row[Environment]:
    p1 = frozenset(each for of, each in FORMS if of == ins)
    return Row(_execute, p1=p1, p2=p2, lc=frozenset(FORMS[ins, each].lc for each in p1))


#: For the table of an environment whose directories may have an amount file.
TABLE: Mapping[tuple[int, int], Row[Environment]] = MappingProxyType(
    {
        (MEDICAL_CLASS, MedicalINS.GET_BALANCE): _row(MedicalINS.GET_BALANCE, _PURSES),
        (MEDICAL_CLASS, MedicalINS.INITIALIZE): _row(MedicalINS.INITIALIZE, frozenset({0x01})),
        (MEDICAL_CLASS, MedicalINS.CREDIT_FOR_LOAD): _row(MedicalINS.CREDIT_FOR_LOAD),
        (MEDICAL_CLASS, MedicalINS.DEBIT_FOR_PURCHASE): _row(MedicalINS.DEBIT_FOR_PURCHASE),
        (MEDICAL_CLASS, MedicalINS.GET_TRANSACTION_PROOF): _row(
            MedicalINS.GET_TRANSACTION_PROOF, _TYPES
        ),
        (MEDICAL_CLASS, MedicalINS.STARTING_DAY): _row(MedicalINS.STARTING_DAY),
    }
)
