"""Whatever a program gives, there is a code; and nothing it says moves a counter of the card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sscard.terminal.driver import FUNCTIONS, KeypadCancelled

if TYPE_CHECKING:
    from tests.driver.conftest import Desk

#: Pieces of which arguments are made, beside any bytes.
PIECES = [b"|", b"$", b"^", b":", b"40:2", b"SSSEEF06", b"DF01EF0A", b"37", b"DF02EF07", b"08"]
PIECES += [b"DF04EF08", b"00", b"12.50", b"\0", "张".encode("gbk"), b"\xff", b"A" * 40]
pieces = st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join)
strings = st.one_of(st.binary(max_size=80), pieces, st.just(b"INFO"))
arguments = st.lists(st.one_of(strings, st.integers(-3, 6), st.integers()), max_size=5)
TRIES = 6


@pytest.fixture
def desk(desk2: Desk) -> Desk:
    desk2.types(*[KeypadCancelled()] * 100_000)
    return desk2


def called(desk: Desk, info: bytes, name: str, args: list[Any]) -> int:
    code, output = desk.driver.call(name, [info if each == b"INFO" else each for each in args])
    assert isinstance(code, int)
    assert code <= 0
    assert isinstance(output, bytes)
    assert b"\0" not in output
    return code


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from([*FUNCTIONS, "iReadCard_", "call", ""]), arguments)
def test_any_arguments(desk: Desk, name: str, args: list[Any]) -> None:
    called(desk, desk.info.encode() if b"INFO" in args else b"", name, args)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(list(FUNCTIONS.values())), st.data())
def test_arguments_of_the_right_kinds(desk: Desk, function: Any, data: st.DataObject) -> None:
    """The card is the right one, so that they are looked at."""
    info = desk.info.encode()
    given_ = {
        "iType": st.integers(1, 4),
        "iAuthType": st.integers(1, 2),
        "pCardInfo": st.just(info),
    }
    args = [data.draw(given_.get(each, pieces)) for each in function.arguments]
    called(desk, info, function.name, args)
    desk.driver.close()
    desk.raw.reset()
    desk.raw.transmit(bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"))
    assert desk.raw.transmit(bytes.fromhex("00200000")) == bytes((0x63, 0xC0 | TRIES))


def test_other_arguments(desk: Desk) -> None:
    assert desk.driver.call("iNothing", []) == (-13, b"")
    assert desk.driver.call("close", []) == (-13, b"")
    assert desk.driver.call("iReadCardBas", []) == (-14, b"")
    assert desk.driver.call("iReadCardBas", [b"1"]) == (-14, b"")
    assert desk.driver.call("iReadCardBas", [1, 2]) == (-14, b"")
    assert desk.driver.call("iVerifyPIN", [1, b"\x81"]) == (-14, b"")
    assert desk.driver.call("iReadCard", [1, 2, desk.info.encode(), b"\x81\xff|$"]) == (-14, b"")
    assert desk.driver.call("iReadCard", [1, 3, b"", b""]) == (-14, b"")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("", -14),
        ("$", -14),
        ("|$", -14),
        ("DF01EF0A|37|", -14),
        ("DF01EF0A|37$", -14),
        ("DF01EF0A37|$", -14),
        ("df01ef0a|37|$", -14),
        ("DF01EF0A|3|$", -14),
        ("DF01EF0A|37:0|$", -14),
        ("DF01EF0A|37:2|$", -14),
        ("DF01EF0A|99|$", -14),
        ("DF01EF0A|$", -14),
        ("DF02EF07|37|$", -14),
        ("DF01EF16|01|$", -14),
        ("DF99EF05|01|$", -27266),
        ("DF01EF3F|01|$", -27266),
        ("PSE|01|$", -14),
    ],
)
def test_addresses(desk: Desk, address: str, code: int) -> None:
    assert desk.driver.iReadCard(1, 2, desk.info, address) == (code, "")


@pytest.mark.parametrize(
    ("info", "code"),
    [
        ("", -14),
        ("|", -14),
        ("||", -20),
        ("{id}|{number}", -14),
        ("{id}|{number}||", -14),
        ("{id}X|{number}|", -20),
        ("0{id}|{number}|", -20),
        ("{id}|X00000018|", -22),
        ("639900D156000005C0666779FFFFFFFF|{number}|", -22),
    ],
)
def test_card_info(desk: Desk, info: str, code: int) -> None:
    identification, number, _ = desk.info.split("|")
    text = info.format(id=identification, number=number)
    assert desk.driver.iReadCard(1, 2, text, "SSSEEF05|07|$") == (code, "")
    lower = f"{identification.lower()}|{number}|"
    assert desk.driver.iReadCard(1, 2, lower, "SSSEEF05|07|$")[0] == 0
