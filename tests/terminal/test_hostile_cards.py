"""Cards and messages that are broken: an error of ours, never one of Python."""

from __future__ import annotations

import random
from contextlib import suppress
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sscard.apdu import tlv
from sscard.apdu.aip import AIP
from sscard.apdu.authorization import IssuerAnswer, IssuerRequest
from sscard.apdu.command import CommandAPDU
from sscard.apdu.response import ResponseAPDU
from sscard.errors import MalformedData, SscardError
from sscard.perso.plan import run
from sscard.terminal.pos import Explainer, contact, contactless, explained
from sscard.terminal.pos.card_data import CardData, ProcessingOptions
from sscard.terminal.pos.cryptograms import Answer

PDOL = "9F1A029F7A019F02065F2A029F4E14DF6901"
TAP_PDOL = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6901"
SHARED = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Spoiled:
    """A card whose n-th answer is another."""

    def __init__(self, card: Any, at: int, spoil: Any) -> None:
        self.card, self.at, self.spoil = card, at, spoil

    def reset(self) -> bytes:
        return b""

    def transmit(self, raw: bytes) -> bytes:
        try:
            answer = self.card.transmit(raw)
        except (AssertionError, LookupError):
            answer = b"\x67\x00"  # the scripted card is strict about what it is told
        self.at -= 1
        return self.spoil(answer) if self.at == 0 else answer


def damage(seed: int, how: str) -> Any:
    chance = random.Random(seed)

    def spoil(answer: bytes) -> bytes:
        data, sw = bytearray(answer[:-2]), answer[-2:]
        if how == "flip" and data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        if how == "cut" and data:
            del data[chance.randrange(len(data)) :]
        if how == "noise":
            data = bytearray(chance.randbytes(chance.randrange(60)))
        if how == "status":
            sw = chance.choice((b"\x6a\x80", b"\x69\x85", b"\x63\xc1", b"\x62\x83", b"\x6f\x00"))
        return bytes(data) + sw

    return spoil


@SHARED
@given(
    family=st.sampled_from(["static", "rsa", "sm2"]),
    tap=st.booleans(),
    at=st.integers(1, 22),
    how=st.sampled_from(["flip", "cut", "noise", "status"]),
    seed=st.integers(0, 1 << 30),
)
def test_one_wrong_answer(
    request: Any,
    terminal: Any,
    transaction: Any,
    around: Any,
    family: str,
    tap: bool,
    at: int,
    how: str,
    seed: int,
) -> None:
    card = request.getfixturevalue(f"{family}_card")
    card.acs, card.asked, card.tries = 0, b"", 3
    card.pdol, card.first = PDOL, lambda asked: asked
    plan = contact.transact(terminal, transaction, around)
    if tap and family != "static":
        card.pdol, card.first = TAP_PDOL, lambda _asked: 1 + seed % 2
        plan = contactless.transact(terminal, transaction, around)
    rows: list[Any] = []
    with suppress(SscardError):
        run(explained(plan, rows.append), Spoiled(card, at, damage(seed, how)))
    assert rows


@given(st.binary(max_size=60) | st.binary(max_size=50).map(lambda raw: b"\x77\x32" + raw))
def test_any_bytes_are_an_answer_or_malformed(raw: bytes) -> None:
    for kind in (ProcessingOptions, Answer):
        with suppress(MalformedData):
            kind.parse(raw)


@given(
    st.builds(
        CommandAPDU,
        st.sampled_from([0x00, 0x04, 0x80, 0x84]),
        st.integers(0, 255),
        st.integers(0, 255),
        st.integers(0, 255),
        st.binary(max_size=60),
    ),
    st.builds(ResponseAPDU, st.binary(max_size=60)),
)
@example(CommandAPDU(0x04, 0xDA, 0x00, 0x00), ResponseAPDU())  # a tag that is none
def test_anything_can_be_explained(command: CommandAPDU, response: ResponseAPDU) -> None:
    explainer = Explainer()
    assert len(explainer.command(command).shown) == 2 * len(bytes(command))
    assert len(explainer.answer(command, response).shown) == 2 * len(bytes(response))


@SHARED
@given(
    st.dictionaries(
        st.sampled_from([0x9F26, 0x9F10, 0x9F36, 0x9F27, 0x9F02, 0x9C, 0x82]), st.binary(max_size=9)
    )
)
def test_any_request_gets_an_answer(host: Any, account: Any, values: dict[int, bytes]) -> None:
    request = IssuerRequest(account.number, account.sequence, MappingProxyType(values))
    assert not host.authorize(request).approved
    assert isinstance(host.authorize(request), IssuerAnswer)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "one template"),
        ("80015C", "begins with the AIP"),
        ("770494020101", "tag 82 is missing"),
        ("7703820100", "tag 82 is missing or not 2 bytes"),
        ("77088202000082020000", "comes twice"),
        ("80025C0080025C00", "one template"),
        ("6100", "one template"),
    ],
)
def test_processing_options_that_are_none(raw: str, why: str) -> None:
    with pytest.raises(MalformedData, match=why):
        ProcessingOptions.parse(bytes.fromhex(raw))


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("800A80000111223344556677", "too short"),
        ("800BC000011122334455667788", "no cryptogram information data"),
        ("77049F270180", "tag 9F36 is missing"),
        ("77099F2701809F36020001", "tag 9F26 is missing"),
        ("", "one template"),
    ],
)
def test_cryptograms_that_are_none(raw: str, why: str) -> None:
    with pytest.raises(MalformedData, match=why):
        Answer.parse(bytes.fromhex(raw))


@pytest.mark.parametrize("values", [{}, {0x5A: b"\xab" * 8}, {0x5A: b"\x12\x34"}, {0x57: b"\xd0"}])
def test_accounts_that_are_none(values: dict[int, bytes]) -> None:
    with pytest.raises(MalformedData, match="account number"):
        _ = CardData(AIP(0), values).account


@pytest.mark.parametrize("tap", [False, True])
def test_a_card_that_wants_to_know_too_much(
    tap: bool, terminal: Any, transaction: Any, around: Any, rsa_card: Any
) -> None:
    rsa_card.pdol = "9F4EFF"
    kernel = contactless if tap else contact
    with pytest.raises(MalformedData, match=r"^a data object list asks for at most 252 bytes$"):
        run(kernel.transact(terminal, transaction, around), rsa_card)


def test_names_that_are_too_long_are_none(
    terminal: Any, transaction: Any, around: Any, rsa_card: Any
) -> None:
    usual = rsa_card._ins_b2
    long = bytes.fromhex("A000000333010101") + bytes(9)

    def answer(*parts: Any) -> bytes:
        if parts[2] >> 3 == 1 and not rsa_card.asked:
            content = tlv.encode(0x61, tlv.encode(0x4F, long))
            return tlv.encode(0x70, content) + b"\x90\0" if parts[1] == 1 else b"\x6a\x83"
        return bytes(usual(*parts))

    rsa_card._ins_b2 = answer
    receipt = run(contact.transact(terminal, transaction, around), rsa_card)
    assert len(receipt.application) == 8
