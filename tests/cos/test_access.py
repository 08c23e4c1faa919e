"""Access rights: the truth table as a whole product, and through commands."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from sscard.apdu import iso7816
from sscard.apdu.status import StatusWord
from sscard.cos.security import SecurityState
from sscard.dialects.rights import AccessRule, Condition

if TYPE_CHECKING:
    from tests.conftest import Terminal

HERE, ELSEWHERE, KID = 0xDF01, 0xDF02, 0x83


def meets(condition: Condition, pin: bool, key: bool) -> bool:
    """ssc 3.1 [S], in words."""
    return {
        Condition.FREE: True,
        Condition.NEVER: False,
        Condition.PIN: pin,
        Condition.KEY: key,
        Condition.PIN_OR_KEY: pin or key,
        Condition.PIN_AND_KEY: pin and key,
    }[condition]


@pytest.mark.parametrize(
    ("condition", "pin", "shown"),
    list(product(Condition, [False, True], [None, HERE, ELSEWHERE])),
)
def test_the_whole_table(condition: Condition, pin: bool, shown: int | None) -> None:
    """``shown``: under which directory the key with this id was authenticated."""
    state = SecurityState(pin, {(shown, KID)} if shown else set())
    rule = AccessRule(condition, KID if condition.needs_key else None)
    assert state.permits(rule, HERE) is meets(condition, pin, shown == HERE)


def test_another_key_is_no_key() -> None:
    state = SecurityState(True, {(HERE, KID + 1)})
    assert not state.permits(AccessRule(Condition.KEY, KID), HERE)


@pytest.mark.parametrize(
    ("directory", "sfi", "key"),
    [("SSSE", 0x05, None), ("DF01", 0x05, "RK1DF01"), ("DF04", 0x06, "RK1DF04")],
    ids=["free", "PIN or key", "PIN and key"],
)
@pytest.mark.parametrize(("pin", "shown"), list(product([False, True], repeat=2)))
def test_reading_on_a_card(
    terminal: Terminal, directory: str, sfi: int, key: str | None, pin: bool, shown: bool
) -> None:
    terminal.select(directory)
    if pin:
        assert terminal.verify() == StatusWord.OK
    if shown and key:
        assert terminal.show(key) == StatusWord.OK
    free = {"SSSE": True, "DF01": pin or shown, "DF04": pin and shown}[directory]
    wanted = StatusWord.OK if free else StatusWord.SECURITY_NOT_SATISFIED
    assert terminal.status(iso7816.read_record(1, sfi=sfi)) == wanted


def test_the_photo_needs_its_key_and_the_pin_does_not_help(terminal: Terminal) -> None:
    terminal.select()
    terminal.verify()
    assert terminal.hex("00B0880010") == "6982"
    assert terminal.show("RKSSSE") == StatusWord.OK
    assert terminal.hex("00B0880010") == "00" * 16 + "9000"


def test_a_key_that_reads_does_not_write(terminal: Terminal) -> None:
    terminal.select("DF01")
    terminal.show("RK1DF01")
    record = terminal.ok(iso7816.read_record(1, sfi=7))
    assert terminal.status(iso7816.update_record(1, record, sfi=7)) == 0x6982
    terminal.show("UK2DF01")
    assert terminal.status(iso7816.update_record(1, record, sfi=7)) == StatusWord.OK


def test_never_is_never(terminal: Terminal) -> None:
    terminal.select("DF04")
    terminal.verify()
    for key in ("UK1DF04", "UK2DF04", "RK1DF04"):
        terminal.show(key)
    assert terminal.status(iso7816.append_record(bytes(28), sfi=8)) == 0x6982


def test_a_local_key_counts_only_in_its_directory(terminal: Terminal) -> None:
    """83 is UK1DF01 in DF01 and UK1DF02 in DF02: the number alone proves nothing."""
    terminal.select("DF01")
    assert terminal.show("UK1DF01") == StatusWord.OK
    terminal.select("DF02")
    assert terminal.show("UK1DF01").tries_left is not None
