"""SM2 against the published examples, and gmssl against gmssl-fast."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import gmssl_fast
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.keys import sm2, sm2_curve, sm2_fast
from sscard.keys.sm2_keys import SM2PrivateKey, SM2PublicKey, generate, scalar

VECTORS = tomllib.loads((Path(__file__).parents[1] / "vectors/sm2.toml").read_text("utf-8"))
CURVE, SIGNED, ENCRYPTED = VECTORS["curve"], VECTORS["signature"], VECTORS["encryption"]
KEY = SM2PrivateKey(bytes.fromhex(VECTORS["key"]["d"]))
NONCE = bytes.fromhex(VECTORS["key"]["nonce"])
SIGNATURE = bytes.fromhex(SIGNED["r"] + SIGNED["s"])
CIPHER = bytes.fromhex(ENCRYPTED["c1"] + ENCRYPTED["c3"] + ENCRYPTED["c2"])
MESSAGE = SIGNED["message"].encode()
N = sm2_curve.ORDER


def published(count: int) -> bytes:
    assert count == 32
    return NONCE


def number(value: int) -> bytes:
    return value.to_bytes(32, "big")


@pytest.fixture(params=["gmssl", "gmssl-fast"])
def verify(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    fast = request.param == "gmssl-fast"
    monkeypatch.setattr(sm2_fast, "available", lambda: fast)
    return sm2.verify


def test_the_curve_is_the_standards() -> None:
    assert (number(sm2_curve.PRIME), number(sm2_curve.A), number(sm2_curve.B), number(N)) == tuple(
        bytes.fromhex(CURVE[name]) for name in "pabn"
    )
    assert bytes.fromhex(CURVE["g"]) == sm2_curve.BASE
    assert bytes.fromhex(CURVE["user_id"]) == sm2.DEFAULT_ID


def test_published_signature(verify: Callable[..., bool]) -> None:
    assert KEY.public.point == bytes.fromhex(VECTORS["key"]["public"])
    assert sm2.z_value(KEY.public).hex().upper() == SIGNED["z"]
    assert sm2.digest(KEY.public, MESSAGE).hex().upper() == SIGNED["digest"]
    assert sm2.sign(KEY, MESSAGE, published) == SIGNATURE
    assert verify(KEY.public, MESSAGE, SIGNATURE)


def test_published_encryption() -> None:
    plain = ENCRYPTED["message"].encode()
    assert sm2.encrypt(KEY.public, plain, published) == CIPHER
    assert sm2.decrypt(KEY, CIPHER) == plain
    assert gmssl_fast.SM2(private_key=VECTORS["key"]["d"]).decrypt(CIPHER) == plain


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**64), st.binary(max_size=80))
def test_each_library_checks_the_others_signature(seed: int, message: bytes) -> None:
    source = random.Random(seed).randbytes
    key = generate(source)
    for signer in (sm2.SoftwareSigner(key, source), sm2_fast.FastSigner(key)):
        assert signer.public == key.public
        signature = signer.sign(message)
        hashed = sm2.digest(key.public, message)
        assert sm2_fast.verify(key.public, message, signature)
        assert sm2_curve.verify(key.public.point, hashed, signature)
        assert not sm2_fast.verify(key.public, message + b"\0", signature)
        assert not sm2_curve.verify(key.public.point, hashed[::-1], signature)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**64), st.binary(min_size=1, max_size=200))
def test_each_library_reads_what_the_other_enciphered(seed: int, plain: bytes) -> None:
    source = random.Random(seed).randbytes
    key = generate(source)
    cipher = sm2.encrypt(key.public, plain, source)
    assert len(cipher) == len(plain) + 96
    other = gmssl_fast.SM2(key.reveal().hex(), key.public.point.hex())
    assert other.decrypt(cipher) == plain == sm2.decrypt(key, cipher)
    assert sm2.decrypt(key, other.encrypt(plain)) == plain


def test_randomness_is_the_callers() -> None:
    first, second = (random.Random(5).randbytes for _ in range(2))
    assert generate(first) == generate(second)
    assert sm2.SoftwareSigner(KEY, first).sign(b"m") == sm2.sign(KEY, b"m", second)
    assert sm2.encrypt(KEY.public, b"m", first) == sm2.encrypt(KEY.public, b"m", second)
    assert sm2.sign(KEY, b"m", first) != sm2.sign(KEY, b"m", first)


@pytest.mark.parametrize("byte", [b"\0", b"\xff"])
def test_a_broken_source_of_randomness_is_noticed(byte: bytes) -> None:
    with pytest.raises(ValueError, match="no number in range"):
        scalar(lambda count: byte * count)


def test_numbers_out_of_range_are_drawn_again() -> None:
    drawn = iter([bytes(32), number(N), number(N - 1), number(7)])
    assert scalar(lambda count: next(drawn)) == N - 1
    assert scalar(lambda count: next(drawn)) == 7


def test_a_nonce_that_does_not_serve_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = iter([None, b"signature"])
    monkeypatch.setattr(sm2_curve, "sign", lambda *_: next(tried))
    assert sm2.sign(KEY, b"m", published) == b"signature"


def test_the_nonce_for_which_r_plus_k_is_the_order() -> None:
    # e is chosen so that r = n - k: GB/T 32918.2 §6.1 A5 wants another nonce then.
    nonce = 12345
    x = int.from_bytes(sm2_curve.multiply(nonce)[:32], "big")
    assert sm2_curve.sign(7, number((N - nonce - x) % N), nonce) is None


def test_another_name_makes_another_signature(verify: Callable[..., bool]) -> None:
    signature = sm2.sign(KEY, MESSAGE, published, b"ALICE123@YAHOO.COM")
    assert verify(KEY.public, MESSAGE, signature, b"ALICE123@YAHOO.COM")
    assert not verify(KEY.public, MESSAGE, signature)
    with pytest.raises(ValueError, match="8191"):
        sm2.z_value(KEY.public, bytes(0x2000))


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        SIGNATURE[:-1],
        SIGNATURE + b"\0",
        bytes(64),
        SIGNATURE[:32] + bytes(32),
        bytes(32) + SIGNATURE[32:],
        b"\xff" * 64,
        SIGNATURE[:32] + number(N - int.from_bytes(SIGNATURE[:32], "big")),  # r + s = 0
        SIGNATURE[32:] + SIGNATURE[:32],
    ],
    ids=range(9),
)
def test_what_is_no_signature(verify: Callable[..., bool], signature: bytes) -> None:
    assert verify(KEY.public, MESSAGE, signature) is False


@pytest.mark.parametrize(
    ("r", "s", "doubled"), [(9, 5, 0), (0, 5, 0), (9, 0, 1), (9, N + 5, 0), (N + 9, 5, 0)]
)
def test_numbers_out_of_range_sign_nothing(r: int, s: int, doubled: int) -> None:
    """A digest is made for which gmssl's sum fits; (its zero times G is G).  Only 9, 5 may pass."""
    d = int(VECTORS["key"]["d"], 16)
    x = int.from_bytes(sm2_curve.multiply((s + (r + s) * d + doubled) % N)[:32], "big")
    digest = number((r - x) % N)
    good = (r, s) == (9, 5)
    assert sm2_curve.verify(KEY.public.point, digest, number(r) + number(s)) is good


