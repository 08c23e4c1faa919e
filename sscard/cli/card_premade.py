"""``sscard card premade``: simulated pre-made blanks, and the list that tracks them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import date

    from sscard.cli.stores import Stores
    from sscard.issuance.premade_stock import StockItem
    from sscard.profiles import Profile

#: The list beside the images.
STOCK = "premade.csv"


def premade(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Write card images (卡映像) and premade.csv here.")
    ],
    profile: Annotated[
        str, typer.Option(help="What they are: profile name, or path of a file.")
    ] = "gen3",
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many to make.")] = 1,
    first: Annotated[
        int, typer.Option(min=1, help="Serial and account begin with this number.")
    ] = 1,
    keystore: Annotated[
        Path | None, typer.Option(help="Social security keys; without it TEST keys.")
    ] = None,
    bank_keystore: Annotated[
        Path | None, typer.Option(help="Bank keys; without it TEST keys.")
    ] = None,
    exchange_keystore: Annotated[
        Path | None, typer.Option(help="Exchange keys; without it TEST keys.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Make simulated pre-made blanks (预制卡) with test accounts, for counters to complete.

    Example: `sscard card premade --profile gen3 --count 3 --out stock`

    A pre-made blank has both key sets, its account and everything else, but nobody's data.  Each is
    audited before it is listed.  The images are named by the serial number of their chip;
    premade.csv has the account number, ATR and a digest of the financial side of each.  The same
    --first gives the same numbers again: they are for tests.

    *Card images hold the keys of their card: they are readable by their owner only.*

    Ends with 0 when all were made and listed, 2 when there is no such profile or key store, or the
    directory has a list already.
    """
    from datetime import datetime

    from sscard.cli.stores import certified, load_stores, with_issuers
    from sscard.cli.summary import announce_test_keys
    from sscard.errors import TransportError
    from sscard.issuance.machines import CHINA
    from sscard.issuance.premade_stock import write_stock
    from sscard.keys import SUITES
    from sscard.profiles import load_profile

    if (out / STOCK).exists():
        raise TransportError(f"{out / STOCK}: 文件已存在 is there already")
    declared = load_profile(profile)
    suite = SUITES[declared.suite]
    stores = load_stores(keystore, bank_keystore, exchange_keystore, suite)
    stores = certified(with_issuers(stores, declared, None), declared, None, None)
    announce_test_keys(stores.test)
    out.mkdir(parents=True, exist_ok=True)
    today = datetime.now(CHINA).date()
    items = tuple(_made(declared, stores, today, range(first, first + count), out))
    write_stock(out / STOCK, items)
    _tell(items, out, as_json=as_json)


def _made(
    profile: Profile, stores: Stores, today: date, numbers: range, out: Path
) -> Iterator[StockItem]:
    import os

    from simulator import VirtualCard
    from sscard.issuance.blank_maker import BankBlanks, SocialBlanks
    from sscard.issuance.numbering import allocated_account, allocated_serial
    from sscard.issuance.premade_stock import StockItem
    from sscard.issuance.stations import BankStation, SocialStation
    from sscard.perso.audit import require
    from sscard.profiles.chips import load_chip

    chip, exchange = load_chip(profile.chip), stores.exchange
    social = SocialBlanks(SocialStation(profile, stores.social, exchange, chip.lot, os.urandom))
    bank = BankBlanks(BankStation(profile, stores.bank, exchange, os.urandom, stores.issuers))
    social.rehearse(today)
    bank.rehearse(today)
    for number in numbers:
        card = VirtualCard.blank(chip, lot=stores.social.lot(chip.lot))
        order = social.prepare(allocated_serial(number), today)
        social.run(order, card)
        account = bank.test_account(allocated_account(number, bank.issuer), today)
        instances = bank.run(card, bank.identify(card), account, today)
        require(social.audit(order, card))
        require(bank.audit(instances, card))
        recorded = bank.record(card)
        card.power_off()
        image = f"{order.numbers.serial.hex().upper()}.card"
        card.create(out / image)
        yield StockItem.of(recorded, order.numbers.serial, today, image)


def _tell(items: tuple[StockItem, ...], out: Path, *, as_json: bool) -> None:
    import json

    if as_json:
        shown = {"folder": str(out), "list": STOCK, "images": [each.image for each in items]}
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    typer.echo(f"预制卡 pre-made blanks: {len(items)}, 清单 list: {out / STOCK}")
