"""What we sign with SM2, checked without a line of ours or of gmssl, and the other way round.

Ours computes on gmssl's curve when it signs and when it checks, so that the two agreeing says
little.  Here are the formulas of GB/T 32918.2 §7.1 on plain numbers, with OpenSSL's SM3, and the
program OpenSSL as a whole.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes

from sscard.keys import sm2
from sscard.keys.certificates import (
    CARD,
    ISSUER,
    Combined,
    DynamicData,
    SM2Authority,
    Subject,
    sm2_signed,
)
from sscard.keys.sm2_fast import FastSigner
from sscard.keys.sm2_keys import SM2PrivateKey, SM2PublicKey, generate
from tests.openssl_program import openssl

__all__ = ["openssl"]

VECTORS = Path(__file__).parents[1] / "vectors"
CURVE = {
    name: bytes.fromhex(value)
    for name, value in tomllib.loads((VECTORS / "sm2.toml").read_text("utf-8"))["curve"].items()
}
PRIME, A, ORDER = (int.from_bytes(CURVE[name], "big") for name in "pan")
#: SubjectPublicKeyInfo of a point on this curve (RFC 5480; 1.2.156.10197.1.301), up to the point.
SPKI = bytes.fromhex("3059301306072A8648CE3D020106082A811CCF5501822D03420004")
STATIC = bytes.fromhex("5A0862280001000011175F24033012315F25039507019F08020030")
NUMBER, HASH = bytes.fromhex("34EA02AB"), bytes(range(32))
Point = tuple[int, int] | None
#: Who signed, what, and r ‖ s.
Signed = tuple[bytes, bytes, bytes]
Check = Callable[[bytes, bytes, bytes], bool]


def point(raw: bytes) -> Point:
    return int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")


def added(one: Point, other: Point) -> Point:
    """In affine coordinates; None is the point at infinity."""
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % PRIME == 0:
        return None
    if one == other:
        slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, PRIME)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, PRIME)
    x = (slope * slope - x1 - x2) % PRIME
    return x, (slope * (x1 - x) - y1) % PRIME


def times(scalar: int, base: Point) -> Point:
    made: Point = None
    for bit in f"{scalar:b}":
        made = added(made, made)
        made = added(made, base) if bit == "1" else made
    return made


def hashed(data: bytes) -> bytes:
    made = hashes.Hash(hashes.SM3())
    made.update(data)
    return made.finalize()


def plainly(public: bytes, message: bytes, signature: bytes) -> bool:
    """GB/T 32918.2 §7.1."""
    identity = b"1234567812345678"
    head = (8 * len(identity)).to_bytes(2, "big") + identity
    z = hashed(head + CURVE["a"] + CURVE["b"] + CURVE["g"] + public)
    e = int.from_bytes(hashed(z + message), "big")
    r, s = point(signature) or (0, 0)
    t = (r + s) % ORDER
    if not (0 < r < ORDER and 0 < s < ORDER and t):
        return False
    found = added(times(s, point(CURVE["g"])), times(t, point(public)))
    return found is not None and (e + found[0]) % ORDER == r


@pytest.fixture(scope="module")
def by_openssl(openssl: Any, tmp_path_factory: pytest.TempPathFactory) -> Check:
    folder = tmp_path_factory.mktemp("openssl")

    def check(public: bytes, message: bytes, signature: bytes) -> bool:
        for name, content in (
            ("key.der", SPKI + public),
            ("message", message),
            ("signature", der(signature)),
        ):
            (folder / name).write_bytes(content)
        done = openssl(
            *("pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", folder / "key.der"),
            *("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"),
            *("-in", folder / "message", "-sigfile", folder / "signature"),
        )
        assert (done.returncode == 0) == (b"Verified Successfully" in done.stdout), done.stderr
        return bool(done.returncode == 0)

    return check


def der(signature: bytes) -> bytes:
    """SEQUENCE of two INTEGERs (GM/T 0009)."""
    parts = b""
    for at in (0, 32):
        number = signature[at : at + 32].lstrip(b"\0") or b"\0"
        number = b"\0" * (number[0] >> 7) + number
        parts += bytes((2, len(number))) + number
    return bytes((0x30, len(parts))) + parts


def raw(encoded: bytes) -> bytes:
    """The inverse."""
    at, numbers = 2, b""
    for _ in range(2):
        size = encoded[at + 1]
        numbers += encoded[at + 2 : at + 2 + size].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + size
    return numbers


def published() -> list[Signed]:
    """The signatures of pboc 4.1 [V]; that they hold is what the checks here stand on."""
    text = tomllib.loads((VECTORS / "certificates-sm2.toml").read_text("utf-8"))
    found = {
        name: bytes.fromhex(value)
        for name, value in text.items()
        if isinstance(value, str) and name != "source"
    }
    issued, card = found["issuer_certificate"], found["card_certificate"]
    issuer = issued[14:78]
    return [
        (found["ca"], issued[:78], issued[78:]),
        (found["ca"], issued[:78], found["issuer_signature_2"]),
        (issuer, card[:84] + found["static_data"], card[84:]),
        (issuer, found["ssad"][:3] + found["static_data"], found["ssad"][3:]),
    ]


def ours(fast: bool) -> list[Signed]:
    """A CA, an issuer and a card of our own: all that the three sign."""
    source = random.Random(6).randbytes
    keys = [generate(source) for _ in range(3)]
    ca, issuer, card = (
        FastSigner(key) if fast else sm2.SoftwareSigner(key, source) for key in keys
    )
    made = SM2Authority(0x57, ca).issuer(Subject(ISSUER, "622800", 2030, 6, b"\0\0\1"), issuer)
    subject = Subject(CARD, "6228000100001117", 2029, 12, b"\0\0\2")
    tags = {**made.tags, **made.static(b"\xda\xc1", STATIC)}
    tags |= made.card(subject, card.public, STATIC)
    dynamic = DynamicData(b"\0\1")
    dda = sm2_signed.sign_dynamic(dynamic, NUMBER, card)
    combined = DynamicData(b"\0\1", bytes(Combined(0x40, bytes(8), HASH)))
    cda = sm2_signed.sign_combined(combined, NUMBER, card)
    by_ca, by_issuer, by_card = (each.public.point for each in (ca, issuer, card))
    return [
        (by_ca, tags[0x90][:78], tags[0x90][78:]),
        (by_issuer, tags[0x9F46][:84] + STATIC, tags[0x9F46][84:]),
        (by_issuer, tags[0x93][:3] + STATIC, tags[0x93][3:]),
        (by_card, dda[:-64] + NUMBER, dda[-64:]),
        (by_card, cda[:-64], cda[-64:]),
    ]


def holds(check: Check, signed: list[Signed]) -> None:
    """It does, and for nothing else."""
    for who, message, signature in signed:
        assert check(who, message, signature)
        assert not check(who, message[:-1] + bytes((message[-1] ^ 1,)), signature)
        assert not check(who, message, signature[:-1] + bytes((signature[-1] ^ 1,)))


def test_published_signatures_plainly() -> None:
    holds(plainly, published())


@pytest.mark.parametrize("fast", [False, True])
def test_our_signatures_plainly(fast: bool) -> None:
    holds(plainly, ours(fast))


def test_published_signatures_by_openssl(by_openssl: Check) -> None:
    holds(by_openssl, published())


@pytest.mark.parametrize("fast", [False, True])
def test_our_signatures_by_openssl(by_openssl: Check, fast: bool) -> None:
    holds(by_openssl, ours(fast))


def test_signatures_of_openssl(openssl: Any, tmp_path: Path) -> None:
    """A key, its point and its signatures, made elsewhere."""
    private, message, signed = (tmp_path / name for name in ("key.pem", "message", "signature"))
    made = openssl("genpkey", "-algorithm", "SM2", "-out", private)
    assert not made.returncode, made.stderr
    spki = openssl("pkey", "-in", private, "-pubout", "-outform", "DER").stdout
    assert spki[: len(SPKI)] == SPKI
    public = SM2PublicKey(spki[len(SPKI) :])
    encoded = openssl("pkey", "-in", private, "-traditional", "-outform", "DER").stdout
    at = encoded.index(b"\2\1\1\4\x20") + 5
    assert SM2PrivateKey(encoded[at : at + 32]).public == public
    message.write_bytes(STATIC)
    done = openssl(
        *("pkeyutl", "-sign", "-inkey", private, "-rawin", "-digest", "sm3"),
        *("-pkeyopt", "distid:1234567812345678", "-in", message, "-out", signed),
    )
    assert not done.returncode, done.stderr
    holds(
        lambda who, said, r_s: sm2.verify(SM2PublicKey(who), said, r_s),
        [(public.point, STATIC, raw(signed.read_bytes()))],
    )
