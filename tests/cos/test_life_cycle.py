"""The lives of the card and of its directories: the whole products of states and events."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING

import pytest

from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.life_cycle import (
    ALIVE,
    DIRECTORY_TRANSITIONS,
    FACTORY,
    SILENT,
    TRANSITIONS,
    CardEvent,
    CardState,
    DirectoryEvent,
    DirectoryState,
    after,
)
from sscard.dialects.operations import (
    CreateDirectory,
    CreateFile,
    EndPreIssue,
    KeyType,
    LoadKey,
    Operation,
    ReplaceMaster,
    SetFci,
    Structure,
    WriteHistorical,
)
from sscard.dialects.rights import FREE
from sscard.keys import TDES

if TYPE_CHECKING:
    from tests.conftest import Terminal
    from tests.cos.conftest import Maker

B, A, DONE, D = CardState.BLANK, CardState.ACTIVATED, CardState.ISSUED, CardState.DEAD
#: Written out by hand: state, event, next state; whatever is not here is 6985.
CARD = {
    (B, CardEvent.ATR_WRITTEN): A,
    (A, CardEvent.ATR_WRITTEN): A,
    (A, CardEvent.END_PRE_ISSUE): DONE,
    (DONE, CardEvent.CARD_BLOCK): CardState.BLOCKED,
    (B, CardEvent.TRANSPORT_TRIES_USED): D,
    (A, CardEvent.TRANSPORT_TRIES_USED): D,
}
C, T, OWN = DirectoryState.CREATED, DirectoryState.TEMPORARY_MASTER, DirectoryState.OWN_MASTER
DIRECTORY = {
    (C, DirectoryEvent.COMPLETE): C,
    (C, DirectoryEvent.LOAD_MASTER): T,
    (T, DirectoryEvent.COMPLETE): T,
    (T, DirectoryEvent.REPLACE_MASTER): OWN,
    (C, DirectoryEvent.APPLICATION_BLOCK): DirectoryState.BLOCKED,
    (T, DirectoryEvent.APPLICATION_BLOCK): DirectoryState.BLOCKED,
    (OWN, DirectoryEvent.APPLICATION_BLOCK): DirectoryState.BLOCKED,
}


@pytest.mark.parametrize(("state", "event"), list(product(CardState, CardEvent)))
def test_every_pair_of_the_card(state: CardState, event: CardEvent) -> None:
    if (state, event) in CARD:
        assert after(TRANSITIONS, state, event) is CARD[state, event]
        return
    with pytest.raises(StatusError) as caught:
        after(TRANSITIONS, state, event)
    assert caught.value.sw is StatusWord.CONDITIONS_NOT_SATISFIED


@pytest.mark.parametrize(("state", "event"), list(product(DirectoryState, DirectoryEvent)))
def test_every_pair_of_a_directory(state: DirectoryState, event: DirectoryEvent) -> None:
    if (state, event) in DIRECTORY:
        assert after(DIRECTORY_TRANSITIONS, state, event) is DIRECTORY[state, event]
        return
    with pytest.raises(StatusError) as caught:
        after(DIRECTORY_TRANSITIONS, state, event)
    assert caught.value.sw is StatusWord.CONDITIONS_NOT_SATISFIED


def test_nothing_leads_back() -> None:
    order = list(CardState)
    assert all(order.index(after) >= order.index(before) for (before, _), after in CARD.items())
    assert {FACTORY, SILENT} == {frozenset({B, A}), frozenset({CardState.BLOCKED, D})}
    assert frozenset({B, A, DONE}) == ALIVE


def state(maker: Maker) -> CardState:
    return maker.card.card.system.state


def test_the_stages_of_a_card(maker: Maker, terminal: Terminal) -> None:
    assert state(maker) is B
    maker.open()
    maker.make(WriteHistorical(bytes(13)))
    assert state(maker) is A
    maker.make(WriteHistorical(bytes(range(13))))
    assert state(maker) is A
    for directory in (CreateDirectory(0x3F00), CreateDirectory(0xDDF1, b"SSSE.")):
        assert maker.say(EndPreIssue()) == 0x6985, "a card for nothing"
        maker.make(directory)
    maker.make(EndPreIssue())
    assert state(maker) is DONE
    maker.card.power_on()
    assert state(maker) is DONE
    assert terminal.card.card.system.state is DONE


def test_a_card_without_its_final_atr_cannot_be_closed(maker: Maker) -> None:
    maker.open()
    assert maker.say(EndPreIssue()) == 0x6985
    assert state(maker) is B


def test_after_the_end_the_factory_commands_are_gone(maker: Maker) -> None:
    maker.ground()
    maker.card.power_on()
    for command in ("80E00300", "80E00100023F00", "80E00102", "80E005000D" + "00" * 13, "80E00200"):
        assert maker.card.transmit(bytes.fromhex(command)).hex() == "6985"
    assert maker.card.transmit(bytes.fromhex("84D4000004AABBCCDD")).hex() == "6985"


FIRST, LAST = TDES(bytes(range(16))), TDES(bytes(range(16, 32)))
MASTER = LoadKey(KeyType.MASTER, 0, 1, 0, FIRST.reveal())
FILE = CreateFile(0xEF05, Structure.TRANSPARENT, FREE, FREE, (bytes(4),))
ADDED: list[Operation] = [
    FILE,
    SetFci(bytes(3)),
    LoadKey(KeyType.EXTERNAL, 4, 1, 0, bytes(16)),
]


def test_each_stage_of_a_master_key(maker: Maker) -> None:
    maker.open()
    maker.make(CreateDirectory(0x3F00), CreateDirectory(0xDDF1, b"SSSE."))
    assert maker.say(ReplaceMaster(LAST.reveal())) == 0x6A88, "there is none yet"
    maker.make(MASTER)
    key = LoadKey(KeyType.EXTERNAL, 4, 1, 0, bytes(16))
    assert maker.say(key) == 0x6988, "the transport key is not for this directory any more"
    assert maker.say(key, FIRST) == 0x9000
    assert maker.say(ReplaceMaster(LAST.reveal())) == 0x6988
    assert maker.say(ReplaceMaster(LAST.reveal()), FIRST) == 0x9000


@pytest.mark.parametrize("operation", ADDED, ids=lambda each: type(each).__name__)
def test_with_its_own_master_key_a_directory_is_complete(
    maker: Maker, operation: Operation
) -> None:
    maker.open()
    maker.make(CreateDirectory(0x3F00), CreateDirectory(0xDDF1, b"SSSE."), MASTER)
    assert maker.say(MASTER, FIRST) == 0x6A89
    assert maker.say(operation, FIRST) == 0x9000
    assert maker.say(operation, FIRST) == 0x6A89
    assert maker.say(ReplaceMaster(LAST.reveal()), FIRST) == 0x9000
    assert maker.say(operation, LAST) == 0x6A89, "a repetition changes nothing (decision 16)"
    other = [
        CreateFile(0xEF06, Structure.TRANSPARENT, FREE, FREE, (bytes(4),)),
        LoadKey(KeyType.EXTERNAL, 5, 1, 0, bytes(16)),
        ReplaceMaster(FIRST.reveal()),
    ]
    assert [maker.say(each, LAST) for each in other] == [0x6985] * 3
    assert maker.say(CreateDirectory(0xDF01, b"DF01.")) == 0x9000, "below it there is room"


def test_a_directory_without_master_key_takes_keys_under_the_transport_key(
    maker: Maker, external: Callable[[int], LoadKey]
) -> None:
    maker.open()
    maker.make(CreateDirectory(0x3F00), CreateDirectory(0xDDF1, b"SSSE."), external(4))
