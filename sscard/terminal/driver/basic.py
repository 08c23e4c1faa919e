"""iReadCardBas: whose card this is (ssc 7 [S])."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from sscard.apdu import ssc
from sscard.dialects.rights import Condition
from sscard.profiles.element import Element
from sscard.terminal.driver.codes import DriverError, ErrorCode
from sscard.terminal.driver.dialogue import Dialogue, Question, ask, joined
from sscard.terminal.driver.meeting import Met, record
from sscard.terminal.driver.proofs import WithPsam, challenge, digits, external
from sscard.terminal.driver.step_strings import bytes_in, fields_in
from sscard.terminal.driver.texts import encoded, shown, text_of
from sscard.terminal.psam.slots import Slot, at, one

_ISSUER, _HOLDER = 0xEF05, 0xEF06
_ISSUED, _VALID_TO = 0x05, 0x06
_ID_NUMBER, _NAME, _MORE_NAME = 0x08, 0x09, 0x4E
_RKSSSE = "RKSSSE"


@dataclass(frozen=True, slots=True, repr=False)
class BasicInfo:
    """The 11 fields in their order; dates are YYYYMMDD, what the card has not is empty."""

    division: str
    id_number: str
    card_number: str
    identification: str
    name: str
    historical: str
    version: str
    issued: str
    valid_to: str
    terminal: str
    device: str

    def __repr__(self) -> str:
        return "<BasicInfo>"

    def __str__(self) -> str:
        """As iReadCardBas gives it."""
        return joined(astuple(self))


def basic_info(met: Met, psam: WithPsam, device: str) -> Dialogue[BasicInfo]:
    """With the PSAM.  Raises DriverError, StatusError, MalformedData, KeyStoreError."""
    info, _ = yield from psam.open(met)
    if _needs_key(met):
        yield from psam.show(met, met.key(_RKSSSE))
    return (yield from _basic(met, info.terminal.hex(), device))


def basic_info_with_hsm(met: Met, terminal: str, device: str) -> Dialogue[BasicInfo]:
    """With one question to an HSM, in the order of the trace (ssc 9.1 [T]).  Raises as above."""
    raw, factor = (yield from challenge()), (yield from challenge())
    command = ssc.internal_authenticate(factor, raw)
    own = (yield from at(Slot.USER, one(command))).require("internal authentication")
    needed = _needs_key(met)
    outer, outer_factor = b"", b""
    if needed:
        outer, outer_factor = (yield from challenge()), (yield from challenge())
    asked = map(digits, (factor, raw, outer_factor, outer))
    head = (met.card.city, met.seen.historical, met.algorithm, met.identification)
    answer, *_ = yield from ask(Question.BASIC, (*head, *asked), met.seen)
    inner, proof = _proofs(answer, needed=needed)
    if inner != own + raw:
        raise DriverError(ErrorCode.NOT_GENUINE)
    if needed:
        yield from external(met.key(_RKSSSE), proof[:8], proof[8:], None)
    return (yield from _basic(met, terminal, device))


def _proofs(answer: str, *, needed: bool) -> tuple[bytes, bytes]:
    inner, outer = fields_in(answer, 2)
    return bytes_in(inner, 16), bytes_in(outer, 16 if needed else 0)


def _needs_key(met: Met) -> bool:
    file = met.profile.directory("SSSE").file(_HOLDER)
    return file.read.condition is Condition.KEY


def _basic(met: Met, terminal: str, device: str) -> Dialogue[BasicInfo]:
    issued = yield from _item(met, _ISSUER, _ISSUED)
    valid_to = yield from _item(met, _ISSUER, _VALID_TO)
    id_number = yield from _item(met, _HOLDER, _ID_NUMBER)
    name = yield from _name(met)
    return BasicInfo(
        division=met.card.city,
        id_number=id_number,
        card_number=met.number,
        identification=met.identification,
        name=name,
        historical=met.seen.historical,
        version=met.version,
        issued=issued,
        valid_to=valid_to,
        terminal=terminal,
        device=device,
    )


def _item(met: Met, fid: int, tag: int) -> Dialogue[str]:
    element = _element(met, fid, tag)
    if element is None:
        return ""
    return shown(element, (yield from record(tag, element.size, fid & 0xFF)))


def _name(met: Met) -> Dialogue[str]:
    """Item 09 and what runs on in 4E, where cards of this version have it (ssc 2.1 [S])."""
    content = b""
    for tag in (_NAME, _MORE_NAME):
        element = _element(met, _HOLDER, tag)
        if element is not None:
            part = yield from record(tag, element.size, _HOLDER & 0xFF)
            text = encoded(shown(element, part)) if element.filler else part
            content += text.rstrip(b"\0")
    return text_of(content)


def _element(met: Met, fid: int, tag: int) -> Element | None:
    file = met.profile.directory("SSSE").file(fid)
    return next((each for each in file.elements if each.tag == tag), None)
