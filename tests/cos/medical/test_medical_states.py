"""The state machine: every command in every state, its status word and the state after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from sscard.cos.medical.states import KEEPING, TRANSITIONS, State, Step, state_of
from sscard.cos.medical.table import FORMS, TABLE

if TYPE_CHECKING:
    from tests.cos.medical.conftest import Bench

IDLE, LOAD, PURCHASE = State.IDLE, State.LOAD_INITIALIZED, State.PURCHASE_INITIALIZED
LATER = bytes.fromhex("20260201000000")
NO_TIME = bytes.fromhex("20260230000000")


def init_load(amount: int, index: int = 1, le: bytes = b"\x10") -> Callable[[Bench], str]:
    return lambda bench: f"{bench.init_load(amount, index, le).sw:04X}"


def init_purchase(account: int, index: int = 1, le: bytes = b"\x16") -> Callable[[Bench], str]:
    return lambda bench: f"{bench.init_purchase(account, 1, 1, index=index, le=le).sw:04X}"


def credit(time: bytes = LATER, **how: Any) -> Callable[[Bench], str]:
    return lambda bench: bench.sw(bench.credit(time, **how))


def debit(time: bytes = LATER, **how: Any) -> Callable[[Bench], str]:
    return lambda bench: bench.sw(bench.debit(time, **how))


def raw(command: str) -> Callable[[Bench], str]:
    return lambda bench: bench.hex(command)[-4:]


def shown(command: str) -> Callable[[Bench], str]:
    """After the DSK, which is shown with commands of another class."""

    def send(bench: Bench) -> str:
        bench.show_dsk()
        return bench.hex(command)[-4:]

    return send


def reset(bench: Bench) -> str:
    bench.start()
    return "9000"


#: What is sent -> status word and state after it, when sent in IDLE, LOAD and PURCHASE.  L, P and -
#: are the states, = is the one from before.
ROWS: dict[str, tuple[Callable[[Bench], str], str]] = {
    "INIT FOR LOAD": (init_load(1), "9000L 9000L 9000L"),
    "INIT FOR PURCHASE": (init_purchase(1), "9000P 9000P 9000P"),
    "INIT FOR LOAD, index 9": (init_load(1, 9), "9403- 9403- 9403-"),
    "INIT FOR PURCHASE, index 9": (init_purchase(1, 9), "9403- 9403- 9403-"),
    "INIT FOR LOAD, too much": (init_load(0xFFFFFFFF), "6A80- 6A80- 6A80-"),
    "INIT FOR PURCHASE, too much": (init_purchase(10_001), "9401- 9401- 9401-"),
    "INIT FOR LOAD, Le 0F": (init_load(1, le=b"\x0f"), "6C10= 6C10= 6C10="),
    "INIT FOR PURCHASE, Le 15": (init_purchase(1, le=b"\x15"), "6C16= 6C16= 6C16="),
    "INIT, P2 00": (raw("B02800000B" + "01" * 11), "6A86= 6A86= 6A86="),
    "INIT, P1 02": (raw("B02802010B" + "01" * 11), "6A86= 6A86= 6A86="),
    "INIT FOR LOAD, data of a purchase": (raw("B028000113" + "01" * 19), "6700= 6700= 6700="),
    "INIT FOR PURCHASE, data of a load": (raw("B02801010B" + "01" * 11), "6700= 6700= 6700="),
    "CREDIT": (credit(), "6901- 9000- 6901-"),
    "CREDIT without Le": (credit(le=b""), "6901- 9000- 6901-"),
    "CREDIT, wrong MAC": (credit(wrong=True), "6901- 9302- 6901-"),
    "CREDIT, no time": (credit(NO_TIME), "6901- 6A80- 6901-"),
    "CREDIT, no time, wrong MAC": (credit(NO_TIME, wrong=True), "6901- 9302- 6901-"),
    "CREDIT, Le 03": (credit(le=b"\3"), "6C04= 6C04= 6C04="),
    "CREDIT, wrong MAC, Le 03": (credit(wrong=True, le=b"\3"), "6C04= 6C04= 6C04="),
    "CREDIT, data short": (raw("B02A00000A" + "11" * 10), "6700= 6700= 6700="),
    "CREDIT, P1 01": (raw("B02A01000B" + "11" * 11), "6A86= 6A86= 6A86="),
    "DEBIT": (debit(), "6901- 6901- 9000-"),
    "DEBIT without Le": (debit(le=b""), "6901- 6901- 9000-"),
    "DEBIT, wrong MAC": (debit(wrong=True), "6901- 6901- 9302-"),
    "DEBIT, no time": (debit(NO_TIME), "6901- 6901- 6A80-"),
    "DEBIT, no time, wrong MAC": (debit(NO_TIME, wrong=True), "6901- 6901- 9302-"),
    "DEBIT, Le 07": (debit(le=b"\7"), "6C08= 6C08= 6C08="),
    "DEBIT, data long": (raw("B02C010010" + "11" * 16), "6700= 6700= 6700="),
    "DEBIT, P1 00": (raw("B02C00000F" + "11" * 15), "6A86= 6A86= 6A86="),
    "GET BALANCE": (raw("B026000104"), "9000= 9000= 9000="),
    "GET BALANCE, Le 03": (raw("B026000103"), "6C04= 6C04= 6C04="),
    "GET BALANCE, P2 04": (raw("B026000404"), "6A86= 6A86= 6A86="),
    "GET STARTING DAY": (raw("B056010002"), "9000= 9000= 9000="),
    "GET STARTING DAY, Le 01": (raw("B056010001"), "6C02= 6C02= 6C02="),
    "GET STARTING DAY without Le": (raw("B0560100"), "6700= 6700= 6700="),
    "UPDATE STARTING DAY": (shown("B0560000020401"), "9000- 9000- 9000-"),
    "UPDATE STARTING DAY without DSK": (raw("B0560000020401"), "6982- 6982- 6982-"),
    "UPDATE STARTING DAY, no day": (shown("B0560000020230"), "6A80- 6A80- 6A80-"),
    "UPDATE STARTING DAY with Le": (shown("B056000002040102"), "6700= 6700= 6700="),
    "GET TRANSACTION PROOF": (raw("B02E000102000008"), "9406- 9406- 9406-"),
    "GET TRANSACTION PROOF, Le 07": (raw("B02E000102000007"), "6C08= 6C08= 6C08="),
    "GET TRANSACTION PROOF, P2 00": (raw("B02E0000020000"), "6A86= 6A86= 6A86="),
    "unknown instruction": (raw("B0300000"), "6D00= 6D00= 6D00="),
    "logical channel": (raw("B126000104"), "6881= 6881= 6881="),
    "GET CHALLENGE": (raw("0084000008"), "9000= 9000= 9000="),
    "READ RECORD": (raw("00B2014400"), "9000= 9000= 9000="),
    "UPDATE RECORD": (raw("00DC00431C" + "00" * 28), "6982= 6982= 6982="),
    "VERIFY, wrong": (raw("0020000003654321"), "63C5= 63C5= 63C5="),
    "SELECT of the log": (raw("00A4020002EF08"), "9000= 9000= 9000="),
    "SELECT of what is not there": (raw("00A4040005" + "44463035FF"), "6A82= 6A82= 6A82="),
    "SELECT of the same directory": (raw("00A4040005" + b"DF04.".hex()), "9000- 9000- 9000-"),
    "power-off": (reset, "9000- 9000- 9000-"),
}


def reach(bench: Bench, state: State) -> None:
    if state is LOAD:
        bench.init_load(1).require("INIT")
    elif state is PURCHASE:
        bench.init_purchase(1, 1, 1).require("INIT")
    assert state_of(bench.env) is state


@pytest.mark.parametrize("place", range(3), ids=["idle", "load", "purchase"])
@pytest.mark.parametrize("row", ROWS)
def test_every_command_in_every_state(
    make_bench: Callable[..., Bench], row: str, place: int
) -> None:
    before = (IDLE, LOAD, PURCHASE)[place]
    send, wanted = ROWS[row]
    sw, letter = wanted.split()[place][:4], wanted.split()[place][4]
    after = {"L": LOAD, "P": PURCHASE, "-": IDLE, "=": before}[letter]
    # What can be done afterwards tells the state: both are tried, each on a card of its own.
    for finish, state in ((credit(), LOAD), (debit(), PURCHASE)):
        bench = make_bench()
        reach(bench, before)
        memory = bench.contents()
        assert send(bench) == sw
        changed = {"CREDIT", "DEBIT", "UPDATE STARTING DAY"} & {row.split(" without Le")[0]}
        assert (bench.contents() != memory) is (bool(changed) and sw == "9000")
        assert state_of(bench.env) is after
        assert finish(bench) == ("9000" if after is state else "6901")
        assert finish(bench) == "6901", "each is finished once"


def test_the_table_of_the_code_says_the_same() -> None:
    plain = {name: wanted.split() for name, (_, wanted) in ROWS.items()}
    plain["CREDIT FOR LOAD"], plain["DEBIT FOR PURCHASE"] = plain["CREDIT"], plain["DEBIT"]
    # Its refusal for lack of a proof is not the state machine's.
    plain["GET TRANSACTION PROOF"] = ["9000-"] * 3
    letters = {"L": LOAD, "P": PURCHASE, "-": IDLE}
    wanted = {
        (state, step): letters.get(answer[4], state)
        for step in Step
        for state, answer in zip(State, plain[step.value], strict=True)
        if answer.startswith("9000")
    }
    assert wanted == TRANSITIONS
    assert {step for step in Step if plain[step.value][0].endswith("=")} == KEEPING


def test_every_form_has_a_row_and_every_row_a_form() -> None:
    assert {(ins, p1) for (_, ins), row in TABLE.items() for p1 in range(256) if p1 in row.p1} == {
        *FORMS
    }
    assert {cla for cla, _ in TABLE} == {0xB0}


def test_another_application_ends_what_was_begun(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    reach(bench, LOAD)
    assert bench.hex("00A4040005" + b"SSSE.".hex())[-4:] == "9000"
    assert bench.sw(bench.credit()) == "6901"
    assert bench.hex("B026000104") == "6A82", "there are no amounts here"
    assert bench.hex("00A4040005" + b"DF04.".hex())[-4:] == "9000"
    assert bench.sw(bench.credit()) == "6901"


def test_a_second_init_makes_the_first_one_s_mac_wrong(bench: Bench) -> None:
    bench.init_purchase(1, 1, 1).require("INIT")
    first = bench.debit()
    bench.init_purchase(1, 1, 1).require("INIT")
    assert bench.sw(first) == "9302"
    bench.init_load(1).require("INIT")
    first = bench.credit()
    bench.init_load(1).require("INIT")
    assert bench.sw(first) == "9302"
