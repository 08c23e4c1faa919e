"""Which card it is: the answer to reset against the record and the profile (ssc 6 [S])."""

from __future__ import annotations

from sscard.apdu.atr import HISTORICAL_SIZE
from sscard.apdu.ats import Ats
from sscard.apdu.card_identity import belongs, historical_bytes
from sscard.apdu.pcsc_atr import contactless_atr
from sscard.conformance.report.page import Words
from sscard.conformance.validation import reasons
from sscard.conformance.validation.expected import Expected
from sscard.conformance.validation.judged import Judged, Verdict, verdict_of
from sscard.errors import MalformedData, NotVerified
from sscard.perso.findings import Proof
from sscard.perso.plan import POWER_UP, Plan
from sscard.profiles.interfaces import REGION_SIZE

_PART = "ATR"
_IC_TYPE = Words("T2 集成电路类型", "T2, IC type")
_REGION = Words("T8-T9 行政区划", "T8-T9, division")
_SERIAL = Words("TA-TD 序列号", "TA-TD, serial number")
#: IC type of the ATR: the profile asks for none.
_OF_THE_LOT = "lot"


def answers() -> Plan[bytes]:
    """Power up; the historical bytes of a social security card.

    Raises MalformedData, and NotVerified over an antenna, where some of the card does not answer.
    """
    answer = (yield POWER_UP).require("power up")
    historical = historical_bytes(answer)
    if len(historical) != HISTORICAL_SIZE:
        raise MalformedData(f"a social security card has {HISTORICAL_SIZE} historical bytes")
    if Ats.starts(answer) or answer == contactless_atr(historical):
        raise NotVerified(
            "卡片为非接触方式 the card is reached by antenna: a validation needs its contacts"
        )
    return historical


def identity(expected: Expected, answer: bytes) -> list[Judged]:
    """The answer's form, and the bytes in it that are of the region and of the card."""
    card = expected.card
    historical, contact = card.historical, card.profile.contact
    form = Words("复位应答", "form of the answer to reset")
    agrees = belongs(answer, historical)
    told = [Judged(_PART, "ATR", form, verdict_of(Proof.READING, agrees), Proof.READING)]
    own = {"region": bytes.fromhex(card.numbers.city)[:REGION_SIZE], "serial": card.numbers.serial}
    for field, value in contact.parts(historical):
        if field.set_by in own:
            words = _REGION if field.set_by == "region" else _SERIAL
            told.append(_compared(f"ATR/{field.place}", words, own[field.set_by], value))
    kind = card.profile.setting("historical_ic_type").text
    if kind != _OF_THE_LOT:
        told.append(_compared("ATR/T2", _IC_TYPE, bytes.fromhex(kind), historical[1:2]))
    return told


def authentication_code(expected: Expected, code: bytes | None) -> Judged:
    """The last 4 bytes of the number that was read; ``code`` is None where it was not."""
    words = Words("卡识别码认证码", "authentication code of the card's number")
    subject, part = "authentication code", "SSSE"
    if not expected.keys or expected.code is None:
        why = reasons.NOT_A_FILE_KEY if expected.keys else reasons.NO_KEYS
        return Judged(part, subject, words, Verdict.NOT_PROVEN, Proof.NOT_PROVEN, why=why)
    agrees = code == expected.code
    shown = (expected.code.hex().upper(), (code or b"").hex().upper())
    verdict = verdict_of(Proof.AUTHENTICATION, agrees)
    return Judged(part, subject, words, verdict, Proof.AUTHENTICATION, *shown)


def _compared(subject: str, words: Words, wanted: bytes, there: bytes) -> Judged:
    verdict = verdict_of(Proof.READING, wanted == there)
    return Judged(
        _PART, subject, words, verdict, Proof.READING, wanted.hex().upper(), there.hex().upper()
    )
