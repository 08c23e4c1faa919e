"""What a printed dialogue must not show: account number, name, PIN, and what leads to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sscard.apdu.account import masked
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusWord
from sscard.apdu.terminal_tags import named
from sscard.trace.financial.commands import is_known
from sscard.trace.financial.values import Placed, reading
from sscard.trace.row import Detail

_STAR = "*"
_ACCOUNT, _TRACK_2 = 0x5A, 0x57
#: Names, ID numbers, track 1, and certificates of the card, out of which its account can be read.
_PERSONAL = frozenset({0x56, 0x5F20, 0x9F0B, 0x9F1F, 0x9F61, 0x9F46, 0x9F2D})
#: Commands whose data are a PIN in some form.
_PINS = (INS.VERIFY, INS.PIN_CHANGE_UNBLOCK)
#: Commands that are answered with data objects; what is none may be anything of anybody.
_OBJECTS = frozenset(
    {
        INS.SELECT,
        INS.READ_RECORD,
        INS.GET_DATA,
        INS.GET_RESPONSE,
        INS.VERIFY,
        INS.GET_PROCESSING_OPTIONS,
        INS.GENERATE_AC,
    }
)
_GIVEN = (StatusWord.OK, StatusWord.FILE_INVALIDATED)
_SHORTEST = 8


@dataclass(slots=True)
class Hiding:
    """Hides by tag, and everywhere what it has learned to be the card's account number.

    With ``hides`` false it hides nothing.
    """

    hides: bool = True
    accounts: set[str] = field(default_factory=set, repr=False)

    def learn(self, objects: Iterable[Placed]) -> None:
        """Remembers account numbers, to find them where no tag says what they are."""
        for each in objects if self.hides else ():
            if each.tag in (_ACCOUNT, _TRACK_2):
                digits = each.value.hex().upper().partition("D")[0].rstrip("F")
                if len(digits) >= _SHORTEST:
                    self.accounts.add(digits)

    def command(self, command: CommandAPDU, objects: Sequence[Placed]) -> str:
        """A command in hexadecimal."""
        raw = bytes(command).hex().upper()
        begin = raw.find(command.data.hex().upper(), 10) if command.data else 0
        data = self._hidden(command.data, objects)
        if self.hides and (command.ins in _PINS or not is_known(command.ins)):
            data = _STAR * len(data)
        elif self.hides and command.ins == INS.STORE_DATA:
            data = _only(data, objects)
        return raw[:begin] + data + raw[begin + len(data) :] if command.data else raw

    def response(self, ins: int, response: ResponseAPDU, objects: Iterable[Placed]) -> str:
        """The answer to an instruction in hexadecimal."""
        objects = tuple(objects)
        data = self._hidden(response.data, objects)
        shapeless = not objects and (ins in _OBJECTS or response.sw not in _GIVEN)
        if self.hides and (shapeless or not is_known(ins)):
            data = _STAR * len(data)
        return f"{data}{response.sw.value:04X}"

    def details(self, ins: int, objects: Iterable[Placed]) -> tuple[Detail, ...]:
        """The same objects in words; none of an instruction that nobody knows."""
        if self.hides and not is_known(ins):
            return ()
        return tuple(self._detail(each) for each in objects)

    def _detail(self, each: Placed) -> Detail:
        name = named(each.tag)
        if each.template:
            return Detail(each.depth, each.tag, name.zh, name.en, "")
        shown = self._learned(self._masked(each))
        said = reading(each.tag, each.value)
        hidden = _STAR in shown
        return Detail(each.depth, each.tag, name.zh, name.en, shown, "" if hidden else said)

    def _hidden(self, raw: bytes, objects: Iterable[Placed]) -> str:
        text = raw.hex().upper()
        for each in objects:
            if not each.template:
                begin, value = 2 * each.at, self._masked(each)
                if _STAR in value:
                    text = text[:begin] + value + text[begin + len(value) :]
        return self._learned(text)

    def _masked(self, each: Placed) -> str:
        return _masked(each) if self.hides else each.value.hex().upper()

    def _learned(self, text: str) -> str:
        for account in self.accounts:
            text = text.replace(account, masked(account))
        return text


def _only(text: str, objects: Iterable[Placed]) -> str:
    """Of what a card is given, the values whose tags say what they are; the rest may be keys."""
    shown = [_STAR] * len(text)
    for each in objects:
        place = slice(2 * each.at, 2 * (each.at + len(each.value)))
        shown[place] = text[place]
    return "".join(shown)


def _masked(each: Placed) -> str:
    text = each.value.hex().upper()
    if each.tag == _ACCOUNT:
        digits = text.rstrip("F")
        return masked(digits) + text[len(digits) :]
    if each.tag == _TRACK_2:
        digits = text.partition("D")[0]
        return (
            masked(digits)
            + text[len(digits) : len(digits) + 1]
            + _STAR * (len(text) - len(digits) - 1)
        )
    return _STAR * len(text) if each.tag in _PERSONAL else text
