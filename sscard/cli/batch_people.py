"""``sscard batch``: one person at the window, and orders that go aside."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

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
from sscard.cli.yuan import fen

if TYPE_CHECKING:
    from sscard.issuance.orders import Orders, Presence

people = typer.Typer()

Card = Annotated[
    str, typer.Argument(metavar="CARD", help="Card number (卡号), or #ID of the order.")
]
Place_ = Annotated[str, typer.Option("--place", help="The window (网点).")]


class Who(StrEnum):
    """Who stands at the window."""

    HOLDER = "holder"
    AGENT = "agent"
    GUARDIAN = "guardian"


class Use(StrEnum):
    """What is activated."""

    SOCIAL = "social"
    ACCOUNT = "account"
    PIN = "pin"


WhoOption = Annotated[
    Who, typer.Option("--who", help="Holder 本人, agent 代办人 or guardian 监护人.")
]


@people.command()
def collect(
    card: Card,
    ledger: LedgerPlace,
    place: Place_,
    who: WhoOption = Who.HOLDER,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    topology: Topologies = None,
) -> None:
    """Hand the card out, face to face (领取).

    Example: `sscard batch collect A00000001 --place 一街窗口 --operator 07 --ledger office.sqlite`

    A minor comes with a guardian.  Whose bank changed is told to inform those that pay into the
    account.  Ends with 0, or 2 when a rule says no.
    """
    from sscard.cli.batch_desk import Place, desk

    at_place = Place(ledger, ledger_keystore, operator, production, tuple(topology or ()))
    with desk(at_place) as at:
        order = _order(at.orders, card)
        at.orders.collect(order, _presence(who, place), at.actor)
        told = at.orders.notice(order)
    typer.echo(f"已领取 collected: {card}")
    if told is not None:
        typer.echo(
            f"银行已变更 the bank changed: {told.old_bank} → {told.new_bank}；"
            "请提示本人通知代发、代扣单位 paying agencies need the new account"
        )


@people.command()
def activate(
    card: Card,
    ledger: LedgerPlace,
    place: Place_,
    use: Annotated[list[Use], typer.Option("--use", help="What becomes active; repeatable.")],
    who: WhoOption = Who.HOLDER,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    topology: Topologies = None,
) -> None:
    """Activate the social-security side, the account, or note that the PIN was set (激活).

    Example: `sscard batch activate A00000001 --use social --use pin --place 一街窗口 --operator 07
    --ledger office.sqlite`

    Never unseen: account and PIN for the holder alone, or a minor's guardian.  Ends with 0, or 2.
    """
    from sscard.cli.batch_desk import Place, desk

    at_place = Place(ledger, ledger_keystore, operator, production, tuple(topology or ()))
    with desk(at_place) as at:
        order = _order(at.orders, card)
        for each in use:
            at.orders.activate(order, each.value, _presence(who, place), at.actor)
    typer.echo(f"已激活 activated: {card}: {', '.join(use)}")


@people.command()
def lose(
    card: Card,
    ledger: LedgerPlace,
    reason: Annotated[str, typer.Option(help="Lost or damaged (原因).")] = "lost",
    found: Annotated[
        bool, typer.Option("--found", help="Take the report back: the card is there (解挂).")
    ] = False,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    topology: Topologies = None,
) -> None:
    """Report a card lost or blocked; with --found take that back (挂失、解挂).

    Example: `sscard batch lose A00000001 --ledger office.sqlite`

    What was active is suspended.  Ends with 0, or 2.
    """
    from sscard.cli.batch_desk import Place, desk

    at_place = Place(ledger, ledger_keystore, operator, production, tuple(topology or ()))
    with desk(at_place) as at:
        order = _order(at.orders, card)
        if found:
            at.orders.found_again(order, at.actor)
        else:
            at.orders.lose(order, at.actor, reason)
    typer.echo(f"已解挂 found: {card}" if found else f"已挂失 reported lost: {card}")


@people.command()
def replace(
    card: Card,
    ledger: LedgerPlace,
    card_number: Annotated[
        str | None, typer.Option(help="The new card's number, which the office gives (新卡号).")
    ] = None,
    bank: Annotated[str | None, typer.Option(help="Another bank (换银行).")] = None,
    fee: Annotated[str, typer.Option(help="Fee in yuan, as 20 or 20.00 (工本费).")] = "0",
    round_name: Annotated[
        str | None, typer.Option("--round", help="The round; without it the card's (轮次).")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="The unit; without it the card's (单位编号).")
    ] = None,
    flow: Annotated[
        str | None, typer.Option(help="Another flow than replacement, as instant (流程).")
    ] = None,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    topology: Topologies = None,
    as_json: AsJson = False,
) -> None:
    """Order a replacement for a card that is reported lost: there is no way back (补换卡).

    Example: `sscard batch replace A00000001 --fee 20 --ledger office.sqlite`

    Every list says that it is one.  For six months after issue the bank cannot be changed.  Ends
    with 0, or 2.
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.cli.batch_say import say
    from sscard.issuance.orders import Replacement

    at_place = Place(ledger, ledger_keystore, operator, production, tuple(topology or ()))
    with desk(at_place) as at:
        order = _order(at.orders, card)
        wish = Replacement(bank, card_number, fen(fee), flow or "replacement", round_name, unit)
        new = at.orders.replace(order, at.actor, wish)
    say(f"已补换 replacement ordered: #{new}", {"order": new}, as_json=as_json)


