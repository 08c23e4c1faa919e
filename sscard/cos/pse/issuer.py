"""EXTERNAL AUTHENTICATE: the issuer proves that it has seen this transaction (pboc 3, 5 [H])."""

from __future__ import annotations

import hmac
from dataclasses import replace

from sscard.apdu.command import CommandAPDU
from sscard.apdu.cvr import Fact
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse import risk
from sscard.cos.pse.risk import Memory
from sscard.cos.pse.selected import Selected
from sscard.cos.pse.transaction import AC, Answer

_ARPC = 8


def external_authenticate(selected: Selected, command: CommandAPDU) -> bytes:
    """Check the ARPC, once in a transaction.  Raises StatusError 6300 for a wrong one, 6985.

    A wrong one is told with the second cryptogram, and remembered: the next transaction says so.
    """
    instance, transaction = selected.instance, selected.transaction
    if transaction.answer is not Answer.NONE:
        raise StatusError(StatusWord.CONDITIONS_NOT_SATISFIED)
    proof, code = command.data[:_ARPC], command.data[_ARPC:]
    session = transaction.session_key(instance, AC)
    expected = transaction.family.arpc(session, transaction.cryptogram, code)
    if hmac.compare_digest(proof, expected):
        selected.transaction = replace(transaction, answer=Answer.RIGHT)
        return b""
    failed = transaction.plus(Fact.ISSUER_AUTHENTICATION_FAILED)
    selected.transaction = replace(failed, answer=Answer.WRONG)
    before = risk.read(instance)
    memory = before.memory | Memory.ISSUER_AUTHENTICATION_FAILED
    risk.write(instance, replace(before, memory=memory))
    instance.nvm.commit()
    raise StatusError(StatusWord.AUTHENTICATION_FAILED)
