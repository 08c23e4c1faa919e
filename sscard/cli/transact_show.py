"""A transaction for people (the dialogue, then what was decided) and for programs (a document)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sscard.apdu.cvr import CVR
from sscard.apdu.issuer_data import IssuerApplicationData
from sscard.cli import dialogue
from sscard.cli.transact_run import Counters, Result
from sscard.cli.transact_words import KINDS, bits
from sscard.errors import MalformedData
from sscard.keys.application_cryptogram import family_of
from sscard.terminal.pos import Receipt
from sscard.terminal.pos.card_data import ECash
from sscard.trace.financial.values import reading

_CARD_DATA, _CVM = 0x9F10, 0x9F34


def document(result: Result) -> dict[str, Any]:
    """Everything, with bytes in hexadecimal and account numbers masked."""
    receipt = result.receipt
    return {
        "outcome": receipt.outcome.name.lower() if receipt else None,
        "approved": receipt.outcome.approved if receipt else None,
        "error": str(result.error) if result.error else None,
        **(_decided(receipt, result) if receipt else {}),
        "before": asdict(result.before),
        "after": asdict(result.after),
        "host_balance": result.account,
        "dialogue": [dialogue.document(line.row, line.way) for line in result.lines],
    }


def _decided(receipt: Receipt, result: Result) -> dict[str, Any]:
    first, final = result.genuine or (None, None)
    return {
        "response_code": receipt.response_code.decode("ascii", "replace"),
        "amount": receipt.amount,
        "account": receipt.masked_account,
        "application": receipt.application.hex().upper(),
        "label": receipt.label,
        "contactless": receipt.contactless,
        "algorithms": algorithms(receipt),
        "atc": receipt.atc,
        "cryptogram": {
            "kind": receipt.cid.kind.name,
            "value": receipt.cryptogram.hex().upper(),
            "first_verified": first,
            "last_verified": final,
        },
        "tvr": {"value": bytes(receipt.tvr).hex().upper(), "words": receipt.tvr.words()},
        "tsi": {"value": bytes(receipt.tsi).hex().upper(), "words": receipt.tsi.words()},
        "cvr": _cvr_document(receipt),
        "cvm": {
            "value": bytes(receipt.cvm).hex().upper(),
            "words": reading(_CVM, bytes(receipt.cvm)),
            "signature": receipt.signature,
        },
        "ecash": asdict(receipt.ecash) if receipt.ecash else None,
        "reversal": receipt.reversal,
        "scripts": [
            {"commands": each.commands, "failed": each.failed, "sw": f"{each.sw.value:04X}"}
            for each in receipt.scripts
        ],
    }


def _cvr_document(receipt: Receipt) -> dict[str, Any] | None:
    found = card_results(receipt)
    if found is None:
        return None
    return {"value": bytes(found).hex().upper(), "words": found.facts.words()}


def card_results(receipt: Receipt) -> CVR | None:
    """The card's own results in 9F10; None where it gave none that can be read."""
    found = _issuer_data(receipt)
    return None if found is None else found.cvr


def algorithms(receipt: Receipt) -> str | None:
    """``3des`` or ``sm4``, as the card says in 9F10."""
    found = _issuer_data(receipt)
    return None if found is None else family_of(found.algorithm).name


def _issuer_data(receipt: Receipt) -> IssuerApplicationData | None:
    try:
        return IssuerApplicationData.parse(receipt.values.get(_CARD_DATA, b""))
    except MalformedData:
        return None


def shown(result: Result) -> RenderableType:
    """The dialogue, and below it what came of it."""
    parts: list[RenderableType] = [
        *(dialogue.shown(line.row, line.way) for line in result.lines),
        Text(),
    ]
    if result.receipt is not None:
        parts.append(_outcome(result.receipt))
    parts.append(_facts(result))
    return Group(*parts)


def _outcome(receipt: Receipt) -> Text:
    style = "bold green" if receipt.outcome.approved else "bold red"
    code = receipt.response_code.decode("ascii", "replace")
    words = f"{receipt.outcome.value} ({code})"
    return Text.assemble((words, style), f"  {money(receipt.amount)} 元 CNY")


