"""The packaged TEST authority, a card's key, and one answer: all of it fixed."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from sscard.issuance.ca import AuthoritySecrets, CertificateAuthority
from sscard.keys.sm2_keys import SM2PrivateKey
from sscard.keys.types import HMAC256
from sscard.keys.x509 import CertificateAnswer, CertificateRequest, parse
from sscard.profiles import load_profile
from sscard.profiles.certificates import CertificateApplication


@pytest.fixture(scope="session")
def application() -> CertificateApplication:
    found = load_profile("gen3").certificates
    assert found is not None
    return found


@pytest.fixture(scope="session")
def packaged() -> dict[str, bytes]:
    text = (files("sscard.issuance.ca") / "test-ca.toml").read_text("utf-8")
    document: dict[str, Any] = tomllib.loads(text)
    assert document.pop("kind") == "ca"
    assert document.pop("test") is True
    return {name: bytes.fromhex(value) for name, value in document.items()}


@pytest.fixture(scope="session")
def authority(
    packaged: dict[str, bytes], application: CertificateApplication
) -> CertificateAuthority:
    key, secret = SM2PrivateKey(packaged["key"]), HMAC256(packaged["secret"])
    root, issuing = parse(packaged["root"]), parse(packaged["issuing"])
    return CertificateAuthority(AuthoritySecrets(True, root, issuing, key, secret), application)


@pytest.fixture(scope="session")
def card_key() -> SM2PrivateKey:
    return SM2PrivateKey(bytes(range(1, 33)))


@pytest.fixture(scope="session")
def asked(card_key: SM2PrivateKey) -> CertificateRequest:
    return CertificateRequest(
        *("330100D1560000051234567812345678", "诸葛𠮷·验收", "330108", "X00000019"),
        card_key.public,
        date(2026, 11, 22),
    )


@pytest.fixture(scope="session")
def answered(authority: CertificateAuthority, asked: CertificateRequest) -> CertificateAnswer:
    return authority.answer(asked)
