"""Power fails at every programmed page of what moves money: all of it happened, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from sscard.dialects.chip import PAGE

if TYPE_CHECKING:
    from tests.cos.medical.conftest import Bench

NEXT_YEAR = bytes.fromhex("20270101000000")


def load(bench: Bench) -> bytes:
    bench.init_load(70_000).require("INIT")
    return bench.credit(NEXT_YEAR)


def purchase(bench: Bench) -> bytes:
    bench.init_purchase(9_000, 256, 257).require("INIT")
    return bench.debit()


def purchase_in_a_new_year(bench: Bench) -> bytes:
    bench.init_purchase(9_000, 256, 257).require("INIT")
    return bench.debit(NEXT_YEAR)


def starting_day(bench: Bench) -> bytes:
    bench.show_dsk()
    return bytes.fromhex("B0560000020401")


OPERATIONS = {
    "load": load,
    "purchase": purchase,
    "purchase in a new year": purchase_in_a_new_year,
    "starting day": starting_day,
}


def pages(bench: Bench, fid: int) -> set[int]:
    """The pages in which a file's first record or body lies."""
    at, size = bench.env.current().by_fid[fid].places[0]
    return {at // PAGE, (at + size - 1) // PAGE}


@pytest.fixture(params=["within a page", "across pages"])
def used(request: pytest.FixtureRequest, make_bench: Callable[..., Bench]) -> Bench:
    """A card with a purchase behind it, its amounts within one page or in two."""
    wanted = 2 if request.param == "across pages" else 1
    benches = (make_bench("3des", padding=padding) for padding in range(1, PAGE + 1))
    bench = next(each for each in benches if len(pages(each, 0xEF1D)) == wanted)
    bench.init_purchase(1, 2, 3).require("INIT")
    bench.ok(bench.debit())
    return bench


def proofs(bench: Bench) -> list[str]:
    """What GET TRANSACTION PROOF says of the last purchase, the next one and the next load."""
    commands = ("B02E00020200FE08", "B02E00020200FF08", "B02E000102000308")
    return [bench.hex(command) for command in commands]


@pytest.mark.parametrize("name", OPERATIONS)
def test_all_or_nothing(
    used: Bench,
    name: str,
    copy_bench: Callable[..., Bench],
    torn_nvm: Any,
    power_loss: Any,
    outcome: Any,
) -> None:
    old, old_proofs = used.contents(), proofs(used)
    whole = copy_bench(used)
    whole.ok(OPERATIONS[name](whole))
    new, new_proofs = whole.contents(), proofs(whole)
    assert new != old
    seen = []
    for cut_at in count(1):
        bench = copy_bench(used, torn_nvm)
        command = OPERATIONS[name](bench)
        bench.card.nvm.arm(cut_at, outcome)
        try:
            bench.card.process(command)
        except power_loss:
            bench.start()
        else:
            break
        assert bench.contents() in (old, new), cut_at
        seen.append(bench.contents() == new)
        assert proofs(bench) == (new_proofs if seen[-1] else old_proofs), cut_at
        account = bench.ok(bytes.fromhex("B026000104"))
        assert account == bench.contents()[0][4:8]
        bench.ok(OPERATIONS["load"](bench))
    assert seen == sorted(seen), "once a cut comes too late for the old contents, all later do"
    assert (seen[0], seen[-1]) == (False, True)
    assert cut_at > (8 if name != "starting day" else 4)


@pytest.mark.parametrize("name", ["load", "purchase"])
def test_a_torn_transaction_can_be_proven(
    used: Bench, name: str, copy_bench: Callable[..., Bench], torn_nvm: Any, power_loss: Any
) -> None:
    """The answer was lost on its way: what the host can compute, the card tells again."""
    bench = copy_bench(used, torn_nvm)
    command = OPERATIONS[name](bench)
    pending: Any = bench.pending
    bench.card.process(command)
    bench.start(pin=False)
    proof = proofs(bench)[1 if name == "purchase" else 2]
    if name == "purchase":
        wanted = bench.mac2_of_purchase(pending) + bench.tac_of_purchase(pending)
    else:
        wanted = bench.mac2_of_load(pending) + bench.tac_of_load(pending)
    assert proof == wanted.hex().upper() + "9000"


def test_what_is_refused_programs_nothing(used: Bench) -> None:
    nvm = used.card.nvm
    programmed = nvm.programmed
    for wrong in (used.credit, used.debit):
        used.init_load(1).require("INIT")
        used.sw(wrong(wrong=True))
        used.init_purchase(1, 1, 1).require("INIT")
        used.sw(wrong(wrong=True))
    assert nvm.programmed == programmed
