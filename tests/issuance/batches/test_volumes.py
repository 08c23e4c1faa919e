"""The volumes of one city as 1:10,000: 657 orders of both flows, some of them on chips."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.batches import AFTER, FIRST, measure, shares, split, told
from sscard.issuance.ledger import LedgerKeys
from sscard.issuance.ledger.verify import verify
from sscard.issuance.orders import Orders, Topologies
from sscard.keys.stores import load_social_security


def test_the_plan_is_the_city() -> None:
    plan = list(shares(100))
    of_flow = {
        flow: sum(each.count for each in plan if each.flow == flow)
        for flow in ("bank-first", "bank-after")
    }
    assert of_flow == {"bank-first": 10_884, "bank-after": 54_729}
    assert (FIRST, AFTER) == (1_088_386, 5_472_889)
    assert len({each.place for each in plan if each.flow == "bank-first"}) == 12
    assert len({each.round for each in plan if each.flow == "bank-after"}) == 5
    assert len({each.unit for each in plan}) == len(plan)
    assert split(10, 4) == [2, 3, 2, 3]


def test_657_orders_go_the_whole_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = LedgerKeys.of(load_social_security())
    topologies = Topologies.of("city-bank", ("early-bank", "rural-bank"))
    plan = list(shares(10_000, centres=1, counties=1))
    with Orders.open(tmp_path / "l.sqlite", keys, topologies, test_numbers=True) as orders:
        run = measure(orders, tmp_path, plan, real=0.2)
        assert run.cards is not None
        assert run.cards.made == 1
        assert run.count == 657
        assert "657 orders" in told(run)
        assert not verify(orders.engine, keys).findings
        assert not orders.balance().findings
    assert "657" not in capsys.readouterr().err
