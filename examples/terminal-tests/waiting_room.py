"""A tiny terminal: it reads whose card this is, and knows nothing of simulators.

``card`` is whatever has ``reset`` and ``transmit``: in the tests a simulated card, in the hospital
a reader.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

SSSE = bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")  # sx1.sh.社会保障
SELECT = b"\x00\xa4\x04\x00" + bytes((len(SSSE),)) + SSSE + b"\0"
READ_IDENTIFICATION = bytes.fromhex("00B2012C12")  # SFI 5, record 1
READ_CARD_NUMBER = bytes.fromhex("00B2072C00")  # SFI 5, record 7

INTERNAL_AUTHENTICATE = bytes.fromhex("0088000010")
# the PSAM's: its application, a session key of key 08 (three diversifications), encipher
SELECT_APPLICATION = bytes.fromhex("00A4040006D15600000590")
SESSION_KEY_OF_IRK = bytes.fromhex("BFDE670820")
ENCIPHER = bytes.fromhex("80FA000008")


class CardTrouble(Exception):
    """The visitor is asked to put the card in again."""


@dataclass(frozen=True)
class Visitor:
    """What the display shows."""

    card_number: str


def welcome(card) -> Visitor:
    """Reads the card number.  Raises CardTrouble, whatever went wrong."""
    asked(card.reset)
    said(card, SELECT)
    record = said(card, READ_CARD_NUMBER)
    return Visitor(record[2:].decode("ascii"))


def is_genuine(card, psam) -> bool:
    """Internal authentication: whether the card has the key of its city and its number.

    Raises CardTrouble.
    """
    own = asked(card.reset)[-8:]  # the end of the historical bytes: the factor of the card
    said(card, SELECT)
    city = said(card, READ_IDENTIFICATION)[2:5].hex().encode()
    factors = own + city + b"sx" + city[:2] + b"0000sh"
    challenge, data = os.urandom(8), os.urandom(8)
    proof = said(card, INTERNAL_AUTHENTICATE + challenge + data)
    asked(psam.reset)
    said(psam, SELECT_APPLICATION)
    said(psam, SESSION_KEY_OF_IRK + factors + challenge)
    return said(psam, ENCIPHER + data) == proof


def said(card, command: bytes) -> bytes:
    """The data of the answer.  Raises CardTrouble for any status but 9000."""
    answer = asked(card.transmit, command)
    if answer[-2:] != b"\x90\x00":
        raise CardTrouble(answer[-2:].hex())
    return answer[:-2]


def asked(ask, *arguments) -> bytes:
    """What a reader gives.  They differ in what they raise; here it is all the same."""
    try:
        return ask(*arguments)
    except Exception as error:
        raise CardTrouble from error
