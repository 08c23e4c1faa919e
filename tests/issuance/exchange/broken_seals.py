"""Seals that do not hold, and envelopes that do not open.  Keys are made anew for each run."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from sscard.issuance.exchange import check_list, load_list_layout, seal_signed, seal_with_mac
from sscard.issuance.exchange.envelope import enclose
from sscard.issuance.exchange.seal import seal_path
from sscard.keys import KeyReference
from sscard.keys.ed25519 import VerifyingKey
from sscard.keys.stores import load_bank
from tests.issuance.exchange.broken_files import Broken, sound

LAYOUT = "bank-numbers"
TK_MAC = KeyReference("TK-MAC", 1)
NOW = datetime(2026, 2, 3, tzinfo=UTC)


@dataclass(frozen=True)
class Receiver:
    """A certificate in PEM and its key."""

    certificate: bytes
    key: rsa.RSAPrivateKey


@cache
def signer() -> tuple[bytes, VerifyingKey]:
    """The private key of the party that is trusted, and its public key."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private, VerifyingKey.from_pem(public)


def certified(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    """A certificate for a key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "card centre")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=3650))
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


@cache
def receiver() -> Receiver:
    """Who may open the envelopes."""
    key = rsa.generate_private_key(65537, 2048)
    return Receiver(certified(key), key)


def made(folder: Path) -> Iterator[Broken]:
    yield from _seals(folder)
    yield from _envelopes(folder)


def _signed(path: Path) -> None:
    checked = check_list(path, load_list_layout(LAYOUT))
    seal_signed(path, LAYOUT, checked, signer()[0], None)


def _by_another(path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    seal_signed(path, LAYOUT, check_list(path, load_list_layout(LAYOUT)), pem, None)


def _macced(path: Path) -> None:
    checked = check_list(path, load_list_layout(LAYOUT))
    seal_with_mac(path, LAYOUT, checked, load_bank(), TK_MAC)


def _resealed(change: Callable[[bytes], bytes], seal: Callable[[Path], None] = _signed) -> _Sealer:
    def make(path: Path) -> None:
        seal(path)
        place = seal_path(path)
        old = place.read_bytes()
        assert change(old) != old
        place.write_bytes(change(old))

    return make


def _turned(raw: bytes) -> bytes:
    """The last digit of the proof is another one."""
    return raw[:-2] + (b"0" if raw[-2:-1] != b"0" else b"1") + raw[-1:]


def _relisted(path: Path) -> None:
    _signed(path)
    path.write_bytes(path.read_bytes().replace(b"1117|", b"1125|"))


def _of_another_file(path: Path) -> None:
    other = path.with_name("another.txt")
    other.write_bytes(path.read_bytes().replace(b"1117|", b"1125|"))
    _signed(other)
    seal_path(other).replace(seal_path(path))


def _of_another_layout(path: Path) -> None:
    checked = check_list(path, load_list_layout(LAYOUT))
    seal_signed(path, "hand-over", checked, signer()[0], None)


def _under_another_key(raw: bytes) -> bytes:
    return raw.replace(b"TK-MAC/1", b"TK-MAC/2")


def _a_pipe(path: Path) -> None:
    seal_path(path).mkdir()


_Sealer = Callable[[Path], None]
SEALS: tuple[tuple[str, _Sealer, str, str], ...] = (
    ("signature-wrong", _resealed(_turned), "SEAL_UNTRUSTED", "is signed by no trusted key"),
    ("signature-of-another", _by_another, "SEAL_UNTRUSTED", "is signed by no trusted key"),
    ("signature-short", _resealed(lambda raw: raw[:-3] + b"\n"), "SEAL_UNSIGNED", "is not signed"),
    ("size-changed", _resealed(lambda raw: raw.replace(b"size ", b"size 1")), "SEAL_UNTRUSTED", ""),
    ("mac-for-signature", _macced, "SEAL_UNSIGNED", "is not signed"),
    ("list-changed", _relisted, "SEAL_FILE", "is not the seal of this file"),
    ("seal-of-another-file", _of_another_file, "SEAL_FILE", "is not the seal of this file"),
    ("seal-of-another-layout", _of_another_layout, "SEAL_LAYOUT", "is the seal of another layout"),
    ("seal-missing", lambda _: None, "UNREADABLE", "cannot be read (No such file"),
    ("seal-a-folder", _a_pipe, "NO_FILE", "is no regular file"),
    ("seal-empty", _resealed(lambda _: b""), "SEAL_FORM", "is no seal of a list"),
    ("seal-cut", _resealed(lambda raw: raw[:100]), "SEAL_FORM", "is no seal of a list"),
    ("seal-crlf", _resealed(lambda raw: raw.replace(b"\n", b"\r\n")), "SEAL_FORM", "is no seal"),
    ("seal-with-more", _resealed(lambda raw: raw + b"x\n"), "SEAL_FORM", "is no seal of a list"),
)
MACS: tuple[tuple[str, _Sealer, str, str], ...] = (
    ("mac-wrong", _resealed(_turned, _macced), "SEAL_MAC", "MAC is wrong"),
    (
        "mac-of-another-size",
        _resealed(lambda raw: raw.replace(b"size ", b"size 1"), _macced),
        "SEAL_MAC",
        "MAC is wrong",
    ),
    (
        "mac-key",
        _resealed(_under_another_key, _macced),
        "SEAL_OTHER_MAC",
        "has no MAC of key (TK-MAC/1)",
    ),
    ("signature-for-mac", _signed, "SEAL_OTHER_MAC", "has no MAC of key (TK-MAC/1)"),
)


def _seals(folder: Path) -> Iterator[Broken]:
    for way, found in (("sealed", SEALS), ("macced", MACS)):
        for name, seal, code, said in found:
            path = folder / f"{name}.txt"
            path.write_bytes(sound(LAYOUT))
            seal(path)
            assert way in ("sealed", "macced")
            yield Broken(name, way, LAYOUT, path, (code,), f"{path.name}.seal: {said}")


def _openssl(folder: Path, *command: str) -> bytes:
    """What openssl makes of the sound list: an implementation that is not ours."""
    (folder / "content").write_bytes(sound(LAYOUT))
    (folder / "receiver.pem").write_bytes(receiver().certificate)
    asked = ["openssl", "cms", "-binary", "-in", "content", "-outform", "DER", *command]
    return subprocess.run(asked, cwd=folder, capture_output=True, check=True).stdout


def _to_an_ec_key(folder: Path) -> bytes:
    (folder / "ec.pem").write_bytes(certified(ec.generate_private_key(ec.SECP256R1())))
    return _openssl(folder, "-encrypt", "-aes256", "ec.pem")


def _signed_only(folder: Path) -> bytes:
    private = receiver().key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(private)
    (folder / "receiver.pem").write_bytes(receiver().certificate)
    command = ("-sign", "-nodetach", "-signer", "receiver.pem", "-inkey", "key.pem")
    return _openssl(folder, *command)


def _envelopes(folder: Path) -> Iterator[Broken]:
    content = sound(LAYOUT)
    whole = enclose(content, receiver().certificate)
    other = rsa.generate_private_key(65537, 2048)
    secret = ("-secretkey", "00" * 32)
    envelopes = {
        "for-another": enclose(content, certified(other)),
        "cut": whole[:-20],
        "cut-at-half": whole[: len(whole) // 2],
        "empty": b"",
        "header-only": b"\x30\x80",
        "plain": content,
        "base64": base64.encodebytes(whole),
        "with-more": whole + b"\0" * 16,
        "length-endless": b"\x30\x84\xff\xff\xff\xff" + whole[4:],
        "oid-other": whole.replace(b"\x01\x07\x03", b"\x01\x07\x09"),
        "password": _openssl(folder, "-encrypt", "-aes256", "-pwri_password", "x"),
        "secret-key": _openssl(folder, "-EncryptedData_encrypt", "-aes256", *secret),
        "ec-receiver": _to_an_ec_key(folder),
        "signed-only": _signed_only(folder),
        "compressed-or-data": _openssl(folder, "-data_create"),
        "digested": _openssl(folder, "-digest_create"),
        "gcm": _openssl(folder, "-encrypt", "-aes-256-gcm", "receiver.pem"),
        "triple-des": _openssl(folder, "-encrypt", "-des3", "receiver.pem"),
    }
    for name, envelope in envelopes.items():
        path = folder / f"envelope-{name}.p7m"
        path.write_bytes(envelope)
        said = f"{path.name}: is damaged, for another receiver, or no envelope"
        yield Broken(f"envelope-{name}", "enclosed", LAYOUT, path, ("ENVELOPE",), said)
