"""``sscard batch``: the lists that leave, one command each, all from one table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sscard.cli.batch_options import (
    AsJson,
    Batch,
    Keystore,
    LayoutOption,
    LedgerPlace,
    Operator,
    Party,
    Production,
    SignKey,
    Topologies,
)

if TYPE_CHECKING:
    from sscard.issuance.exchange import ListLayout

lists = typer.Typer()

Out = Annotated[Path, typer.Option("--out", help="The list to write (输出文件).")]
Box = Annotated[int, typer.Option("--box", min=1, help="Cards in a box (每箱卡数).")]

#: Name, title and what is worth knowing: the words of ``--help``, which loads no ledger.
_COMMANDS = {
    "bank-request": (
        "Ask the bank for numbers: card-making data of everybody who has none (送银行配号)",
        "Everybody on it is from then on at the bank.",
    ),
    "card-list": (
        "The card-making list for supplier and stations (制卡清单)",
        "In the order of the unit, which is kept to the last list.",
    ),
    "print-file": (
        "What the supplier prints on the face (印制数据)",
        "With the bank's expiry and CVV2 where the bank gave them: for the supplier alone.",
    ),
    "stripe-file": (
        "What the supplier writes to the stripes (磁条数据)",
        "For the supplier alone; `sscard batch purge` destroys it here.",
    ),
    "hand-over": (
        "Hand over semi-finished cards, those with their social-security side done (半成品卡交接)",
        "Their cards are from then on with the bank.",
    ),
    "spoiled": (
        "Cards that were given up, with the cause (废卡清单)",
        "Each of them, also where the person has another card by now.",
    ),
    "account-opening": (
        "What the bank opens accounts from (批量开卡文件)",
        "Everybody whose card is finished.",
    ),
    "number-list": (
        "ID numbers and bank card numbers (对应关系)",
        "As a bank that allocates at its own station returns them.",
    ),
    "return-data": (
        "Return data of cards that were made (回盘，成功)",
        "Card, person, date of issue, expiry, card identification code, ATR, bank number, batch.",
    ),
    "return-failures": (
        "Return data of cards that were not made, with the reason (回盘，失败)",
        "Card, person, batch, type of failure and reason.",
    ),
    "returned": (
        "People of the batch whose record went back, with the reason (未制卡数据)",
        "Records that never became orders are on the list that `sscard batch enter` writes.",
    ),
    "deliver": (
        "Send finished cards on: list for office, unit or window (成品卡发放)",
        "Their cards are from then on on their way.",
    ),
    "labels": (
        "Labels of the boxes: unit, box of boxes, cards, destination (装箱标签)",
        "No label names a person.",
    ),
    "receipts": (
        "Sheet that people sign when they collect their card (领卡签收表)",
        "`sscard list sheet` prints it.",
    ),
    "overdue": (
        "Cards that nobody collected (逾期未领清单)",
        "`sscard batch late` says which are.",
    ),
}


def _command(name: str) -> Callable[..., None]:
    title, more = _COMMANDS[name]

    def write(
        batch: Batch,
        out: Out,
        ledger: LedgerPlace,
        layout: LayoutOption = None,
        key: SignKey = None,
        party: Party = None,
        box: Box = 200,
        years: Annotated[
            int, typer.Option("--years", min=1, help="How long a card is valid (有效年数).")
        ] = 10,
        sheet: Annotated[
            Path | None, typer.Option("--sheet", help="Also as a page to print (打印单据), HTML.")
        ] = None,
        ledger_keystore: Keystore = None,
        operator: Operator = "",
        production: Production = False,
        topology: Topologies = None,
        as_json: AsJson = False,
    ) -> None:
        from sscard.cli.batch_desk import Place

        place = Place(ledger, ledger_keystore, operator, production, tuple(topology or ()))
        asked = {"layout": layout, "party": party, "box": box, "years": years, "sheet": sheet}
        _write(name, batch, out, place, key, asked, as_json=as_json)

    write.__doc__ = (
        f"{title}.\n\nExample: `sscard batch {name} B0001 --out {name}.txt --ledger office.sqlite`"
        f"\n\n{more}  The same command again writes the same bytes, and does nothing else.  With "
        "--key the list is sealed.  Ends with 0, or 2: nothing is written then."
    )
    return write


def _write(
    name: str,
    batch: str,
    out: Path,
    place: Any,
    key: Path | None,
    asked: dict[str, Any],
    *,
    as_json: bool,
) -> None:
    from sscard.cli.batch_desk import desk
    from sscard.cli.batch_say import say
    from sscard.issuance.batches.kinds import KINDS, SPOILED
    from sscard.issuance.batches.outgoing import Wanted, send, send_spoiled
    from sscard.issuance.batches.printing import print_sheet
    from sscard.issuance.exchange import load_list_layout

    kind = KINDS.get(name, SPOILED)
    if asked["sheet"] and not kind.sheet:
        raise typer.BadParameter("has no page to print", param_hint=f"{name} --sheet")
    write = send_spoiled if kind is SPOILED else send
    layout = load_list_layout(asked["layout"] or kind.layout)
    signer = _signer(key)
    wanted = Wanted(
        kind=kind,
        batch=batch,
        layout=layout,
        party=asked["party"] or kind.party,
        years=asked["years"],
        box=asked["box"],
        sealed_by=signer.name if signer else None,
    )
    with desk(place) as at:
        sent = write(at.orders, wanted, out.resolve(), at.actor)
    if signer:
        signer.seal(out.resolve(), layout, sent.written)
    if asked["sheet"]:
        print_sheet(sent, kind, asked["sheet"].resolve())
    document = {
        "list": name,
        "records": sent.written.records,
        "moved": sent.moved,
        "sha256": sent.written.sha256.hex(),
    }
    text = (
        f"已写 wrote {out}: {kind.zh} {kind.en}, {sent.written.records} 条记录 records, "
        f"SHA-256 {sent.written.sha256.hex()}"
    )
    say(text, document, as_json=as_json)


class _Signer:
    """A key that seals lists; asked for its passphrase before the ledger is touched."""

    def __init__(self, path: Path) -> None:
        from sscard.cli.lists_exchanged import signing_key
        from sscard.keys.ed25519 import sign

        self._pem, self._passphrase = signing_key(path)
        _, public = sign(b"", self._pem, self._passphrase)
        self.name = public.fingerprint.hex()

    def seal(self, path: Path, layout: ListLayout, written: Any) -> None:
        """Put the seal beside the list."""
        from sscard.issuance.exchange import seal_signed

        seal_signed(path, layout.name, written, self._pem, self._passphrase)


def _signer(key: Path | None) -> _Signer | None:
    return _Signer(key) if key else None


for _name in _COMMANDS:
    lists.command(_name)(_command(_name))
