"""RSA by one modular power, against pycryptodome and a published card key."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

import pytest
from Crypto.PublicKey import RSA
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.keys import rsa_generation
from sscard.keys.rsa import EXPONENTS, CrtParts, RSAPlainKey, RSAPrivateKey, RSAPublicKey
from sscard.keys.types import Secret

PATH = Path(__file__).parents[1] / "vectors/certificates-rsa.toml"
CARD = tomllib.loads(PATH.read_text("utf-8"))["card"]
P, Q = int(CARD["p"], 16), int(CARD["q"], 16)


def oracle(bits: int, exponent: int, seed: int) -> RSA.RsaKey:
    return RSA.generate(bits, randfunc=random.Random(seed).randbytes, e=exponent)


@pytest.fixture(scope="module", params=[3, 65537])
def other(request: pytest.FixtureRequest) -> RSA.RsaKey:
    return oracle(1024, request.param, 11)


def test_the_parts_of_a_published_card_key() -> None:
    key = RSAPrivateKey(Q, P)
    assert [part.reveal().hex().upper() for part in key.crt] == [
        CARD[name] for name in CrtParts._fields
    ]
    assert key.public == RSAPublicKey((P * Q).to_bytes(96, "big"))
    assert key == RSAPrivateKey(P, Q)
    assert all(isinstance(part, Secret) for part in key.crt)


def test_a_card_takes_its_key_in_parts(other: RSA.RsaKey) -> None:
    published = CrtParts(*(Secret(bytes.fromhex(CARD[name])) for name in CrtParts._fields))
    assert RSAPrivateKey.from_crt(published) == RSAPrivateKey(P, Q)
    assert RSAPrivateKey.from_crt(published).public == RSAPrivateKey(P, Q).public
    key = RSAPrivateKey(int(other.p), int(other.q), other.e)
    assert RSAPrivateKey.from_crt(key.crt).public == key.public


@pytest.mark.parametrize("name", CrtParts._fields)
def test_parts_that_do_not_belong_together(name: str) -> None:
    parts = RSAPrivateKey(P, Q).crt
    right = getattr(parts, name).reveal()
    for wrong in (b"", bytes(48), right[:-1] + b"\0", b"\xff" + right[1:]):
        with pytest.raises(ValueError, match="RSA"):
            RSAPrivateKey.from_crt(parts._replace(**{name: Secret(wrong)}))
    with pytest.raises(ValueError, match="belong together"):
        RSAPrivateKey.from_crt(parts._replace(p=parts.q, q=parts.p))


@settings(max_examples=20, deadline=None)
@given(st.binary(min_size=127, max_size=127))
def test_power_is_pycryptodomes(other: RSA.RsaKey, data: bytes) -> None:
    key = RSAPrivateKey(int(other.p), int(other.q), other.e)
    block = b"\0" + data
    number = int.from_bytes(block, "big")
    signed = key.power(block)
    assert int.from_bytes(signed, "big") == pow(number, int(other.d), int(other.n))
    assert int.from_bytes(signed, "big") == int(other._decrypt(number))
    assert key.public.power(signed) == block


@pytest.mark.parametrize("bits", [1152, 1408, 1976, 1984])
def test_the_sizes_of_pboc(bits: int) -> None:
    key = rsa_generation.generate(bits, 3)
    assert key.public.size == bits // 8
    block = b"\x6a" + bytes(bits // 8 - 2) + b"\xbc"
    assert key.public.power(key.power(block)) == block
    assert {len(part.reveal()) for part in key.crt} == {(bits // 2 + 7) // 8}
    p, q, dp, dq, inverse = (int.from_bytes(part.reveal(), "big") for part in key.crt)
    assert p > q
    assert inverse * q % p == 1
    assert 3 * dp % (p - 1) == 1 == 3 * dq % (q - 1)


def test_new_keys_are_new() -> None:
    first, second = rsa_generation.generate(1024), rsa_generation.generate(1024)
    assert first != second
    assert first.kcv != second.kcv
    assert first.public.exponent == 65537


@pytest.mark.parametrize(("bits", "exponent"), [(1023, 3), (1016, 3), (2056, 3), (1024, 17)])
def test_keys_that_are_not_made(bits: int, exponent: int) -> None:
    with pytest.raises(ValueError, match="1024 to 2048"):
        rsa_generation.generate(bits, exponent)


def test_exponents_as_the_tags_carry_them() -> None:
    modulus = (P * Q).to_bytes(96, "big")
    assert [RSAPublicKey(modulus, e).exponent_bytes.hex() for e in EXPONENTS] == ["03", "010001"]


@pytest.mark.parametrize(
    ("modulus", "exponent"),
    [
        (b"", 3),
        (b"\x7f\xff", 3),
        (b"\0\xff\xff", 3),
        (b"\xff\xfe", 3),
        (b"\xff\xff", 17),
        (b"\xff\xff", 1),
    ],
)
def test_what_is_no_public_key(modulus: bytes, exponent: int) -> None:
    with pytest.raises(ValueError, match="an RSA"):
        RSAPublicKey(modulus, exponent)


@pytest.mark.parametrize(
    ("p", "q", "exponent"),
    [
        (P, P, 65537),
        (P, 1, 65537),
        (P, 0, 65537),
        (P, -Q, 65537),
        (7, 13, 3),  # 3 divides both less one
        (P, 2, 65537),
        (P, Q, 5),
    ],
)
def test_what_is_no_private_key(p: int, q: int, exponent: int) -> None:
    with pytest.raises(ValueError, match="RSA") as caught:
        RSAPrivateKey(p, q, exponent)
    assert str(P) not in str(caught.value)


def test_blocks_that_cannot_be() -> None:
    key = RSAPrivateKey(P, Q)
    for block in (b"", bytes(95), bytes(97), key.public.modulus, b"\xff" * 96):
        for power in (key.power, key.public.power):
            with pytest.raises(ValueError, match="below the modulus"):
                power(block)


def test_a_wrong_result_does_not_leave() -> None:
    """One wrong half and a public key give the other prime away (Boneh, DeMillo, Lipton)."""
    key = RSAPrivateKey(P, Q)
    parts = [part.reveal() for part in key.crt]
    parts[2] = bytes(96 // 2)
    key._value = b"".join(parts)
    with pytest.raises(ArithmeticError, match="withheld"):
        key.power(bytes(95) + b"\x02")


def test_what_a_key_shows() -> None:
    key = RSAPrivateKey(P, Q)
    assert repr(key) == "<RSAPrivateKey 768 bits>"
    assert repr(key.crt.p) == "<Secret>"
    assert key.kcv == key.public.kcv
    assert len(key.kcv) == 3


def test_a_key_without_primes_does_the_same() -> None:
    key = rsa_generation.generate(1024)
    plain = key.plain
    block = b"\x6a" + bytes(127)
    assert plain.public == key.public
    assert plain.power(block) == key.power(block)
    assert key.public.power(plain.power(block)) == block
    assert repr(plain) == "<RSAPlainKey 1024 bits>"
    with pytest.raises(ValueError, match="do not belong together"):
        RSAPlainKey(key.public.modulus, plain.reveal()[:-1] + b"\0")
    with pytest.raises(ValueError, match="RSA block"):
        plain.power(block[1:])
    with pytest.raises(ValueError, match="do not belong together"):
        RSAPlainKey(b"\1", b"\1")
