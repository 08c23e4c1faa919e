"""Rows for what is said to the certificate application.

The session key goes over the wire in clear, and a PIN of a few digits can be found by trying from
its cryptogram: both are stars, and so are certificates, whose holder they name.
"""

from __future__ import annotations

from collections.abc import Iterator

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.apdu.t0 import MORE
from sscard.trace import fci
from sscard.trace.pki import passing
from sscard.trace.pki.causes import answered
from sscard.trace.pki.commands import CERTIFICATES, Meaning, Place, meaning, selects
from sscard.trace.pki.passing import Passing
from sscard.trace.pki.proofs import Proofs
from sscard.trace.row import Detail, Direction, Row
from sscard.trace.social.known_keys import CertificateKeys
from sscard.trace.status_words import said

_STAR = "*"
#: A tag in the answer to SELECT of the DDF, 92 02 "30" (ssc-more 1.1 [T]).
_UNKNOWN = (0x92,)
_HEADER, _EXTENDED_HEADER = 10, 14  # digits before the data


class Explainer:
    """Explains what is said while the application is selected, from a power-up on.

    ``reveal`` shows what is secret or somebody's; ``keys`` say whether proofs are right.
    """

    def __init__(self, *, reveal: bool = False, keys: CertificateKeys | None = None) -> None:
        self._reveal = reveal
        self._proofs = Proofs(keys) if keys is not None else None
        self.reset()

    def reset(self) -> None:
        """Power came on: nothing is selected."""
        self._place, self._written, self._read = Place(), Passing(), Passing()
        self._meaning: Meaning | None = None
        self._waiting: tuple[CommandAPDU, Meaning | None] | None = None
        self._asked: CommandAPDU | None = None
        if self._proofs is not None:
            self._proofs.reset()

    def takes(self, command: CommandAPDU, *, selected: bool) -> bool:
        """Whether the command is for the application, which is ``selected`` or not."""
        if command.ins == INS.SELECT and not command.cla:
            return selects(command, selected=selected)
        if not selected:
            return False
        waits = command.ins == INS.GET_RESPONSE and self._waiting is not None
        return waits or meaning(command, self._place) is not None

    def command(self, command: CommandAPDU) -> Row:
        """The row of a command that it takes."""
        self._asked, found = command, meaning(command, self._place)
        words = found.words if found else "取响应 get response"
        if command.ins == INS.GET_RESPONSE and self._waiting is not None:
            self._asked, found = self._waiting
        self._meaning, self._waiting = found, None
        text = bytes(command).hex().upper()
        if found is not None and found.hides and not self._reveal:
            base = _EXTENDED_HEADER if command.extended else _HEADER
            size = 2 * len(command.data)
            text = text[:base] + _STAR * size + text[base + size :]
        proofs = self._proofs.command(command, self._place) if self._proofs else ()
        return Row(Direction.TO_CARD, text, words, (*self._going(command), *proofs))

    def answer(self, response: ResponseAPDU) -> Row:
        """The row of the answer to the command before."""
        found, asked = self._meaning, self._asked
        more = int(response.sw) >> 8 == MORE
        done = response.sw in (StatusWord.OK, StatusWord.FILE_INVALIDATED)
        if found is not None and (done or more) and found.place is not None:
            self._place = found.place
        if more and asked is not None:
            self._waiting = (asked, None if response.data else found)
        shown = self._reveal or (done and found is not None and found.form(response.data))
        digits = response.data.hex().upper()
        text = digits if shown or not digits else _STAR * len(digits)
        text += f"{response.sw.value:04X}"
        details: tuple[Detail, ...] = ()
        if done and asked is not None:
            details = (*self._fci(asked, response), *self._came(asked, response))
        words = answered(asked, response.sw) if asked is not None else said(response.sw)
        return Row(Direction.FROM_CARD, text, words, details)

    def _fci(self, asked: CommandAPDU, response: ResponseAPDU) -> tuple[Detail, ...]:
        return fci.details(response.data, unknown=_UNKNOWN) if asked.ins == INS.SELECT else ()

    def _going(self, command: CommandAPDU) -> Iterator[Detail]:
        """A certificate of which this command writes the last piece."""
        found = self._meaning
        if command.ins != INS.UPDATE_BINARY or found is None or found.span is None:
            return
        whole = self._written.tried(*found.span, command.data)
        if whole is not None and found.span[0] in CERTIFICATES:
            yield from passing.details(whole, reveal=self._reveal)

    def _came(self, asked: CommandAPDU, response: ResponseAPDU) -> Iterator[Detail]:
        """What the card has agreed to, or given."""
        if self._proofs is not None:
            self._proofs.answer(asked, response)
        found = self._meaning
        if found is None or found.span is None:
            return
        if asked.ins == INS.UPDATE_BINARY:
            self._written.piece(*found.span, asked.data)
            return
        whole = self._read.piece(*found.span, response.data)
        if whole is not None and found.span[0] in CERTIFICATES:
            yield from passing.details(whole, reveal=self._reveal)
