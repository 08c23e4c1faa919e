"""What the card computes with its keys, and the hash of a message (ssc-more 1.3)."""

from __future__ import annotations

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.cos.pki.refusal import as_wrong_data
from sscard.cos.pki.standing import Standing
from sscard.cos.pki.states import Act
from sscard.keys import sm2
from sscard.keys.sm2_keys import SM2PrivateKey
from sscard.keys.sm3 import sm3


def decrypt(standing: Standing, command: CommandAPDU) -> bytes:
    """The session key that was enciphered for one of the card's pairs."""
    with as_wrong_data():
        private, cipher = pki.parse_use(command.data)
    container = standing.container(private=private)
    number = standing.number(container)
    standing.require(Act.DECRYPT)
    with as_wrong_data():
        return sm2.decrypt(SM2PrivateKey(number), cipher)


def hash_message(standing: Standing, command: CommandAPDU) -> bytes:
    """SM3 of the message, 32 bytes: anybody may ask."""
    del standing
    with as_wrong_data():
        return sm3(pki.parse_data(command.data))
