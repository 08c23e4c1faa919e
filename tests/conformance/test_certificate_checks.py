"""Checks of certificates: one written out by hand in DER, by the rules of ssc-more 1.6."""

from __future__ import annotations

from hashlib import sha1

import pytest

from sscard.apdu import tlv
from sscard.conformance.case import About
from sscard.conformance.checks import CHECKS, Answer
from sscard.conformance.expansions import EXPANSIONS
from sscard.profiles import load_profile

GEN3 = load_profile("gen3")
_POINT = bytes(range(1, 65))
_SM2_SM3 = bytes.fromhex("06082A811CCF55018375")
_CURVE = bytes.fromhex("06072A8648CE3D0201 06082A811CCF5501822D")


def sequence(*parts: bytes, tag: int = 0x30) -> bytes:
    return tlv.encode(tag, b"".join(parts))


def extension(oid: bytes, value: bytes) -> bytes:
    return sequence(oid, tlv.encode(0x04, value))


def private(number: int, value: bytes) -> bytes:
    return extension(bytes.fromhex("06072A811C920C01") + bytes((number,)), value)


def name(text: str) -> bytes:
    common = sequence(b"\x06\x03\x55\x04\x03", tlv.encode(0x0C, text.encode()))
    return sequence(sequence(common, tag=0x31))


def certificate(
    *,
    usage: int = 0xC0,
    point: bytes = _POINT,
    until: bytes = b"310101000000Z",
    number: bytes = b"X00000019",
) -> bytes:
    algorithm = sequence(_SM2_SM3)
    key_id = sha1(b"\x04" + _POINT).digest()
    tbs = sequence(
        tlv.encode(0xA0, bytes.fromhex("020102")),
        tlv.encode(0x02, b"\x10" + bytes(14) + b"\x01"),
        algorithm,
        name("人力资源和社会保障部信息中心"),
        sequence(tlv.encode(0x17, b"210101000000Z"), tlv.encode(0x17, until)),
        name("测试"),
        sequence(sequence(_CURVE), tlv.encode(0x03, b"\x00\x04" + point)),
        tlv.encode(
            0xA3,
            sequence(
                extension(bytes.fromhex("0603551D0E"), tlv.encode(0x04, key_id)),
                extension(bytes.fromhex("0603551D0F"), bytes((0x03, 0x02, 0x04, usage))),
                private(1, number),
                private(2, bytes(32)),
            ),
        ),
    )
    return sequence(tbs, algorithm, tlv.encode(0x03, bytes(72)))


def said(name: str, argument: str, whole: bytes, **kept: bytes) -> str:
    variables = kept | {"p0": whole[:240]}
    answer = Answer(whole.ljust(1020, b"\0")[240:], GEN3, About(), variables=variables)
    return CHECKS[name](answer, argument)


def test_a_certificate_by_the_rules() -> None:
    assert said("certificate", "signature p0", certificate()) == ""
    assert said("certificate", "encryption p0", certificate(usage=0x30)) == ""
    assert said("certificate key", "public p0", certificate(), public=b"\0\0" + _POINT) == ""


@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        (certificate(usage=0x30), "key usage"),
        (certificate(until=b"260101000000Z"), "valid for 5 years"),
        (certificate(number=b"X0000001"), "card_number has 8 bytes"),
        (certificate(point=_POINT[:-1]), "no public key"),
        (b"", "no certificate"),
        (bytes.fromhex("308201FF") + bytes(300), "no X.509 certificate"),
    ],
)
def test_what_is_wrong_is_named(made: bytes, wrong: str) -> None:
    assert wrong in said("certificate", "signature p0", made)


def test_a_certificate_of_another_key() -> None:
    other = b"\0\0" + _POINT[::-1]
    assert "another key" in said("certificate key", "public p0", certificate(), public=other)
    swapped = certificate(point=_POINT[::-1])
    assert "identifier" in said("certificate key", "public p0", swapped, public=other)


def test_a_public_key_has_64_bytes_of_coordinates() -> None:
    check = CHECKS["public key of the curve"]
    for data, wrong in ((b"\0\0" + _POINT, ""), (bytes(66), "never made"), (bytes(60), "58 bytes")):
        assert wrong in check(Answer(data, GEN3, About()), "")
        assert bool(check(Answer(data, GEN3, About()), "")) is bool(wrong)


def test_the_files_of_the_application_are_those_of_the_profile() -> None:
    rows = list(EXPANSIONS["certificate files"](GEN3))
    assert [row["file"] for row in rows] == [0x12, 0x13, 0x14, 0x15, 0x18, 0x19]
    assert [row["public_file"] for row in rows[4:]] == [0x12, 0x14]
    assert not list(EXPANSIONS["certificate files"](load_profile("gen2")))
