"""The offline PIN: presented in plain or under the card's RSA key (pboc 1.8, 5 [H])."""

from __future__ import annotations

import hmac

from sscard.apdu.command import CommandAPDU
from sscard.apdu.cvr import Fact
from sscard.apdu.dgi import DGI
from sscard.apdu.pboc import ENCIPHERED_PIN
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse import signers
from sscard.cos.pse.instance import Instance
from sscard.cos.pse.selected import Selected
from sscard.errors import MalformedData
from sscard.keys import Pin, pin_block
from sscard.keys.rsa import RSASigner

_CHALLENGE = 8


def get_challenge(selected: Selected, command: CommandAPDU) -> bytes:
    """8 random bytes for an enciphered PIN; they serve once."""
    if command.ne not in (_CHALLENGE, 0x100):
        raise StatusError(StatusWord.WRONG_LENGTH)
    return selected.challenges.give(_CHALLENGE)


def verify(selected: Selected, command: CommandAPDU) -> bytes:
    """Compare the PIN block.  Raises StatusError 63Cx, 6983 once no try is left.

    The try is counted and permanent before it is judged: pulling the card out saves none.
    """
    instance, enciphered = selected.instance, command.p2 == ENCIPHERED_PIN
    left, limit = instance.value(DGI.PIN_TRIES) or bytes(2)
    if not left:
        raise StatusError(StatusWord.AUTHENTICATION_BLOCKED)
    key = signers.pin_key(instance) if enciphered else None
    if len(command.data) != (key.public.size if key else pin_block.BLOCK):
        raise StatusError(StatusWord.WRONG_LENGTH)
    challenge = selected.challenges.take() if key else b""
    counter = instance.place(DGI.PIN_TRIES)
    instance.nvm.write(counter, bytes((left - 1,)))
    instance.nvm.commit()
    presented = _presented(command.data, key, challenge) if key else command.data
    if not hmac.compare_digest(presented, instance.value(DGI.PIN_BLOCK) or b""):
        selected.transaction = selected.transaction.plus(Fact.PIN_PERFORMED | Fact.PIN_FAILED)
        raise StatusError(StatusWord(0x63C0 | left - 1))
    instance.nvm.write(counter, bytes((limit,)))
    instance.nvm.commit()  # before it counts as verified: a page may have worn out
    selected.transaction = selected.transaction.verified()
    return b""


def unblock(instance: Instance) -> None:
    """Give all tries back."""
    _, limit = instance.value(DGI.PIN_TRIES) or bytes(2)
    instance.nvm.write(instance.place(DGI.PIN_TRIES), bytes((limit,)))


def change(instance: Instance, new: Pin) -> None:
    """Set a new PIN, with all its tries."""
    instance.store(DGI.PIN_BLOCK, pin_block.build(new))
    unblock(instance)


def current(instance: Instance) -> Pin:
    """The PIN itself, to take it out of what it masks."""
    return pin_block.parse(instance.value(DGI.PIN_BLOCK) or b"")


def _presented(data: bytes, key: RSASigner, challenge: bytes) -> bytes:
    """The PIN block in an enciphered PIN of this challenge; nothing for any other."""
    try:
        presented = pin_block.decipher(data, key)
    except MalformedData:
        return b""
    return presented.block if hmac.compare_digest(presented.challenge, challenge) else b""
