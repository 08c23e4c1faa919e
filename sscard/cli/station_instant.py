"""``sscard station instant``: a counter that hands a card out in minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sscard.cli.batch_options import Keystore, LedgerPlace, Operator, Topologies
from sscard.cli.readers import ReaderName
from sscard.cli.station_options import (
    AsJson,
    Lease,
    Name,
    Production,
)
from sscard.cli.supplement_options import IssuerKeys, Supplement

counter = typer.Typer()


@counter.command("instant")
def instant(
    ledger: LedgerPlace,
    order: Annotated[int, typer.Option(help="Order of the person at the counter (订单号).")],
    reader: ReaderName,
    profile: Annotated[str, typer.Option(help="Profile name, or path of a profile file.")] = "gen3",
    keystore: Annotated[
        Path | None, typer.Option(help="Social security keys; without it TEST keys.")
    ] = None,
    ledger_keystore: Keystore = None,
    premade_list: Annotated[
        Path | None,
        typer.Option(help="List of pre-made stock (预制卡清单): the financial side is compared."),
    ] = None,
    name: Name = None,
    operator: Operator = "",
    topology: Topologies = None,
    lease: Lease = 300,
    supplement: Supplement = None,
    issuer_key: IssuerKeys = None,
    production: Production = False,
    as_json: AsJson = False,
) -> None:
    """Complete a pre-made blank for the person at the counter (即时制卡).

    Example: `sscard station instant --ledger city.sqlite --order 17 --reader sim:stock/A.card
    --premade-list stock/premade.csv --operator wang`

    The account number on the card in the reader says which blank it is; it must be in stock in the
    ledger.  The person's data are written and audited; no key of the bank is needed.  A card that
    was pulled out goes on where it stood when it is put in again, as long as the lease lasts.

    Ends with 0 when the card is audited, 1 when it failed or is not the right one, 2 when the
    counter or the line had to stop or could not begin, 130 after Ctrl-C.
    """
    from sscard.cli.declared import Signed
    from sscard.cli.station_make import Setting
    from sscard.cli.station_make_instant import make_instant
    from sscard.cli.station_run import Rules
    from sscard.issuance.floor import GateRules

    if reader is None:
        raise typer.BadParameter("which reader has the blank?", param_hint="--reader")
    setting = Setting(
        kind="instant",
        ledger=ledger,
        ledger_keystore=ledger_keystore,
        batch="",
        profile=profile,
        readers=(reader,),
        bodies=(),
        name=name,
        operator=operator,
        exchange_keystore=None,
        signed=Signed(supplement, tuple(issuer_key or ())),
        topologies=tuple(topology or ()),
        rules=Rules(gates=GateRules(False, None, None, None), lease=lease, count=1),
        production=production,
        as_json=as_json,
    )
    raise typer.Exit(make_instant(setting, keystore, order, premade_list))
