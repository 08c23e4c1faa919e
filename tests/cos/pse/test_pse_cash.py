"""Electronic cash over the contacts (pboc 2.3, 5)."""

from __future__ import annotations

from typing import Any

import pytest

CDOL2 = "8A029F02069F03069F1A0295055F2A029A039F21039C019F3704"
CASH = {"t9F7A": "01"}
PLAIN_OPTIONS, CASH_OPTIONS = "0801010010010100", "08010100"


@pytest.fixture
def card(all_groupings: Any, grouping: Any, rich_bench: Any, request: Any) -> Any:
    """Options of electronic cash that differ, so that one sees them."""
    groupings = all_groupings(**getattr(request, "param", {}))
    groupings[0x9203] = grouping(0x9203, bytes.fromhex("82027d00 9408 08010100 10010100"))
    return rich_bench(groupings)


def begins(talk: Any) -> bool:
    """Whether it pays from the balance."""
    return len(talk.start().require("GPO")) == 2 + 2 + 8


@pytest.mark.parametrize("amount", ["000000000000", "000000001234", "000000050000"])
def test_it_goes_down(card: Any, amount: str) -> None:
    talk = card.said(**CASH, t9F02=amount)
    assert begins(talk)
    made = talk.ac("40")
    assert (made.cid, made.cvr) == (0x40, "03900000")
    left = f"{60000 - int(amount):012d}"
    assert card.get("9f79") == left
    assert made.issuer[10:15].hex() == left[2:], "9F10 says the new balance"
    assert card.log()[6:12].hex() == amount


@pytest.mark.parametrize(
    "said",
    [
        {"t9F7A": "00"},
        {"t9F02": "000000050001"},  # 9F78 is 500
        {"t5F2A": "0840"},
        {"t9F02": "0000000000AA"},
    ],
)
def test_it_is_not_cash(card: Any, said: dict[str, str]) -> None:
    assert not begins(card.said(**{**CASH, **said}))


@pytest.mark.parametrize("card", [{"card": {0x9F78: "000000099999"}}], indirect=True)
@pytest.mark.parametrize(("amount", "cash"), [("000000060000", True), ("000000060001", False)])
def test_no_more_than_there_is(card: Any, amount: str, cash: bool) -> None:
    assert begins(card.said(**CASH, t9F02=amount)) == cash


def test_not_while_a_script_or_an_answer_is_wrong(card: Any) -> None:
    talk = card.said()
    talk.start().require("GPO")
    talk.ac("80")
    talk.answer(wrong=True)
    talk.ac("40", CDOL2)
    assert not begins(card.said(**CASH))
    card.said().online()
    assert begins(card.said(**CASH))


def test_not_without_a_pin_try(card: Any) -> None:
    card.select()
    for _ in range(3):
        card.hex("0020008008 26654321ffffffff")
    assert not begins(card.said(**CASH))


@pytest.mark.parametrize("asked", ["00", "80"])
def test_only_an_approval_costs(card: Any, asked: str) -> None:
    talk = card.said(**CASH)
    assert begins(talk)
    assert talk.ac(asked).cid == int(asked, 16)
    assert card.get("9f79") == "000000060000"


def test_below_the_threshold_the_issuer_is_asked(card: Any) -> None:
    talk = card.said(**CASH, t9F02="000000050000")
    assert begins(talk)
    assert talk.ac("40").cid == 0x40
    talk = card.said(**CASH, t9F02="000000009000")
    assert begins(talk)
    assert talk.ac("40").cid == 0x40, "10.00 are left, which is not below"
    talk = card.said(**CASH, t9F02="000000000001")
    assert begins(talk)
    assert talk.ac("40").cid == 0x80
    assert talk.answer() == 0x9000
    assert talk.script("04da9f79", bytes.fromhex("000000100000")) == 0x9000
    assert talk.ac("40", CDOL2).cid == 0x40
    assert card.get("9f79") == "000000100000", "what the issuer approves is not paid in cash"


def test_nobody_reached_pays_in_cash(card: Any) -> None:
    talk = card.said(**CASH, t8A="5933")
    assert begins(talk)
    assert talk.ac("80").cid == 0x80
    assert talk.ac("40", CDOL2).cid == 0x40
    assert card.get("9f79") == "000000058766"


def test_the_amount_of_the_cryptogram_counts(card: Any) -> None:
    """The terminal says one amount for the options and another for the cryptogram."""
    talk = card.said(**CASH)
    assert begins(talk)
    talk.values[0x9F02] = "000000070000"
    assert talk.ac("40").cid == 0x80
    talk.values[0x8A] = "5A33"
    assert talk.ac("40", CDOL2).cid == 0x00
    assert card.get("9f79") == "000000060000"


def test_another_currency_is_not_paid_in_cash(card: Any) -> None:
    """The terminal says one currency for the options and another for the cryptogram."""
    talk = card.said(**CASH)
    assert begins(talk)
    talk.values[0x5F2A] = "0840"
    assert talk.ac("40").cid == 0x80
    talk.values[0x8A] = "5933"
    assert talk.ac("40", CDOL2).cid == 0x00
    assert card.get("9f79") == "000000060000"


def test_cash_leaves_velocity_alone(card: Any) -> None:
    for _ in range(5):
        talk = card.said(**CASH, t9F02="000000000100")
        assert begins(talk)
        assert talk.ac("40").cvr == "03900000"
    talk = card.said()
    assert not begins(talk)
    assert talk.ac("40").cvr == "03a02000", "but the ATC has gone on"
