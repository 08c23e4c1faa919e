"""A reader that keeps what went through it, and what a card had before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from simulator import VirtualCard
from sscard.apdu import iso7816, pki
from sscard.apdu.iso7816 import INS
from sscard.apdu.response import ResponseAPDU
from sscard.errors import TransportError
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.x509 import CertificateAnswer, CertificateRequest
from sscard.perso.certificates import make_key
from sscard.perso.plan import run
from tests.certified_card import BLANK, application, authority, blank_card, request_for

#: Instructions that change more than a counter of tries.
CHANGES = {
    pki.PkiINS.GENERATE_KEY_PAIR,
    pki.PkiINS.IMPORT_KEY,
    INS.UPDATE_BINARY,
    pki.PkiINS.CHANGE_ADMIN_PIN,
    pki.PkiINS.REPLACE_MASTER,
}


@dataclass
class Reader:
    """A card in a reader; ``answer`` may change what it answers, ``silent_at`` ends it all."""

    card: Any
    answer: Callable[[bytes, bytes], bytes] = lambda command, answer: answer
    silent_at: int = -1
    sent: list[bytes] = field(default_factory=list)

    def reset(self) -> bytes:
        self._count(b"")
        return self.answer(b"", self.card.reset())

    def transmit(self, command: bytes) -> bytes:
        self._count(command)
        return self.answer(command, self.card.transmit(command))

    def _count(self, command: bytes) -> None:
        if len(self.sent) == self.silent_at:
            raise TransportError("no card")
        self.sent.append(command)

    def changes(self) -> list[str]:
        """The commands that have changed the card, by their headers."""
        return [each[:4].hex() for each in self.sent if each[1:2] and each[1] in CHANGES]

    def tries(self) -> list[int]:
        """P2 of each VERIFY that has used a try."""
        return [each[3] for each in self.sent if each[:2] == b"\x00\x20" and len(each) > 4]


def tries_left(card: Any, reference: int) -> int:
    """The tries that a card's PIN has."""
    return int(card.card.certificates._standing.memory.pins[reference].left)


def read(card: Any, fid: int, size: int) -> bytes:
    """What a stranger reads after power-up."""
    card.reset()
    for command in (iso7816.select(pki.ADF_NAME), iso7816.select_fid(fid)):
        assert ResponseAPDU.parse(card.transmit(bytes(command))).sw == 0x9000
    commands = (iso7816.read_binary(min(200, size - at), offset=at) for at in range(0, size, 200))
    answers = (ResponseAPDU.parse(card.transmit(bytes(each))) for each in commands)
    return b"".join(each.require("read") for each in answers)


@cache
def answer_for(public: SM2PublicKey, seed: int = 11) -> CertificateAnswer:
    """What an authority says to ``request_for`` this key; made once."""
    return authority(seed).answer(request_for(public))


def keyed(seed: int = 5) -> tuple[VirtualCard, CertificateRequest, CertificateAnswer]:
    """A blank card with its key, the request and the answer for it."""
    card = blank_card(seed=seed)
    public = run(make_key(application(), BLANK), card).public
    return card, request_for(public), answer_for(public)
