"""One card in one reader: whole APDUs, resets, who has it, how it ends."""

from __future__ import annotations

import random
from typing import Any

import pytest

from simulator import Protocol, VirtualCard
from sscard.errors import MalformedData, TransportError
from sscard.transport import CardRemoved, NoCard, NoReader, PcscConnection, ReaderInUse
from sscard.transport.pcsc_connection import CardProtocol

CONTACT = bytes.fromhex("3B6D00000081544C868684000000000000")
T0, T1 = 1, 2
SELECT = bytes.fromhex("00A4040008A00000033301010100")
EXTENDED = bytes.fromhex("00D68200000100") + bytes(256)


def simulated(protocol: Protocol) -> VirtualCard:
    card = VirtualCard.blank("gen3-80k", random=random.Random(1).randbytes)
    card.power_on(protocol)
    return card


@pytest.fixture
def t0(new_scard: Any, new_card: Any) -> Any:
    """A reader with a card that takes TPDUs."""
    return new_scard(card=new_card(CONTACT, T0, simulated(Protocol.T0).transmit))


@pytest.fixture
def t1(new_scard: Any, new_card: Any) -> Any:
    """A reader with a card that takes APDUs."""
    return new_scard(card=new_card(CONTACT, T1, simulated(Protocol.T1).transmit))


def test_on_t0_the_caller_sees_apdus(t0: Any, t1: Any) -> None:
    with PcscConnection("0", scard=t0) as one, PcscConnection("0", scard=t1) as two:
        assert one.transmit(SELECT) == two.transmit(SELECT)
        assert (one.protocol, two.protocol) == (CardProtocol.T0, CardProtocol.T1)
    assert t0.card.sent == [SELECT[:-1], bytes.fromhex("00C000000C")], "GET RESPONSE"
    assert t1.card.sent == [SELECT]


def test_a_wrong_le_is_said_again(new_scard: Any, new_card: Any) -> None:
    answers = {
        "00b0810000": "6c03",
        "00b0810003": "0102039000",
    }
    card = new_card(CONTACT, T0, lambda raw: bytes.fromhex(answers[raw.hex()]))
    with PcscConnection("0", scard=new_scard(card=card)) as connection:
        assert connection.transmit(bytes.fromhex("00B0810000")).hex() == "0102039000"


def test_t0_carries_no_extended_length(t0: Any) -> None:
    with PcscConnection("0", scard=t0) as card:
        with pytest.raises(TransportError, match=r"命令超长 T=0 carries no.*\(263 bytes\)"):
            card.transmit(EXTENDED)
        with pytest.raises(MalformedData):
            card.transmit(b"\0\0")
    assert t0.card.sent == []


@pytest.mark.parametrize(
    ("properties", "taken"),
    [
        (None, True),
        ("", True),
        ("0A0400000000", False),
        ("0102ffff" + "0A0400000000", False),
        ("0A0400000100", True),
        ("0A040000", True),  # breaks off
    ],
)
def test_extended_length_where_the_reader_allows(
    t1: Any, properties: str | None, taken: bool
) -> None:
    t1.properties = None if properties is None else bytes.fromhex(properties)
    with PcscConnection("0", scard=t1) as card:
        if taken:
            assert len(card.transmit(EXTENDED)) == 2
        else:
            with pytest.raises(TransportError, match="此读卡器 this reader carries no extended"):
                card.transmit(EXTENDED)
            assert len(card.transmit(SELECT)) > 2
    assert len(t1.card.sent) == 1


def test_reset_takes_the_power_away(t0: Any) -> None:
    with PcscConnection("0", scard=t0) as card:
        assert card.reset() == card.atr == CONTACT
    assert ("reconnect", 1, 3, 2) in t0.calls, "exclusive, either protocol, unpower"


def test_the_protocol_may_be_another_after_a_reset(t0: Any) -> None:
    with PcscConnection("0", scard=t0) as card:
        t0.card.protocol = T1
        card.reset()
        assert card.protocol is CardProtocol.T1


def test_another_card_is_not_gone_on_with(t0: Any) -> None:
    with PcscConnection("0", scard=t0) as card:
        t0.states = [0x00020020]  # one was taken out and another put in
        with pytest.raises(CardRemoved, match="卡片已取出"):
            card.reset()
        t0.code = 0x80100069
        with pytest.raises(CardRemoved, match=r"80100069"):
            card.transmit(SELECT)
    assert not [call for call in t0.calls if call[0] == "reconnect"]


def test_alone_until_closed(t0: Any) -> None:
    card = PcscConnection("0", scard=t0)
    assert ("connect", "Maker Model 00 00", 1, 3) in t0.calls
    card.close()
    card.close()
    assert t0.calls[-2:] == [("disconnect", 2), ("release", "context")], "the power goes"


def test_shared_with_transactions(t0: Any) -> None:
    with PcscConnection("0", shared=True, scard=t0) as card:
        with card.transaction():
            card.transmit(SELECT)
            t0.code = 0x80100069
        with pytest.raises(CardRemoved), card.transaction():
            pytest.fail("it has not begun")
    assert ("connect", "Maker Model 00 00", 2, 3) in t0.calls
    assert t0.calls[-5:] == [
        ("begin",),
        ("end", 0),
        ("begin",),
        ("disconnect", 0),
        ("release", "context"),
    ]


@pytest.mark.parametrize(
    ("reader", "code", "error"),
    [("0", 0x8010000B, ReaderInUse), ("0", 0x8010000C, NoCard), ("9", 0, NoReader)],
)
def test_what_cannot_be_opened_leaves_nothing_open(
    t0: Any, reader: str, code: int, error: type[TransportError]
) -> None:
    t0.connects = code
    with pytest.raises(error):
        PcscConnection(reader, scard=t0)
    assert t0.calls[-1] == ("release", "context")
    assert not [call for call in t0.calls if call[0] == "disconnect"]
