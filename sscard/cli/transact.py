"""``sscard transact``: one debit transaction with a card image, explained."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator import VirtualCard
    from sscard.apdu.authorization import IssuerAnswer, IssuerRequest
    from sscard.issuance.accounts_in_use import Account
    from sscard.issuance.authorizer import Authorizer
    from sscard.keys import Pin
    from sscard.terminal.pos import Receipt, Row, Surroundings, Terminal, Transaction

    Opening = Callable[[str, str], Account]

_MOST = Decimal("9999999999.99")
#: E-cash balance.
_CASH = 0x9F79
#: Attended, of a merchant: online and offline, and offline only.
_BOTH, _OFFLINE = 0x22, 0x23


def transact(
    image: Annotated[Path, typer.Argument(help="Card image (卡映像), cards/*.card of a run.")],
    amount: Annotated[str, typer.Option(help="Amount in yuan (金额), such as 12.30.")],
    contactless: Annotated[
        bool, typer.Option("--contactless", help="Over the antenna: qPBOC (非接触).")
    ] = False,
    sm: Annotated[
        bool, typer.Option("--sm", help="Ask for SM2 and SM4 (国密); else 3DES and RSA.")
    ] = False,
    online: Annotated[
        bool | None,
        typer.Option(
            "--online/--offline",
            help="Ask the issuer always (联机), or never (脱机); else card and limits decide.",
        ),
    ] = None,
    floor: Annotated[str, typer.Option(help="Floor limit in yuan (最低限额).")] = "100.00",
    balance: Annotated[
        str, typer.Option(help="What the test issuer's account holds, in yuan (余额).")
    ] = "10000.00",
    load: Annotated[
        str | None,
        typer.Option(help="What the issuer has the card hold as e-cash, in yuan (电子现金余额)."),
    ] = None,
    ask_pin: Annotated[
        bool, typer.Option("--ask-pin", help="Ask for the PIN; else there is no PIN pad.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Write the card back into the image afterwards.")
    ] = False,
    bank_keystore: Annotated[
        Path | None, typer.Option(help="Bank keys of the issuer; without it TEST keys.")
    ] = None,
) -> None:
    """Pay with a card at a test terminal, and print the whole dialogue, explained (模拟交易).

    Example: `sscard transact issued/cards/T0000001X.card --amount 12.30`

    Terminal, card and issuer's host are simulated, and speak through commands only.  The terminal
    knows the TEST certification authorities.  Account number, name and PIN are masked.  The image
    stays as it was unless `--keep` is given: a card counts its transactions.

    Ends with 0 when the transaction was approved, 1 when it was declined, 2 when there was none.
    """
    from simulator import Protocol, VirtualCard
    from sscard.cli.ending import NOT_FOR_EVERYBODY
    from sscard.perso.plan import run
    from sscard.terminal.pos import contact, explained
    from sscard.terminal.pos import contactless as tap

    card, pin = VirtualCard.load(image), _pin(asked=ask_pin)
    if contactless and not card.chip.ats:
        raise typer.BadParameter("the card has no antenna", param_hint="--contactless")
    terminal = _terminal(sm=sm, online=online, floor=_cents(floor, "--floor"), pin_pad=ask_pin)
    account = _account(
        _cents(balance, "--balance"), None if load is None else _cents(load, "--load")
    )
    around = _around(bank_keystore, account, pin)
    card.power_on(Protocol.CONTACTLESS if contactless else Protocol.T1)
    rows: list[Row] = []
    kernel = tap.transact if contactless else contact.transact
    try:
        plan = kernel(terminal, _paid(_cents(amount, "--amount"), forced=online is True), around)
        receipt = run(explained(plan, rows.append), card)
    finally:
        _print_rows(rows)
        _keep(card, image, wanted=keep)
    _print_receipt(receipt)
    if not receipt.outcome.approved:
        raise typer.Exit(NOT_FOR_EVERYBODY)


def _terminal(*, sm: bool, online: bool | None, floor: int, pin_pad: bool) -> Terminal:
    from sscard.apdu.terminal_capabilities import TerminalCapabilities
    from sscard.keys.stores.certificates import load_certificates
    from sscard.terminal.pos import Application, Authorities, ContactlessLimits, Terminal

    known = load_certificates()
    pins = TerminalCapabilities.PLAIN_PIN | TerminalCapabilities.ENCIPHERED_PIN
    capabilities = TerminalCapabilities(0xE028C8) | (pins if pin_pad else 0)
    highest = 10**11 if online is False else floor
    limits = ContactlessLimits(floor=highest, cvm=max(floor, 1))
    return Terminal(
        applications=(Application(floor_limit=highest, contactless=limits),),
        authorities=Authorities(known.rsa_authorities, known.sm2_authorities),
        capabilities=capabilities,
        kind=_OFFLINE if online is False else _BOTH,
        sm=sm,
    )


def _paid(amount: int, *, forced: bool) -> Transaction:
    import secrets
    from datetime import datetime

    from sscard.issuance.machines import CHINA
    from sscard.terminal.pos import Transaction

    return Transaction(amount, datetime.now(CHINA), secrets.token_bytes(4), forced_online=forced)


def _opening(balance: int, cash: int | None) -> Opening:
    """What the test issuer has for whichever card comes; e-cash is written by its script."""
    from sscard.issuance import script_orders
    from sscard.issuance.accounts_in_use import Account

    def opened(number: str, sequence: str) -> Account:
        account = Account(number, sequence, balance)
        if cash is not None:
            account.orders.append(script_orders.put_data(_CASH, bytes.fromhex(f"{cash:012}")))
        return account

    return opened


def _around(bank_keystore: Path | None, opening: Opening, pin: Pin | None) -> Surroundings:
    import secrets

    from sscard.cli.passphrase import ask
    from sscard.cli.summary import announce_test_keys
    from sscard.issuance.accounts_in_use import AccountBook
    from sscard.issuance.authorizer import Authorizer
    from sscard.keys.issuer_operations import DerivedOperations
    from sscard.keys.stores import load_bank
    from sscard.terminal.pos import Surroundings

    store = load_bank(bank_keystore, ask)
    announce_test_keys(("bank",) if store.test else ())
    host = Authorizer(AccountBook(), DerivedOperations.of(store))
    once = iter((pin,))
    return Surroundings(
        random=secrets.token_bytes,
        issuer=lambda request: _answered(host, opening, request),
        # A wrong PIN is not tried until none is left.
        pin=lambda _tries: next(once, None),
    )


def _answered(host: Authorizer, opening: Opening, request: IssuerRequest) -> IssuerAnswer:
    if host.book.find(request.account, request.sequence) is None:
        host.book.open(opening(request.account, request.sequence))
    return host.authorize(request)


def _pin(*, asked: bool) -> Pin | None:
    from sscard.cli.card_pin import asked_pin

    return asked_pin() if asked else None


def _cents(text: str, option: str) -> int:
    """An amount in yuan as a number of fen."""
    try:
        amount = Decimal(text)
        if not 0 <= amount <= _MOST or amount != amount.quantize(Decimal("0.01")):
            raise InvalidOperation
    except InvalidOperation:
        raise typer.BadParameter("no amount in yuan, such as 12.30", param_hint=option) from None
    return int(amount * 100)


def _keep(card: VirtualCard, image: Path, *, wanted: bool) -> None:
    if wanted:
        card.power_off()
        card.save(image)


def _print_rows(rows: list[Row]) -> None:
    for row in rows:
        typer.echo(f"{row.direction.value} {row.shown}")
        typer.echo(f"  {row.meaning}")
        for each in row.details:
            name = f"{each.tag:X} {each.zh} {each.en}"
            said = f": {each.value}" if each.value else ""
            read = f" = {each.reading}" if each.reading else ""
            typer.echo(f"    {'  ' * each.depth}{name}{said}{read}")


def _print_scripts(receipt: Receipt) -> None:
    for each in receipt.scripts:
        sw = f"{each.sw.value:04X}"
        how = "完成 done" if each.failed is None else f"命令 command {each.failed}: {sw}"
        typer.echo(f"发卡行脚本 issuer script: {how}")


def _print_receipt(receipt: Receipt) -> None:
    from sscard.terminal.pos.dialogue_values import reading

    verified = "签名 signature" if receipt.signature else reading(0x9F34, bytes(receipt.cvm))
    facts = (
        ("结果 outcome", receipt.outcome.value),
        ("应用 application", f"{receipt.label} {receipt.application.hex().upper()}"),
        ("账号 account", receipt.masked_account),
        ("金额 amount", f"{receipt.amount // 100}.{receipt.amount % 100:02}"),
        ("密文 cryptogram", f"{receipt.cid.kind.name} {receipt.cryptogram.hex().upper()}"),
        ("交易序号 ATC", str(receipt.atc)),
        ("响应码 response code", receipt.response_code.decode("ascii", "replace")),
        ("验证 verification", verified),
        ("终端结果 TVR", ", ".join(receipt.tvr.words()) or "-"),
    )
    typer.echo("")
    for name, value in facts:
        typer.echo(f"{name}: {value}")
    _print_scripts(receipt)