def _facts(result: Result) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="cyan")
    table.add_column(overflow="fold")
    receipt = result.receipt
    rows = [*(_of_receipt(receipt, result) if receipt else ()), *_counted(result)]
    for label, value in rows:
        table.add_row(Text(label), value)
    return table


def _of_receipt(receipt: Receipt, result: Result) -> Iterator[tuple[str, Text]]:
    name = f"{receipt.label} {receipt.application.hex().upper()}".strip()
    yield "应用 application", Text(f"{name}, {algorithms(receipt) or '?'}")
    yield "账号 account", Text(receipt.masked_account)
    yield "密文 cryptogram", _cryptogram(receipt, result)
    yield "ATC", Text(str(receipt.atc))
    yield "TVR", _words(bytes(receipt.tvr), bits(receipt.tvr))
    yield "TSI", _words(bytes(receipt.tsi), bits(receipt.tsi))
    found = card_results(receipt)
    if found is not None:
        yield "CVR", _words(bytes(found), (*_decisions(found), *bits(found.facts)))
    signed = ", 须签名 to be signed" if receipt.signature else ""
    verified = reading(_CVM, bytes(receipt.cvm)) + signed
    yield "持卡人验证 CVM", Text(f"{bytes(receipt.cvm).hex().upper()}  {verified}")
    if receipt.reversal:
        yield "冲正 reversal", Text("须通知发卡行 due at the issuer", "bold red")
    if receipt.ecash is not None:
        yield "终端读电子现金 e-cash read", Text(_read(receipt.ecash))
    for script in receipt.scripts:
        yield "脚本 script", _script(script.commands, script.failed, script.sw.value)


def _cryptogram(receipt: Receipt, result: Result) -> Text:
    kind = receipt.cid.kind
    held = all(result.genuine or (False,))
    verified = "主机验证正确 verified" if held else "主机验证失败 NOT verified"
    text = Text(f"{receipt.cryptogram.hex().upper()} {kind.name} {KINDS[kind]}, ")
    return text.append(verified, "green" if held else "bold red")


def _decisions(found: CVR) -> Iterator[str]:
    yield f"第一次 first: {found.first.name} {KINDS[found.first]}"
    if found.second is not None:
        yield f"第二次 second: {found.second.name} {KINDS[found.second]}"


def _words(value: bytes, words: tuple[str, ...]) -> Text:
    """A word a line, behind the bytes."""
    said = words or ("无 nothing",)
    return Text("\n").join([Text(value.hex().upper(), dialogue.QUIET), *map(Text, said)])


def _script(commands: int, failed: int | None, sw: int) -> Text:
    if failed is None:
        return Text(f"{commands} 条命令，成功 commands, all done", "green")
    return Text(f"第 {failed} 条失败 command {failed} refused: {sw:04X}", "red")


def _counted(result: Result) -> Iterator[tuple[str, Text]]:
    """From before to after, where the card tells."""
    one, other = result.before, result.after
    for label, old, new in (
        ("ATC 前→后 before, after", one.atc, other.atc),
        ("上次联机ATC last online", one.last_online, other.last_online),
        ("PIN剩余次数 tries left", one.pin_tries, other.pin_tries),
    ):
        if (old, new) != (None, None):
            yield label, Text(f"{_told(old)} → {_told(new)}")
    yield from _cash(one, other)
    if result.account is not None:
        yield "主机账户余额 at the host", Text(f"{money(result.account)} 元 CNY")


def _read(cash: ECash) -> str:
    left = "?" if cash.left is None else money(cash.left)
    threshold = f"阈值 threshold {money(cash.threshold)}"
    return f"{money(cash.balance)} → {left} 元 CNY, {threshold}"


def _cash(one: Counters, other: Counters) -> Iterator[tuple[str, Text]]:
    if one.cash is not None or other.cash is not None:
        old, new = (("?" if each is None else money(each)) for each in (one.cash, other.cash))
        yield "电子现金 e-cash", Text(f"{old} → {new} 元 CNY")


def _told(value: int | None) -> str:
    return "?" if value is None else str(value)


def money(fen: int) -> str:
    """Fen as yuan."""
    return f"{fen // 100}.{fen % 100:02}"
