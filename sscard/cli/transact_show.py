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
from sscard.cli.transact_run import Counters, Line, Result
from sscard.cli.transact_words import KINDS, bits
from sscard.errors import MalformedData
from sscard.keys.application_cryptogram import family_of
from sscard.terminal.pos import Receipt, Row
from sscard.trace.financial.values import Detail, reading

_QUIET = "bright_black"
_STYLES = {">": "cyan", "<": "green", "=>": "magenta", "<=": "magenta"}
_WHO = {">": "终端→卡", "<": "卡→终端", "=>": "终端→主机", "<=": "主机→终端"}
_WHO_EN = {">": "terminal to card", "<": "card to terminal"} | {
    "=>": "terminal to host",
    "<=": "host to terminal",
}
#: Where details begin, and by how much each depth is further right.
_INDENT = 2
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
        "dialogue": [_said(line) for line in result.lines],
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


def _said(line: Line) -> dict[str, Any]:
    row = line.row
    return {
        "from_to": _WHO_EN[line.way],
        "bytes": row.shown,
        "meaning": row.meaning,
        "objects": [
            {
                "depth": each.depth,
                "tag": f"{each.tag:X}",
                "zh": each.zh,
                "en": each.en,
                "value": each.value,
                "reading": each.reading,
            }
            for each in row.details
        ],
    }


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
    parts: list[RenderableType] = [*(_line(line) for line in result.lines), Text()]
    if result.receipt is not None:
        parts.append(_outcome(result.receipt))
    parts.append(_facts(result))
    return Group(*parts)


def _line(line: Line) -> RenderableType:
    row = line.row
    heading = Text.assemble(
        (_WHO[line.way], f"bold {_STYLES[line.way]}"), "  ", (row.meaning, "bold")
    )
    return Group(heading, *_inside(row))


def _inside(row: Row) -> Iterator[RenderableType]:
    """The bytes as they went over the wire, and each object with its place in them."""
    if row.shown:
        yield _indented(_INDENT, Text(row.shown, _QUIET))
    for each in row.details:
        yield _indented(2 * _INDENT + 2 * each.depth, _detail(each))


def _detail(each: Detail) -> Text:
    value = each.reading or each.value
    beside = f"  {each.value}" if each.reading not in ("", each.value) else ""
    tag = Text.assemble((f"{each.tag:X}", "cyan"), f" {each.zh} {each.en}")
    if value:
        tag.append("  ").append(value, "bold").append(beside, _QUIET)
    return tag


def _indented(columns: int, text: Text) -> Table:
    """Longer text goes on below itself, not at the margin."""
    table = Table.grid()
    table.add_column(width=columns, no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("", text)
    return table


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
    return Text("\n").join([Text(value.hex().upper(), _QUIET), *map(Text, said)])


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


def _cash(one: Counters, other: Counters) -> Iterator[tuple[str, Text]]:
    if one.cash is not None or other.cash is not None:
        old, new = (("?" if each is None else money(each)) for each in (one.cash, other.cash))
        yield "电子现金 e-cash", Text(f"{old} → {new} 元 CNY")


def _told(value: int | None) -> str:
    return "?" if value is None else str(value)


def money(fen: int) -> str:
    """Fen as yuan."""
    return f"{fen // 100}.{fen % 100:02}"
