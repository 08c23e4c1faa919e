"""VERIFY: tries, what asking costs, and what pulling the card out gains (nothing)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from simulator import VirtualCard
from sscard.cos import NVM
from sscard.cos.ssse import pin
from sscard.dialects.operations import KeyType, LoadKey
from sscard.profiles.chips import load_chip

if TYPE_CHECKING:
    from tests.conftest import Terminal
    from tests.cos.conftest import Maker

RIGHT, WRONG = "0020000003123456", "0020000003654321"
LEFT = "00200000"
TRIES = 6


@pytest.fixture
def ssse(terminal: Terminal) -> Terminal:
    terminal.select()
    return terminal


def test_the_pin_counts_down_and_is_then_blocked_for_good(ssse: Terminal) -> None:
    for left in range(TRIES - 1, -1, -1):
        assert ssse.hex(WRONG) == f"63C{left}"
    assert ssse.hex(RIGHT) == ssse.hex(WRONG) == "6983"
    assert ssse.hex(LEFT) == "63C0"
    ssse.card.reset()
    ssse.select("DF01")
    assert ssse.hex(RIGHT) == "6983"
    assert ssse.hex("00B2012C00") == "6982"


def test_the_right_pin_gives_all_tries_back(ssse: Terminal) -> None:
    for _ in range(TRIES - 1):
        ssse.hex(WRONG)
    assert ssse.hex(LEFT) == "63C1"
    assert ssse.hex(RIGHT) == "9000"
    assert ssse.hex(LEFT) == f"63C{TRIES}"


def test_asking_costs_nothing_and_gives_nothing(ssse: Terminal) -> None:
    ssse.select("DF01")
    for _ in range(20):
        assert ssse.hex(LEFT) == f"63C{TRIES}"
    assert ssse.hex("00B2012C00") == "6982"


@pytest.mark.parametrize("near", ["00200000021234", "002000000412345678", "002000000312345F"])
def test_a_pin_is_all_its_digits(ssse: Terminal, near: str) -> None:
    assert ssse.hex(near) == f"63C{TRIES - 1}"


@pytest.mark.parametrize(
    "data", ["123456FF", "1234FF", "12345A", "1A3456", "12F456", "F123", "FFFF", "FF" * 8]
)
def test_what_has_not_the_form_of_a_pin_uses_no_try(ssse: Terminal, data: str) -> None:
    assert ssse.hex(f"00200000{len(data) // 2:02X}{data}") == "6A80"
    assert ssse.hex(LEFT) == f"63C{TRIES}"


def test_an_odd_number_of_digits_has_one_f_behind_it(maker: Maker) -> None:
    maker.ground(LoadKey(KeyType.PIN, 0, 1, 3, bytes.fromhex("12345F").ljust(8, b"\xff")))
    answers = [
        maker.card.transmit(bytes.fromhex(f"0020000003{pin}")).hex() for pin in ("123450", "12345F")
    ]
    assert answers == ["63c2", "9000"]


def test_the_pin_stays_until_power_off(ssse: Terminal) -> None:
    assert ssse.hex(RIGHT) == "9000"
    for name in ("DF01", "DF02", "SSSE", "DF01"):
        ssse.select(name)
    assert ssse.hex("00B2012C00")[-4:] == "9000"
    ssse.card.reset()
    ssse.select("DF01")
    assert ssse.hex("00B2012C00") == "6982"


def test_without_a_pin_set_the_right_is_given(maker: Maker) -> None:
    maker.ground(LoadKey(KeyType.PIN, 0, 1, 3, b"\xff" * 8))
    answers = [maker.card.transmit(bytes.fromhex(each)).hex() for each in (LEFT, RIGHT, LEFT)]
    assert answers == ["9000", "63c2", "9000"]
    assert maker.card.card._social.security.pin


@pytest.mark.parametrize(("grants", "read"), [(True, "9000"), (False, "6982")])
def test_what_an_empty_pin_gives_is_the_chip_s(
    ssse: Terminal, issued_cells: bytes, grants: bool, read: str
) -> None:
    """Without a PIN the answer is 9000 all the same (ssc 12)."""
    chip = replace(load_chip("gen2-32k"), empty_pin_grants=grants)
    terminal = type(ssse)(VirtualCard(NVM(bytearray(issued_cells)), chip), ssse.order)
    terminal.select()
    assert terminal.hex("805E010004123456FF") == "9000", "now there is none"
    terminal.card.reset()
    terminal.select("DF01")
    assert terminal.hex(LEFT) == "9000"
    assert terminal.hex("00B2012C00")[-4:] == read


def test_no_pin_on_the_card(maker: Maker) -> None:
    maker.ground()
    assert maker.card.transmit(bytes.fromhex(RIGHT)).hex() == "6a88"


def test_a_cut_while_comparing_costs_the_try(
    ssse: Terminal, power_loss: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sees the comparison and pulls the card out before the answer has used a try."""

    def cut(*_: bytes) -> bool:
        raise power_loss

    for left in range(TRIES - 1, -1, -1):
        with monkeypatch.context() as patched:
            patched.setattr(pin.hmac, "compare_digest", cut)
            with pytest.raises(power_loss):
                ssse.hex(RIGHT)
        ssse.card.reset()
        ssse.select()
        assert ssse.hex(LEFT) == f"63C{left}"
    assert ssse.hex(RIGHT) == "6983"


def test_a_cut_at_any_step_never_gives_another_comparison(
    clone: Callable[..., Terminal],
    torn_nvm: Any,
    power_loss: Any,
    outcome: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = []
    real = pin.hmac.compare_digest
    monkeypatch.setattr(pin.hmac, "compare_digest", lambda *each: compared.append(1) or real(*each))
    for cut_at in count(1):
        card, compared[:] = clone(torn_nvm), []
        cuts = 0
        while True:
            card.card.power_on()
            card.select()
            # A card that forgets the cut try would let this go on forever; one cut is enough.
            card.card.card.nvm.arm(cut_at if cuts < TRIES else 0, outcome)
            try:
                answer = card.hex(WRONG)
            except power_loss:
                cuts += 1
                continue
            if answer == "6983":
                break
        assert len(compared) <= TRIES, cut_at
        if not cuts:
            break
    assert cut_at == 6, "counting a try is one page: index, copy, index, page, index"


def test_wrong_and_right_look_alike_until_the_try_is_counted(
    clone: Callable[..., Terminal], torn_nvm: Any, power_loss: Any, outcomes: Any
) -> None:
    for cut_at in range(1, 5):
        cells = []
        for given in (RIGHT, WRONG):
            card = clone(torn_nvm)
            card.select()
            card.card.card.nvm.arm(cut_at, outcomes.FIRST_HALF)
            with pytest.raises(power_loss):
                card.hex(given)
            cells.append(bytes(card.card.card.nvm.cells))
        assert cells[0] == cells[1]
