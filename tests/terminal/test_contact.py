"""Whole contact transactions: kernel, scripted card, issuer's host."""

from __future__ import annotations

from typing import Any

from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.cvm import CVMResults
from sscard.apdu.tsi import TSI
from sscard.apdu.tvr import TVR
from sscard.perso.plan import run
from sscard.terminal.pos import Outcome, Terminal, contact


def pay(terminal: Terminal, transaction: Any, around: Any, card: Any) -> Any:
    return run(contact.transact(terminal, transaction, around), card)


def test_online_with_static_data_of_the_published_chain(
    terminal: Any, transaction: Any, around: Any, static_card: Any, account: Any
) -> None:
    receipt = pay(terminal, transaction, around, static_card)
    assert receipt.outcome is Outcome.APPROVED_ONLINE
    assert receipt.response_code == b"00"
    assert receipt.masked_account == "622800******1117"
    assert receipt.tvr == TVR.SDA_SELECTED | TVR.FLOOR_LIMIT_EXCEEDED
    assert receipt.cid.kind is Cryptogram.TC
    assert static_card.done == ["issuer authenticated"]
    assert account.balance == 100_000 - 1230
    assert receipt.cvm == CVMResults(0x41, 3, 2)
    steps = TSI(0xF800)
    assert receipt.tsi == steps
