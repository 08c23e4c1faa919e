"""What people do and sign beside the stations: check, release, return, destroy, fill trays."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sscard.cli.batch_options import Keystore, LedgerPlace, Operator, Topologies
from sscard.cli.station_options import (
    AsJson,
    By,
    Reason,
    Witness,
)

if TYPE_CHECKING:
    from sscard.issuance.floor.posts import Post

signed = typer.Typer()

BodyNumber = Annotated[str, typer.Argument(metavar="BODY", help="Number of a card body (卡体号).")]
Note = Annotated[str, typer.Option(help="Anything to keep with it (备注).")]


class CheckKind(StrEnum):
    """Which check; the words of the ledger."""

    FIRST_ARTICLE = "first-article"
    PATROL = "patrol"
    FINAL = "final"


@signed.command("list")
def show(ledger: LedgerPlace, ledger_keystore: Keystore = None, as_json: AsJson = False) -> None:
    """Show every station and its state, readers that are out, and whether the line is halted.

    Example: `sscard station list --ledger city.sqlite`

    Ends with 0, or 2 when there is no such ledger.
    """
    from sscard.cli.station_desk import ledger as opening
    from sscard.issuance.floor.posts import posts
    from sscard.issuance.ledger import reading

    with opening(ledger, ledger_keystore) as opened, reading(opened.engine) as connection:
        found = tuple(posts(connection))
    if as_json:
        _print_json([_members(each) for each in found])
        return
    from rich.table import Table

    from sscard.cli.console import stdout

    table = Table()
    for heading in ("工位\nstation", "种类\nkind", "状态\nstate", "最近\nseen", "原因\nwhy"):
        table.add_column(heading)
    for each in found:
        seen = each.seen_at.strftime("%Y-%m-%d %H:%M:%S UTC")
        state = f"{each.state.zh} {each.state.name.lower()}"
        table.add_row(each.name, each.kind, state, seen, each.reason or "")
    stdout().print(table)


@signed.command("check")
def check(
    card: Annotated[str, typer.Argument(metavar="CARD", help="Number of the card (社保卡号).")],
    ledger: LedgerPlace,
    by: By,
    what: Annotated[CheckKind, typer.Option("--what", help="Which check.")],
    failed: Annotated[bool, typer.Option("--failed", help="It failed (不合格).")] = False,
    note: Note = "",
    ledger_keystore: Keystore = None,
) -> None:
    """Sign a check of a finished card: first article (首件), patrol (巡检), final sample (终检).

    Example: `sscard station check X00000019 --what first-article --by wang --ledger city.sqlite`

    Stations that wait for it go on at once.  After a failed check the station stops; whoever starts
    it again has found the cause, and it begins with another first card.

    Ends with 0 when it is written down, 2 when there is no such card.
    """
    from sscard.cli.station_desk import ledger as opening
    from sscard.issuance.floor.checks import Signed, sign
    from sscard.issuance.floor.gates import What

    kind = What(what.value.replace("-", "_"))
    with opening(ledger, ledger_keystore) as opened, opened.book(by) as book:
        sign(book, Signed(kind, card, passed=not failed, by=by, note=note))
    typer.echo(f"{card}: {kind.zh} {what.value}: {'不合格 failed' if failed else '合格 passed'}")


@signed.command("release")
def release(
    ledger: LedgerPlace,
    by: By,
    witness: Witness,
    reason: Reason,
    name: Annotated[
        str, typer.Argument(metavar="[STATION/READER]", help="A reader that was taken out.")
    ] = "line",
    ledger_keystore: Keystore = None,
) -> None:
    """Let the halted line, or a reader that was taken out, work again; two people sign (复线).

    Example: `sscard station release --by wang --witness li --reason "lot 7 locked away" --ledger
    city.sqlite`, or with `SSSE-1/R2`

    Ends with 0 when it is released, 2 when one person signs twice or nothing is halted.
    """
    from sscard.cli.station_desk import ledger as opening
    from sscard.issuance.floor.posts import release as let_go
    from sscard.issuance.floor.signatures import TwoSignatures

    both = TwoSignatures(by, witness)
    with opening(ledger, ledger_keystore) as opened, opened.book(by) as book:
        let_go(book, name, both, reason)
    typer.echo(f"{name}: 已恢复 released")


@signed.command("return")
def give_back(
    station: Annotated[str, typer.Argument(metavar="STATION", help="A station that died.")],
    ledger: LedgerPlace,
    operator: Operator = "",
    topology: Topologies = None,
    ledger_keystore: Keystore = None,
    as_json: AsJson = False,
) -> None:
    """Take back the jobs of a station that died, without waiting for its leases (任务收回).

    Example: `sscard station return SSSE-1 --ledger city.sqlite --operator wang`

    Cards whose chips may have been touched are spoiled, and named: destroy them.  The others go
    back.  A station that still works loses what it has in hand, and stops.

    Ends with 0, or 2 when there is no such station.
    """
    from sscard.cli.station_back import take_back

    expired = take_back(station, ledger, ledger_keystore, operator, tuple(topology or ()))
    if as_json:
        _print_json([asdict(each) for each in expired])
        return
    for each in expired:
        state = "作废 spoiled" if each.spoiled else "退回 goes back"
        typer.echo(f"{each.card_number} {each.body or ''}: {state}")
    typer.echo(f"{station}: {len(expired)} 项任务 jobs")


@signed.command("whose")
def whose(
    bodies: Annotated[
        list[str], typer.Argument(metavar="BODY…", help="Numbers of card bodies (卡体号).")
    ],
    ledger: LedgerPlace,
    ledger_keystore: Keystore = None,
    as_json: AsJson = False,
) -> None:
    """Say where a card belongs that lies in a slot or among rejected ones (卡片归位).

    Example: `sscard station whose B1-0001 B1-0002 --ledger city.sqlite`

    After a power cut, a lost connection or a kill the ledger may know more of a card than the tray
    in which it lies.  Take back the jobs of the dead station first: sscard station return.

    Ends with 0, or 1 when the ledger does not know one of them.
    """
    from sscard.cli.ending import NOT_FOR_EVERYBODY
    from sscard.cli.station_desk import ledger as opened
    from sscard.issuance.floor.whereabouts import Belongs, belongs

    with opened(ledger, ledger_keystore) as found, found.orders.reading() as connection:
        places = {body: belongs(connection, body) for body in bodies}
    if as_json:
        _print_json([{"body": b, "belongs": p.value, "en": p.en} for b, p in places.items()])
    else:
        for body, place in places.items():
            typer.echo(f"{body}: {place.zh} {place.en}")
    if Belongs.UNKNOWN in places.values():
        raise typer.Exit(NOT_FOR_EVERYBODY)


@signed.command("destroy")
def destroy(
    body: BodyNumber,
    ledger: LedgerPlace,
    by: By,
    witness: Witness,
    note: Note = "",
    ledger_keystore: Keystore = None,
) -> None:
    """Write down that a spoiled or test card was destroyed before two people (销毁).

    Example: `sscard station destroy BODY-0007 --by wang --witness li --ledger city.sqlite`

    Ends with 0 when it is written down, 2 when one person signs twice or the body is not spoiled.
    """
    from sscard.cli.station_desk import ledger as opening
    from sscard.issuance.floor.bodies import destroy as end
    from sscard.issuance.floor.signatures import TwoSignatures

    both = TwoSignatures(by, witness)
    with opening(ledger, ledger_keystore) as opened, opened.book(by) as book:
        end(book, body, both, note)
    typer.echo(f"{body}: 已销毁 destroyed")


@signed.command("test-card")
def count_as_test(
    body: BodyNumber,
    ledger: LedgerPlace,
    by: By,
    note: Note = "",
    ledger_keystore: Keystore = None,
) -> None:
    """Count a card body that belongs to nobody as a test card (测试卡).

    Example: `sscard station test-card BODY-0999 --by wang --note bending --ledger city.sqlite`

    Ends with 0 when it is counted, 2 when the body is somebody's or was used.
    """
    from sscard.cli.station_desk import ledger as opening
    from sscard.issuance.floor.bodies import use_for_test

    with opening(ledger, ledger_keystore) as opened, opened.book(by) as book:
        use_for_test(book, body, by, note)
    typer.echo(f"{body}: 测试卡 test card")


@signed.command("tray")
def tray(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The tray (料盘).")],
    ledger: LedgerPlace,
    batch: Annotated[str, typer.Option("--batch", help="Whose bodies (批次号).")],
    profile: Annotated[str, typer.Option(help="Whose chips: profile name or path.")] = "gen2",
    keystore: Annotated[
        Path | None,
        typer.Option(help="Social security keys with the lot's transport key; without it TEST."),
    ] = None,
    ledger_keystore: Keystore = None,
) -> None:
    """Fill a tray with simulated card bodies: one for each body of the batch in stock (模拟料盘).

    Example: `sscard station tray trays/B1 --batch B1 --ledger city.sqlite`

    Each is a card image and a file with the numbers on the body.  They lie in DIR/in in the order
    of the batch's people; stations put them into DIR/out and DIR/rejected.

    *Card images hold the keys of their card: they are readable by their owner only.*

    Ends with 0 when the tray is filled, 2 when there is no such batch.
    """
    from sscard.cli.station_back import fill_tray

    number = fill_tray(folder, ledger, ledger_keystore, batch, profile, keystore)
    typer.echo(f"{folder}: {number} 张卡体 bodies")


def _members(post: Post) -> dict[str, Any]:
    return {
        "name": post.name,
        "kind": post.kind,
        "state": post.state.name.lower(),
        "reason": post.reason,
        "seen_at": post.seen_at.isoformat(),
    }


def _print_json(value: object) -> None:
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
