"""The PC/SC service: readers, waiting, and what its return codes mean."""

from __future__ import annotations

from typing import Any

import pytest

from sscard.errors import TransportError
from sscard.transport import (
    CardMute,
    CardRemoved,
    NoCard,
    NoReader,
    NoService,
    ReaderInUse,
    ReaderState,
    Service,
)
from sscard.transport.pcsc_codes import MEANINGS, check, error

ATR = bytes.fromhex("3B6D00000081544C868684000000000000")
FIRST, SECOND = "Maker Model 00 00", "Maker Model 00 01"


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (0x8010001D, NoService, "启动pcscd"),
        (0x8010001E, NoService, "does not run"),
        (0x8010002E, NoReader, "no reader is connected"),
        (0x80100009, NoReader, "unplugged"),
        (0x8010000C, NoCard, "读卡器中无卡"),
        (0x80100069, CardRemoved, "卡片已取出"),
        (0x80100066, CardMute, "wrong way round"),
        (0x8010000B, ReaderInUse, "another program"),
        (0x80100016, TransportError, "did not answer"),
        (0x80100068, TransportError, "another program has reset"),
    ],
)
def test_codes_say_what_can_be_done(code: int, kind: type[TransportError], words: str) -> None:
    for given in (code, code - (1 << 32)):
        found = error(given, "R")
        assert type(found) is kind
        assert str(found).startswith("R: ")
        assert words in str(found)
        assert f"({code:08X})" in str(found)


def test_every_meaning_is_in_both_languages() -> None:
    for each in MEANINGS.values():
        assert not each.zh.isascii()
        assert each.en.isascii()


def test_an_unknown_code_is_named() -> None:
    with pytest.raises(TransportError, match="R: PC/SC错误 error 80100004"):
        check(0x80100004, "R")
    check(0, "R")


def test_no_service(new_scard: Any) -> None:
    with pytest.raises(NoService, match="PC/SC: PC/SC服务未运行"):
        Service(new_scard(service=0x8010001D))


def test_no_readers_are_no_error_until_one_is_wanted(new_scard: Any) -> None:
    with Service(new_scard(names=())) as service:
        assert service.readers() == ()
        with pytest.raises(NoReader, match="none is connected"):
            service.find("0")


def test_readers_and_what_is_in_them(new_scard: Any, new_card: Any) -> None:
    scard = new_scard(card=new_card(ATR, 1, bytes))
    with Service(scard) as service:
        first, second = service.readers()
    assert (first.name, first.state, first.atr) == (FIRST, ReaderState.PRESENT, ATR)
    assert (second.name, second.state, second.atr) == (SECOND, ReaderState.EMPTY, b"")
    assert scard.calls[-1] == ("release", "context")
    assert not [call for call in scard.calls if call[0] == "connect"], "no card is disturbed"


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        (0x0010, ReaderState.EMPTY),
        (0x0020, ReaderState.PRESENT),
        (0x0120, ReaderState.SHARED),
        (0x00A0, ReaderState.EXCLUSIVE),
        (0x0220, ReaderState.MUTE),
        (0x0620, ReaderState.MUTE),
        (0x0008, ReaderState.UNAVAILABLE),
        (0x000C, ReaderState.UNAVAILABLE),
        (0x0000, ReaderState.UNAVAILABLE),
    ],
)
def test_states(new_scard: Any, raw: int, state: ReaderState) -> None:
    with Service(new_scard(states=[0x00050000 | raw | 2])) as service:
        found = service.reader(FIRST)
    assert (found.state, found.events) == (state, 5)
    assert found.has_card is (state not in (ReaderState.EMPTY, ReaderState.UNAVAILABLE))


def test_a_reader_that_was_unplugged(new_scard: Any) -> None:
    with Service(new_scard()) as service, pytest.raises(NoReader, match=r"Other: .*unplugged"):
        service.reader("Other")


def test_a_card_that_is_there_is_not_waited_for(new_scard: Any, new_card: Any, clock: Any) -> None:
    scard = new_scard(card=new_card(ATR, 1, bytes))
    with Service(scard) as service:
        assert service.wait(FIRST, clock(0), timeout=9).atr == ATR
    assert [call[2] for call in scard.calls if call[0] == "status"] == [0]


def test_a_card_that_comes(new_scard: Any, new_card: Any, clock: Any) -> None:
    scard = new_scard(card=new_card(ATR, 1, bytes), states=[0x10, 0x10, 0x10, 0x10022])
    with Service(scard) as service:
        assert service.wait(FIRST, clock(0, 1, 2, 2.75), timeout=3).atr == ATR
    waited = [call[2] for call in scard.calls if call[0] == "status"]
    assert waited == [0, 500, 500, 250], "it looks up to hear Ctrl-C, and never waits too long"


def test_a_card_that_does_not_come(new_scard: Any, clock: Any) -> None:
    with (
        Service(new_scard()) as service,
        pytest.raises(NoCard, match="3秒内未放入卡片 no card came within 3 s"),
    ):
        service.wait(FIRST, clock(0, 1, 3), timeout=3)


def test_a_card_that_goes(new_scard: Any, new_card: Any, clock: Any) -> None:
    scard = new_scard(card=new_card(ATR, 1, bytes), states=[0x20, 0x20, 0x10])
    with Service(scard) as service:
        gone = service.wait(FIRST, clock(0, 1, 1), timeout=3, present=False)
        assert not gone.has_card
        scard.states = [0x20]
        with pytest.raises(NoCard, match="was not taken out within 3 s"):
            service.wait(FIRST, clock(0, 1, 3), timeout=3, present=False)
