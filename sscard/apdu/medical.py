"""Builders for the off-line medical commands of DF04 (ssc 5.2 [S]); their data: medical_data."""

from __future__ import annotations

from enum import IntEnum, unique

from sscard.apdu.command import CommandAPDU
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
    StartingDay,
    TransactionProof,
    TransactionType,
)

#: The class of all of them.
MEDICAL_CLASS = 0xB0

_UPDATE, _GET = 0x00, 0x01


@unique
class MedicalINS(IntEnum):
    """Instruction bytes of class B0."""

    GET_BALANCE = 0x26
    #: FOR LOAD with P1 = 00, FOR PURCHASE with P1 = 01.
    INITIALIZE = 0x28
    CREDIT_FOR_LOAD = 0x2A
    DEBIT_FOR_PURCHASE = 0x2C
    GET_TRANSACTION_PROOF = 0x2E
    #: UPDATE with P1 = 00, GET with P1 = 01.
    STARTING_DAY = 0x56


def init_for_load(request: InitForLoad) -> CommandAPDU:
    """Begin a load (划入初始化); the card answers ``LoadInitialized``."""
    ne = LoadInitialized.LAYOUT.size
    return CommandAPDU(MEDICAL_CLASS, MedicalINS.INITIALIZE, 0x00, 0x01, bytes(request), ne)


def credit_for_load(credit: CreditForLoad) -> CommandAPDU:
    """Finish a load (划入); the card answers ``LoadReceipt``."""
    ne = LoadReceipt.LAYOUT.size
    return CommandAPDU(MEDICAL_CLASS, MedicalINS.CREDIT_FOR_LOAD, data=bytes(credit), ne=ne)


def init_for_purchase(request: InitForPurchase) -> CommandAPDU:
    """Begin a purchase (消费初始化); the card answers ``PurchaseInitialized``."""
    ne = PurchaseInitialized.LAYOUT.size
    return CommandAPDU(MEDICAL_CLASS, MedicalINS.INITIALIZE, 0x01, 0x01, bytes(request), ne)


def debit_for_purchase(debit: DebitForPurchase) -> CommandAPDU:
    """Finish a purchase (消费); the card answers ``PurchaseReceipt``."""
    ne = PurchaseReceipt.LAYOUT.size
    return CommandAPDU(MEDICAL_CLASS, MedicalINS.DEBIT_FOR_PURCHASE, 0x01, 0x00, bytes(debit), ne)


def get_balance(purse: Purse, *, with_year: bool = False) -> CommandAPDU:
    """Read an amount, after the PIN; the card answers ``Balance``."""
    return CommandAPDU(MEDICAL_CLASS, MedicalINS.GET_BALANCE, 0x00, purse, ne=6 if with_year else 4)


def get_transaction_proof(kind: TransactionType, counter: int) -> CommandAPDU:
    """What a torn transaction with this counter would have answered: ``TransactionProof``."""
    if not 0 <= counter <= 0xFFFF:
        raise ValueError("a transaction counter has 2 bytes")
    ne, data = TransactionProof.LAYOUT.size, counter.to_bytes(2, "big")
    return CommandAPDU(MEDICAL_CLASS, MedicalINS.GET_TRANSACTION_PROOF, 0x00, kind, data, ne)


def update_starting_day(day: StartingDay) -> CommandAPDU:
    """Set the beginning of the accounting year, after authentication with the DSK."""
    return CommandAPDU(MEDICAL_CLASS, MedicalINS.STARTING_DAY, _UPDATE, data=bytes(day))


def get_starting_day() -> CommandAPDU:
    """Read the beginning of the accounting year; the card answers ``StartingDay``."""
    return CommandAPDU(MEDICAL_CLASS, MedicalINS.STARTING_DAY, _GET, ne=2)
