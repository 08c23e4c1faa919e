"""What a transaction of one algorithm family proves about a card: signatures, and its keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sscard.apdu import afl, cryptogram_input, dol, pboc, tlv
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.dgi import DGI
from sscard.apdu.issuer_data import IssuerApplicationData, Template
from sscard.apdu.response import ResponseAPDU
from sscard.errors import MalformedData
from sscard.keys.application_cryptogram import TDES_FAMILY, Family
from sscard.keys.certificates import RSAChain, SM2Chain, Terms, static_data
from sscard.keys.certificates.dynamic import PublicKey, check_dynamic
from sscard.keys.issuer_operations import CardInUse, IssuerOperations
from sscard.keys.rsa import RSAPublicKey
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.perso.findings import Finding, Proof
from sscard.perso.plan import Plan
from sscard.perso.pse_data import Instance

_TEMPLATE, _ACCOUNT, _SEQUENCE, _EFFECTIVE = 0x70, 0x5A, 0x5F34, 0x5F25
_PROFILE, _CDOL, _DDOL, _TAG_LIST, _CERTIFICATE = 0x82, 0x8C, 0x9F49, 0x9F4A, 0x9F46
_NUMBER, _SIGNED, _ATC = 0x9F37, 0x9F4B, 0x9F36
#: CID, ATC and cryptogram in the answer to GENERATE AC; issuer application data follow.
_CRYPTOGRAM_AT, _DATA_AT = 3, 11


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Who can tell a right card: CA keys of terminals by index, and the issuer's host.

    ``number`` is what the card signs, 4 random bytes.  Without witnesses less is proven.
    """

    rsa: Mapping[int, RSAPublicKey] = field(default_factory=dict)
    sm2: Mapping[int, SM2PublicKey] = field(default_factory=dict)
    issuer: IssuerOperations | None = None
    number: bytes = bytes(4)

    def authorities(self, family: Family) -> Mapping[int, object]:
        """The CA keys of one algorithm family."""
        return self.rsa if family is TDES_FAMILY else self.sm2


@dataclass(frozen=True, slots=True)
class Begun:
    """A transaction whose records were read: by SFI and number, as the card gave them."""

    instance: Instance
    family: Family
    profile: bytes
    locator: bytes
    records: Mapping[tuple[int, int], bytes] = field(repr=False)

    @property
    def values(self) -> dict[int, bytes]:
        """The data objects of all records of this transaction.  Raises MalformedData."""
        return _objects(self.records[place] for place in afl.records(self.locator))

    @property
    def prepared(self) -> dict[int, bytes]:
        """The same as they ought to be."""
        value = self.instance.value
        return _objects(value(sfi << 8 | number) for sfi, number in afl.records(self.locator))

    @property
    def suffix(self) -> str:
        """Behind the names of what a second family has, too."""
        return "" if self.family is TDES_FAMILY else ", SM"

    def found(self, what: str, proof: Proof, agrees: bool = True) -> Finding:
        """A finding about this application and family."""
        return Finding(f"{self.instance.title}: {what}{self.suffix}", proof, agrees)


def signatures(begun: Begun, witnesses: Witnesses) -> Plan[list[Finding]]:
    """From the CA's key to the card's, over its static data; then the card signs a number.

    Nothing is said of a card that has no certificate.
    """
    if _CERTIFICATE not in begun.prepared:
        return []
    if not witnesses.authorities(begun.family):
        names = ("certificates", "private key")
        return [begun.found(each, Proof.NOT_PROVEN) for each in names]
    try:
        key = _card_key(begun, witnesses)
    except MalformedData:
        return [begun.found("certificates", Proof.SIGNATURE, agrees=False)]
    said = dol.fill(begun.prepared.get(_DDOL, b""), {_NUMBER: witnesses.number})
    answer = yield pboc.internal_authenticate(said)
    return [
        begun.found("certificates", Proof.SIGNATURE),
        begun.found("private key", Proof.SIGNATURE, _signs(answer, said, key)),
    ]


