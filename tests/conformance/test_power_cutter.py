"""The power cutter of conformance runs: it cuts at every page of a command, and behind it."""

from __future__ import annotations

import pytest

from simulator.faults import FaultyCard, SimulatedPowerCutter
from sscard.errors import TransportError
from tests.conformance.conftest import Desk

_SSSE = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF00")
_WRONG_PIN = bytes.fromhex("0020000003999999")
_TRIES = bytes.fromhex("00200000")


def _tries(card: FaultyCard) -> str:
    card.reset()
    card.transmit(_SSSE)
    return card.transmit(_TRIES).hex().upper()


def test_every_moment_of_a_command_can_be_met(desk: Desk) -> None:
    """Before the try is written it is not used; from then on it is, whatever else happens."""
    card = desk.card
    cutter = SimulatedPowerCutter(card)
    assert _tries(card) == "63C6"
    assert cutter.whole(_WRONG_PIN).hex() == "63c5"
    moments = cutter.moments(_WRONG_PIN)
    assert moments > 3
    left = []
    for moment in range(moments):
        card.reset()
        card.transmit(_SSSE)
        card.transmit(bytes.fromhex("0020000003123456"))
        cutter.cut(_WRONG_PIN, moment / (moments - 1))
        with pytest.raises(TransportError):
            card.transmit(_TRIES)
        left.append(_tries(card))
    assert set(left) == {"63C6", "63C5"}
    assert left[-1] == "63C5"


def test_a_command_that_nobody_measured_is_cut_somewhere(desk: Desk) -> None:
    card = desk.card
    SimulatedPowerCutter(card).cut(_SSSE, 0.0)
    with pytest.raises(TransportError):
        card.transmit(_TRIES)
    assert _tries(card) == "63C6"
