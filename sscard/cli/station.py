"""``sscard station``: readers at work, and what people sign beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.batch_options import Keystore, LedgerPlace, Operator, Topologies
from sscard.cli.readers import Count
from sscard.cli.station_instant import counter
from sscard.cli.station_options import (
    AsJson,
    Batch,
    Body,
    FirstArticle,
    InARow,
    Lease,
    Name,
    PatrolCards,
    PatrolMinutes,
    Production,
    Readers,
    Tolerated,
    Window,
)
from sscard.cli.station_signed import signed
from sscard.cli.supplement_options import IssuerKeys, Supplement

if TYPE_CHECKING:
    from sscard.cli.station_run import Rules

app = typer.Typer(
    help="Stations: readers side by side that make the cards of a batch (工位).",
    no_args_is_help=True,
)
for part in (counter, signed):
    app.registered_commands += part.registered_commands


@app.callback()
def _group() -> None:
    """Stations: readers side by side that make the cards of a batch (工位).

    The card in the slot decides whose card it is: the number of its body at the social-security
    station, its hand-over area at the bank's.  What is not as the ledger says stops the reader.

    A reader is taken out after failures in a row or too many of the last ones; a chip that refuses
    its transport key halts the whole line, until two people release it.  The first card of a batch
    at each station is checked and signed before the second is begun.
    """


@app.command()
def ssse(
    ledger: LedgerPlace,
    batch: Batch,
    readers: Readers,
    profile: Annotated[str, typer.Option(help="Profile name, or path of a profile file.")] = "gen2",
    keystore: Annotated[
        Path | None, typer.Option(help="Social security keys; without it TEST keys.")
    ] = None,
    exchange_keystore: Annotated[
        Path | None, typer.Option(help="Key of the hand-over area; without it a TEST key.")
    ] = None,
    ledger_keystore: Keystore = None,
    body: Body = None,
    order: Annotated[
        int | None,
        typer.Option(
            help="A single card for this order, on a body that is nobody's yet (零星制卡)."
        ),
    ] = None,
    name: Name = None,
    operator: Operator = "",
    topology: Topologies = None,
    count: Count = None,
    lease: Lease = 120,
    failures_in_a_row: InARow = 3,
    failures_window: Window = 50,
    failures_tolerated: Tolerated = 5,
    first_article: FirstArticle = True,
    patrol_cards: PatrolCards = 500,
    patrol_minutes: PatrolMinutes = 120,
    supplement: Supplement = None,
    issuer_key: IssuerKeys = None,
    production: Production = False,
    as_json: AsJson = False,
) -> None:
    """Write the social-security side of a batch's cards (社保工位).

    Example: `sscard station ssse --ledger city.sqlite --batch B1 --readers 4xtray:trays/B1
    --name SSSE-1 --operator zhang`

    Each reader takes a card, reads the number of its body (`--body`, by default the barcode), takes
    the job of that body, writes the chip, audits it, and writes down what it was.  With readers in
    which people change cards, the number is scanned or typed once the card is in: with several
    readers after the reader's name, `R2 8800123`.

    Ctrl-C finishes the cards under way.  A station that dies loses its jobs when its lease is over:
    cards whose chips may have been touched are spoiled, the others go back.

    Ends with 0 when the trays are empty and every card was made, 1 when cards failed or a reader
    was stopped or taken out, 2 when the station or the line had to stop or could not begin, 130
    after Ctrl-C.
    """
    from sscard.cli.declared import Signed
    from sscard.cli.station_make import Setting, make_social

    stops = (failures_in_a_row, failures_window, failures_tolerated)
    gates = (first_article, patrol_cards, patrol_minutes)
    setting = Setting(
        kind="ssse",
        ledger=ledger,
        ledger_keystore=ledger_keystore,
        batch=batch,
        profile=profile,
        readers=tuple(readers),
        bodies=tuple(body or ("barcode",)),
        name=name,
        operator=operator,
        exchange_keystore=exchange_keystore,
        signed=Signed(supplement, tuple(issuer_key or ())),
        topologies=tuple(topology or ()),
        rules=_rules(stops, gates, lease, count if order is None else 1),
        production=production,
        as_json=as_json,
    )
    raise typer.Exit(make_social(setting, keystore, order))


@app.command()
def bank(
    ledger: LedgerPlace,
    batch: Batch,
    readers: Readers,
    profile: Annotated[str, typer.Option(help="Profile name, or path of a profile file.")] = "gen2",
    bank_keystore: Annotated[
        Path | None, typer.Option(help="Bank keys; without it TEST keys.")
    ] = None,
    exchange_keystore: Annotated[
        Path | None, typer.Option(help="Key of the hand-over area; without it a TEST key.")
    ] = None,
    ledger_keystore: Keystore = None,
    card_issuers: Annotated[
        Path | None,
        typer.Option(
            help="Who signs cards (发卡行签名): certificates and keys; without it TEST issuers."
        ),
    ] = None,
    bank_accounts: Annotated[
        Path | None,
        typer.Option(
            help="CSV list of accounts (银行账户) for people whose order has none; without it the "
            "test bank's."
        ),
    ] = None,
    body: Body = None,
    name: Name = None,
    operator: Operator = "",
    topology: Topologies = None,
    count: Count = None,
    lease: Lease = 120,
    failures_in_a_row: InARow = 3,
    failures_window: Window = 50,
    failures_tolerated: Tolerated = 5,
    first_article: FirstArticle = True,
    patrol_cards: PatrolCards = 500,
    patrol_minutes: PatrolMinutes = 120,
    supplement: Supplement = None,
    issuer_key: IssuerKeys = None,
    production: Production = False,
    as_json: AsJson = False,
) -> None:
    """Write the financial side of the cards that were handed over (银行工位).

    Example: `sscard station bank --ledger city.sqlite --batch B1 --readers 4xtray:trays/B1-bank
    --name BANK-1 --operator li`

    The hand-over area of the card says whose it is.  A card that carries nobody, a person without
    an order with the bank, another chip than the ledger's stop the reader.  With `--body` the body
    is read, too, and must be the same person's.  The station needs no social-security key: the
    ledger's key is in a store of its own (`--ledger-keystore`).

    Ends as `sscard station ssse`.
    """
    from sscard.cli.declared import Signed
    from sscard.cli.station_make import BankSide, Setting, make_bank

    stops = (failures_in_a_row, failures_window, failures_tolerated)
    gates = (first_article, patrol_cards, patrol_minutes)
    setting = Setting(
        kind="bank",
        ledger=ledger,
        ledger_keystore=ledger_keystore,
        batch=batch,
        profile=profile,
        readers=tuple(readers),
        bodies=tuple(body or ()),
        name=name,
        operator=operator,
        exchange_keystore=exchange_keystore,
        signed=Signed(supplement, tuple(issuer_key or ())),
        topologies=tuple(topology or ()),
        rules=_rules(stops, gates, lease, count),
        production=production,
        as_json=as_json,
    )
    raise typer.Exit(make_bank(setting, BankSide(bank_keystore, card_issuers, bank_accounts)))


def _rules(
    stops: tuple[int, int, int],
    gates: tuple[bool, int, float],
    lease: float,
    count: int | None,
) -> Rules:
    from sscard.cli.station_run import Rules
    from sscard.issuance.floor import GateRules, StopRules

    first, cards, minutes = gates
    return Rules(StopRules(*stops), GateRules(first, cards or None, minutes or None), lease, count)
