"""Off-line medical transactions: rights, states, amounts, proofs, the log."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from sscard.apdu.command import CommandAPDU
from sscard.apdu.medical import MedicalINS
from sscard.cos.environment import Environment
from sscard.cos.medical import amounts, inquiries, log, purchase, table
from sscard.cos.medical import load as loads
from wrong_cards.hands import Handler, Hands, Process, mutant

_BALANCE, _INIT = (0xB0, MedicalINS.GET_BALANCE), (0xB0, MedicalINS.INITIALIZE)
_DEBIT = (0xB0, MedicalINS.DEBIT_FOR_PURCHASE)


def _handled(hands: Hands, form: tuple[int, int], change: Any) -> None:
    """Put something around the handler of one form (instruction, P1)."""
    right = table.FORMS[form]
    forms = {**table.FORMS, form: replace(right, handler=change(right.handler))}
    hands.patch.setattr(table, "FORMS", forms)


def _unasked(handler: Handler) -> Handler:
    def run(env: Environment, command: CommandAPDU) -> bytes:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(env, "require", lambda rule: None)
            return handler(env, command)

    return run


@mutant
def balance_without_pin(hands: Hands) -> None:
    hands.around(_unasked, _BALANCE)


@mutant
def purchase_without_pin(hands: Hands) -> None:
    _handled(hands, (MedicalINS.INITIALIZE, 0x01), _unasked)


@mutant
def load_without_pin(hands: Hands) -> None:
    _handled(hands, (MedicalINS.INITIALIZE, 0x00), _unasked)


@mutant
def starting_day_without_key(hands: Hands) -> None:
    _handled(hands, (MedicalINS.STARTING_DAY, 0x00), _unasked)


@mutant
def debit_without_init(hands: Hands) -> None:
    """A DEBIT that nothing went before is answered as if it had been carried out."""

    def line(process: Process) -> Process:
        def lie(raw: bytes) -> bytes:
            answer = process(raw)
            debit = raw[:2] == bytes(_DEBIT) and answer == b"\x69\x01"
            return bytes(8) + b"\x90\x00" if debit else answer

        return lie

    hands.line(line)


@mutant
def debit_serves_twice(hands: Hands) -> None:
    """After a DEBIT the transaction stays open: the same one is taken again."""

    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            pending = env.transaction
            answer = handler(env, command)
            env.transaction = pending
            return answer

        return run

    hands.around(around, _DEBIT)


@mutant
def transaction_outlives_select(hands: Hands) -> None:
    right = hands.social.select_directory

    def select(directory: Any) -> bytes:
        pending = hands.social.transaction
        answer = right(directory)
        hands.social.transaction = pending
        return answer

    hands.patch.setattr(hands.social, "select_directory", select)


@mutant
def mac1_of_a_purchase_not_checked(hands: Hands) -> None:
    hands.compares(purchase, lambda expected, received: True)


@mutant
def mac2_of_a_load_not_checked(hands: Hands) -> None:
    hands.compares(loads, lambda expected, received: True)


@mutant
def purchase_takes_nothing(hands: Hands) -> None:
    """A purchase is answered and logged; the account stays as it was."""
    right = purchase._debited

    def debited(now: Any, what: Any) -> Any:
        return replace(right(now, what), account=now.account)

    hands.patch.setattr(purchase, "_debited", debited)


@mutant
def counter_of_purchases_stands(hands: Hands) -> None:
    right = purchase._debited

    def debited(now: Any, what: Any) -> Any:
        return replace(right(now, what), purchase_counter=now.purchase_counter)

    hands.patch.setattr(purchase, "_debited", debited)


@mutant
def purchase_not_logged(hands: Hands) -> None:
    namespace = {name: getattr(log, name) for name in ("find", "digit")}
    silent = SimpleNamespace(**namespace, append=lambda env, record: None)
    hands.patch.setattr(purchase, "log", silent)


@mutant
def account_may_be_overdrawn(hands: Hands) -> None:
    """A purchase of more than there is begins; 9401 comes only at DEBIT."""

    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            with pytest.MonkeyPatch.context() as patch:
                rich = replace(amounts.read(env), account=amounts.LARGEST)
                full = SimpleNamespace(read=lambda env: rich)
                patch.setattr(purchase, "amounts", full)
                return handler(env, command)

        return run

    _handled(hands, (MedicalINS.INITIALIZE, 0x01), around)


@mutant
def proof_for_any_counter(hands: Hands) -> None:
    """GET TRANSACTION PROOF gives the last proof, whichever was asked for."""

    def around(_right: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            now = amounts.read(env)
            return now.proof_mac + now.proof_tac

        return run

    _handled(hands, (MedicalINS.GET_TRANSACTION_PROOF, 0x00), around)


@mutant
def proof_of_another_transaction(hands: Hands) -> None:
    """The proof is kept under the counter of the next transaction."""

    def find(env: Environment) -> Any:
        now = amounts.read(env)
        return replace(now, proof_counter=(now.proof_counter + 1) & 0xFFFF)

    names = {name: getattr(amounts, name) for name in ("write",)}
    wrong = SimpleNamespace(read=find, **names)
    right = inquiries.get_transaction_proof

    def around(_right: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(inquiries, "amounts", wrong)
                return right(env, command)

        return run

    _handled(hands, (MedicalINS.GET_TRANSACTION_PROOF, 0x00), around)