@people.command()
def cancel(
    card: Card,
    ledger: LedgerPlace,
    reason: Annotated[str, typer.Option(help="Why (原因).")],
    moves_to_bank: Annotated[
        str | None, typer.Option(help="The bank that the person goes to (换到的银行).")
    ] = None,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    topology: Topologies = None,
) -> None:
    """End an order or a card for good (注销).

    Example: `sscard batch cancel A00000001 --reason moved --ledger office.sqlite`

    Not a replacement that is under way; not to another bank for six months.  Ends with 0, or 2.
    """
    from sscard.cli.batch_desk import Place, desk

    at_place = Place(ledger, ledger_keystore, operator, production, tuple(topology or ()))
    with desk(at_place) as at:
        order = _order(at.orders, card)
        at.orders.cancel(order, at.actor, reason, moves_to_bank=moves_to_bank)
    typer.echo(f"已注销 cancelled: {card}")


@people.command("send-back")
def send_back(
    card: Card,
    ledger: LedgerPlace,
    reason: Annotated[str, typer.Option(help="Reason code (原因代码), as PHOTO_QUALITY.")],
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    topology: Topologies = None,
) -> None:
    """Send a record back, with the reason; the person can be entered again (退回).

    Example: `sscard batch send-back '#17' --reason NAME_MISMATCH --ledger office.sqlite`
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.issuance.reasons import Reason

    if reason not in {each.value for each in Reason}:
        raise typer.BadParameter(f"one of {', '.join(Reason)}", param_hint="--reason")
    at_place = Place(ledger, ledger_keystore, operator, production, tuple(topology or ()))
    with desk(at_place) as at:
        at.orders.send_back([_order(at.orders, card)], Reason(reason), at.actor)
    typer.echo(f"已退回 sent back: {card}")


@people.command()
def spoil(
    card: Card,
    ledger: LedgerPlace,
    reason: Annotated[str, typer.Option(help="What is wrong with the card (原因).")],
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    topology: Topologies = None,
) -> None:
    """Give a finished card up that the final check refuses: another one is made (终检作废).

    Example: `sscard batch spoil A00000005 --reason 卡面划伤 --ledger office.sqlite`

    The flow starts again for that person.  `sscard batch spoiled` has the card on its list;
    `sscard station destroy` says that it was destroyed.  Ends with 0, or 2.
    """
    from sscard.cli.batch_desk import Place, desk

    at_place = Place(ledger, ledger_keystore, operator, production, tuple(topology or ()))
    with desk(at_place) as at:
        order = _order(at.orders, card)
        at.orders.jobs.refuse_finished(order, reason, at.actor)
    typer.echo(f"已作废 spoiled: {card}")


@people.command()
def again(
    card: Card,
    ledger: LedgerPlace,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    topology: Topologies = None,
) -> None:
    """Make another card for a person whose card failed or was spoiled (重制).

    Example: `sscard batch again '#17' --ledger office.sqlite`

    First the cause is to be found (issuance 3, flow A, step 10).  Ends with 0, or 2.
    """
    from sscard.cli.batch_desk import Place, desk

    at_place = Place(ledger, ledger_keystore, operator, production, tuple(topology or ()))
    with desk(at_place) as at:
        at.orders.again([_order(at.orders, card)], at.actor)
    typer.echo(f"重制 to be made again: {card}")


@people.command()
def late(
    batch: Batch,
    ledger: LedgerPlace,
    before: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], help="Delivered before this day, not collected (日期)."),
    ],
    recover: Annotated[
        bool, typer.Option("--recover", help="They are back at the office (收回).")
    ] = False,
    ledger_keystore: Keystore = None,
    operator: Operator = "",
    production: Production = False,
    topology: Topologies = None,
    as_json: AsJson = False,
) -> None:
    """Say which cards nobody collected in time; with --recover that they are back (逾期、收回).

    Example: `sscard batch late B0001 --before 2026-11-01 --ledger office.sqlite`

    `sscard batch overdue` writes the list.  Ends with 0, or 2.
    """
    from sscard.cli.batch_desk import Place, desk
    from sscard.cli.batch_say import say
    from sscard.issuance.machines import CHINA
    from sscard.issuance.order_states import OrderState

    at_place = Place(ledger, ledger_keystore, operator, production, tuple(topology or ()))
    with desk(at_place) as at:
        ids = at.orders.overdue(batch, before.replace(tzinfo=CHINA), at.actor)
        if recover:
            found = at.orders.orders_of(batch, (OrderState.OVERDUE,))
            ids = tuple(each.id for each in found)
            at.orders.recover(ids, at.actor)
    word = "已收回 recovered" if recover else "逾期未领 overdue"
    say(f"{word}: {len(ids)}", {"cards": len(ids)}, as_json=as_json)


def _order(orders: Orders, card: str) -> int:
    """The order that a card number or ``#ID`` names.  Raises LedgerError, BadParameter."""
    if not card.startswith("#"):
        return orders.by_card(card).id
    if not card[1:].isdecimal():
        raise typer.BadParameter("# and the number of an order", param_hint="CARD")
    return orders.order(int(card[1:])).id


def _presence(who: Who, place: str) -> Presence:
    from sscard.issuance.orders import Presence

    return Presence(who.value, place)
