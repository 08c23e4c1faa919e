"""Checks of certificates: one written out by hand in DER, by the rules of ssc-more 1.6."""

from __future__ import annotations

import random
from collections.abc import Mapping
from hashlib import sha1

import pytest

from sscard.apdu import tlv
from sscard.conformance.case import About
from sscard.conformance.checks import CHECKS, Answer, check_named
from sscard.conformance.expansions import EXPANSIONS
from sscard.errors import MalformedData
from sscard.keys.sm2_keys import generate
from sscard.profiles import load_profile

GEN3 = load_profile("gen3")
_POINT = generate(random.Random(1).randbytes).public.point
_KEY_ID = sha1(b"\x04" + _POINT).digest()
_SM2_SM3 = bytes.fromhex("06082A811CCF55018375")
_CURVE = bytes.fromhex("06072A8648CE3D0201 06082A811CCF5501822D")


def sequence(*parts: bytes, tag: int = 0x30) -> bytes:
    return tlv.encode(tag, b"".join(parts))


def extension(oid: bytes, value: bytes) -> bytes:
    return sequence(oid, tlv.encode(0x04, value))


def private(number: int, value: bytes) -> bytes:
    return extension(bytes.fromhex("06072A811C920C01") + bytes((number,)), value)


def name(**parts: str) -> bytes:
    """A distinguished name; the country is a printable string."""
    return sequence(*(_part(short, text) for short, text in parts.items()))


_TYPES = {"C": 6, "S": 8, "L": 7, "O": 10, "CN": 3}
_CA = {"C": "CN", "S": "北京", "L": "北京", "O": "CN", "CN": "人力资源和社会保障部信息中心"}
_HOLDER = {"C": "CN", "S": "四川省", "L": "成都市", "CN": "测试"}


def _part(short: str, text: str) -> bytes:
    oid = b"\x06\x03\x55\x04" + bytes((_TYPES[short],))
    tag = 0x13 if short == "C" else 0x0C
    return sequence(sequence(oid, tlv.encode(tag, text.encode())), tag=0x31)


def bits(raw: bytes, unused: int = 0) -> bytes:
    return tlv.encode(0x03, bytes((unused,)) + raw)


def certificate(
    *,
    usage: int = 0xC0,
    point: bytes = _POINT,
    key_id: bytes = _KEY_ID,
    until: bytes = b"310101000000Z",
    number: bytes = b"X00000019",
    serial: bytes = b"\x10" + bytes(14) + b"\x01",
    version: int = 2,
    holder: Mapping[str, str] = _HOLDER,
    issuer: Mapping[str, str] = _CA,
    without: bytes = b"",
) -> bytes:
    algorithm = sequence(_SM2_SM3)
    unused = {0xC0: 6, 0x30: 4}[usage]
    extensions = (
        extension(bytes.fromhex("0603551D23"), sequence(tlv.encode(0x80, bytes(20)))),
        extension(bytes.fromhex("0603551D0E"), tlv.encode(0x04, key_id)),
        extension(bytes.fromhex("0603551D0F"), bits(bytes((usage,)), unused)),
        private(1, number),
        private(2, bytes(32)),
    )
    tbs = sequence(
        tlv.encode(0xA0, bytes((0x02, 0x01, version))),
        tlv.encode(0x02, serial),
        algorithm,
        name(**issuer),
        sequence(tlv.encode(0x17, b"210101000000Z"), tlv.encode(0x17, until)),
        name(**holder),
        sequence(sequence(_CURVE), bits(b"\x04" + point)),
        tlv.encode(0xA3, sequence(*(e for e in extensions if not without or without not in e))),
    )
    number_one = tlv.encode(0x02, b"\x01")
    return sequence(tbs, algorithm, bits(sequence(number_one, number_one)))


def said(name: str, argument: str, whole: bytes, **kept: bytes) -> str:
    check, words = check_named(f"{name} {argument}".strip())
    answer = Answer(whole.ljust(1020, b"\0") if whole else b"", GEN3, About(), variables=kept)
    try:
        return check(answer, words)
    except MalformedData as error:
        return str(error)


