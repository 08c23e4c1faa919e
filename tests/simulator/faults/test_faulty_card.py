"""Each fault at its counted moment: what the host sees, and what the card has become."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from simulator import VirtualCard
from simulator.faults import Fault, FaultyCard, FaultyNVM, Kind, Moment, Torn
from simulator.faults.fault import MOMENTS
from simulator.faults.slot import TRANSITIONS, Event, Slot, after
from simulator.faults.torn_memory import PowerLoss
from simulator.persistence import Persist, PersistentCard, kept
from sscard.apdu import iso7816
from sscard.apdu.atr import InterfaceBytes
from sscard.errors import TransportError
from sscard.profiles.chips import load_chip
from sscard.transport import CardRemoved

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Terminal

CHALLENGE = bytes(iso7816.get_challenge(8))
SELECT_WRONG = bytes.fromhex("00A4000002ABCD")
WRONG_PIN = bytes.fromhex("0020000003654321")
TRIES = bytes.fromhex("00200000")


@pytest.fixture
def make(clone: Any) -> Any:
    """A card with faults, powered and with SSSE selected before they are planned."""

    def faulty(*faults: Fault, **settings: Any) -> FaultyCard:
        terminal = clone(FaultyNVM)
        terminal.select()
        return FaultyCard(terminal.card, faults, **settings)

    return faulty


def tries(card: FaultyCard, terminal: Terminal) -> str:
    """What VERIFY without data says after a reset."""
    card.reset()
    card.transmit(bytes(iso7816.select(terminal.order.profile.directory("SSSE").df_name)))
    return card.transmit(TRIES).hex().upper()


def test_without_faults_it_is_the_card(make: Any, clone: Any) -> None:
    plain, faulty = clone(), make()
    plain.select()
    for command in (CHALLENGE, SELECT_WRONG, WRONG_PIN, TRIES):
        assert faulty.transmit(command) == plain.card.transmit(command)
    assert faulty.reset() == plain.card.reset()
    assert faulty.happened == []
    assert faulty.waited == 0


@pytest.mark.parametrize("kind", [Kind.POWER_CUT, Kind.REMOVED, Kind.MUTE, Kind.READER_DIES])
@pytest.mark.parametrize(("moment", "left"), [("command", "63C6"), ("response", "63C5")])
def test_whether_the_command_has_happened(
    make: Any, terminal: Terminal, kind: Kind, moment: str, left: str
) -> None:
    card = make(Fault(kind, **{moment: 2}))
    assert len(card.transmit(CHALLENGE)) == 10
    with pytest.raises(TransportError):
        card.transmit(WRONG_PIN)
    with pytest.raises(TransportError):
        card.transmit(CHALLENGE)
    card.insert()
    card.replace_reader()
    assert tries(card, terminal) == left
    assert [fault.kind for fault in card.happened] == [kind]


def test_who_comes_back_after_what(make: Any) -> None:
    for kind, back in (
        (Kind.POWER_CUT, "reset"),
        (Kind.MUTE, "reset"),
        (Kind.REMOVED, "insert"),
        (Kind.READER_DIES, "replace_reader"),
    ):
        card = make(Fault(kind, command=1))
        with pytest.raises(TransportError):
            card.transmit(CHALLENGE)
        for way in ("reset", "insert", "replace_reader"):
            if way != "reset":
                getattr(card, way)()
            if way == back:
                break
            with pytest.raises(TransportError, match=r"removed|reader does not"):
                card.reset()
        card.reset()
        assert len(card.transmit(CHALLENGE)) == 10


@pytest.mark.parametrize(("slot", "event"), list(product(Slot, Event)))
def test_every_pair_is_in_the_table_or_changes_nothing(slot: Slot, event: Event) -> None:
    assert after(slot, event) is TRANSITIONS.get((slot, event), slot)
    if slot in (Slot.EMPTY, Slot.GONE):
        assert after(slot, Event.RESET) is slot, "a reset brings back no card"


@pytest.mark.parametrize("kind", [Kind.POWER_CUT, Kind.REMOVED, Kind.MUTE, Kind.READER_DIES])
def test_at_the_answer_to_reset(make: Any, kind: Kind) -> None:
    card = make(Fault(kind, reset=2))
    card.reset()
    with pytest.raises(TransportError):
        card.power_on()
    card.insert()
    card.replace_reader()
    card.reset()


def test_a_wrong_byte_where_it_is_planned(make: Any, clone: Any) -> None:
    plain = clone()
    plain.select()
    right = plain.card.transmit(TRIES)
    assert make(Fault(Kind.WRONG_BYTE, response=1, byte=-1, mask=0x0F)).transmit(TRIES) == bytes(
        (right[0], right[1] ^ 0x0F)
    )
    assert (
        make(Fault(Kind.WRONG_BYTE, command=1, byte=1, mask=0xFF)).transmit(TRIES).hex() == "6d00"
    )
    far = make(Fault(Kind.WRONG_BYTE, response=1, byte=500, mask=0x01))
    assert far.transmit(TRIES) == bytes((right[0], right[1] ^ 0x01))
    atr = make(Fault(Kind.WRONG_BYTE, reset=1, byte=0, mask=0x04)).reset()
    assert atr[0] == 0x3F


def test_a_slow_card_answers_late(make: Any) -> None:
    slept: list[float] = []
    slow = Fault(Kind.SLOW, command=2, times=3, extensions=4, seconds=0.5)
    card = make(slow, wait=slept.append)
    assert [len(card.transmit(CHALLENGE)) for _ in range(5)] == [10] * 5
    assert (slept, card.waited) == ([2.0] * 3, 6.0)


def test_a_reader_that_loses_patience(make: Any, terminal: Terminal) -> None:
    slow = Fault(Kind.SLOW, command=1, extensions=100, seconds=1.5)
    card = make(slow, patience=20.0)
    with pytest.raises(TransportError, match="more time"):
        card.transmit(WRONG_PIN)
    assert card.waited == 20.0
    with pytest.raises(TransportError, match="does not answer"):
        card.transmit(CHALLENGE)
    assert tries(card, terminal) == "63C5", "the card has executed it all the same"


@pytest.mark.parametrize("torn", [Torn.OLD, Torn.NEW, Torn.FIRST_HALF, Torn.ERASED])
def test_power_cut_at_every_page_of_a_command(make: Any, terminal: Terminal, torn: Torn) -> None:
    whole = make()
    before = whole.card.nvm.programmed
    whole.transmit(WRONG_PIN)
    seen = []
    for page in range(1, whole.card.nvm.programmed - before + 1):
        card = make(Fault(Kind.POWER_CUT, page=page, torn=torn))
        with pytest.raises(TransportError, match="lost its power"):
            card.transmit(WRONG_PIN)
        seen.append(tries(card, terminal))
    assert len(seen) > 3
    assert seen == sorted(seen, reverse=True)
    assert set(seen) == {"63C6", "63C5"}


def test_power_cut_in_the_recovery_too(make: Any, terminal: Terminal) -> None:
    card = make(Fault(Kind.POWER_CUT, page=3), Fault(Kind.POWER_CUT, page=5))
    with pytest.raises(TransportError):
        card.transmit(WRONG_PIN)
    with pytest.raises(TransportError):
        card.reset()
    assert tries(card, terminal) in ("63C6", "63C5")


def test_a_worn_page_is_refused_with_6581_and_nothing_changes(
    make: Any, terminal: Terminal
) -> None:
    card = make(Fault(Kind.WORN_PAGE, command=2))
    assert card.transmit(WRONG_PIN).hex() == "63c5"
    cells = bytes(card.card.nvm.cells)
    for _ in range(3):
        assert card.transmit(WRONG_PIN).hex() == "6581"
    assert len(card.transmit(CHALLENGE)) == 10, "reading and all else goes on"
    assert bytes(card.card.nvm.cells) == cells
    assert tries(card, terminal) == "63C5"
    assert card.transmit(WRONG_PIN).hex() == "6581", "a reset repairs no page"


@pytest.mark.parametrize("page", range(1, 8))
def test_what_cannot_be_written_is_not_shown(clone: Any, page: int) -> None:
    """The try of a right PIN or PUK is counted, then a page wears out: 6581, and no right."""
    for name, show in (("PIN", lambda it: it.verify()), ("PUK", lambda it: it.show("PUK"))):
        terminal = clone(FaultyNVM)
        terminal.select()
        terminal.card.card.nvm.plan([Fault(Kind.WORN_PAGE, page=page)])
        sw = show(terminal)
        security = terminal.card.card._social.security
        given = security.pin if name == "PIN" else bool(security.keys)
        assert sw in (0x9000, 0x6581)
        assert given is (sw == 0x9000), name


def test_a_page_that_wears_out_as_it_is_programmed(make: Any) -> None:
    card = make(Fault(Kind.WORN_PAGE, page=2))
    assert card.transmit(WRONG_PIN).hex() == "63c5", "this time it went well"
    assert len(card.card.nvm.worn) == 1
    assert card.transmit(WRONG_PIN).hex() == "6581"


def test_faults_of_the_memory_need_a_memory_that_has_them(clone: Any) -> None:
    for fault in (Fault(Kind.POWER_CUT, page=1), Fault(Kind.WORN_PAGE, command=1)):
        with pytest.raises(ValueError, match="nvm=FaultyNVM"):
            FaultyCard(clone().card, [fault])
    FaultyCard(clone().card, [Fault(Kind.POWER_CUT, command=1)])


def test_moments_that_a_kind_does_not_have_are_refused() -> None:
    for kind, moment in product(Kind, Moment):
        if moment in MOMENTS[kind]:
            assert Fault(kind, **{moment.value: 1}).moment is moment  # type: ignore[arg-type]
        else:
            with pytest.raises(ValueError, match=f"{kind.value} happens at one"):
                Fault(kind, **{moment.value: 1})  # type: ignore[arg-type]
    for wrong in (
        {},
        {"command": 1, "page": 1},
        {"command": 0},
        {"command": 1, "times": 0},
        {"command": 1, "mask": 0},
        {"command": 1, "seconds": -1.0},
    ):
        with pytest.raises(ValueError, match=r"happens at one|counted from|mask|more time"):
            Fault(Kind.POWER_CUT, **wrong)  # type: ignore[arg-type]


def test_a_torn_card_is_kept_by_its_image(terminal: Terminal, tmp_path: Path) -> None:
    image = tmp_path / "X.card"
    terminal.card.save(image)
    with kept(image, Persist.EACH_COMMAND, nvm=FaultyNVM) as persistent:
        card = FaultyCard(persistent)
        card.power_on()
        card.transmit(bytes(iso7816.select(terminal.order.profile.directory("SSSE").df_name)))
        card.plan([Fault(Kind.POWER_CUT, page=4, torn=Torn.SECOND_HALF)])
        with pytest.raises(TransportError):
            card.transmit(WRONG_PIN)
    loaded = FaultyCard(VirtualCard.load(image, nvm=FaultyNVM))
    assert tries(loaded, terminal) == "63C5"


def test_counting_begins_again_with_a_new_plan(make: Any) -> None:
    card = make(Fault(Kind.MUTE, command=2))
    card.transmit(CHALLENGE)
    card.plan([Fault(Kind.MUTE, command=2)])
    card.transmit(CHALLENGE)
    with pytest.raises(TransportError):
        card.transmit(CHALLENGE)


def test_the_same_faults_do_the_same(clone: Any) -> None:
    outcomes = []
    for _ in range(2):
        terminal = clone(FaultyNVM)
        card = FaultyCard(terminal.card, [Fault(Kind.POWER_CUT, page=7, torn=Torn.UNSTABLE_RANDOM)])
        chance = random.Random(3)
        for _ in range(30):
            try:
                card.transmit(chance.choice((CHALLENGE, WRONG_PIN)))
            except TransportError:
                card.reset()
        outcomes.append(bytes(card.card.nvm.cells))
    assert outcomes[0] == outcomes[1]


def test_pps_goes_through_to_the_card(tmp_path: Path) -> None:
    """Behind faults and behind a kept state; an absent card is mute."""
    chip = load_chip("gen3-80k")
    fast = (InterfaceBytes(None, 0x94, 0, 0), InterfaceBytes(0), InterfaceBytes(1))
    chip = replace(chip, atr={"blank": fast, "final": fast})
    blank = VirtualCard.blank(chip, nvm=FaultyNVM)
    path = tmp_path / "b.card"
    wrapped = PersistentCard(blank, path, Persist.EACH_COMMAND)
    card = FaultyCard(wrapped, [Fault(Kind.REMOVED, command=1)])
    card.power_on()
    assert card.pps(bytes.fromhex("FF11947A")) == bytes.fromhex("FF11947A")
    assert blank.fi_di == 0x94
    with pytest.raises(TransportError, match="does not answer this PPS"):
        card.pps(bytes.fromhex("FF11947A"))
    card.power_on()
    with pytest.raises(CardRemoved):
        card.transmit(CHALLENGE)
    with pytest.raises(CardRemoved):
        card.pps(bytes.fromhex("FF11947A"))


def test_power_that_fails_in_a_pps_is_no_answer(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    card = make()
    card.reset()

    def dark(_: bytes) -> bytes:
        raise PowerLoss

    monkeypatch.setattr(card._inner, "pps", dark)
    with pytest.raises(TransportError, match="lost its power"):
        card.pps(bytes.fromhex("FF10EF"))
