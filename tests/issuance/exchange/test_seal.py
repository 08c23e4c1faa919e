"""Seals and envelopes: who made a list, who may read it, and whether it came before."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from sscard.errors import KeyStoreError
from sscard.issuance.exchange import (
    Checked,
    ListError,
    check_list,
    load_list_layout,
    read_seal,
    seal_signed,
    seal_with_mac,
    write_list,
)
from sscard.issuance.exchange.envelope import disclose, enclose
from sscard.issuance.exchange.seal import parse_seal, seal_path
from sscard.keys import KeyReference
from sscard.keys.ed25519 import VerifyingKey
from sscard.keys.stores import load_bank

LAYOUT = load_list_layout("unit-application")
TK_MAC = KeyReference("TK-MAC", 1)
NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


def pair() -> tuple[bytes, bytes]:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private, public


@pytest.fixture(scope="module")
def receiver() -> tuple[bytes, rsa.RSAPrivateKey]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "card centre")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=3650))
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM), key


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    path = tmp_path / "list.txt"
    write_list(path, LAYOUT, LAYOUT.example.records)
    return check_list(path, LAYOUT)


def test_a_signature_holds_for_its_list(tmp_path: Path, checked: Checked) -> None:
    path, (private, public) = tmp_path / "list.txt", pair()
    seal_signed(path, LAYOUT.name, checked, private, None)
    seal = read_seal(path)
    seal.require_of(checked)
    seal.require_signed([VerifyingKey.from_pem(pair()[1]), VerifyingKey.from_pem(public)])
    with pytest.raises(ListError, match="signed by no trusted key"):
        seal.require_signed([VerifyingKey.from_pem(pair()[1])])
    with pytest.raises(ListError, match=r"has no MAC of key \(TK-MAC/1\)"):
        seal.require_mac(load_bank(), TK_MAC)


def test_openssl_takes_the_signature(tmp_path: Path, checked: Checked) -> None:
    path, (private, public) = tmp_path / "list.txt", pair()
    seal_signed(path, LAYOUT.name, checked, private, None)
    lines = seal_path(path).read_bytes().splitlines(keepends=True)
    (tmp_path / "said").write_bytes(b"".join(lines[:4]))
    (tmp_path / "proof").write_bytes(bytes.fromhex(lines[4].split()[2].decode()))
    (tmp_path / "public.pem").write_bytes(public)
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "public.pem"]
    command += ["-in", "said", "-sigfile", "proof"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_mac_holds_for_its_list(tmp_path: Path, checked: Checked) -> None:
    path, bank = tmp_path / "list.txt", load_bank()
    seal_with_mac(path, LAYOUT.name, checked, bank, TK_MAC)
    seal = read_seal(path)
    seal.require_of(checked)
    seal.require_mac(bank, TK_MAC)
    with pytest.raises(ListError, match="is not signed"):
        seal.require_signed([])
    raw = seal_path(path).read_bytes()
    proof = raw.split()[-1]
    wrong = raw.replace(proof, bytes([proof[0] ^ 1]) + proof[1:])
    with pytest.raises(ListError, match="MAC is wrong"):
        parse_seal(wrong, "x").require_mac(bank, TK_MAC)
    for change in ((b"size ", b"size 1"), (b"layout unit", b"layout xnit")):
        with pytest.raises(ListError, match="MAC is wrong"):
            parse_seal(raw.replace(*change), "x").require_mac(bank, TK_MAC)


def test_a_seal_of_another_file_or_layout_does_not_hold(tmp_path: Path, checked: Checked) -> None:
    path = tmp_path / "list.txt"
    seal_with_mac(path, LAYOUT.name, checked, load_bank(), TK_MAC)
    write_list(path, LAYOUT, [{**LAYOUT.example.records[0], "phone": "13900000000"}])
    with pytest.raises(ListError, match=r"list\.txt\.seal: is not the seal of this file"):
        read_seal(path).require_of(check_list(path, LAYOUT))
    with pytest.raises(ListError, match="seal of another layout"):
        read_seal(path).require_of(check_list(path, load_list_layout("hand-over")))


@pytest.mark.parametrize(
    "change",
    [
        (b"sscard-list-seal 1", b"sscard-list-seal 2"),
        (b"size ", b"size -"),
        (b"\nsha256", b"\r\nsha256"),
        (b"mac ", b"md5 "),
        (b"layout ", b"layout ../"),
        (b"sha256 ", b"sha256 0"),
    ],
)
def test_a_broken_seal_is_none(
    tmp_path: Path, checked: Checked, change: tuple[bytes, bytes]
) -> None:
    path = tmp_path / "list.txt"
    seal_with_mac(path, LAYOUT.name, checked, load_bank(), TK_MAC)
    place = seal_path(path)
    place.write_bytes(place.read_bytes().replace(*change))
    with pytest.raises(ListError, match=r"list\.txt\.seal: is no seal of a list"):
        read_seal(path)
    place.write_bytes(place.read_bytes()[:50])
    with pytest.raises(ListError, match="is no seal"):
        read_seal(path)
    place.unlink()
    with pytest.raises(ListError, match="No such file"):
        read_seal(path)


def test_an_envelope_is_opened_by_its_receiver_only(
    tmp_path: Path, receiver: tuple[bytes, rsa.RSAPrivateKey]
) -> None:
    certificate, key = receiver
    content = b"line\r\nline\n" * 1000
    envelope = enclose(content, certificate)
    assert b"line" not in envelope
    assert disclose(envelope, certificate, key, name="list.p7m") == content
    other = rsa.generate_private_key(65537, 2048)
    for wrong in (envelope[:-20], b"", b"\x30\x80", content):
        with pytest.raises(ListError, match=r"list\.p7m: is damaged, for another receiver"):
            disclose(wrong, certificate, key, name="list.p7m")
    try:
        assert disclose(envelope, certificate, other, name="list.p7m") != content
    except ListError as error:
        assert "another receiver" in str(error)  # noqa: PT017 - RSA may hand out a wrong key


def test_openssl_opens_the_envelope(
    tmp_path: Path, receiver: tuple[bytes, rsa.RSAPrivateKey]
) -> None:
    certificate, key = receiver
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(private)
    (tmp_path / "cert.pem").write_bytes(certificate)
    (tmp_path / "list.p7m").write_bytes(enclose(b"a list\n", certificate))
    command = ["openssl", "cms", "-decrypt", "-binary", "-inform", "DER", "-in", "list.p7m"]
    command += ["-recip", "cert.pem", "-inkey", "key.pem"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"a list\n"), done.stderr
    command = ["openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", "list.p7m"]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).stdout
    assert b"aes-256-cbc" in shown


def test_a_receiver_has_an_rsa_key() -> None:
    with pytest.raises(KeyStoreError, match="no certificate in PEM"):
        enclose(b"", b"x")
