"""``sscard transact``: a whole debit transaction with a card image, explained."""

from __future__ import annotations

import os
from enum import StrEnum, unique
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.ending import CONFIGURATION, DONE, INTERRUPTED
from sscard.cli.readers import Image, ReaderName, opened
from sscard.cli.recording import Record
from sscard.cli.yuan import fen

if TYPE_CHECKING:
    from collections.abc import Callable

    from sscard.cli.transact_run import Keys, Result
    from sscard.keys import Pin

_DECLINED = 1
#: The PIN for programs, which have no terminal; it is entered once.
_PIN_VARIABLE = "SSCARD_CARD_PIN"
#: Fen in the account at the host.
_BALANCE = 1_000_000
#: Fen from which on a terminal asks the issuer.
_FLOOR = 10_000


@unique
class Order(StrEnum):
    """What the issuer's host can have the card do at the end of an online transaction."""

    BLOCK_APPLICATION = "block-application"
    UNBLOCK_APPLICATION = "unblock-application"
    UNBLOCK_PIN = "unblock-pin"
    BLOCK_CARD = "block-card"


def transact(
    *,
    image: Image = None,
    amount: Annotated[int, typer.Option(parser=fen, metavar="YUAN", help="What is paid (金额).")],
    reader: ReaderName = None,
    record: Record = None,
    contactless: Annotated[
        bool, typer.Option("--contactless", help="By antenna, qPBOC (非接触); else with contacts.")
    ] = False,
    sm: Annotated[
        bool, typer.Option("--sm", help="Ask for SM2 and SM4 (国密); else RSA and 3DES.")
    ] = False,
    ecash: Annotated[
        bool, typer.Option("--ecash", help="Offer to pay with e-cash (电子现金).")
    ] = False,
    online: Annotated[
        bool | None,
        typer.Option(
            "--online/--offline",
            help="Ask the issuer, or nobody; without either, terminal and card decide.",
        ),
    ] = None,
    floor: Annotated[
        int | None,
        typer.Option(
            parser=fen,
            metavar="YUAN",
            help="The issuer is asked from here on (限额); else 100.00.",
        ),
    ] = None,
    ask_pin: Annotated[
        bool,
        typer.Option(
            "--ask-pin", help=f"Ask for the PIN; else ${_PIN_VARIABLE}, else there is no PIN pad."
        ),
    ] = False,
    bank_keystore: Annotated[
        Path | None, typer.Option(help="Bank keys (银行密钥) of the host; without it TEST keys.")
    ] = None,
    ca_keys: Annotated[
        Path | None,
        typer.Option(help="CA keys of the terminal, of `keys testca`; else the TEST ones."),
    ] = None,
    balance: Annotated[
        int | None,
        typer.Option(
            parser=fen, metavar="YUAN", help="Money in the account at the host; else 10000.00."
        ),
    ] = None,
    load: Annotated[
        int | None,
        typer.Option(
            parser=fen, metavar="YUAN", help="Have the host add this to the card's e-cash (圈存)."
        ),
    ] = None,
    script: Annotated[
        list[Order] | None, typer.Option(help="Have the host order this by a script (脚本).")
    ] = None,
    save: Annotated[
        bool, typer.Option("--save", help="Write the card back to its image (保存).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Pay with a card: terminal, card and issuer's host, all explained (交易).

    Example: `sscard transact issued/cards/T0000001X.card --amount 12.30 --ask-pin`

    A point of sale selects the debit application, checks signatures, cardholder and limits, and
    asks the card for its cryptogram.  The host checks it and answers.  Everything that is said is
    printed with its meaning, then what was decided and why: TVR, TSI and CVR in words, whether the
    host verified the cryptogram, the counters and e-cash before and after.

    The card lives in memory: without --save its image stays as it was.  A card in a --reader, also
    `sim:FILE`, keeps what was done to it.  The host has one account, opened for the card that
    comes.  The PIN is never an argument and never shown; account numbers
    are masked.

    Ends with 0 when it was approved, 1 when it was declined, 2 when it could not take place: no
    image or keys, or a card that has no such application or broke off; the message says what;
    130 after Ctrl-C, nothing is saved.
    """
    from sscard.cli import transact_run
    from sscard.cli.summary import announce_test_keys
    from sscard.cli.transact_host import orders

    keys = _keys(bank_keystore, ca_keys)
    announce_test_keys(("bank",) if keys.store.test else ())
    wanted = transact_run.Wanted(
        amount,
        contactless=contactless,
        sm=sm,
        ecash=ecash,
        online=online,
        floor=_FLOOR if floor is None else floor,
        pin_pad=ask_pin or _PIN_VARIABLE in os.environ,
        balance=_BALANCE if balance is None else balance,
        orders=orders(script or []),
        load=load or 0,
    )
    with opened(image, reader, contactless=contactless, record=record) as source:
        result = transact_run.transacted(source.card, wanted, keys, _asking(asked=ask_pin))
        if save:
            source.keep()
    kept = save or source.image is None
    _print(result, source.name, image, kept=kept, as_json=as_json)
    if result.error is not None:
        typer.echo(f"错误 error: {result.error}", err=True)
    raise typer.Exit(_code(result))


def _code(result: Result) -> int:
    if result.receipt is None:
        return CONFIGURATION
    return DONE if result.receipt.outcome.approved else _DECLINED


def _keys(bank_keystore: Path | None, ca_keys: Path | None) -> Keys:
    from sscard.cli.passphrase import ask
    from sscard.cli.transact_run import Keys
    from sscard.keys.stores import load_bank
    from sscard.keys.stores.ca_keys import load_ca_keys
    from sscard.keys.stores.certificates import load_certificates
    from sscard.terminal.pos import Authorities

    store = load_bank(bank_keystore, ask)
    if ca_keys is not None:
        given = load_ca_keys(ca_keys)
        return Keys(store, Authorities(given.rsa, given.sm2))
    packaged = load_certificates()
    return Keys(store, Authorities(packaged.rsa_authorities, packaged.sm2_authorities))


def _asking(*, asked: bool) -> Callable[[int | None], Pin | None]:
    """Whoever enters the PIN: a person as often as the card lets them, or a variable, once."""
    from sscard.cli.transact_host import one_answer

    if asked:
        return _prompt
    return one_answer(_pin(os.environ.get(_PIN_VARIABLE, "")))


def _prompt(tries: int | None) -> Pin | None:
    left = "" if tries is None else f" (剩余{tries}次 {tries} tries left)"
    text = f"PIN{left}, 回车取消 Enter for none"
    try:
        digits = typer.prompt(text, default="", show_default=False, hide_input=True, err=True)
    except typer.Abort:
        raise typer.Exit(INTERRUPTED) from None
    return _pin(digits)


def _pin(digits: str) -> Pin | None:
    from sscard.keys import Pin

    try:
        return Pin(digits) if digits else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="PIN") from None


def _print(result: Result, card: str, image: Path | None, *, kept: bool, as_json: bool) -> None:
    from sscard.cli.console import stdout
    from sscard.cli.transact_show import document, shown

    if as_json:
        import json

        whole = {"image": card, "saved": kept, **document(result)}
        typer.echo(json.dumps(whole, ensure_ascii=False, indent=2))
        return
    stdout().print(shown(result))
    if image is None:
        typer.echo(f"卡片已改动 the card has changed: {card}")
    elif kept:
        typer.echo(f"已保存 saved: {image}")
    else:
        typer.echo("卡映像未改动 the image was not changed (--save writes it)")
