"""What a counter reads of the financial side: the account, or a refusal that says why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sscard.apdu import iso7816, tlv
from sscard.apdu.command import CommandAPDU
from sscard.errors import NotVerified
from sscard.perso import bank_shown
from sscard.perso.bank_shown import BankShown
from sscard.perso.plan import run
from sscard.profiles import load_profile

if TYPE_CHECKING:
    from tests.issuance.premade.conftest import Workshop

GEN2 = load_profile("gen2")
AID = GEN2.bank_setting("aid").data


class Told:
    """Says what it was given, answer by answer; then that there is nothing more."""

    def __init__(self, answers: Iterator[bytes]) -> None:
        self.answers = answers

    def reset(self) -> bytes:
        return b""

    def transmit(self, command: bytes) -> bytes:
        return next(self.answers, b"\x6a\x83")


class Altered:
    """A blank of which some answers are others on the way."""

    def __init__(self, workshop: Workshop, answers: Mapping[CommandAPDU, bytes]) -> None:
        self.card = workshop.blank()
        self.card.power_on()
        self.answers = {bytes(command): answer for command, answer in answers.items()}

    def reset(self) -> bytes:
        return self.card.reset()

    def transmit(self, command: bytes) -> bytes:
        return self.answers.get(command) or self.card.transmit(command)


def good(data: bytes) -> bytes:
    return data + b"\x90\x00"


def entry(aid: bytes) -> bytes:
    return tlv.encode(0x70, tlv.encode(0x61, tlv.encode(0x4F, aid)))


def fci(*inside: tuple[int, bytes]) -> bytes:
    return tlv.encode(0x6F, tlv.encode(0xA5, b"".join(tlv.encode(*each) for each in inside)))


def test_the_account_is_that_of_the_list(workshop: Workshop) -> None:
    shown = workshop.record.bank
    assert (shown.number, shown.expiry) == (workshop.account.number, workshop.account.expiry)


def test_the_digest_tells_accounts_apart_and_no_counters(second: Workshop, other: Workshop) -> None:
    card = second.blank()
    card.power_on()
    for _ in range(3):
        assert run(bank_shown.read(GEN2), card) == second.record.bank
    assert other.record.bank.digest != second.record.bank.digest


DIRECTORY, APPLICATION = iso7816.read_record(1, sfi=1), iso7816.read_record(1, sfi=3)
PSE = iso7816.select(GEN2.bank_setting("pse_name").data)
DEBIT = iso7816.select(AID)
ANSWERS = [
    (PSE, b"\x6a\x82", "PSE cannot be selected .6A82."),
    (PSE, good(fci()), "PSE names no directory"),
    (PSE, good(fci((0x88, b"\x1f"))), "PSE names no directory"),
    (PSE, good(fci((0x88, b"\1"))[:-1]), "not complete"),
    (DIRECTORY, b"\x6a\x83", "PSE does not name the debit application .6A83."),
    (DIRECTORY, good(entry(AID[:-1])), "PSE does not name the debit application"),
    (DEBIT, b"\x62\x83", "the debit application cannot be selected .6283."),
    (DEBIT, good(fci((0x9F38, b"\x9f\x02\xff"))), "asks for too much"),
    (APPLICATION, b"\x6a\x83", "has no record 0301 .6A83."),
    (APPLICATION, good(tlv.encode(0x70, b"")), "has no tag 5A"),
    (APPLICATION, good(tlv.encode(0x70, tlv.encode(0x5A, b"\xab\xcd"))), "5A is no account"),
    (APPLICATION, good(tlv.encode(0x70, tlv.encode(0x5A, b"\x62\x28"))), "57 is of another"),
]


@pytest.mark.parametrize(("command", "answer", "why"), ANSWERS)
def test_what_is_missing_is_named(
    second: Workshop, command: CommandAPDU, answer: bytes, why: str
) -> None:
    with pytest.raises(NotVerified, match=why):
        run(bank_shown.read(GEN2), Altered(second, {command: answer}))


def test_a_directory_without_end_is_left(second: Workshop) -> None:
    endless = {iso7816.read_record(each, sfi=1): good(entry(b"other")) for each in range(1, 255)}
    with pytest.raises(NotVerified, match="too many entries"):
        run(bank_shown.read(GEN2), Altered(second, endless))


@settings(max_examples=100)
@given(st.data())
def test_any_answers_are_an_account_or_are_refused(data: st.DataObject) -> None:
    ends = st.sampled_from([b"\x90\x00", b"\x6a\x82"])
    tags = st.sampled_from([0x6F, 0xA5, 0x88, 0x70, 0x61, 0x4F, 0x9F38, 0x80, 0x77, 0x94, 0x5A])
    inside = st.builds(tlv.encode, tags, st.binary(max_size=12) | st.just(AID))
    nested = st.recursive(inside, lambda each: st.builds(tlv.encode, tags, each), max_leaves=4)
    likely = [good(fci((0x88, b"\1"))), good(entry(AID)), good(fci())]
    start = likely[: data.draw(st.integers(0, 3))]
    body = nested | st.binary(max_size=30)
    rest = data.draw(st.lists(st.builds(lambda a, b: a + b, body, ends), max_size=8))
    try:
        found = run(bank_shown.read(GEN2), Told(iter([*start, *rest])))
    except NotVerified:
        return
    assert isinstance(found, BankShown)
