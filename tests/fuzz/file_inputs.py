"""The first inputs of ``fuzz_files``: what authorities send, and what is nearly that."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from importlib import resources

from fuzz_files import (
    READERS,
    read_answer,
    read_certificate,
    read_envelope,
    read_public_certificates,
    read_register,
    read_request,
    read_store,
)

from sscard.apdu import pki
from sscard.issuance.ca.load import packaged_authority
from sscard.issuance.ca.register import Entry
from sscard.issuance.ca.trusted import pem
from sscard.keys.sm2_keys import generate
from sscard.keys.types import SM4, Pin
from sscard.keys.x509 import CertificateAnswer, CertificateRequest, seal
from tests.certificate_session import BROUGHT, CARD_NUMBER, NAME, certificate

#: The key of an invented card.
CARD = generate(random.Random(21).randbytes)
_CARD_ID = f"{'510100':0<32}"
_SIGNATURE = certificate(pki.SIGNATURE_CERTIFICATE, CARD.public)
_ENCRYPTION = certificate(pki.ENCRYPTION_CERTIFICATE, BROUGHT.public)


def files() -> Iterator[tuple[str, bytes]]:
    """Name and input of each."""
    for name, reader, content in _files():
        yield f"{name}.bin", bytes((READERS.index(reader),)) + content


def _files() -> Iterator[tuple[str, object, bytes]]:
    yield "certificate", read_certificate, _SIGNATURE
    yield "certificate-filled", read_certificate, _ENCRYPTION.ljust(1020, b"\0")
    yield "certificate-cut", read_certificate, _SIGNATURE[:400]
    yield "certificate-over-another", read_certificate, _SIGNATURE + _ENCRYPTION[-60:]
    yield "certificate-none", read_certificate, bytes(1020)
    yield "certificate-of-an-authority", read_certificate, packaged_authority().root.der
    envelope = seal(BROUGHT, CARD.public, random.Random(22).randbytes)
    yield "envelope", read_envelope, bytes(envelope)
    yield "envelope-short", read_envelope, bytes(envelope)[:-1]
    day = date(2026, 1, 31)
    request = CertificateRequest(_CARD_ID, NAME, "510100", CARD_NUMBER, CARD.public, day)
    yield "request", read_request, _json(request.texts())
    yield "request-wrong", read_request, _json({**request.texts(), "KH": NAME, "FKRQ": "20261301"})
    answer = CertificateAnswer(
        _SIGNATURE, _ENCRYPTION, envelope, Pin("90817263"), SM4(bytes(range(16)))
    )
    texts = answer.texts()
    yield "answer", read_answer, _json(texts)
    yield "answer-folded", read_answer, _json({**texts, "QMZS": _folded(texts["QMZS"])})
    yield "answer-wrong", read_answer, _json({**texts, "ZKMY": texts["ZKMY"][1:], "JMMY": "AAAA"})
    authority = packaged_authority()
    public = pem((authority.root, *authority.issuers)).encode("ascii")
    yield "public-certificates", read_public_certificates, public
    yield "public-two-roots", read_public_certificates, public + pem((authority.root,)).encode()
    packaged = resources.files("sscard.issuance.ca") / "test-ca.toml"
    store = tomllib.loads(packaged.read_text(encoding="utf-8"))
    yield "store", read_store, _json(store)
    yield "store-wrong", read_store, _json({**store, "key": store["key"][2:]})
    entries = [
        Entry(_CARD_ID, "00" * 8, "10" * 16, again=False, at="2026-01-31T12:00:00"),
        Entry(_CARD_ID, "11" * 8, "", again=False, at="2026-01-31T12:00:01"),
    ]
    lines = b"".join(_json(asdict(each)) + b"\n" for each in entries)
    yield "register", read_register, lines
    yield "register-cut", read_register, lines[:-20]
    yield "register-damaged", read_register, lines.replace(b"false", b"fals", 1)


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8")


def _folded(text: str) -> str:
    return "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
