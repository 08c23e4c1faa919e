"""The terminal's tests: nobody has a card, and all of them run."""

from __future__ import annotations

import pytest
from waiting_room import CardTrouble, is_genuine, welcome

from simulator.faults import Fault, Kind


def test_a_visitor_is_welcomed(ssc_card):
    assert welcome(ssc_card).card_number == "X00000019"


@pytest.mark.ssc_profile("gen3", name="诸葛验收")
def test_a_card_of_the_third_generation(ssc_card, ssc_holder):
    assert welcome(ssc_card).card_number == "X00000019"
    assert ssc_holder["name"] == "诸葛验收"


@pytest.mark.ssc_faults(Fault(Kind.MUTE, command=2))
def test_a_card_that_falls_silent(ssc_card):
    with pytest.raises(CardTrouble):
        welcome(ssc_card)


@pytest.mark.ssc_faults(Fault(Kind.POWER_CUT, response=1))
def test_trouble_is_over_when_the_card_is_put_in_again(ssc_card):
    with pytest.raises(CardTrouble):
        welcome(ssc_card)
    assert welcome(ssc_card).card_number == "X00000019"


@pytest.mark.ssc_profile("gen2", blank=True)
def test_a_blank_chip_is_no_visitor(ssc_card):
    with pytest.raises(CardTrouble, match="6a82"):
        welcome(ssc_card)


def test_a_card_that_is_pulled_out(ssc_reader):
    card = ssc_reader.connect()
    assert welcome(card).card_number == "X00000019"
    ssc_reader.remove()
    with pytest.raises(CardTrouble):
        welcome(card)


def test_the_card_proves_itself_to_the_psam(ssc_card, ssc_psam):
    assert is_genuine(ssc_card, ssc_psam)


@pytest.mark.ssc_faults(Fault(Kind.WRONG_BYTE, response=3))
def test_a_card_that_answers_wrongly_is_not_genuine(ssc_card, ssc_psam):
    assert not is_genuine(ssc_card, ssc_psam)
