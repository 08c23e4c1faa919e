"""GENERATE AC, once or twice, and the signature over its answer (pboc 2.4, 4, 5 [H, M])."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sscard.apdu import pboc, tlv
from sscard.apdu.cryptogram import CID, Cryptogram
from sscard.apdu.tvr import TVR
from sscard.errors import MalformedData
from sscard.keys.certificates import CertificateError
from sscard.keys.certificates.dynamic import check_combined
from sscard.perso.plan import Plan
from sscard.terminal.pos.card_data import once
from sscard.terminal.pos.errors import Reason, Terminated
from sscard.terminal.pos.lists import told
from sscard.terminal.pos.session import Session

CDOL1, CDOL2 = 0x8C, 0x8D
_FORMAT_1, _FORMAT_2 = 0x80, 0x77
_CID, _ATC, _AC, _DATA, _SIGNED = 0x9F27, 0x9F36, 0x9F26, 0x9F10, 0x9F4B
_NUMBER, _CARD_NUMBER = 0x9F37, 0x9F4C
_SHORTEST = 11
#: A card may say less than it was asked for, never more (EMV book 3, 9.3 [G]).
_RANK = (Cryptogram.AAC, Cryptogram.ARQC, Cryptogram.TC)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the card decided: kind, ATC, cryptogram, issuer application data.

    ``cryptogram`` is empty as long as it is only inside of ``signed`` (9F4B, CDA); ``content`` are
    the answer's objects in order without 9F4B, which CDA signs.
    """

    cid: CID
    atc: bytes
    cryptogram: bytes
    data: bytes
    signed: bytes | None = None
    content: bytes = field(default=b"", repr=False)

    @classmethod
    def parse(cls, raw: bytes) -> Answer:
        """From template 80 or 77.  Raises MalformedData."""
        ((tag, content), *more) = list(tlv.parse(raw)) or [(0, b"")]
        if more or tag not in (_FORMAT_1, _FORMAT_2):
            raise MalformedData("GENERATE AC answers one template, 80 or 77")
        if tag == _FORMAT_2:
            return cls._of_objects(list(tlv.parse(content)))
        if len(content) < _SHORTEST:
            raise MalformedData("GENERATE AC: template 80 is too short")
        return cls(CID.parse(content[:1]), content[1:3], content[3:11], content[11:])

    @classmethod
    def _of_objects(cls, objects: list[tuple[int, bytes]]) -> Answer:
        values = once(objects)
        signed = values.get(_SIGNED)
        wanted = {_CID: 1, _ATC: 2} | ({_AC: 8} if signed is None else {})
        for tag, size in wanted.items():
            if len(values.get(tag, b"")) != size:
                raise MalformedData(f"GENERATE AC: tag {tag:X} is missing or has another length")
        content = b"".join(tlv.encode(tag, value) for tag, value in objects if tag != _SIGNED)
        return cls(
            CID.parse(values[_CID]),
            values[_ATC],
            values.get(_AC, b""),
            values.get(_DATA, b""),
            signed,
            content,
        )


def generate(
    session: Session, kind: Cryptogram, list_tag: int
) -> Plan[tuple[Answer, Mapping[int, bytes]]]:
    """Asks for a cryptogram with the values of CDOL1 or CDOL2.

    Gives the card's answer and all values as they were when it made it; these now have 9F26, 9F27,
    9F36 and 9F10 too.  A wrong CDA is in the TVR afterwards.  Raises StatusError, MalformedData,
    and Terminated for a card that answers more than it was asked for.
    """
    wanted = session.card.need(list_tag)
    values = session.values()
    data = told(wanted, values)
    session.asked += data
    cda = session.cda and kind is not Cryptogram.AAC
    raw = (yield pboc.generate_ac(kind, data, cda=cda)).require("generate AC")
    answer = Answer.parse(raw)
    if _RANK.index(answer.cid.kind) > _RANK.index(kind):
        raise Terminated(Reason.WRONG_CRYPTOGRAM)
    cryptogram = answer.cryptogram
    if cda and answer.cid.kind is not Cryptogram.AAC:
        cryptogram = _combined(session, answer)
    session.extra |= {
        _CID: bytes(answer.cid),
        _ATC: answer.atc,
        _AC: cryptogram,
        _DATA: answer.data,
    }
    return answer, MappingProxyType(values | session.extra)


def _combined(session: Session, answer: Answer) -> bytes:
    """The cryptogram in the card's signature; empty, and in the TVR, when that does not hold."""
    key = session.card_key
    if answer.signed is None or key is None:
        session.tvr |= TVR.CDA_FAILED
        return answer.cryptogram
    try:
        said = check_combined(
            answer.signed, session.asked + answer.content, session.transaction.number, key
        )
    except CertificateError:
        session.tvr |= TVR.CDA_FAILED
        return answer.cryptogram
    if said.cid != int(answer.cid):
        session.tvr |= TVR.CDA_FAILED
    session.extra[_CARD_NUMBER] = said.number
    return said.cryptogram
