"""An office's HSM (加密机) for the driver's ``_HSM_Step`` functions: Step strings in, ``pKey`` out.

The strings are those of the driver interface (ssc 7 [S]).  Step 1 of a basic read carries card and
data; the other steps begin with algorithm and key address [1], so that the office's program says
which card it has before it, as it knows from the basic read.  Each step becomes one request in an
office's string form, answered by the keys at hand or by a key service.
"""

from __future__ import annotations

from sscard.errors import MalformedData
from sscard.keys.operations import KeyOperations
from sscard.keys.stores.service.addresses import key_of
from sscard.keys.stores.service.card_seen import CardSeen, fields_of
from sscard.keys.stores.service.connection import Service
from sscard.keys.stores.service.link import Link
from sscard.keys.stores.service.messages import OfficeString
from sscard.keys.stores.service.served import SOCIAL_SECURITY
from sscard.keys.stores.service.union_strings import answer, joined, parse, shown
from sscard.keys.types import NotCopied

_BASIC_FIELDS = 8
_DEBIT_COUNTER = 3
_COUNTER_DIGITS = 8


class Hsm(NotCopied):
    """Answers from keys at hand: a store, a token, or a key service's computations.

    Every step raises MalformedData for a string of another form or a key of another step, and
    KeyStoreError for an address without a key and a card of another suite or area.
    """

    def __init__(self, operations: KeyOperations) -> None:
        self._operations = operations

    def read_basic(self, step1: str) -> str:
        """``iReadCardBas``: the card's proof of its IRK, and ours of the RKSSSE if asked for.

        A ninth field, the terminal's number [1], is not part of the request.
        """
        fields = fields_of(step1)
        if len(fields) == _BASIC_FIELDS + 1:
            fields.pop()
        return self._ask(joined(("01", *fields)))

    def read(self, card: CardSeen, step1: str) -> str:
        """``iReadCard``: our proof of a read key, or of an update key, which opens some files."""
        return self._proof(card, step1, "RK", "UK")

    def write(self, card: CardSeen, step1: str) -> str:
        """``iWriteCard``: our proof of an update key."""
        return self._proof(card, step1, "UK")

    def reload_pin(self, card: CardSeen, step1: str) -> str:
        """``iReloadPIN``, first answer: our proof of the PUK."""
        return self._proof(card, step1, "PUK")

    def reload_pin_message(self, card: CardSeen, step2: str) -> str:
        """``iReloadPIN``, second answer: the whole command with the new PIN."""
        return self._message(card, step2)

    def unblock_pin(self, card: CardSeen, step1: str) -> str:
        """``iUnblockPIN``, first answer: our proof of the PUK."""
        return self._proof(card, step1, "PUK")

    def unblock_pin_message(self, card: CardSeen, step2: str) -> str:
        """``iUnblockPIN``, second answer: the whole command."""
        return self._message(card, step2)

    def debit(self, card: CardSeen, step1: str, terminal_counter: str | None = None) -> str:
        """``iDoDebit``: terminal counter, time, MAC1, MAC2, TAC.

        Without a PSAM nobody counts the terminal's transactions; offices take the card's counter,
        in 8 digits, in its place [1].
        """
        fields = fields_of(step1)
        _require_key(card, fields, "DPK")
        if terminal_counter is None:
            at = fields[_DEBIT_COUNTER] if len(fields) > _DEBIT_COUNTER else ""
            terminal_counter = at.rjust(_COUNTER_DIGITS, "0")
        return self._ask(joined(("04", *_of(card), terminal_counter, *fields)))

    def _proof(self, card: CardSeen, step: str, *kinds: str) -> str:
        fields = fields_of(step)
        _require_key(card, fields, *kinds)
        return self._ask(joined(("02", *_of(card), *fields)))

    def _message(self, card: CardSeen, step: str) -> str:
        fields = fields_of(step)
        _require_key(card, fields, "STK")
        return self._ask(joined(("03", *_of(card), *fields)))

    def _ask(self, request: str) -> str:
        return answer(self._operations, request)


class RemoteHsm(Hsm):
    """The same behind a key service, for programs without a key store; threads may share it.

    Raises KeyStoreError for a service that is not there, does not know the token or has other keys.
    """

    def __init__(self, service: Service) -> None:
        self._link = Link(service, SOCIAL_SECURITY)

    def __repr__(self) -> str:
        return f"<HSM behind {self._link}>"

    def close(self) -> None:
        """End the connection; the next step makes another one."""
        self._link.close()

    def _ask(self, request: str) -> str:
        asked = parse(request)
        return shown(self._link.ask(OfficeString(asked), asked.sizes))


def _of(card: CardSeen) -> tuple[str, str]:
    return card.division, card.historical


def _require_key(card: CardSeen, fields: list[str], *kinds: str) -> None:
    """Raises MalformedData for the key of another step, and KeyNotHeld where there is none."""
    if len(fields) < 2:
        raise MalformedData("the string of a step has algorithm and key address")
    if not key_of(fields[1], card.division).name.startswith(kinds):
        wanted = " or ".join(kinds)
        raise MalformedData(f"this step is under a {wanted}, not the key at this address")
