"""What a key service says to each line of one connection; no sockets."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sscard.errors import KeyStoreError, MalformedData
from sscard.keys.operations import KeyNotHeld, KeyReference
from sscard.keys.stores.service import answers, requests, wire
from sscard.keys.stores.service.clients import Client, Clients
from sscard.keys.stores.service.messages import Greeting, Hello
from sscard.keys.stores.service.refusals import Code, Refused
from sscard.keys.stores.service.requests import Envelope
from sscard.keys.stores.service.served import Served
from sscard.keys.types import NotCopied

log = logging.getLogger("sscard.keys.service")

#: After these the connection ends: the other side is no client, or lines have lost their places.
_FINAL = frozenset({Code.WRONG_TOKEN, Code.WRONG_PROTOCOL, Code.MALFORMED, Code.TOO_LONG})


class Conversation(NotCopied):
    """Greeting first, then questions.

    The log says who asked for what with which key and what came of it, and why a store refused: no
    data, no card, no value.
    """

    def __init__(self, served: Served, clients: Clients, peer: str) -> None:
        self._served = served
        self._clients = clients
        self._peer = peer
        self._client: Client | None = None
        self.over = False

    @property
    def greeted(self) -> bool:
        """Whether the other side has proven who it is."""
        return self._client is not None

    def say(self, line: bytes) -> bytes:
        """The answer to a line.  ``over`` is set where it is the last one."""
        try:
            envelope = requests.parse(line)
        except MalformedData as error:
            return self.refuse(0, Code.MALFORMED, str(error))
        if self._client is None:
            return self._greet(envelope)
        return self._answer(self._client, envelope)

    def refuse(self, number: int, code: Code, text: str, what: str = "") -> bytes:
        """An error answer, and its line in the log."""
        self.over = self.over or code in _FINAL
        who = self._client.name if self._client else f"nobody from {self._peer}"
        log.warning("%s %s: %s", who, what or "line", code)
        return answers.refusal(number, code, text)

    def _greet(self, envelope: Envelope) -> bytes:
        try:
            hello = envelope.asked()
        except KeyStoreError:
            hello = None
        if not isinstance(hello, Hello) or hello.protocol != wire.PROTOCOL:
            text = f"the first line greets, in version {wire.PROTOCOL} of the protocol"
            return self.refuse(envelope.number, Code.WRONG_PROTOCOL, text)
        self._client = self._clients.of(hello.token)
        if self._client is None:
            text = "the service knows no client with this token"
            return self.refuse(envelope.number, Code.WRONG_TOKEN, text, Hello.operation)
        log.info("%s %s: ok", self._client.name, Hello.operation)
        served = self._served
        found = Greeting(self._client.name, served.kind, served.suite, served.test, served.roots)
        return answers.greeting(envelope.number, found)

    def _answer(self, client: Client, envelope: Envelope) -> bytes:
        what = "request"
        try:
            asked = envelope.asked()
            if isinstance(asked, Hello):
                raise Refused(Code.WRONG_PROTOCOL, "there is one greeting")
            what = f"{asked.operation} {_named(asked.keys)}".rstrip()
            client.require(asked)
            values = self._served.answer(asked)
        except Refused as refused:
            return self.refuse(envelope.number, refused.code, str(refused), what)
        except KeyNotHeld as error:
            return self.refuse(envelope.number, Code.UNKNOWN_KEY, _sentence(error), what)
        except (KeyStoreError, ValueError) as error:
            log.warning("%s %s: the store says: %s", client.name, what, error)
            return self.refuse(envelope.number, Code.REFUSED, _sentence(error), what)
        log.info("%s %s: ok", client.name, what)
        return answers.result(envelope.number, values)


def _sentence(error: KeyStoreError | ValueError) -> str:
    """What a client is told: not where the service has its store, which stands before a colon."""
    return str(error).rpartition(": ")[2]


def _named(keys: Sequence[KeyReference]) -> str:
    """A key, or the first of many: a card's 150 would be a page of log.  A CA has no names."""
    if not keys:
        return ""
    first = f"{keys[0].name}/{keys[0].version}"
    return first if len(keys) == 1 else f"{first} and {len(keys) - 1} more"
