"""Every command in every state, and the order of checks (decision 6)."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from sscard.apdu import aid
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.pse.state import (
    PERMITTED,
    PHASES,
    TRANSITIONS,
    ChannelState,
    Event,
    Phase,
    State,
    after,
    in_phase,
)
from sscard.cos.pse.table import TABLES

STATES = [*product([State.INSTALLED], ChannelState), (State.PERSONALIZED, ChannelState.CLOSED)]

#: A command of legal form for each row; what it answers where it is permitted.
LEGAL = {
    (0x80, INS.INITIALIZE_UPDATE): ("8050000008 0102030405060708 00", "9000"),
    (0x84, INS.EXTERNAL_AUTHENTICATE): (f"8482010010 {32 * '0'}", "6300"),
    (0x80, INS.STORE_DATA): ("80e2000005 9010020303", "6987"),
    (0x84, INS.STORE_DATA): (f"84e2000008 {16 * '0'}", "6988"),
    (0x00, INS.READ_RECORD): ("00b2010c00", "9000"),
    (0x00, INS.VERIFY): ("0020008008 26123456ffffffff", "9000"),
    (0x80, INS.GET_PROCESSING_OPTIONS): ("80a800000b 8309000000000000000000 00", "9000"),
    (0x80, INS.GET_DATA): ("80ca9f3600", "9000"),
    (0x00, INS.GET_CHALLENGE): ("0084000008", "9000"),
    # The others have their place in a transaction, and none has begun.
    (0x00, INS.INTERNAL_AUTHENTICATE): ("0088000004 01020304 00", "6985"),
    (0x80, INS.GENERATE_AC): ("80ae800001 00 00", "6985"),
    (0x00, INS.EXTERNAL_AUTHENTICATE): (f"008200000a {20 * '0'}", "6985"),
    (0x84, INS.APPLICATION_BLOCK): ("841e000004 00000000", "6985"),
    (0x84, INS.APPLICATION_UNBLOCK): ("8418000004 00000000", "6985"),
    (0x84, INS.CARD_BLOCK): ("8416000004 00000000", "6985"),
    (0x84, INS.PIN_CHANGE_UNBLOCK): ("8424000004 00000000", "6985"),
    (0x04, INS.PUT_DATA): ("04da9f790a 00000000000000000000", "6985"),
    (0x04, INS.UPDATE_RECORD): ("04dc010c06 700000000000", "6985"),
    # There are no files of extended applications, and no proof.
    (0x04, INS.STORE_DATA): ("04e200a805 0000000000", "6a82"),
    (0x80, INS.READ_CAPP_DATA): ("80b400a802 0001 00", "6a82"),
    (0x84, INS.UPDATE_CAPP_DATA_CACHE): ("84de00a804 00000000", "6985"),
    (0x80, INS.GET_TRANS_PROVE): ("805a000002 0001 00", "9406"),
}


def bring(bench: Any, name: bytes, state: State, channel: ChannelState) -> None:
    if state is State.PERSONALIZED:
        bench.personalize(name)
    bench.select(name)
    if channel is ChannelState.INITIALIZED:
        bench.initialize()
    if channel is ChannelState.SECURED:
        bench.open(name)


def test_the_tables_name_the_same_commands() -> None:
    assert set(LEGAL) == set(PERMITTED) == set(TABLES[aid.DEBIT])
    assert set(TABLES[aid.PSE]) == set(TABLES[aid.PPSE]) < set(PERMITTED)


@pytest.mark.parametrize(("state", "channel"), STATES)
@pytest.mark.parametrize("key", LEGAL)
@pytest.mark.parametrize("name", TABLES)
def test_every_command_in_every_state(
    make: Any, name: bytes, key: tuple[int, int], state: State, channel: ChannelState
) -> None:
    bench = make(antenna=True)
    bring(bench, name, state, channel)
    command, permitted = LEGAL[key]
    if (name, key) == (aid.PPSE, (0x00, INS.READ_RECORD)):
        permitted = "6a83"  # its directory is in its FCI
    if key not in TABLES[name]:
        # The PSE has no other command of class 80 after issue than those of its table.
        expected = "6d00" if key[0] in {cla for cla, _ in TABLES[name]} else "6e00"
    else:
        expected = permitted if (state, channel) in PERMITTED[key] else "6985"
    assert bench.hex(command)[-4:] == expected


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_every_pair_is_in_the_table_or_is_6985(state: State, event: Event) -> None:
    if (state, event) in TRANSITIONS:
        assert after(state, event) is TRANSITIONS[state, event]
        return
    with pytest.raises(StatusError) as caught:
        after(state, event)
    assert caught.value.sw == StatusWord.CONDITIONS_NOT_SATISFIED


def test_nothing_is_personalized_twice() -> None:
    assert not [pair for pair in TRANSITIONS if pair[1] is Event.COMPLETED][1:]
    assert State.INSTALLED not in TRANSITIONS.values()


#: How to bring a transaction into each phase, and back: the card's own dialogue.
def begin(talk: Any, phase: Phase) -> None:
    if phase is Phase.TAPPED:
        talk.bench.over(contactless=True)
        talk.start(TAP_PDOL).require("GPO")
        return
    talk.bench.select()
    if phase is not Phase.NONE:
        talk.start().require("GPO")
    if phase in (Phase.ONLINE, Phase.ENDED):
        talk.ac("80" if phase is Phase.ONLINE else "00")


TAP_PDOL = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6901"


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("key", PHASES)
def test_every_command_in_every_phase(rich: Any, key: tuple[int, int], phase: Phase) -> None:
    begin(rich.said(), phase)
    answer = rich.hex(LEGAL[key][0])[-4:]
    # APPLICATION UNBLOCK outside a transaction is for a blocked application, and this one is not.
    allowed = in_phase(key, phase) and not (
        key == (0x84, INS.APPLICATION_UNBLOCK) and phase is Phase.NONE
    )
    # This one is of a transaction with an extended application.
    allowed = allowed and key != (0x84, INS.UPDATE_CAPP_DATA_CACHE)
    assert (answer != "6985") == allowed


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("c0ff000000", "6e00"),
        ("0384000008", "6881"),
        ("00ff000000", "6d00"),
        ("8482010010" + 32 * "0", "6985"),  # state before anything about its form
        ("80e2ffff", "6985"),
        ("00b2000c00", "6a86"),
        ("00b2010d00", "6a86"),
        ("00b2010400", "6a86"),  # no current EF in these applications
        ("00b2010c", "6700"),
        ("00b2010c0100", "6700"),
        ("0020000008" + 16 * "0", "6a86"),
        ("0020008007" + 14 * "0", "6700"),
        ("0020008008" + 16 * "0" + "00", "6700"),
        ("80a8000100", "6a86"),
        ("80a8000000", "6700"),
        ("80ca9f36", "6700"),
    ],
)
def test_the_order_of_checks(issued: Any, command: str, sw: str) -> None:
    issued.select()
    assert issued.hex(command) == sw


def test_the_order_of_checks_before_issue(bench: Any) -> None:
    bench.select()
    assert bench.hex("8050020008" + 16 * "0") == "6a86"
    assert bench.hex("8050000007" + 14 * "0") == "6700"
    host = bench.open()
    tries = bytes.fromhex("9010020303")
    for p1 in (0x40, 0xC0, 0x01):
        assert bench.send(CommandAPDU(0x80, INS.STORE_DATA, p1, 0, tries)).sw == 0x6A86
    assert bench.send(CommandAPDU(0x80, INS.STORE_DATA, 0, 1, tries)).sw == 0x6A86
    # P1 and P2 are looked at before the MAC, which has not been touched by the refusals.
    assert bench.send(host.wrap(CommandAPDU(0x80, INS.STORE_DATA, 0, 0, tries))).sw == 0x9000
