"""The certificate application in a validation: right, wrong, blank, and what nobody can prove."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.apdu import pki
from sscard.conformance.validation import Judged, Verdict
from sscard.conformance.validation.expected import CertificatesExpected
from sscard.cos import NVM
from sscard.keys import Pin
from sscard.keys.sm2_keys import SM2PublicKey, generate
from tests.certified_card import AT, BLANK, application, authority, request_for
from tests.conformance.validation.conftest import PERSON, Bench, cells, maker, trusted

MakeBench = Callable[..., Bench]
_NAME = str(PERSON["name"])


def of_application(judged: tuple[Judged, ...], verdict: Verdict) -> set[str]:
    return {each.subject for each in judged if each.part == "PKI" and each.verdict is verdict}


@pytest.fixture
def card() -> VirtualCard:
    memory = NVM(bytearray(cells("gen3")))
    card = VirtualCard(memory, maker("gen3").chip, random=random.Random(3).randbytes)
    card.power_on()
    return card


def put(card: VirtualCard, fid: int, content: bytes) -> None:
    """Another content of a file."""
    assert card.card.certificates
    file = card.card.certificates._standing.memory.files[fid]
    file.write(0, content.ljust(file.size, b"\0"))
    card.card.nvm.commit()


def other(card: VirtualCard, public: SM2PublicKey | None = None, **asked: Any) -> bytes:
    """Another signature certificate, of the card's key if no other is named."""
    assert card.card.certificates
    own = card.card.certificates._standing.memory.files[pki.SIGNATURE_PUBLIC].content[-64:]
    by = asked.pop("by", authority())
    card_id = maker("gen3").order.card_id_code.hex().upper()
    words = {"card_id": card_id, "name": _NAME} | asked
    return by.answer(request_for(public or SM2PublicKey(own), **words)).signature


def test_a_right_card(bench: MakeBench) -> None:
    judged = bench("gen3").judged()
    assert of_application(judged, Verdict.DIFFERS) == set()
    left = {"PKI admin PIN", "PKI MKPKI", "PKI MKCERT"}
    assert of_application(judged, Verdict.NOT_PROVEN) == left
    agrees = of_application(judged, Verdict.AGREES)
    for each in ("0018", "0019"):
        for what in ("form", "key", "key usage", "card number", "holder", "validity", "chain"):
            assert f"PKI/{each}/{what}" in agrees
    assert {"PKI/0013", "PKI/0015", "PKI user PIN", "PKI/0013: right to read"} <= agrees


_ANOTHER = generate(random.Random(8).randbytes).public


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"public": _ANOTHER}, {"PKI/0018/key", "PKI/0013"}),
        ({"card_number": "X00000027"}, {"PKI/0018/card number"}),
        ({"name": "别的持卡人"}, {"PKI/0018/holder"}),
        ({"day": date(2014, 1, 1)}, {"PKI/0018/validity", "PKI/0018/chain"}),
        ({"by": authority(12)}, {"PKI/0018/chain"}),
    ],
)
def test_one_thing_is_wrong(
    bench: MakeBench, card: VirtualCard, asked: dict[str, Any], wrong: set[str]
) -> None:
    put(card, pki.SIGNATURE_CERTIFICATE, other(card, **asked))
    assert bench("gen3", card).wrong() == wrong


def test_the_key_usage_is_anothers(bench: MakeBench, card: VirtualCard) -> None:
    declared = application().certificate.model_copy(update={"signature_key_usage": b"\x30"})
    by = replace(
        authority(), application=application().model_copy(update={"certificate": declared})
    )
    put(card, pki.SIGNATURE_CERTIFICATE, other(card, by=by))
    assert bench("gen3", card).wrong() == {"PKI/0018/key usage"}


def test_a_certificate_that_cannot_be_read(bench: MakeBench, card: VirtualCard) -> None:
    put(card, pki.SIGNATURE_CERTIFICATE, bytes.fromhex("308201FF") + bytes(20))
    here = bench("gen3", card)
    assert here.wrong() == {"PKI/0018/form"}
    assert "PKI/0013" in of_application(here.judged(), Verdict.NOT_PROVEN)


def test_residue_behind_a_certificate_is_no_difference(bench: MakeBench, card: VirtualCard) -> None:
    """Programs of the field write no fill: what an older certificate left stands behind."""
    put(card, pki.SIGNATURE_CERTIFICATE, other(card) + b"\x5a" * 40)
    assert bench("gen3", card).wrong() == set()


def test_a_card_without_certificates(bench: MakeBench, make_card: Callable[..., Any]) -> None:
    judged = bench("gen3", make_card("gen3", certified=False)).judged()
    assert of_application(judged, Verdict.DIFFERS) == set()
    left = of_application(judged, Verdict.NOT_PROVEN)
    assert {"PKI/0012", "PKI/0013", "PKI/0014", "PKI/0015", "PKI/0018", "PKI/0019"} <= left
    why = {str(each.why) for each in judged if each.subject == "PKI/0018"}
    assert why == {"尚未写入证书 no certificates have been written"}


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"root": None}, {"PKI/0018/chain", "PKI/0019/chain"}),
        ({"user_pin": None}, {"PKI user PIN", "PKI/0013", "PKI/0015"}),
        ({"at": None}, {"PKI/0018/chain", "PKI/0018/validity"}),
        (
            {"root": authority(12).root, "issuers": authority(12).issuers, "guessed": True},
            {"PKI/0018/chain", "PKI/0019/chain"},
        ),
    ],
)
def test_what_nobody_can_prove(bench: MakeBench, changes: dict[str, Any], left: set[str]) -> None:
    judged = bench("gen3", trusted=trusted(**changes)).judged()
    assert of_application(judged, Verdict.DIFFERS) == set()
    assert left <= of_application(judged, Verdict.NOT_PROVEN)


def test_the_user_pin_was_changed(bench: MakeBench, card: VirtualCard) -> None:
    """It is shown once; what it would open is not proven."""
    judged = bench("gen3", card, trusted=trusted(user_pin=Pin("654321"))).judged()
    assert of_application(judged, Verdict.DIFFERS) == {"PKI user PIN"}
    assert {"PKI/0013", "PKI/0015"} <= of_application(judged, Verdict.NOT_PROVEN)
    assert card.card.certificates
    assert card.card.certificates._standing.memory.pins[pki.USER].left == 5


def test_with_few_tries_it_is_not_shown(bench: MakeBench, card: VirtualCard) -> None:
    assert card.card.certificates
    pin = card.card.certificates._standing.memory.pins[pki.USER]
    for _ in range(4):
        pin.fail()
    card.card.nvm.commit()
    judged = bench("gen3", card).judged()
    assert "PKI user PIN" in of_application(judged, Verdict.NOT_PROVEN)
    assert pin.left == 2


def test_values_do_not_print(bench: MakeBench) -> None:
    right = CertificatesExpected(BLANK.user_pin, authority().root, authority().issuers, AT)
    text = repr((right, bench("gen3").judged()))
    assert _NAME not in text
    assert "123456" not in text
