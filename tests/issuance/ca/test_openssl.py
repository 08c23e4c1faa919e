"""What the program ``openssl`` makes of the certificates, the chain and the enveloped key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from sscard.issuance.ca import CertificateAuthority
from sscard.keys.sm2_keys import SM2PrivateKey
from sscard.keys.x509 import CertificateAnswer, parse
from tests.openssl_program import VERIFY, Run, openssl

__all__ = ["openssl"]


@pytest.fixture(scope="module")
def pems(
    openssl: Run,
    authority: CertificateAuthority,
    answered: CertificateAnswer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[str, Path]:
    folder = tmp_path_factory.mktemp("openssl")
    ders = {
        "root": authority.root.der,
        "issuing": authority.issuers[0].der,
        "signature": answered.signature,
        "encryption": answered.encryption,
    }
    found = {}
    for name, der in ders.items():
        source, found[name] = folder / f"{name}.der", folder / f"{name}.pem"
        source.write_bytes(der)
        done = openssl("x509", "-inform", "DER", "-in", source, "-out", found[name])
        assert done.returncode == 0, done.stderr
    return found


def test_the_chain(openssl: Run, pems: Mapping[str, Path]) -> None:
    for trusted, *children in (("root", "issuing"), ("issuing", "signature", "encryption")):
        files = [pems[each] for each in children]
        done = openssl(*VERIFY, "-partial_chain", "-CAfile", pems[trusted], *files)
        assert (done.returncode, done.stdout.count(b": OK")) == (0, len(files)), done.stderr
    done = openssl(*VERIFY, "-partial_chain", "-CAfile", pems["root"], pems["signature"])
    assert done.returncode != 0
    # The signature is looked at: one changed bit at the end of the file is seen.
    spoilt = pems["signature"].with_name("spoilt.der")
    content = bytearray(pems["signature"].with_suffix(".der").read_bytes())
    content[-1] ^= 1
    spoilt.write_bytes(content)
    done = openssl(*VERIFY, "-partial_chain", "-CAfile", pems["issuing"], spoilt)
    assert b"certificate signature failure" in done.stderr


def test_the_roots_own_signature(
    openssl: Run, pems: Mapping[str, Path], authority: CertificateAuthority
) -> None:
    folder = pems["root"].parent
    (folder / "tbs").write_bytes(authority.root.signed)
    done = openssl("asn1parse", "-in", pems["root"])
    at = int(done.stdout.splitlines()[-1].split(b":")[0])
    openssl(
        *("asn1parse", "-in", pems["root"], "-noout"),
        *("-strparse", at, "-out", folder / "signature"),
    )
    key = openssl("x509", "-in", pems["root"], "-noout", "-pubkey").stdout
    (folder / "root.key").write_bytes(key)
    done = openssl(
        *("pkeyutl", "-verify", "-pubin", "-inkey", folder / "root.key", "-rawin"),
        *("-digest", "sm3", "-pkeyopt", VERIFY[-1], "-in", folder / "tbs"),
        *("-sigfile", folder / "signature"),
    )
    assert b"Verified Successfully" in done.stdout, done.stderr


SHOWN = {
    "signature": (r"Serial Number:\s+10:", "Digital Signature, Non Repudiation"),
    "encryption": (r"Serial Number:\s+20:", "Key Encipherment, Data Encipherment"),
}


@pytest.mark.parametrize("pair", SHOWN)
def test_what_it_reads(pair: str, openssl: Run, pems: Mapping[str, Path]) -> None:
    done = openssl("x509", "-in", pems[pair], "-noout", "-text", "-nameopt", "utf8,sep_comma_plus")
    text = done.stdout.decode("utf-8")
    serial, usage = SHOWN[pair]
    assert re.search(serial + r"(\w\w:){14}\w\w\n", text)
    for line in (
        "Version: 3 (0x2)",
        "Signature Algorithm: SM2-with-SM3",
        "Issuer: C=CN,ST=北京,L=北京,O=CN,CN=人力资源和社会保障部信息中心",
        "Subject: C=CN,ST=浙江省,L=杭州市,CN=诸葛𠮷·验收",
        "Not Before: Nov 21 16:00:00 2026 GMT",
        "Not After : Nov 21 16:00:00 2036 GMT",
        "ASN1 OID: SM2",
        usage,
    ):
        assert line in text
    assert re.search(r"1\.2\.156\.2316\.1\.1: *\n +X00000019\n", text)
    assert "1.2.156.2316.1.2:" in text


def test_key_identifiers(
    openssl: Run, pems: Mapping[str, Path], authority: CertificateAuthority
) -> None:
    for pair, issuer in (("signature", "issuing"), ("issuing", "root"), ("root", "root")):
        done = openssl("x509", "-in", pems[pair], "-noout", "-ext", "authorityKeyIdentifier")
        known = openssl("x509", "-in", pems[issuer], "-noout", "-ext", "subjectKeyIdentifier")
        assert done.stdout.split()[-1] == known.stdout.split()[-1]


def test_the_enveloped_key_is_opened_with_nothing_of_ours(
    openssl: Run,
    pems: Mapping[str, Path],
    answered: CertificateAnswer,
    card_key: SM2PrivateKey,
) -> None:
    """The session key by the card's private key, the pair by the session key, its public half."""
    folder = pems["root"].parent
    blob = bytes(answered.envelope)
    # Offsets of ssc-more 1.5 [T]; SM2Cipher of GM/T 0009: two INTEGERs, two OCTET STRINGs.
    parts = b"".join(_integer(blob[at : at + 32]) for at in (240, 304))
    parts += b"\x04\x20" + blob[336:368] + b"\x04\x10" + blob[372:388]
    (folder / "cipher").write_bytes(bytes((0x30, len(parts))) + parts)
    (folder / "card.der").write_bytes(_private(card_key))
    done = openssl(
        *("pkeyutl", "-decrypt", "-keyform", "DER", "-inkey", folder / "card.der"),
        *("-in", folder / "cipher"),
    )
    assert len(done.stdout) == 16, done.stderr
    (folder / "enciphered").write_bytes(blob[44:76])
    number = openssl(
        *("enc", "-d", "-sm4-ecb", "-nopad", "-K", done.stdout.hex(), "-in", folder / "enciphered"),
    ).stdout
    (folder / "pair.der").write_bytes(_private_of(number))
    done = openssl(
        "pkey", "-inform", "DER", "-in", folder / "pair.der", "-pubout", "-outform", "DER"
    )
    assert done.stdout[-64:] == blob[112:144] + blob[176:208]
    assert done.stdout[-64:] == parse(answered.encryption).public.point


def _integer(number: bytes) -> bytes:
    number = number.lstrip(b"\0")
    number = b"\0" * (number[0] >> 7) + number
    return bytes((2, len(number))) + number


def _private(key: SM2PrivateKey) -> bytes:
    return _private_of(key.reveal())


def _private_of(number: bytes) -> bytes:
    """ECPrivateKey (RFC 5915) with the number of the curve."""
    content = b"\x02\x01\x01\x04\x20" + number + bytes.fromhex("A00A06082A811CCF5501822D")
    return bytes((0x30, len(content))) + content
