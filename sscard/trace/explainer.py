"""What a whole trace means: all sides of the card, told apart by what was selected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from sscard.apdu import aid
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.apdu.t0 import MORE
from sscard.errors import MalformedData
from sscard.profiles import Profile
from sscard.trace.entries import Entry, Exchange, PowerUp, Remark
from sscard.trace.financial.explainer import Explainer as Financial
from sscard.trace.pki.explainer import Explainer as Certificates
from sscard.trace.row import Direction, Row
from sscard.trace.social.explainer import Explainer as Social
from sscard.trace.social.known_keys import Keys
from sscard.trace.status_words import said

_BY_NAME = 0x04
_ENVIRONMENTS = (aid.PSE, aid.PPSE)
_RID = aid.DEBIT[:5]
_NO_ANSWER = "没有应答 no answer"


@dataclass(frozen=True, slots=True)
class Explained:
    """An entry and its rows: two of an exchange, one of a power-up, none of a remark."""

    entry: Entry
    rows: tuple[Row, ...]


class _Side(Enum):
    """Applications behind the card's firewall."""

    SOCIAL = auto()
    BANK = auto()
    CERTIFICATES = auto()


class Explainer:
    """Explains the entries of one trace in order.

    ``reveal`` shows PINs and personal data; ``keys`` say whether proofs are right.
    """

    def __init__(self, profile: Profile, *, reveal: bool = False, keys: Keys | None = None) -> None:
        self._social = Social(profile, reveal=reveal, keys=keys)
        self._financial = Financial(reveal=reveal)
        blank = keys.certificates if keys is not None else None
        self._certificates = Certificates(reveal=reveal, keys=blank)
        #: What is selected, and whom the last command was for.
        self._selected = self._asked = _Side.SOCIAL

    def explain(self, entries: Iterable[Entry]) -> Iterator[Explained]:
        """Each entry with its rows."""
        for entry in entries:
            yield Explained(entry, self._rows(entry))

    def _rows(self, entry: Entry) -> tuple[Row, ...]:
        if isinstance(entry, Remark):
            return ()
        if isinstance(entry, PowerUp):
            self._selected = _Side.SOCIAL
            self._social.reset(entry.answer)
            self._certificates.reset()
            return (self._financial.power_up(entry.answer),)
        return self._exchange(entry)

    def _exchange(self, entry: Exchange) -> tuple[Row, ...]:
        try:
            command = CommandAPDU.parse(entry.command)
        except MalformedData as error:
            digits = entry.command[:4].hex().upper() + "*" * (2 * len(entry.command) - 8)
            row = Row(Direction.TO_CARD, digits, f"不是命令 no command: {error}")
            return (row, self._heard(None, entry.response))
        self._asked = self._side(command)
        row = self._explain(command)
        return (row, self._heard(command, entry.response))

    def _side(self, command: CommandAPDU) -> _Side:
        """Whom a command is for: what was selected last, or what it selects."""
        here = self._selected is _Side.CERTIFICATES
        if self._certificates.takes(command, selected=here):
            return _Side.CERTIFICATES
        if command.ins != INS.SELECT:
            return _Side.SOCIAL if here else self._selected
        name, by_name = command.data, command.p1 == _BY_NAME
        bank = by_name and (name in _ENVIRONMENTS or name.startswith(_RID))
        return _Side.BANK if bank else _Side.SOCIAL

    def _explain(self, command: CommandAPDU) -> Row:
        if self._asked is _Side.CERTIFICATES:
            return self._certificates.command(command)
        return (self._financial if self._asked is _Side.BANK else self._social).command(command)

    def _heard(self, command: CommandAPDU | None, raw: bytes) -> Row:
        try:
            response = ResponseAPDU.parse(raw)
        except MalformedData:
            return Row(Direction.FROM_CARD, "", _NO_ANSWER)
        if command is None:
            return Row(Direction.FROM_CARD, f"{response.sw.value:04X}", said(response.sw))
        if command.ins == INS.SELECT and _is_done(response.sw):
            self._selected = self._asked
        if self._asked is _Side.CERTIFICATES:
            return self._certificates.answer(response)
        side = self._financial if self._asked is _Side.BANK else self._social
        return side.answer(command, response)


def _is_done(sw: StatusWord) -> bool:
    return sw in (StatusWord.OK, StatusWord.FILE_INVALIDATED) or int(sw) >> 8 == MORE
