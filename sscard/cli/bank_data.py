"""``sscard bank-data``: a bank's data-preparation files, checked, looked at, destroyed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sscard.issuance.bank_data import BankRecord, Layout, Summary
    from sscard.issuance.bank_data.purge import Purge
    from sscard.issuance.bank_data.tally import Tally
    from sscard.issuance.issue_folder import IssueFolder
    from sscard.keys import BankStore

app = typer.Typer(help="Bank data-preparation files (个人化数据文件).", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help="Data-preparation file (数据文件).")]
LayoutName = Annotated[
    str, typer.Option("--layout", help="Name of a layout, or path of a layout file (布局).")
]
Keystore = Annotated[
    Path | None,
    typer.Option("--bank-keystore", help="Bank key store (银行密钥库).  Without it TEST keys."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.callback()
def _group() -> None:
    """Bank data-preparation files (个人化数据文件): emboss, stripe and chip data of each card.

    Nothing that these commands print, on whatever channel, is a value of a card.
    """


@app.command()
def check(
    file: File,
    layout: LayoutName = "demo",
    bank_keystore: Keystore = None,
    as_json: AsJson = False,
) -> None:
    """Read a file from end to end: every MAC, field and data grouping (检查数据文件).

    Example: `sscard bank-data check batch.bdp --layout demo`

    Ends with 0 when the file is whole, or with 2, naming record and field.
    """
    from sscard.issuance.bank_data import check as checked
    from sscard.issuance.bank_data import load_layout

    found = checked(file, load_layout(layout), _store(bank_keystore))
    if as_json:
        _print_json(_summary(found))
    else:
        typer.echo(f"完好 whole: {found.records} 条记录 records, 批次 batch {found.batch}")


@app.command()
def show(
    file: File,
    layout: LayoutName = "demo",
    bank_keystore: Keystore = None,
    records: Annotated[int, typer.Option(min=1, help="How many records to show.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Show how a file is made: fields and data groupings with their lengths (查看结构).

    Example: `sscard bank-data show batch.bdp --records 1`

    Ends with 0, or with 2 when what is shown is damaged; only `check` reads the whole file.
    """
    from itertools import islice

    from sscard.issuance.bank_data import load_layout, open_reader

    declared = load_layout(layout)
    with open_reader(file, declared, _store(bank_keystore)) as reader:
        found = list(islice(reader, records))
        batch = reader.summary.batch
    described = [_described(each, declared) for each in found]
    if as_json:
        _print_json({"layout": declared.name, "batch": batch, "records": described})
        return
    typer.echo(f"布局 layout {declared.name}, 批次 batch {batch}")
    for each in described:
        typer.echo(f"记录 record {each['record']}")
        for name, size in each["fields"].items():
            typer.echo(f"  {name}: {size}")
        for title, groupings in each["applications"].items():
            typer.echo(f"  {title}: {', '.join(groupings)}")


@app.command()
def purge(
    file: File,
    out: Annotated[Path, typer.Option(help="Folder that keeps the purge records (销毁记录).")],
    layout: LayoutName = "demo",
    bank_keystore: Keystore = None,
    keystore: Annotated[
        Path | None,
        typer.Option(
            "--ledger-keystore",
            envvar="SSCARD_LEDGER_KEYSTORE",
            help="Store with the ledger's key (台账密钥).  Without it the TEST keys.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    unissued: Annotated[
        bool, typer.Option("--unissued", help="Also when some records have no card (未发卡记录).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Destroy a file after its batch, and leave a record of it (销毁数据文件).

    Example: `sscard bank-data purge batch.bdp --out issued --yes`

    The file is checked, overwritten once, cut and removed.  The record says what it was, in counts
    and hashes, has a MAC that the bank can check, and follows the record before it.  Overwriting
    does not reach spare cells of flash disks, journals, snapshots, old blocks of copy-on-write file
    systems, nor copies and backups: keep such files on an encrypted volume and destroy its key.

    Where --out has the ledger of `sscard personalize`, the file stays while cards of its records
    are half-done, and, without --unissued, while records have no card.  The record counts them.

    Stopped halfway, the same command goes on.  Ends with 0, with 1 when the answer is no, or with 2
    when the file is damaged, missing or still needed, or a record was changed.
    """
    import os
    from functools import partial

    from sscard.issuance.bank_data import load_layout
    from sscard.issuance.bank_data import purge as purging

    declared, store = load_layout(layout), _store(bank_keystore)
    if not yes:
        typer.confirm(f"销毁 destroy {file}?", abort=True)
    done = purging.resume(file, out, store=store, random=os.urandom)
    if done is None:
        known = partial(_cards, keystore=keystore, unissued=unissued)
        done = _destroyed(file, out, declared, store, known)
    if as_json:
        _print_json(_purged(done))
    else:
        typer.echo(f"已销毁 destroyed: {done.records} 条记录 records, 记录 record {done.record}")
        for line in purging.LIMITS:
            typer.echo(line, err=True)


def _destroyed(
    file: Path, out: Path, layout: Layout, store: BankStore, known: Callable[..., Tally]
) -> Purge:
    """The purge of a file that is whole and no longer needed."""
    import os
    from contextlib import nullcontext
    from datetime import UTC, datetime

    from sscard.issuance.bank_data import check as checked
    from sscard.issuance.bank_data import purge as purging
    from sscard.issuance.issue_folder import IssueFolder, open_folder

    found, now = checked(file, layout, store), datetime.now(UTC)
    with open_folder(out) if IssueFolder(out).ledger.exists() else nullcontext() as folder:
        cards = None if folder is None else known(file, layout, store, folder)
        return purging.purge(
            file, out, found, layout, store=store, random=os.urandom, now=now, tally=cards
        )


def _cards(
    file: Path,
    layout: Layout,
    store: BankStore,
    folder: IssueFolder,
    *,
    keystore: Path | None,
    unissued: bool,
) -> Tally:
    from dataclasses import replace

    from sscard.cli.passphrase import ask
    from sscard.issuance.bank_data.tally import tally
    from sscard.issuance.ledger import Ledger, LedgerKeys
    from sscard.keys.stores import load_social_security

    keys = LedgerKeys.of(load_social_security(keystore, ask=ask))
    with Ledger.open(folder.ledger, keys) as ledger:
        found = tally(file, layout, store, ledger.accounts())
    (replace(found, unissued=()) if unissued else found).require_finished(file)
    return found


def _store(path: Path | None) -> BankStore:
    from sscard.cli.passphrase import ask
    from sscard.keys.stores import load_bank

    store = load_bank(path, ask)
    if store.test:
        typer.secho("测试密钥 TEST KEYS", fg=typer.colors.RED, bold=True, err=True)
    return store


def _described(record: BankRecord, layout: Layout) -> dict[str, Any]:
    values = record.values
    return {
        "record": record.number,
        "fields": {field.name: _length(values[field.name]) for field in layout.record.fields},
        "applications": {
            instance.title: [f"{each.identifier:04X}[{len(each.value)}]" for each in instance.dgis]
            for instance in record.instances
        },
    }


def _length(value: str | int | bytes) -> int | str:
    return "number" if isinstance(value, int) else len(value)


def _summary(found: Summary) -> dict[str, Any]:
    return {"batch": found.batch, "records": found.records, "sha256": found.digest.hex()}


def _purged(done: Purge) -> dict[str, Any]:
    return {
        "record": str(done.record),
        "batch": done.batch,
        "records": done.records,
        "size": done.size,
        "sha256": done.sha256,
    }


def _print_json(document: dict[str, Any]) -> None:
    import json

    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