def test_a_signature_whose_points_cancel_out(verify: Callable[..., bool]) -> None:
    # sG + (r + s)P is infinity when r = -s(1 + d)/d: only the key's owner can make this.
    d, s = int(VECTORS["key"]["d"], 16), 4711
    r = -s * (1 + d) * pow(d, -1, N) % N
    assert verify(KEY.public, MESSAGE, number(r) + number(s)) is False


def test_keys_that_begin_with_zeros_and_fours(verify: Callable[..., bool]) -> None:
    """gmssl's constructor strips them; ours must not let it."""
    key = SM2PrivateKey(NONCE)
    assert key.public.point[0] == 4
    assert verify(key.public, MESSAGE, sm2.sign(key, MESSAGE, random.Random(2).randbytes))


@pytest.mark.parametrize("d", [0, N - 1, N, 2**256 - 1])
def test_no_private_key(d: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        SM2PrivateKey(number(d))


@pytest.mark.parametrize("d", [1, N - 2])
def test_the_first_and_the_last_private_key(d: int, verify: Callable[..., bool]) -> None:
    key = SM2PrivateKey(number(d))
    assert verify(key.public, MESSAGE, sm2.sign(key, MESSAGE, published))


@pytest.mark.parametrize(
    "point",
    [
        b"",
        bytes(64),
        b"\xff" * 64,
        sm2_curve.BASE[:-1],
        sm2_curve.BASE[:-1] + b"\xa1",
        b"\x04" + sm2_curve.BASE,
        sm2_curve.BASE[:32] + number(int.from_bytes(sm2_curve.BASE[32:], "big") + 1),
    ],
    ids=range(7),
)
def test_what_is_no_point(point: bytes) -> None:
    with pytest.raises(ValueError, match="point of the curve"):
        SM2PublicKey(point)
    with pytest.raises(ValueError, match="point"):
        sm2_curve.multiply(2, point)
    assert not sm2_curve.verify(point, bytes(32), SIGNATURE)


@pytest.mark.parametrize("wrong", [0, N, -1])
def test_scalars_out_of_range(wrong: int) -> None:
    with pytest.raises(ValueError, match="scalar"):
        sm2_curve.multiply(wrong)


def test_coordinates_above_the_prime_are_refused() -> None:
    x = next(x for x in range(2**256 - sm2_curve.PRIME) if _y(x) is not None)
    y = _y(x)
    assert y is not None
    assert sm2_curve.is_point(number(x) + number(y))
    assert not sm2_curve.is_point(number(x + sm2_curve.PRIME) + number(y))


def _y(x: int) -> int | None:
    square = (x**3 + sm2_curve.A * x + sm2_curve.B) % sm2_curve.PRIME
    root = pow(square, (sm2_curve.PRIME + 1) // 4, sm2_curve.PRIME)
    return root if root * root % sm2_curve.PRIME == square else None


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c[:96],
        lambda c: b"",
        lambda c: c[:-1],
        lambda c: c + b"\0",
        lambda c: c[:-1] + bytes((c[-1] ^ 1,)),
        lambda c: c[:64] + bytes((c[64] ^ 1,)) + c[65:],
        lambda c: c[:63] + bytes((c[63] ^ 1,)) + c[64:],
        lambda c: b"\x04" + c,
    ],
)
def test_changed_ciphertexts(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(MalformedData):
        sm2.decrypt(KEY, change(CIPHER))


def test_the_wrong_key_reads_nothing() -> None:
    with pytest.raises(MalformedData, match="C3"):
        sm2.decrypt(SM2PrivateKey(NONCE), CIPHER)


@given(st.binary(max_size=150))
def test_any_bytes_are_a_ciphertext_or_malformed(raw: bytes) -> None:
    with suppress(MalformedData):
        sm2.decrypt(KEY, raw)


@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=60, max_size=66))
def test_any_bytes_are_a_signature_or_not(raw: bytes) -> None:
    assert sm2_fast.verify(KEY.public, MESSAGE, raw) is False
    assert sm2_curve.verify(KEY.public.point, bytes(32), raw) is False


