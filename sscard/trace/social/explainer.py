"""Rows for what is said to the social-security side of a card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.apdu.t0 import MORE
from sscard.profiles import Profile
from sscard.trace import fci
from sscard.trace.row import Detail, Direction, Row
from sscard.trace.social.card import Card, Place
from sscard.trace.social.commands import Asked, Meaning, meaning
from sscard.trace.social.known_keys import Keys
from sscard.trace.social.proofs import Proofs
from sscard.trace.social.values import detail, hidden
from sscard.trace.status_words import said

_STAR = "*"
_HEADER = 10  # digits before the data of a short command
_EXTENDED_HEADER = 14
#: How long the answers are that belong to nobody; none: there is no data.
_SIZES: Mapping[int, tuple[int, ...]] = MappingProxyType(
    {
        INS.GET_CHALLENGE: (0, 4, 8, 16),
        INS.INTERNAL_AUTHENTICATE: (0, 8),
        INS.EXTERNAL_AUTHENTICATE: (0,),
        INS.VERIFY: (0,),
        INS.CHANGE_PIN: (0,),
        INS.PIN_CHANGE_UNBLOCK: (0,),
    }
)
#: Of an answer that nobody has asked for nothing is known.
_NOTHING = Meaning("", content=True)


class Explainer:
    """Explains from a power-up on: what was selected tells what is read.

    ``reveal``: PINs and what belongs to a person are shown, too.  With ``keys`` it says whether
    proofs are right, and what is in keys that are loaded.
    """

    def __init__(self, profile: Profile, *, reveal: bool = False, keys: Keys | None = None) -> None:
        self._card = Card(profile)
        self._reveal = reveal
        self._proofs = Proofs(self._card, keys) if keys is not None else None
        self._place = Place()
        self._meaning = Meaning("")
        self._waiting = _NOTHING
        self._before = Place()

    def reset(self, answer: bytes = b"") -> None:
        """Power came on: the MF is current."""
        self._place, self._waiting = Place(), _NOTHING
        if self._proofs is not None:
            self._proofs.reset(answer)

    def command(self, command: CommandAPDU) -> Row:
        """The row of a command."""
        self._before = self._place
        asked = Asked(command, self._card, self._before)
        found = meaning(asked)
        if command.ins == INS.GET_RESPONSE:
            found = replace(self._waiting, words=found.words, before=(), secret=False)
        self._meaning, self._waiting = found, _NOTHING
        text = bytes(command).hex().upper()
        base = _EXTENDED_HEADER if command.extended else _HEADER
        if not self._reveal and (found.secret or (found.content and not found.before)):
            size = 2 * len(command.data)
            text = text[:base] + _STAR * size + text[base + size :]
        else:
            text = hidden(text, found.before, reveal=self._reveal, base=base)
        details = tuple(detail(each, reveal=self._reveal) for each in found.before)
        proofs = self._proofs.command(asked) if self._proofs else ()
        return Row(Direction.TO_CARD, text, found.words, (*details, *proofs))

    def answer(self, command: CommandAPDU, response: ResponseAPDU) -> Row:
        """The row of the answer to the command before."""
        found = self._meaning
        more = int(response.sw) >> 8 == MORE
        done = response.sw in (StatusWord.OK, StatusWord.FILE_INVALIDATED)
        if (done or more) and found.place is not None:
            self._place = found.place
        if more:  # of an answer in parts nobody knows where the second begins
            self._waiting = replace(_NOTHING, place=found.place) if response.data else found
        founds = found.after(response.data) if done else ()
        text = bytes(response).hex().upper()
        hides = found.content or not (done and _is_formal(command, response.data))
        if hides and not (founds or self._reveal):
            text = _STAR * (2 * len(response.data)) + text[2 * len(response.data) :]
        text = hidden(text, founds, reveal=self._reveal)
        details = tuple(detail(each, reveal=self._reveal) for each in founds)
        details = details or _fci(command, response)
        asked = Asked(command, self._card, self._before)
        proofs = self._proofs.answer(asked, response) if self._proofs else ()
        return Row(Direction.FROM_CARD, text, said(response.sw), (*details, *proofs))


def _is_formal(command: CommandAPDU, data: bytes) -> bool:
    """Whether the data are what such a command answers; else they may be anything of anybody."""
    if command.ins == INS.SELECT:
        return fci.is_fci(data)
    sizes = _SIZES.get(command.ins)
    return sizes is None or len(data) in sizes


def _fci(command: CommandAPDU, response: ResponseAPDU) -> tuple[Detail, ...]:
    return fci.details(response.data) if command.ins == INS.SELECT else ()
