"""iDoDebit and iReadDebitRecord: off-line medical purchases in DF04 (ssc 5.2, 7 [S])."""

from __future__ import annotations

from dataclasses import astuple

from sscard.apdu import medical
from sscard.apdu.medical_data import (
    Balance,
    DebitForPurchase,
    InitForPurchase,
    PurchaseInitialized,
    PurchaseReceipt,
    Purse,
    TransactionType,
)
from sscard.channel.medical import Purchase
from sscard.keys.key_table import key_entry
from sscard.profiles.file import File
from sscard.profiles.model import Directory
from sscard.terminal.driver.codes import ASK_AN_HSM, DriverError, ErrorCode
from sscard.terminal.driver.dialogue import Dialogue, Question, ask, coded
from sscard.terminal.driver.payments import Logged, Payment, Receipt, logged
from sscard.terminal.driver.proofs import WithPsam, digits, require_reach
from sscard.terminal.driver.reading import cyclic_records
from sscard.terminal.driver.standing import Standing
from sscard.terminal.driver.step_strings import bytes_in, fields_in
from sscard.terminal.driver.terminal import Terminal
from sscard.terminal.driver.torn import debited
from sscard.terminal.psam import Amounts
from sscard.terminal.psam.purchase import Paid, Prepared, finish_purchase, prepare_purchase

_MEDICAL, _LOG = "DF04", 0xEF08
_DPK, _FIRST = "DPK", 1


def debit(
    terminal: Terminal, standing: Standing, psam: WithPsam, payment: Payment
) -> Dialogue[Receipt]:
    """With the PSAM, which is opened before the holder is asked for the PIN.

    Raises DriverError, StatusError, MalformedData, KeyStoreError.
    """
    met = standing.met
    info, _ = yield from psam.open(met)
    amounts = yield from _ready(terminal, standing, payment)
    ready = yield from prepare_purchase(met.card, info, amounts, payment.time)
    require_reach(ready.levels, info, met.card.factors)
    receipt = yield from debited(standing, terminal, ready.debit(), ready.asked.counter)
    paid = yield from _checked(ready, receipt)
    return Receipt.of(paid.purchase, met.algorithm, paid.key_version, paid.tac)


def _checked(ready: Prepared, receipt: PurchaseReceipt) -> Dialogue[Paid]:
    """The card has paid: no code from here on may have an HSM take the money once more."""
    try:
        return (yield from coded(finish_purchase(ready, receipt)))
    except DriverError as refused:
        unsaid = refused.code in ASK_AN_HSM
        raise DriverError(ErrorCode.SW_9302 if unsaid else refused.code) from None


def debit_with_hsm(
    terminal: Terminal, standing: Standing, payment: Payment, number: bytes
) -> Dialogue[Receipt]:
    """With one question to an HSM, which counts for the terminal.  Raises as ``debit``."""
    amounts = yield from _ready(terminal, standing, payment)
    request = InitForPurchase(_FIRST, amounts.account, amounts.self_paid, amounts.pool, number)
    begun = yield from standing.send(medical.init_for_purchase(request))
    card = PurchaseInitialized.parse(begun.require("INIT FOR PURCHASE"))
    answer, *_ = yield from ask(
        Question.DEBIT, _fields(standing, card, amounts, payment, number), standing.met.seen
    )
    counter, time, mac1, mac2, tac = _answered(answer)
    command = medical.debit_for_purchase(DebitForPurchase(counter, time, mac1))
    receipt = yield from debited(standing, terminal, command, card.counter)
    if (receipt.mac2, receipt.tac) != (mac2, tac):
        raise DriverError(ErrorCode.SW_9302)
    done = Purchase(
        random=card.random,
        counter=card.counter,
        account=amounts.account,
        self_paid=amounts.self_paid,
        pool=amounts.pool,
        terminal=number,
        terminal_counter=counter,
        time=time,
    )
    return Receipt.of(done, standing.met.algorithm, card.key_version, receipt.tac)


def debit_records(standing: Standing) -> Dialogue[tuple[Logged, ...]]:
    """The purchases in the log, the newest first.  Raises as ``debit``."""
    directory, file = _log(standing)
    yield from standing.enter(directory)
    yield from standing.satisfy(file.read, directory)
    records = yield from cyclic_records(standing, file)
    found = (logged(file, each) for each in records)
    return tuple(each for each in found if each is not None)


def _ready(terminal: Terminal, standing: Standing, payment: Payment) -> Dialogue[Amounts]:
    """DF04 selected, the PIN shown, and what the account has."""
    yield from standing.enter(standing.met.profile.directory(_MEDICAL))
    yield from standing.show_pin()
    answer = yield from standing.send(medical.get_balance(Purse.ACCOUNT))
    balance = Balance.parse(answer.require("GET BALANCE")).amount
    return payment.split(balance, terminal.covered_by)


def _fields(
    standing: Standing,
    card: PurchaseInitialized,
    amounts: Amounts,
    payment: Payment,
    number: bytes,
) -> tuple[str, ...]:
    address = key_entry(_DPK).address(card.key_version) or 0
    return (
        standing.met.algorithm,
        f"{address:04X}",
        digits(card.random),
        f"{card.counter:04X}",
        "".join(f"{each:08X}" for each in astuple(amounts)),
        f"{TransactionType.PURCHASE:02X}",
        number.hex(),
        payment.time.hex(),
    )


def _answered(answer: str) -> tuple[int, bytes, bytes, bytes, bytes]:
    """Terminal counter, time, MAC1, MAC2, TAC.  Raises DriverError −14."""
    sizes = (4, 7, 4, 4, 4)
    fields = fields_in(answer, len(sizes))
    counter, *rest = (bytes_in(text, size) for text, size in zip(fields, sizes, strict=True))
    time, mac1, mac2, tac = rest
    return int.from_bytes(counter, "big"), time, mac1, mac2, tac


def _log(standing: Standing) -> tuple[Directory, File]:
    directory = standing.met.profile.directory(_MEDICAL)
    return directory, directory.file(_LOG)
