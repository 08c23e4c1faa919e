"""Status words: an open set with names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu.status import StatusError, StatusWord


@given(st.integers(0x6000, 0x9FFF))
def test_every_status_word_is_legal(value: int) -> None:
    word = StatusWord(value)
    assert word == value
    assert word.value == value
    assert isinstance(word, StatusWord)
    assert word.to_bytes(2, "big") == value.to_bytes(2, "big")


@pytest.mark.parametrize("value", [0x5FFF, 0xA000, -1, 0x19000])
def test_what_is_no_status_word(value: int) -> None:
    with pytest.raises(ValueError):
        StatusWord(value)


def test_those_with_a_name_keep_it_and_the_others_get_their_number() -> None:
    assert StatusWord(0x6982) is StatusWord.SECURITY_NOT_SATISFIED
    assert StatusWord(0x6C12).name == "SW_6C12"


@pytest.mark.parametrize(
    ("value", "left"), [(0x63C0, 0), (0x63CF, 15), (0x6300, None), (0x63D1, None), (0x9000, None)]
)
def test_the_counter(value: int, left: int | None) -> None:
    assert StatusWord(value).tries_left == left


def test_the_error_says_what_and_why() -> None:
    error = StatusError(StatusWord(0x63C2), "verify PIN")
    assert str(error) == "verify PIN: SW_63C2 (63C2)"
    assert (error.sw, error.doing) == (0x63C2, "verify PIN")