def cryptogram(begun: Begun, witnesses: Witnesses) -> Plan[list[Finding]]:
    """A decline, which the issuer's host recomputes; UDK-ENC stays open.

    UDK-MAC does, too, on a card that says no amounts in 9F10.
    """
    keys = [f"UDK-{use}" for use in ("AC", "MAC", "ENC")]
    unproven = [begun.found(each, Proof.NOT_PROVEN) for each in keys]
    template = DGI.ISSUER_DATA if begun.family is TDES_FAMILY else DGI.ISSUER_DATA_SM
    if witnesses.issuer is None or template not in begun.instance:
        return unproven
    asked = begun.prepared.get(_CDOL, b"")
    said = dol.fill(asked, {_NUMBER: witnesses.number})
    answer = yield pboc.generate_ac(Cryptogram.AAC, said)
    terminal = {**dol.split(asked, said), _PROFILE: begun.profile}
    try:
        held = _held(begun, answer, terminal, witnesses.issuer)
    except MalformedData:
        held = [False]
    proven = [
        begun.found(key, Proof.TRANSACTION, agrees) for key, agrees in zip(keys, held, strict=False)
    ]
    return [*proven, *unproven[len(held) :]]


def _card_key(begun: Begun, witnesses: Witnesses) -> PublicKey:
    """What a terminal would trust.  Raises MalformedData for what it would not."""
    values = begun.values
    signed = [
        afl.signed_content(place[0], begun.records[place])
        for place in afl.signed_records(begun.locator)
    ]
    static = static_data(signed, begun.profile, values.get(_TAG_LIST))
    terms = Terms(_account(begun), _effective(begun.prepared))
    if begun.family is TDES_FAMILY:
        rsa = RSAChain(witnesses.rsa, terms)
        rsa.static(values, static)
        return rsa.card_key(values, static)
    sm2 = SM2Chain(witnesses.sm2, terms)
    sm2.static(values, static)
    return sm2.card_key(values, static)


def _signs(answer: ResponseAPDU, said: bytes, key: PublicKey) -> bool:
    try:
        check_dynamic(tlv.find(answer.data, 0x80) or b"", said, key)
    except MalformedData:
        return False
    return True


def _held(
    begun: Begun, answer: ResponseAPDU, terminal: Mapping[int, bytes], issuer: IssuerOperations
) -> list[bool]:
    """Whether the cryptogram is of the card's own UDK-AC, and 9F10 begins as it was written.

    Then, where 9F10 tells amounts, whether their MAC is of its UDK-MAC.  Raises MalformedData.
    """
    told = tlv.find(answer.data, 0x80) or b""
    data = IssuerApplicationData.parse(told[_DATA_AT:])
    atc, made = told[1:_CRYPTOGRAM_AT], told[_CRYPTOGRAM_AT:_DATA_AT]
    sequence = begun.prepared.get(_SEQUENCE, b"\0").hex()
    card = CardInUse(begun.family, _account(begun), sequence, atc)
    covered = cryptogram_input.assemble(data.cvn, {**terminal, _ATC: atc}, data.cvr)
    genuine = _as_written(begun, data) and issuer.holds(card, covered, made)
    if data.idd is None:
        return [genuine]
    idd = data.idd
    return [genuine, issuer.issuer_data_holds(card, idd.identifier, idd.data, idd.mac)]


def _as_written(begun: Begun, data: IssuerApplicationData) -> bool:
    identifier = DGI.ISSUER_DATA if begun.family is TDES_FAMILY else DGI.ISSUER_DATA_SM
    wanted = Template.parse(begun.instance.value(identifier))
    return (wanted.dki, wanted.cvn, wanted.algorithm) == (data.dki, data.cvn, data.algorithm)


def _objects(records: Iterable[bytes]) -> dict[int, bytes]:
    inner = [tlv.find(each, _TEMPLATE) or b"" for each in records]
    return {tag: value for each in inner for tag, value in tlv.parse(each)}


def _account(begun: Begun) -> str:
    return begun.prepared.get(_ACCOUNT, b"").hex().upper().rstrip("F")


def _effective(values: Mapping[int, bytes]) -> date:
    """The day the card is good from.  Raises MalformedData."""
    text = values.get(_EFFECTIVE, b"").hex()
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        raise MalformedData("tag 5F25 is no date") from None
