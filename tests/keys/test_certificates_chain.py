"""The small CA: from its key to a card that signs, and everything a terminal checks on the way."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

import pytest

from sscard.keys import rsa_generation, sm2
from sscard.keys.certificates import (
    CARD,
    ISSUER,
    CertificateError,
    DynamicData,
    RSAAuthority,
    RSAChain,
    SM2Authority,
    SM2Chain,
    Subject,
    Terms,
    rsa_signed,
    sm2_certificate,
    sm2_signed,
)
from sscard.keys.sm2_fast import FastSigner
from sscard.keys.sm2_keys import generate

ACCOUNT = "6228000100001117"
STATIC = bytes.fromhex("5A0862280001000011175F24033012317C00")
ISSUER_SUBJECT = Subject(ISSUER, "622800", 2030, 6, b"\0\0\1")
CARD_SUBJECT = Subject(CARD, ACCOUNT, 2029, 12, b"\0\0\2")
TERMS = Terms(ACCOUNT, date(2026, 1, 31))
DYNAMIC = DynamicData(b"\0\x01")


@dataclass(frozen=True)
class World:
    """A CA, an issuer and a card of one family."""

    signed: Any
    chain: Any
    issuer: Any
    card: Any
    tags: Mapping[int, bytes]


def world(authority: Any, chain: Any, issuer_signer: Any, card: Any, signed: Any) -> World:
    issuer = authority.issuer(ISSUER_SUBJECT, issuer_signer)
    static = issuer.static(b"\xda\xc1", STATIC)
    tags = issuer.tags | static | issuer.card(CARD_SUBJECT, card.public, STATIC)
    return World(signed, chain, issuer, card, MappingProxyType(dict(tags)))


def rsa() -> World:
    ca, issuer, card = (rsa_generation.generate(bits, 3) for bits in (1408, 1152, 1024))
    chain = RSAChain({0x08: ca.public}, TERMS)
    return world(RSAAuthority(0x08, ca), chain, issuer, card, rsa_signed)


def sm2_world(fast: bool) -> World:
    source = random.Random(4).randbytes
    keys = [generate(source) for _ in range(3)]
    ca, issuer, card = (
        FastSigner(key) if fast else sm2.SoftwareSigner(key, source) for key in keys
    )
    chain = SM2Chain({0x57: ca.public}, TERMS)
    return world(SM2Authority(0x57, ca), chain, issuer, card, sm2_signed)


@pytest.fixture(scope="module", params=["rsa", "sm2", "sm2-fast"])
def cards(request: pytest.FixtureRequest) -> World:
    return rsa() if request.param == "rsa" else sm2_world(request.param == "sm2-fast")


def failing(cards: World, tags: Mapping[int, bytes], **terms: Any) -> CertificateError:
    chain = replace(cards.chain, terms=replace(TERMS, **terms))
    with pytest.raises(CertificateError) as caught:
        chain.card_key(tags, STATIC)
    assert ACCOUNT[-6:] not in str(caught.value)
    return caught.value


def test_the_whole_way(cards: World) -> None:
    assert cards.chain.issuer_key(cards.tags) == cards.issuer.signer.public
    assert cards.chain.static(cards.tags, STATIC) == b"\xda\xc1"
    key = cards.chain.card_key(cards.tags, STATIC)
    assert key == cards.card.public
    signed = cards.signed.sign_dynamic(DYNAMIC, b"\1\2\3\4", cards.card)
    assert cards.signed.check_dynamic(signed, b"\1\2\3\4", key) == DYNAMIC


def test_the_tags_are_those_of_the_family(cards: World) -> None:
    both = {0x8F, 0x90, 0x93, 0x9F46}
    rsa_only = {0x92, 0x9F32, 0x9F47, 0x9F48}
    assert set(cards.tags) == (both | rsa_only if cards.signed is rsa_signed else both)


def test_no_tag_for_a_remainder_that_is_not_needed() -> None:
    ca, issuer = rsa_generation.generate(1408, 3), rsa_generation.generate(1024, 3)
    tags = RSAAuthority(0x08, ca).issuer(ISSUER_SUBJECT, issuer).tags
    assert set(tags) == {0x8F, 0x90, 0x9F32}
    assert RSAChain({0x08: ca.public}, TERMS).issuer_key(tags) == issuer.public


def test_other_static_data(cards: World) -> None:
    for check in (cards.chain.static, cards.chain.card_key):
        with pytest.raises(CertificateError, match=r"hash|signature"):
            check(cards.tags, STATIC + b"\0")


@pytest.mark.parametrize(
    ("on", "certificate"),
    [
        (date(2029, 12, 31), None),
        (date(2030, 1, 1), "ICC certificate"),
        (date(2030, 6, 30), "ICC certificate"),
        (date(2030, 7, 1), "issuer certificate"),
    ],
)
def test_expiry(cards: World, on: date, certificate: str | None) -> None:
    if certificate is None:
        chain = replace(cards.chain, terms=replace(TERMS, on=on))
        assert chain.card_key(cards.tags, STATIC) == cards.card.public
        return
    wrong = failing(cards, cards.tags, on=on)
    assert (wrong.certificate, wrong.field) == (certificate, "expiry")


@pytest.mark.parametrize(
    ("account", "certificate"),
    [
        ("6228000100001118", "ICC certificate"),
        ("62280001000011170", "ICC certificate"),
        ("6228010100001117", "issuer certificate"),
        ("6228", "issuer certificate"),
    ],
)
def test_of_another_account(cards: World, account: str, certificate: str) -> None:
    wrong = failing(cards, cards.tags, account=account)
    assert (wrong.certificate, wrong.field) == (certificate, "number")


def test_revoked(cards: World) -> None:
    wrong = failing(cards, cards.tags, revoked={b"\0\0\1"})
    assert (wrong.certificate, wrong.field) == ("issuer certificate", "serial")
    chain = replace(cards.chain, terms=replace(TERMS, revoked={b"\0\0\2"}))
    assert chain.card_key(cards.tags, STATIC) == cards.card.public  # lists name issuers only


@pytest.mark.parametrize("tag", [0x8F, 0x90, 0x9F46, 0x9F32, 0x9F47])
def test_missing_tags(cards: World, tag: int) -> None:
    if tag not in cards.tags:
        return
    wrong = failing(cards, {each: value for each, value in cards.tags.items() if each != tag})
    assert wrong.field == f"tag {tag:X}"
    with pytest.raises(CertificateError, match="tag 93"):
        cards.chain.static({k: v for k, v in cards.tags.items() if k != 0x93}, STATIC)


@pytest.mark.parametrize("index", [b"", b"\x09", b"\x57\x08", b"\x00"])
def test_ca_keys_that_are_not_known(cards: World, index: bytes) -> None:
    assert failing(cards, {**cards.tags, 0x8F: index}).field == "CA key index"


def test_certificates_of_another_authority(cards: World) -> None:
    other = rsa() if cards.signed is rsa_signed else _other_sm2()
    wrong = failing(cards, {**cards.tags, 0x90: other.tags[0x90]})
    assert wrong.certificate == "issuer certificate"
    wrong = failing(cards, {**cards.tags, 0x9F46: other.tags[0x9F46]})
    assert wrong.certificate == "ICC certificate"


def _other_sm2() -> World:
    source = random.Random(5).randbytes
    signers = [sm2.SoftwareSigner(generate(source), source) for _ in range(3)]
    return world(SM2Authority(0x57, signers[0]), None, *signers[1:], sm2_signed)


def test_an_issuers_certificate_is_checked_once() -> None:
    cards = sm2_world(False)
    before = sm2_certificate.checked.cache_info()
    for _ in range(5):
        cards.chain.issuer_key(cards.tags)
    after = sm2_certificate.checked.cache_info()
    assert after.misses - before.misses <= 1
    assert after.hits - before.hits >= 4


def test_holders_of_keys_show_none(cards: World) -> None:
    assert "signer" not in repr(cards.issuer)
    assert ACCOUNT not in repr(TERMS) + repr(CARD_SUBJECT)
