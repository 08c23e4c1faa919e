"""What a faulty card says where nothing of anybody is expected, and what T=0 brings in parts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sscard.profiles import load_profile
from sscard.trace.entries import Exchange, PowerUp
from sscard.trace.explainer import Explainer

_CANARY = "欧阳犇犇".encode("gbk") + b"110101199003070038"
_SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
_DEBIT = "00A4040008A000000333010101"
Ask = Callable[..., str]


@pytest.fixture
def ask() -> Ask:
    explainer = Explainer(load_profile("gen2"))
    list(explainer.explain((PowerUp(bytes.fromhex("3B6D0000") + bytes(13)),)))

    def asked(command: str, data: bytes = b"", sw: str = "9000") -> str:
        answer = data + bytes.fromhex(sw)
        (explained,) = explainer.explain((Exchange(bytes.fromhex(command), answer),))
        return repr(explained.rows)

    return asked


def hidden(said: str) -> bool:
    """Neither as text nor in hexadecimal, nor a part of the ID number."""
    digits = _CANARY.hex().upper()
    return not any(digits[at : at + 16] in said for at in range(0, len(digits) - 16, 2))


@pytest.mark.parametrize("sw", ["9000", "6982", "6110"])
@pytest.mark.parametrize(
    ("first", "command"),
    [
        (_SSSE, "00B2013414"),
        (_SSSE, "00A4020002EF06"),
        (_SSSE, "0084000008"),
        (_SSSE, "00200000"),
        (_DEBIT, "00B2010C00"),
        (_DEBIT, "0020008008"),
        (_DEBIT, "80CA9F3600"),
        (_DEBIT, "80A80000028300"),
    ],
)
def test_an_answer_of_no_form_is_hidden(ask: Ask, first: str, command: str, sw: str) -> None:
    ask(f"{first}00")
    assert hidden(ask(command, _CANARY, sw))


@pytest.mark.parametrize("select", [_SSSE, _DEBIT])
def test_an_fci_of_no_form_is_hidden(ask: Ask, select: str) -> None:
    assert hidden(ask(f"{select}00", _CANARY))
    assert hidden(ask(f"{select}00", b"\x6f\x10" + _CANARY))


def test_what_t0_fetches_is_what_was_asked_for(ask: Ask) -> None:
    """A record behind 61xx is no less somebody's; and what it is is said."""
    ask(_SSSE, sw="6118")
    ask("00A4020002EF06")
    ask("00B2010414", sw="6114")
    said = ask("00C0000014", b"\x08\x12" + _CANARY[8:])
    assert hidden(said)
    assert "社会保障号码" in said
    assert hidden(ask("00C0000014", _CANARY)), "nobody knows what waited"


def test_parts_of_an_answer_are_hidden(ask: Ask) -> None:
    ask(_SSSE, sw="6118")
    ask("00B2013414", sw="6114")
    assert hidden(ask("00C000000A", b"\x08\x12" + _CANARY[8:16], "610A"))
    assert hidden(ask("00C000000A", _CANARY[16:]))
    ask(_DEBIT, sw="6110")
    ask("00B2010C00", sw="6118")
    assert hidden(ask("00C000000A", bytes.fromhex("70165F2012") + _CANARY[8:16], "610A"))


def test_what_is_of_the_right_form_is_shown(ask: Ask) -> None:
    fci = bytes.fromhex("6F11840F7378312E73682EC9E7BBE1B1A3D5CF")
    ask(_SSSE, sw="6113")
    assert fci.hex().upper() in ask("00C0000013", fci)
    assert "0102030405060708" in ask("0084000008", bytes(range(1, 9)))
    assert "0102030405060708" in ask(f"0088000010{'00' * 16}08", bytes(range(1, 9)))
