"""``sscard batch``: how far a batch is, one order's path, and the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sscard.cli.batch_options import (
    AsJson,
    Batch,
    Keystore,
    LedgerPlace,
    Operator,
    Production,
    Topologies,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sscard.issuance.orders import Orders
    from sscard.issuance.orders.rows import BatchRow

shown = typer.Typer()

_ORDERS = ("序号", "订单 order", "标志 kind", "卡号 card", "状态 state", "原因 reason")
_LISTS = ("清单 list", "方向", "布局 layout", "记录 records", "对方 party", "日期 at", "SHA-256")


@shown.command()
def status(
    ledger: LedgerPlace,
    round_name: Annotated[
        str | None, typer.Option("--round", help="Of this round alone (轮次).")
    ] = None,
    ledger_keystore: Keystore = None,
    production: Production = False,
    as_json: AsJson = False,
) -> None:
    """Show every batch and how many orders are where (进度).

    Example: `sscard batch status --ledger office.sqlite`
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.cli.batch_say import say, table

    with desk(Place(ledger, ledger_keystore, "", production)) as at:
        found = [(each, _counts(at.orders, each.number)) for each in at.orders.batches(round_name)]
    if as_json:
        say("", [_described(batch, counts) for batch, counts in found], as_json=True)
        return
    heading = (
        "批次 batch",
        "单位 unit",
        "银行 bank",
        "流程 flow",
        "状态 state",
        "人数",
        "订单 orders",
    )
    rows = ((*_particulars(batch).values(), _text(counts)) for batch, counts in found)
    table(heading, rows)


@shown.command()
def show(
    batch: Batch,
    ledger: LedgerPlace,
    ledger_keystore: Keystore = None,
    production: Production = False,
    as_json: AsJson = False,
) -> None:
    """Show the orders of a batch in the order of the unit, and its lists; no names (批次明细).

    Example: `sscard batch show B0001 --ledger office.sqlite`
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.cli.batch_say import say, table
    from sscard.issuance.batches.registry import lists_of

    with desk(Place(ledger, ledger_keystore, "", production)) as at:
        at.orders.batch(batch)
        orders = [
            {
                "position": each.position,
                "order": each.id,
                "kind": each.kind,
                "card_number": each.card_number or each.wanted_number,
                "state": each.state.name,
                "reason": each.reason,
            }
            for each in at.orders.orders_of(batch)
        ]
        lists = lists_of(at.orders, batch)
    if as_json:
        say("", {"orders": orders, "lists": lists}, as_json=True)
        return
    table(_ORDERS, (_texts(row) for row in orders))
    table(_LISTS, (_texts(row) for row in lists))


def _texts(row: Mapping[str, object]) -> list[str]:
    return ["" if each is None else str(each) for each in row.values()]


@shown.command()
def close(
    batch: Batch,
    ledger: LedgerPlace,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    topology: Topologies = None,
    final_one_in: Annotated[
        int, typer.Option(min=0, help="Of so many cards one has passed the final check; 0: none.")
    ] = 1000,
) -> None:
    """Close a batch: every order done, every card and body accounted for (结批).

    Example: `sscard batch close B0001 --ledger office.sqlite`

    The final sample (终检) has passed: `sscard station check CARD --what final`.  Stripe
    data that are still there are destroyed.  Ends with 0, or with 2 and what does not
    balance: nothing is changed then.
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.issuance.batches.closing import close_batch
    from sscard.issuance.floor import GateRules

    at_place = Place(ledger, ledger_keystore, operator, production, tuple(topology or ()))
    with desk(at_place) as at:
        close_batch(at.orders, batch, at.actor, GateRules(final_one_in=final_one_in or None))
    typer.echo(f"已结批 closed: {batch}")


def _particulars(batch: BatchRow) -> dict[str, Any]:
    return {
        "batch": batch.number,
        "unit": batch.unit,
        "bank": batch.bank,
        "flow": batch.flow,
        "state": batch.state.name,
        "expected": batch.expected,
    }


def _described(batch: BatchRow, counts: dict[str, int]) -> dict[str, Any]:
    return {**_particulars(batch), "orders": counts}


def _counts(orders: Orders, batch: str) -> dict[str, int]:
    counts = orders.counts(batch=batch)
    return {state.name: count for state, count in counts.items() if count}


def _text(counts: dict[str, int]) -> str:
    from sscard.issuance.order_states import OrderState

    return "，".join(f"{OrderState[name].zh} {count}" for name, count in counts.items())
