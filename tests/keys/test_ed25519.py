"""Ed25519: RFC 8032's vectors through PEM, OpenSSL's own signatures, and keys that are none."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

import pytest
from cryptography.hazmat.primitives.asymmetric import ed448, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import KeyStoreError
from sscard.keys import ed25519
from sscard.keys.ed25519 import VerifyingKey
from sscard.keys.stores.sealed_file import Passphrase

#: RFC 8032, section 7.1, tests 1 to 3: seed, public key, message, signature.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]
#: SubjectPublicKeyInfo of an Ed25519 key is this and its 32 bytes (RFC 8410).
SPKI = bytes.fromhex("302a300506032b6570032100")
WORDS = "correct horse 正确"


def private(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))


def pem(key: Ed25519PrivateKey, encryption: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


KEY = private(VECTORS[0][0])
PUBLIC = VerifyingKey.from_pem(public_pem(KEY))


@pytest.mark.parametrize(("seed", "public", "message", "signature"), VECTORS)
def test_the_vectors_of_the_rfc(seed: str, public: str, message: str, signature: str) -> None:
    signed, key = ed25519.sign(bytes.fromhex(message), pem(private(seed)), None)
    assert signed.hex() == signature
    assert key.fingerprint == sha256(SPKI + bytes.fromhex(public)).digest()
    assert VerifyingKey.from_pem(public_pem(private(seed))) == key
    assert key.signed(bytes.fromhex(message), signed)


@given(st.binary(max_size=300), st.integers(0, 511))
def test_one_bit_is_enough(message: bytes, bit: int) -> None:
    signature, key = ed25519.sign(message, pem(KEY), None)
    assert key.signed(message, signature)
    wrong = bytearray(signature)
    wrong[bit // 8] ^= 1 << bit % 8
    assert not key.signed(message, bytes(wrong))
    assert not key.signed(message + b"\0", signature)


@given(st.binary(max_size=100))
def test_any_bytes_are_no_signature(signature: bytes) -> None:
    assert not PUBLIC.signed(b"message", signature)


@given(st.binary(max_size=200))
def test_any_bytes_are_no_key(raw: bytes) -> None:
    with pytest.raises(KeyStoreError):
        VerifyingKey.from_pem(raw)
    with pytest.raises(KeyStoreError):
        ed25519.sign(b"", raw, Passphrase(WORDS))


def test_a_key_under_a_passphrase() -> None:
    sealed = pem(KEY, BestAvailableEncryption(WORDS.encode()))
    assert ed25519.is_sealed(sealed)
    assert not ed25519.is_sealed(pem(KEY))
    assert ed25519.sign(b"x", sealed, Passphrase(WORDS)) == ed25519.sign(b"x", pem(KEY), None)
    for wrong in (Passphrase("other"), None):
        with pytest.raises(KeyStoreError) as caught:
            ed25519.sign(b"x", sealed, wrong)
        assert WORDS not in str(caught.value)
    with pytest.raises(KeyStoreError, match="the passphrase is wrong or the file is damaged"):
        ed25519.sign(b"x", sealed, Passphrase("other"))


def test_a_passphrase_that_is_not_needed() -> None:
    assert PUBLIC.signed(b"x", ed25519.sign(b"x", pem(KEY), Passphrase(WORDS))[0])


def test_keys_of_other_kinds() -> None:
    others = (ed448.Ed448PrivateKey.generate(), rsa.generate_private_key(65537, 2048))
    for other in others:
        raw = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with pytest.raises(KeyStoreError, match="no Ed25519 private key in PEM"):
            ed25519.sign(b"", raw, None)
        spki = other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(KeyStoreError, match="no Ed25519 public key in PEM"):
            VerifyingKey.from_pem(spki)


def test_a_private_key_is_nobodys_to_trust() -> None:
    with pytest.raises(KeyStoreError, match="this is a private key, which stays with its issuer"):
        VerifyingKey.from_pem(pem(KEY))


def test_nothing_of_a_key_is_shown() -> None:
    assert repr(PUBLIC) == f"VerifyingKey(fingerprint={PUBLIC.fingerprint!r})"
    damaged = pem(KEY).replace(b"MC4C", b"MC4D")
    with pytest.raises(KeyStoreError) as caught:
        ed25519.sign(b"", damaged, None)
    assert caught.value.__cause__ is None
    assert pem(KEY).splitlines()[1].decode() not in str(caught.value)


@pytest.fixture(scope="module")
def openssl(absent: Callable[[str], NoReturn]) -> Callable[..., bytes]:
    """The program, as issuers have it."""
    program = shutil.which("openssl")
    if program is None:
        absent("openssl")

    def run(*arguments: object) -> bytes:
        command = [program, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, check=True).stdout

    return run


def test_openssl_signs_and_verifies_the_same(openssl: Callable[..., bytes], tmp_path: Path) -> None:
    key, public = tmp_path / "private.pem", tmp_path / "public.pem"
    file, signature = tmp_path / "s.toml", tmp_path / "s.toml.sig"
    file.write_bytes("补充文件\n".encode() * 50)
    openssl("genpkey", "-algorithm", "ed25519", "-out", key)
    openssl("pkey", "-in", key, "-pubout", "-out", public)
    openssl("pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", file, "-out", signature)
    trusted = VerifyingKey.from_pem(public.read_bytes())
    assert trusted.signed(file.read_bytes(), signature.read_bytes())
    ours, signer = ed25519.sign(file.read_bytes(), key.read_bytes(), None)
    assert (ours, signer) == (signature.read_bytes(), trusted)
    assert openssl("pkey", "-pubin", "-in", public, "-outform", "DER")[:12] == SPKI
    der = openssl("pkey", "-pubin", "-in", public, "-outform", "DER")
    assert trusted.fingerprint == sha256(der).digest()
    told = openssl(
        *("pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin"),
        *("-in", file, "-sigfile", signature),
    )
    assert b"Verified Successfully" in told


def test_openssl_seals_a_key(openssl: Callable[..., bytes], tmp_path: Path) -> None:
    key = tmp_path / "private.pem"
    openssl("genpkey", "-algorithm", "ed25519", "-aes256", "-pass", f"pass:{WORDS}", "-out", key)
    assert ed25519.is_sealed(key.read_bytes())
    signature, signer = ed25519.sign(b"x", key.read_bytes(), Passphrase(WORDS))
    assert signer.signed(b"x", signature)
