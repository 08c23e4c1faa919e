"""What is written down of an exchange: everything but PINs and session keys.

A recording holds what the card said, so it holds what the card knows of its holder; PINs that were
shown in clear are zeros in it, and so is what a PIN of a few digits could be found from by trying,
and the session key that the certificate application gives and takes in clear (ssc-more 1.3 [2+]).
"""

from __future__ import annotations

from dataclasses import replace

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.pki import CLASS, PkiINS
from sscard.apdu.t0 import MORE
from sscard.channel.ssc import SECURE
from sscard.errors import MalformedData
from sscard.trace.entries import Entry, Exchange, PowerUp, Remark

_PLACES = 6  # microseconds
_HEADER, _SW = 4, 2
_DECRYPT, _FETCH = bytes((CLASS, PkiINS.DECRYPT)), bytes((0x00, INS.GET_RESPONSE))
#: Commands whose data is a PIN in clear, or may be.
PINS = frozenset({INS.VERIFY, INS.CHANGE_PIN})


class Recording:
    """What is written down of one card, exchange by exchange."""

    def __init__(self) -> None:
        #: Whether a session key waits to be fetched over T=0.
        self._waits = False

    def entry(self, command: bytes | None, answer: bytes, seconds: float) -> Entry:
        """The entry of an exchange, of a power-up for no command.

        What is too short for a command, and an answer without a status word, are a remark.
        """
        found = recorded(command, answer, seconds)
        if not isinstance(found, Exchange):
            self._waits = False
            return found
        fetches = self._waits and found.command[:2] == _FETCH
        more = answer[-_SW:-1] == bytes((MORE,))
        self._waits = more and (fetches or _decrypts(found.command))
        return replace(found, response=_without_data(answer)) if fetches else found


def recorded(command: bytes | None, answer: bytes, seconds: float) -> Entry:
    """The entry of one exchange by itself: ``Recording`` also knows what came before."""
    if command is None:
        return PowerUp(answer)
    if len(command) < _HEADER or 0 < len(answer) < _SW:
        return Remark(f"no exchange: {len(command)} bytes to the card, {len(answer)} from it")
    kept = _without_data(answer) if _decrypts(command) else answer
    return Exchange(without_secret(command), kept, seconds=round(seconds, _PLACES))


def without_secret(command: bytes) -> bytes:
    """The command with zeros in place of a PIN or a session key."""
    if len(command) < _HEADER or not _has_secret(command[0], command[1]):
        return command
    try:
        said = CommandAPDU.parse(command)
    except MalformedData:
        return command[:_HEADER] + bytes(len(command) - _HEADER)
    return bytes(CommandAPDU(said.cla, said.ins, said.p1, said.p2, bytes(len(said.data)), said.ne))


def _has_secret(cla: int, ins: int) -> bool:
    """A new PIN goes enciphered; where somebody forgot that, it is one in clear."""
    reset = ins == INS.PIN_CHANGE_UNBLOCK and not cla & SECURE
    return ins in PINS or reset or (cla, ins) == (CLASS, PkiINS.SET_SESSION_KEY)


def _decrypts(command: bytes) -> bool:
    return command[:2] == _DECRYPT


def _without_data(answer: bytes) -> bytes:
    return bytes(len(answer[:-_SW])) + answer[-_SW:]
