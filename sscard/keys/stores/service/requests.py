"""The lines of a client: building and parsing side by side.

The token leaves here as text, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sscard.errors import KeyStoreError, MalformedData
from sscard.keys.cps import KEYDATA_SIZE, SEQUENCE_SIZE
from sscard.keys.hierarchy import Factors
from sscard.keys.operations import Mode, Request
from sscard.keys.stores.service import wire
from sscard.keys.stores.service.members import Members, octets, reference
from sscard.keys.stores.service.messages import (
    BankQuestion,
    CardKeys,
    Certify,
    ChannelKeys,
    CheckValue,
    Compute,
    DebitKey,
    DebitKeySM4,
    Hello,
    OfficeString,
    PersonHash,
    Question,
    Translate,
    TransportMAC,
)
from sscard.keys.stores.service.refusals import Code, Refused
from sscard.keys.stores.service.token import Token
from sscard.keys.stores.service.union_strings import LONGEST
from sscard.keys.stores.service.union_strings import parse as parse_string
from sscard.keys.x509.request import CertificateRequest

_FACTOR, _LEVELS = 8, 3
_TEXTS, _TEXT = 16, 512
_DATA, _MESSAGE, _SESSION_FACTOR = 1024, 8192, 16


@dataclass(frozen=True, slots=True)
class Envelope:
    """A line that is a request; what it asks is not looked at yet."""

    number: int
    operation: str
    members: Members = field(repr=False)

    def asked(self) -> Hello | Question:
        """What it asks.  Raises Refused, and KeyNotHeld for an address that no key has."""
        if self.operation not in _PARSERS:
            raise Refused(Code.UNKNOWN_OPERATION, "there is no such operation")
        try:
            asked = _PARSERS[self.operation](self.members)
            self.members.end()
        except MalformedData as error:
            raise Refused(Code.WRONG_REQUEST, str(error)) from None
        return asked


def build(number: int, asked: Hello | Question) -> bytes:
    """The line that asks it.  Raises KeyStoreError for more than a line holds."""
    return wire.build({"id": number, "operation": asked.operation, **_parts(asked)})


def parse(line: bytes) -> Envelope:
    """The request in ``line``.  Raises MalformedData."""
    members = wire.parse(line)
    number = members.number("id", 0, wire.LAST_ID)
    return Envelope(number, members.text("operation", 32), members)


def _parts(asked: Hello | Question) -> dict[str, Any]:
    match asked:
        case Hello():
            token = asked.token.reveal().decode("ascii")
            return {"protocol": asked.protocol, "token": token}
        case CardKeys():
            factors = asked.factors
            return {
                "keys": asked.references,
                "factors": _hex(factors.province, factors.city, factors.card),
                "sizes": dict(asked.sizes),
            }
        case Compute():
            return _operation(asked.request)
        case OfficeString():
            return {"request": asked.request.text()}
        case CheckValue():
            return {"key": asked.key, "factors": _hex(*asked.factors), "size": asked.size}
        case PersonHash():
            return {"id_number": asked.id_number}
        case Certify():
            return {"request": dict(asked.request.texts())}
        case _:
            return _of_bank(asked)


def _of_bank(asked: BankQuestion) -> dict[str, Any]:
    match asked:
        case ChannelKeys():
            return {"keydata": asked.keydata.hex(), "sequence": asked.sequence.hex()}
        case DebitKey() | DebitKeySM4():
            return {"purpose": asked.purpose, "pan": asked.pan, "psn": asked.psn}
        case Translate():
            session = {"keydata": asked.keydata.hex(), "sequence": asked.sequence.hex()}
            return {"key": asked.transport, "data": asked.data.hex(), **session}
        case TransportMAC():
            return {"key": asked.key, "data": asked.message.hex()}


def _operation(asked: Request) -> dict[str, Any]:
    return {
        "key": asked.key,
        "factors": _hex(*asked.factors),
        "mode": asked.mode.value,
        "data": asked.data.hex(),
        "session_factor": asked.session_factor.hex(),
    }


def _hex(*parts: bytes) -> list[str]:
    return [part.hex() for part in parts]


def _hello(members: Members) -> Hello:
    protocol = members.number("protocol", 0, wire.LAST_ID)
    try:
        return Hello(protocol, Token(members.text("token", 128)))
    except KeyStoreError as error:
        raise MalformedData(str(error)) from None


def _card_keys(members: Members) -> CardKeys:
    references = tuple(reference(each) for each in members.many("keys", wire.MOST_KEYS))
    factors = _factors(members)
    if len(factors) != _LEVELS:
        raise MalformedData("factors are those of province, city and card")
    sizes = members.sizes("sizes") if "sizes" in members else {}
    return CardKeys(references, Factors(*factors), sizes)


def _compute(members: Members) -> Compute:
    key, factors = reference(members.take("key")), _factors(members)
    data = members.octets("data", _DATA)
    session = members.octets("session_factor", _SESSION_FACTOR)
    try:
        mode = Mode(members.text("mode", 32))
    except ValueError:
        raise MalformedData(f"mode is one of {', '.join(each.value for each in Mode)}") from None
    return Compute(Request(key, factors, mode, data, session))


def _office_string(members: Members) -> OfficeString:
    return OfficeString(parse_string(members.text("request", LONGEST)))


def _check_value(members: Members) -> CheckValue:
    factors = _factors(members) if "factors" in members else ()
    size = members.number("size", 8, 16) if "size" in members else 16
    return CheckValue(reference(members.take("key")), factors, size)


def _person_hash(members: Members) -> PersonHash:
    return PersonHash(members.text("id_number", 64))


def _channel_keys(members: Members) -> ChannelKeys:
    keydata = members.octets("keydata", KEYDATA_SIZE)
    return ChannelKeys(keydata, members.octets("sequence", SEQUENCE_SIZE))


def _debit_key(members: Members) -> DebitKey:
    return DebitKey(*_card_of_bank(members))


def _debit_key_sm4(members: Members) -> DebitKeySM4:
    return DebitKeySM4(*_card_of_bank(members))


def _card_of_bank(members: Members) -> tuple[str, str, str]:
    purpose, pan = members.text("purpose", 3), members.text("pan", 19)
    if purpose not in ("ac", "mac", "enc"):
        raise MalformedData("purpose is one of ac, mac, enc")
    return purpose, pan, members.text("psn", 2)


def _translate(members: Members) -> Translate:
    key, data = reference(members.take("key")), members.octets("data", _DATA)
    keydata = members.octets("keydata", KEYDATA_SIZE)
    return Translate(key, data, keydata, members.octets("sequence", SEQUENCE_SIZE))


def _transport_mac(members: Members) -> TransportMAC:
    return TransportMAC(reference(members.take("key")), members.octets("data", _MESSAGE))


def _certify(members: Members) -> Certify:
    return Certify(CertificateRequest.from_texts(members.texts("request", _TEXTS, _TEXT)))


def _factors(members: Members) -> tuple[bytes, ...]:
    found = tuple(octets(each, "factors", _FACTOR) for each in members.many("factors", _LEVELS))
    if any(len(each) != _FACTOR for each in found):
        raise MalformedData(f"a factor has {_FACTOR} bytes")
    return found


_PARSERS: Mapping[str, Callable[[Members], Hello | Question]] = MappingProxyType(
    {
        Hello.operation: _hello,
        CardKeys.operation: _card_keys,
        Compute.operation: _compute,
        OfficeString.operation: _office_string,
        CheckValue.operation: _check_value,
        PersonHash.operation: _person_hash,
        ChannelKeys.operation: _channel_keys,
        DebitKey.operation: _debit_key,
        DebitKeySM4.operation: _debit_key_sm4,
        Translate.operation: _translate,
        TransportMAC.operation: _transport_mac,
        Certify.operation: _certify,
    }
)