RIGHT = certificate()
CHECKED = (
    ("certificate form", ""),
    ("certificate serial", "signature"),
    ("certificate usage", "signature"),
    ("certificate validity", ""),
    ("certificate extensions", ""),
    ("certificate names", ""),
    ("certificate key identifier", ""),
    ("certificate card number", "number"),
    ("certificate key", "public"),
)
KEPT = {"public": b"\xca\x40" + _POINT, "number": b"\x07\x09X00000019"}


def failing(whole: bytes) -> set[str]:
    """The checks that find something wrong."""
    return {name for name, words in CHECKED if said(name, words, whole, **KEPT)}


def test_a_certificate_by_the_rules() -> None:
    assert failing(RIGHT) == set()
    encryption = certificate(usage=0x30, serial=b"\x20" + bytes(15))
    assert said("certificate usage", "encryption", encryption) == ""
    assert said("certificate serial", "encryption", encryption) == ""


@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        (certificate(usage=0x30), {"usage"}),
        (certificate(until=b"260101000000Z"), {"validity"}),
        (certificate(until=b"301230000000Z"), set()),
        (certificate(number=b"X0000001"), {"extensions", "card number"}),
        (certificate(number=b"X00000027"), {"card number"}),
        (certificate(without=bytes.fromhex("0603551D23")), {"extensions"}),
        (certificate(key_id=bytes(20)), {"key identifier"}),
        (certificate(serial=b"\x20" + bytes(15)), {"serial"}),
        (certificate(serial=b"\x10\x01"), {"form"}),
        (certificate(holder={"CN": "测试"}), {"names"}),
        (certificate(issuer=_CA | {"CN": "别的CA"}), {"names"}),
    ],
)
def test_what_is_wrong_is_found_by_its_check(made: bytes, wrong: set[str]) -> None:
    assert failing(made) == {f"certificate {each}" for each in wrong}


def test_a_certificate_of_another_key() -> None:
    other = generate(random.Random(2).randbytes).public.point
    assert said("certificate key", "public", RIGHT, public=b"\xca\x40" + other) == "of another key"
    swapped = certificate(point=other)
    assert failing(swapped) == {"certificate key", "certificate key identifier"}


@pytest.mark.parametrize("whole", [b"", bytes(40), bytes.fromhex("308201FF") + bytes(300)])
def test_what_is_no_certificate_is_said_to_be_none(whole: bytes) -> None:
    assert said("certificate", "", whole)
    assert failing(whole) == {name for name, _ in CHECKED}


def test_what_stands_behind_a_certificate() -> None:
    assert said("certificate and fill", "", RIGHT) == ""
    assert said("certificate and fill", "", RIGHT.ljust(1020, b"\xff")) == ""
    assert "residue" in said("certificate and fill", "", RIGHT + b"\x5a" * 9)


def test_both_certificates_are_of_one_card() -> None:
    other = generate(random.Random(2).randbytes).public.point
    serial = b"\x20" + bytes(15)
    beside = certificate(point=other, serial=serial)
    assert said("certificate beside", "other", RIGHT, other=beside) == ""
    for wrong, what in (
        (RIGHT, "serial number"),
        (certificate(point=other, serial=serial, number=b"X00000027"), "private extensions"),
        (certificate(point=other, serial=serial, holder=_HOLDER | {"CN": "别人"}), "holder"),
    ):
        assert what in said("certificate beside", "other", RIGHT, other=wrong)


def test_a_public_key_is_a_point_of_the_curve() -> None:
    check = CHECKS["public key of the curve"]
    for data, wrong in (
        (b"\xca\x40" + _POINT, ""),
        (bytes(66), "never made"),
        (bytes(60), "58 bytes"),
        (b"\xca\x40" + _POINT[::-1], "no point"),
    ):
        assert wrong in check(Answer(data, GEN3, About()), "")
        assert bool(check(Answer(data, GEN3, About()), "")) is bool(wrong)


def test_the_files_of_the_application_are_those_of_the_profile() -> None:
    rows = list(EXPANSIONS["certificate files"](GEN3))
    assert [row["file"] for row in rows] == [0x12, 0x13, 0x14, 0x15, 0x18, 0x19]
    assert [row["public_file"] for row in rows[4:]] == [0x12, 0x14]
    assert [row["number_record"] for row in rows[:1]] == [7]
    assert not list(EXPANSIONS["certificate files"](load_profile("gen2")))