def test_nothing_is_not_enciphered() -> None:
    with pytest.raises(ValueError, match="at least one byte"):
        sm2.encrypt(KEY.public, b"", published)


def test_check_value_is_that_of_the_public_half() -> None:
    assert KEY.kcv == KEY.public.kcv
    assert len(KEY.kcv) == 3
    assert KEY.kcv != SM2PrivateKey(NONCE).kcv
    assert bytes(KEY.public) == KEY.public.point
    assert repr(KEY) == "<SM2PrivateKey 256 bits>"


def test_without_the_fast_library(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Any:
        raise ModuleNotFoundError("No module named 'gmssl_fast'")

    sm2_fast._library.cache_clear()
    monkeypatch.setattr(sm2_fast, "_required", missing)
    try:
        assert not sm2_fast.available()
        assert sm2.verify(KEY.public, MESSAGE, SIGNATURE)
        with pytest.raises(ModuleNotFoundError):
            sm2_fast.FastSigner(KEY)
    finally:
        sm2_fast._library.cache_clear()


def test_threads_share_keys() -> None:
    signers = [sm2.SoftwareSigner(KEY, random.Random(3).randbytes), sm2_fast.FastSigner(KEY)]
    with ThreadPoolExecutor(4) as pool:
        signed = list(pool.map(lambda n: signers[n % 2].sign(b"m"), range(8)))
        assert all(pool.map(lambda each: sm2.verify(KEY.public, b"m", each), signed))
