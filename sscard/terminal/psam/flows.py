"""What a terminal does with both cards: prove the card, show it keys, protect updates (ssc 7 [S]).

The user card is selected and the PSAM open; keys go by their names in ssc 3.4.
"""

from __future__ import annotations

from sscard.apdu import iso7816, ssc
from sscard.apdu.command import CommandAPDU
from sscard.errors import NotVerified
from sscard.keys.key_table import key_entry
from sscard.terminal.psam.secrets import PsamKeys
from sscard.terminal.psam.slots import Slot, TwoCards, at, one
from sscard.terminal.psam.user_card import UserCard

_IRK = "IRK"


def authenticate_card(
    card: UserCard, keys: PsamKeys, factor: bytes, data: bytes, *, version: int | None = None
) -> TwoCards[None]:
    """Internal authentication: the card proves its IRK.  ``factor`` and ``data`` have 8 bytes.

    Raises NotVerified for a card that has another key, StatusError.
    """
    asked = ssc.internal_authenticate(factor, data, version=version)
    proof = (yield from at(Slot.USER, one(asked))).require("internal authentication")
    expected = yield from at(Slot.PSAM, keys.authentication(_IRK, card.factors, factor, data))
    if proof != expected:
        raise NotVerified("the card does not have the key of its city and its number")


def show_key(
    card: UserCard, keys: PsamKeys, name: str, *, version: int | None = None
) -> TwoCards[None]:
    """External authentication: the terminal shows a key of the current directory, or of SSSE.

    Raises StatusError, 63Cx where the PSAM is not of the card's city.
    """
    challenge = (yield from at(Slot.USER, one(iso7816.get_challenge(8)))).require("challenge")
    proof = yield from at(Slot.PSAM, keys.authentication(name, card.factors, challenge, challenge))
    kid = key_entry(name).kid
    command = ssc.external_authenticate(kid, proof, challenge, version=version)
    (yield from at(Slot.USER, one(command))).require(f"show {name}")


def protect(
    card: UserCard, keys: PsamKeys, name: str, command: CommandAPDU
) -> TwoCards[CommandAPDU]:
    """The command with the MAC of an STK over a new challenge; it is not sent.

    Raises StatusError.
    """
    challenge = (yield from at(Slot.USER, one(iso7816.get_challenge(8)))).require("challenge")
    return (yield from at(Slot.PSAM, keys.protected(name, card.factors, challenge, command)))


def enter_directory(name: bytes) -> TwoCards[bytes]:
    """Select a directory of the user card; the answer is its FCI.  Raises StatusError."""
    return (yield from at(Slot.USER, one(iso7816.select(name)))).require("select a directory")
