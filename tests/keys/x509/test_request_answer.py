"""What an authority is asked and answers: forms, and an answer that is for this card alone."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import MalformedData, NotVerified
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.types import SM4, Pin
from sscard.keys.x509 import (
    Certificate,
    CertificateAnswer,
    CertificateRequest,
    Extension,
    extensions,
    seal,
)
from tests.keys.x509.world import HOLDER, World, key, numbers

AT = datetime(2027, 6, 1, tzinfo=UTC)
CARD_ID = "330100D1560000051234567812345678"
NAME = HOLDER[-1][1]
PAIR = key("encryption pair")
TEXTS = st.text(st.characters(max_codepoint=0xFF), max_size=40)


@pytest.fixture(scope="module")
def asked(world: World) -> CertificateRequest:
    return CertificateRequest(
        CARD_ID, NAME, "330108", "X00000019", world.card_key.public, date(2026, 2, 1)
    )


def encryption(world: World, **changes: Any) -> Certificate:
    contents = world.contents(public=PAIR.public, serial=b"\x20" + bytes(15), **changes)
    if "extensions" not in changes:
        usage = extensions.key_usage(b"\x30")
        others = [each for each in contents.extensions if each.oid != usage.oid]
        contents = dataclasses.replace(contents, extensions=(*others, usage))
    return world.certificate(contents)


@pytest.fixture(scope="module")
def answered(world: World, card: Certificate) -> CertificateAnswer:
    envelope = seal(PAIR, world.card_key.public, numbers("seal"))
    made = encryption(world).der
    return CertificateAnswer(card.der, made, envelope, Pin("20261122"), SM4(numbers("mk")(16)))


def test_texts_of_a_request(asked: CertificateRequest) -> None:
    assert asked.texts() == {
        "KSBM": CARD_ID,
        "XM": NAME,
        "AAB301": "330108",
        "KH": "X00000019",
        "QMGY": asked.public.point.hex().upper(),
        "AFLAG": "03",
        "FKRQ": "20260201",
    }
    assert CertificateRequest.from_texts(asked.texts()) == asked


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("KSBM", CARD_ID[:-1], "card identification code has the form"),
        ("KSBM", CARD_ID.lower(), "card identification code has the form"),
        ("XM", "  ", "names the holder"),
        ("AAB301", "33010", "division code has the form"),
        ("AAB301", "３３０１０８", "division code has the form"),
        ("KH", "X0000001", "card number has the form"),
        ("KH", "X00000019\n", "card number has the form"),
        ("QMGY", "00" * 64, "QMGY cannot be read"),
        ("QMGY", "geheim", "QMGY cannot be read"),
        ("AFLAG", "01", "AFLAG is not 03"),
        ("FKRQ", "00010101", "years 2000 to 2199"),
        ("FKRQ", "99991231", "years 2000 to 2199"),
        ("FKRQ", "20260230", "FKRQ cannot be read"),
        ("FKRQ", "2026-2-1", "FKRQ cannot be read"),
    ],
)
def test_a_request_that_cannot_be_read(
    asked: CertificateRequest, field: str, text: str, said: str
) -> None:
    with pytest.raises(MalformedData, match=said) as refusal:
        CertificateRequest.from_texts({**asked.texts(), field: text})
    assert NAME not in str(refusal.value)
    assert text.strip() == "01" or not text.strip() or text not in str(refusal.value)


def test_missing_fields(asked: CertificateRequest, answered: CertificateAnswer) -> None:
    for whole, read in (
        (asked.texts(), CertificateRequest.from_texts),
        (answered.texts(), CertificateAnswer.from_texts),
    ):
        for name in whole:
            less = {field: text for field, text in whole.items() if field != name}
            with pytest.raises(MalformedData, match=f"{name} is"):
                read(less)


def test_the_name_is_in_no_representation(asked: CertificateRequest) -> None:
    assert NAME not in repr(asked)
    assert CARD_ID in repr(asked)


def test_texts_of_an_answer(answered: CertificateAnswer) -> None:
    texts = answered.texts()
    assert list(texts) == ["QMZS", "JMZS", "JMMY", "GLYPIN", "ZKMY"]
    assert base64.b64decode(texts["QMZS"]) == answered.signature
    assert base64.b64decode(texts["JMMY"]) == bytes(answered.envelope)
    assert texts["GLYPIN"] == "20261122"
    assert bytes.fromhex(texts["ZKMY"]) == numbers("mk")(16)
    assert CertificateAnswer.from_texts(texts) == answered
    folded = "\r\n".join(texts["QMZS"][at : at + 64] for at in range(0, len(texts["QMZS"]), 64))
    assert CertificateAnswer.from_texts({**texts, "QMZS": folded}) == answered


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("QMZS", "MIIC", "QMZS: certificate"),
        ("QMZS", "*", "QMZS cannot be read"),
        ("JMZS", "", "JMZS: certificate: there is none"),
        ("JMMY", base64.b64encode(bytes(388)).decode(), "JMMY: enveloped key: version"),
        ("JMMY", "äöü", "JMMY cannot be read"),
        ("GLYPIN", "123456", "GLYPIN cannot be read"),
        ("GLYPIN", "1234567x", "GLYPIN cannot be read"),
        ("ZKMY", "00" * 15, "ZKMY cannot be read"),
        ("ZKMY", "x" * 32, "ZKMY cannot be read"),
    ],
)
def test_an_answer_that_cannot_be_read(
    answered: CertificateAnswer, field: str, text: str, said: str
) -> None:
    with pytest.raises(MalformedData, match=said) as refusal:
        CertificateAnswer.from_texts({**answered.texts(), field: text})
    assert not text or text not in str(refusal.value)


def test_fill_behind_a_certificate_is_no_answer(answered: CertificateAnswer) -> None:
    filled = base64.b64encode(answered.signature + b"\0").decode()
    with pytest.raises(MalformedData, match="QMZS cannot be read"):
        CertificateAnswer.from_texts({**answered.texts(), "QMZS": filled})


@given(st.data())
def test_any_texts_are_read_or_malformed(
    asked: CertificateRequest, answered: CertificateAnswer, data: st.DataObject
) -> None:
    for whole, read in (
        (asked.texts(), CertificateRequest.from_texts),
        (answered.texts(), CertificateAnswer.from_texts),
    ):
        field = data.draw(st.sampled_from(sorted(whole)))
        with suppress(MalformedData):
            read({**whole, field: data.draw(TEXTS)})


def test_an_answer_shows_no_secret(answered: CertificateAnswer) -> None:
    shown = repr(answered)
    for text in answered.texts().values():
        assert text not in shown
    with pytest.raises(TypeError):
        dataclasses.asdict(answered)


def test_an_answer_for_this_card(
    asked: CertificateRequest, answered: CertificateAnswer, root: Certificate, issuing: Certificate
) -> None:
    answered.require_for(asked, root=root, issuers=(issuing,), at=AT)


def extension(oid: str, value: bytes) -> Callable[[World], dict[str, Any]]:
    def change(world: World) -> dict[str, Any]:
        kept = [each for each in world.contents().extensions if each.oid != oid]
        return {"extensions": (*kept, Extension(oid, value))}

    return change


NUMBER, USAGE = "1.2.156.2316.1.1", "2.5.29.15"
#: What is otherwise about the signature certificate, and what is said then.
WRONG: dict[str, tuple[Callable[[World], dict[str, Any]], str]] = {
    "of another key": (
        lambda world: {"public": world.root_key.public},
        "signature certificate: it is of another key",
    ),
    "of another card": (extension(NUMBER, b"X00000027"), "of another card number"),
    "of no card": (lambda world: {"extensions": world.contents().extensions[:3]}, "card number"),
    "of another holder": (lambda world: {"subject": (*HOLDER[:3], ("CN", "x"))}, "another holder"),
    "of a holder of nearly this name": (
        lambda world: {"subject": (*HOLDER[:3], ("CN", f"{NAME}收"))},
        "another holder",
    ),
    "for encryption": (extension(USAGE, b"\x03\x02\x04\x30"), "key usage is not C0"),
    "for nothing": (lambda world: {"extensions": world.contents().extensions[3:]}, "key usage"),
    "for nothing that is named": (extension(USAGE, b"\x03\x01\x00"), "2.5.29.15 cannot be read"),
    "not valid": (lambda world: {"not_before": datetime(2028, 1, 1, tzinfo=UTC)}, "valid from"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_answer_for_another(
    case: str,
    world: World,
    asked: CertificateRequest,
    answered: CertificateAnswer,
    root: Certificate,
    issuing: Certificate,
) -> None:
    change, said = WRONG[case]
    wrong = dataclasses.replace(answered, signature=world.card(**change(world)).der)
    with pytest.raises(NotVerified, match=said) as refusal:
        wrong.require_for(asked, root=root, issuers=(issuing,), at=AT)
    assert NAME not in str(refusal.value)


def test_the_encryption_pair_is_held_against_its_certificate(
    world: World,
    asked: CertificateRequest,
    answered: CertificateAnswer,
    root: Certificate,
    issuing: Certificate,
) -> None:
    trusted: dict[str, Any] = {"root": root, "issuers": (issuing,), "at": AT}
    other = seal(key("another pair"), world.card_key.public, numbers("seal"))
    with pytest.raises(NotVerified, match="encryption certificate: it is of another key"):
        dataclasses.replace(answered, envelope=other).require_for(asked, **trusted)
    same = seal(world.card_key, world.card_key.public, numbers("seal"))
    with pytest.raises(NotVerified, match="is the signature pair"):
        dataclasses.replace(answered, envelope=same).require_for(asked, **trusted)
    signing = encryption(world, extensions=world.contents().extensions)
    with pytest.raises(NotVerified, match="encryption certificate: key usage is not 30"):
        dataclasses.replace(answered, encryption=signing.der).require_for(asked, **trusted)
    with pytest.raises(NotVerified, match="encryption certificate: "):
        dataclasses.replace(answered, encryption=b"").require_for(asked, **trusted)
    dataclasses.replace(answered, encryption=signing.der).require_for(
        asked, **trusted, encryption_usage=b"\xc0"
    )


def test_a_pin_of_another_length(answered: CertificateAnswer) -> None:
    with pytest.raises(ValueError, match="8 digits"):
        dataclasses.replace(answered, admin_pin=Pin("123456"))


def test_an_answer_for_another_key_on_the_same_card(
    world: World, asked: CertificateRequest, answered: CertificateAnswer, root: Certificate
) -> None:
    made_again = dataclasses.replace(asked, public=SM2PublicKey(world.root_key.public.point))
    with pytest.raises(NotVerified, match="of another key"):
        answered.require_for(made_again, root=root, issuers=(), at=AT)
