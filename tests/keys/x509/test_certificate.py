"""Certificates as they are read: another parser finds the same, and nothing else is one."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha1, sha256

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import example, given
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.keys.x509 import Certificate, Extension, is_fill, oids, parse, parse_first, split
from tests.keys.x509.world import BEGIN, END, HOLDER, ISSUING, World


def test_what_a_certificate_says(world: World, card: Certificate) -> None:
    assert card.version == 3
    assert card.serial == bytes.fromhex("10" + "5A" * 15)
    assert (card.issuer, card.subject) == (ISSUING, HOLDER)
    assert (card.not_before, card.not_after) == (BEGIN, END)
    assert card.public == world.card_key.public
    assert card.curve == "1.2.156.10197.1.301"
    assert card.signature_algorithm == "1.2.156.10197.1.501"
    assert card.key_usage == b"\xc0"
    assert card.critical == {oids.KEY_USAGE}
    assert card.extensions["1.2.156.2316.1.1"] == b"X00000019"
    assert card.extensions["1.2.156.2316.1.2"] == bytes(range(32))
    assert card.subject_key_id == sha1(b"\x04" + card.public.point).digest()
    assert card.authority_key_id == sha1(b"\x04" + world.issuing_key.public.point).digest()
    assert card.path_length is None
    assert card.sha256 == sha256(card.der).digest()
    assert (card.named("CN"), card.named("OU")) == ("诸葛𠮷·验收", "")


@pytest.mark.parametrize("which", ["root", "issuing", "card"])
def test_another_parser_finds_the_same(which: str, request: pytest.FixtureRequest) -> None:
    ours: Certificate = request.getfixturevalue(which)
    other = x509.load_der_x509_certificate(ours.der)
    assert other.serial_number == int.from_bytes(ours.serial, "big")
    assert other.tbs_certificate_bytes == ours.signed
    assert (other.not_valid_before_utc, other.not_valid_after_utc) == (
        ours.not_before,
        ours.not_after,
    )
    for name, pairs in ((other.issuer, ours.issuer), (other.subject, ours.subject)):
        assert [each.value for each in name] == [text for _, text in pairs]
        short = {"ST": "S"}
        assert [short.get(s, s) for s in (each.rfc4514_attribute_name for each in name)] == [
            each for each, _ in pairs
        ]
    raw = {each.oid.dotted_string: each for each in other.extensions}
    assert set(raw) == set(ours.extensions)
    assert {oid for oid, each in raw.items() if each.critical} == ours.critical
    for oid, each in raw.items():
        assert each.value.public_bytes() == ours.extensions[oid]


def test_authorities(root: Certificate, issuing: Certificate) -> None:
    assert (root.path_length, issuing.path_length) == (255, 0)
    assert issuing.key_usage == b"\x06"
    assert issuing.authority_key_id == root.subject_key_id == root.authority_key_id


@pytest.mark.parametrize("fill", [b"", bytes(393), b"\xff" * 393])
def test_fill_behind_it_does_not_count(card: Certificate, fill: bytes) -> None:
    assert parse(card.der + fill) == card


@pytest.mark.parametrize("residue", [b"\x30", b"\x00\x01", b"\xff\x00", b"\x01\x01"])
def test_the_end_of_an_older_one_is_told_apart(card: Certificate, residue: bytes) -> None:
    der, behind = split(card.der + residue)
    assert (der, behind, is_fill(behind)) == (card.der, residue, False)
    assert parse(der) == card
    assert parse_first(card.der + residue) == (card, True)
    assert parse_first(card.der + bytes(4)) == (card, False)


REFUSED = {
    "nothing": (lambda der: b"", "there is none"),
    "an empty file": (lambda der: bytes(1020), "there is none"),
    "an erased file": (lambda der: b"\xff" * 1020, "there is none"),
    "one byte": (lambda der: b"\x30", "begin with a sequence"),
    "something else": (lambda der: b"\x04" + der[1:], "begin with a sequence"),
    "cut": (lambda der: der[:300], "300 of"),
    "too long": (lambda der: b"\x30\x83\x01\x00\x00" + der, "longer than 65535"),
    "the end of another": (lambda der: der + b"\x00\x01\x00", "no fill"),
    "two fills": (lambda der: der + b"\x00\xff", "no fill"),
    "another fill": (lambda der: der + b"\x20\x20", "no fill"),
    "an empty sequence": (lambda der: b"\x30\x02\x05\x00", "cannot be read"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_none(case: str, card: Certificate) -> None:
    spoil, says = REFUSED[case]
    with pytest.raises(MalformedData, match=says):
        parse(spoil(card.der))


#: Bytes of the certificate and what stands there instead, both as long; which part is named then.
SPOILT = {
    "a version that there is not": ("a003020102", "a003020109", "version"),
    "a serial number below nothing": ("0210105a5a", "0210905a5a", "serial number"),
    "no serial number": ("0210105a" + "5a" * 14, "021000" + "00" * 15, "serial number"),
    "two algorithms": ("cf55018375", "cf55018376", "signature algorithm"),
    "an issuer that is no text": ("e58c97", "c08c97", "issuer"),
    "month 13 at the beginning": ("170d323630313331", "170d323631333331", "not before"),
    "month 13 at the end": ("170d333630313331", "170d333631333331", "not after"),
    "a time without zone": ("3030305a170d33", "30303030170d33", "not before"),
    "a subject that is no text": ("e6b599", "c0b599", "subject"),
    "a key of another kind": ("06072a8648ce3d0201", "06072a8648ce3d0209", "public key"),
    "no curve": ("06082a811ccf5501822d", "04082a811ccf5501822d", "curve"),
    "a curve by its numbers": ("06082a811ccf5501822d", "30082a811ccf5501822d", "curve"),
    "half a point": ("03420004", "03420002", "public key"),
    "no pair of numbers": ("0030460221", "0031460221", "signature"),
    "a number of 33 bytes": ("3046022100", "3046022101", "signature"),
    "a number below nothing": ("3046022100", "30460221ff", "signature"),
    "an extension twice": ("2a811c920c0102", "2a811c920c0101", "extensions"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_the_part_that_cannot_be_read_is_named(case: str, card: Certificate) -> None:
    old, new, part = SPOILT[case]
    spoilt = card.der.hex().replace(old, new, 1)
    assert spoilt != card.der.hex()
    with pytest.raises(MalformedData) as refusal:
        parse(bytes.fromhex(spoilt))
    assert str(refusal.value) == f"certificate: {part} cannot be read"


def test_a_point_beside_the_curve_is_no_key(card: Certificate) -> None:
    spoilt = bytearray(card.der)
    spoilt[card.der.index(card.public.point) + 40] ^= 1
    with pytest.raises(MalformedData, match="public key"):
        parse(bytes(spoilt))


@pytest.mark.parametrize(
    ("oid", "reads"),
    [
        (oids.SUBJECT_KEY_ID, "subject_key_id"),
        (oids.KEY_USAGE, "key_usage"),
        (oids.BASIC_CONSTRAINTS, "path_length"),
        (oids.AUTHORITY_KEY_ID, "authority_key_id"),
    ],
)
@pytest.mark.parametrize("raw", [b"raw text", b""])
def test_an_extension_that_is_there_and_unreadable(
    world: World, oid: str, reads: str, raw: bytes
) -> None:
    made = world.card(extensions=(Extension("2.5.29.99", raw),))
    last = int(oid.rpartition(".")[2])
    found = parse(made.der.replace(b"\x55\x1d\x63", bytes((0x55, 0x1D, last))))
    assert found.extensions == {oid: raw}
    with pytest.raises(MalformedData, match=f"extension {oid}"):
        getattr(found, reads)


def test_constraints_of_an_unknown_form(world: World) -> None:
    found = world.card(extensions=(Extension("2.5.29.99", b"\x30\x03\x6a\x01\xff"),))
    with pytest.raises(MalformedData, match=r"extension 2\.5\.29\.19"):
        _ = parse(found.der.replace(b"\x55\x1d\x63", b"\x55\x1d\x13")).path_length


def test_extensions_that_are_not_there(world: World) -> None:
    found = world.card(extensions=())
    assert found.extensions == {}
    assert {found.key_usage, found.subject_key_id, found.authority_key_id} == {None}
    only_name = Extension(oids.AUTHORITY_KEY_ID, b"\x30\x00")
    assert world.card(extensions=(only_name,)).authority_key_id is None


def test_what_is_called_uncritical_is(card: Certificate) -> None:
    """DER leaves FALSE out; who writes it all the same means it."""
    spoilt = card.der.replace(b"\x01\x01\xff\x04", b"\x01\x01\x00\x04")
    assert parse(spoilt).critical == frozenset()


def test_who_says_that_it_is_no_authority(world: World) -> None:
    # BasicConstraints without cA, whose default is FALSE.
    assert (
        world.card(extensions=(Extension(oids.BASIC_CONSTRAINTS, b"\x30\x00"),)).path_length is None
    )


def test_the_holder_is_in_no_representation(card: Certificate) -> None:
    assert repr(card) == str(card) == f"<Certificate 10{'5A' * 15}>"


def test_years_with_four_digits(world: World) -> None:
    begin, end = datetime(2049, 12, 31, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
    found = world.card(not_before=begin, not_after=end)
    assert (found.not_before, found.not_after) == (begin, end)
    other = x509.load_der_x509_certificate(found.der)
    assert (other.not_valid_before_utc, other.not_valid_after_utc) == (begin, end)
    assert b"20500101000000Z" in found.der
    assert b"20491231" not in found.der


def test_a_time_without_zone(world: World) -> None:
    made = world.card(not_after=datetime(2059, 12, 31, tzinfo=UTC)).der
    with pytest.raises(MalformedData, match="not after cannot be read"):
        parse(made.replace(b"20591231000000Z", b"2059123100.1234"))


def total(raw: bytes) -> None:
    """A certificate whose signed part is a piece of it, or MalformedData; so its extensions."""
    try:
        found = parse(raw)
    except MalformedData:
        return
    assert found.signed in raw
    for each in ("key_usage", "subject_key_id", "authority_key_id", "path_length"):
        with suppress(MalformedData):
            assert isinstance(getattr(found, each), bytes | int | None)


@given(st.binary(max_size=200))
@example(b"\x30\x80" * 20000)
def test_any_bytes_are_a_certificate_or_malformed(raw: bytes) -> None:
    total(raw)
    total(sequence(raw))


@given(at=st.integers(4, 600), gone=st.integers(0, 3), put=st.binary(max_size=3))
def test_a_spoilt_one_is_a_certificate_or_malformed(
    card: Certificate, at: int, gone: int, put: bytes
) -> None:
    body = card.der[4:at] + put + card.der[at + gone :]
    total(sequence(body))


def sequence(content: bytes) -> bytes:
    return b"\x30\x82" + len(content).to_bytes(2, "big") + content


def test_a_signature_of_no_bytes(card: Certificate) -> None:
    algorithm = card.signed.index(b"\x30\x0a\x06\x08")
    signed = card.signed + card.signed[algorithm : algorithm + 12]
    with pytest.raises(MalformedData, match="signature cannot be read"):
        parse(sequence(signed + b"\x03\x00"))


def test_what_is_nested_without_end_is_no_trouble(card: Certificate) -> None:
    """In a part of the subject whose type nobody knows: it stands there as its bytes."""
    deep = b"\x05\x00"
    while len(deep) < 20000:
        deep = b"\x30\x82" + len(deep).to_bytes(2, "big") + deep
    nested = b"\x06\x03\x55\x04\x7f" + deep
    for tag in b"\x30\x31\x30":
        nested = bytes((tag, 0x82)) + len(nested).to_bytes(2, "big") + nested
    parts = asn1_x509.TbsCertificate.load(card.signed)
    ders = [parts[at].dump() for at in range(8)]
    tbs = sequence(b"".join([*ders[:5], nested, *ders[6:]]))
    found = parse(sequence(tbs + card.der[4 + len(card.signed) :]))
    assert found.subject == (("2.5.4.127", f"#{deep.hex()}"),)


@pytest.mark.parametrize("kind", ["RSA", "P-256", "Ed25519"])
def test_certificates_of_other_keys_are_none_of_ours(kind: str) -> None:
    key = {
        "RSA": lambda: rsa.generate_private_key(65537, 1024),
        "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "Ed25519": ed25519.Ed25519PrivateKey.generate,
    }[kind]()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, BEGIN, END)
    der = built.sign(key, None if kind == "Ed25519" else hashes.SHA256())
    with pytest.raises(MalformedData, match="public key cannot be read"):
        parse(der.public_bytes(serialization.Encoding.DER))
