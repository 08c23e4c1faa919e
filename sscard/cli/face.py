"""``sscard face``: print records, previews of card faces, the encoder's file of stripes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sscard.cli.ending import DONE, NOT_FOR_EVERYBODY

if TYPE_CHECKING:
    from sscard.issuance.bank_data.purge import Purge

app = typer.Typer(help="Card faces and magnetic stripes (卡面、磁条).", no_args_is_help=True)


class ListForm(StrEnum):
    """What the printer's list is made of."""

    JSONL = "jsonl"
    CSV = "csv"


People = Annotated[
    Path, typer.Argument(metavar="APPLICANTS", help="List of applicants, CSV (名单).")
]
ProfileName = Annotated[str, typer.Option("--profile", help="Profile, as for personalize (配置).")]
Issued = Annotated[
    Path | None,
    typer.Option(help="issued.csv of `sscard personalize`: card and bank numbers, days of issue."),
]
Accounts = Annotated[
    Path | None, typer.Option(help="The bank's accounts, CSV, where cards are not issued yet.")
]
Keystore = Annotated[
    Path | None, typer.Option(help="Bank key store (银行密钥库).  Without it TEST keys.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.callback()
def _group() -> None:
    """Card faces and magnetic stripes (卡面、磁条): what printer and encoder are told.

    Nothing that these commands print on the screen is a value of a card.
    """


@app.command()
def record(
    applicants: People,
    out: Annotated[Path, typer.Option(help="Write the printer's list here.")],
    profile: ProfileName = "gen2",
    layout: Annotated[str, typer.Option(help="gen2, gen3, or a province's .toml file.")] = "",
    issued: Issued = None,
    bank_accounts: Accounts = None,
    issued_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day of issue where --issued does not say it."),
    ] = None,
    photos: Annotated[Path | None, typer.Option(help="Folder of photos, as for check.")] = None,
    form: Annotated[ListForm, typer.Option(help="JSON lines, or CSV for Excel.")] = ListForm.JSONL,
    as_json: AsJson = False,
) -> None:
    """Write print records (制卡打印数据): what the printer puts on each card.

    Examples:

    `sscard face record people.csv --bank-accounts accounts.csv --out print.jsonl`

    `sscard face record people.csv --issued issued/issued.csv --profile gen3 --layout ours.toml
    --form csv --out print.csv`

    Card numbers come from the column 卡号 of the list, or from --issued.  The name is printed as
    the list spells it; `chip_name` is the spelling in the chip.  Cells that Excel would take for
    formulas get an apostrophe.

    Ends with 0 when everybody has a record, 1 when some have no card number or go back, 2 when a
    file cannot be read or written.
    """
    from sscard.cli.face_lists import Sources, write_print_records

    sources = Sources(applicants, profile, issued, bank_accounts, photos)
    day = issued_on.date() if issued_on else None
    done = write_print_records(sources, layout, day, out, form.value)
    _told(as_json, done.told("打印数据 print records"), done.entries())
    raise typer.Exit(DONE if done.complete else NOT_FOR_EVERYBODY)


@app.command()
def preview(
    records: Annotated[Path, typer.Argument(metavar="RECORDS", help="Print records, JSON lines.")],
    out: Annotated[Path, typer.Option(help="Folder for the pictures, CARDNUMBER.png each.")],
    layout: Annotated[str, typer.Option(help="gen2, gen3, or a province's .toml file.")] = "gen2",
    photos: Annotated[
        Path | None, typer.Option(help="Folder of the photos in the records.")
    ] = None,
    font: Annotated[
        Path | None, typer.Option(help="Font file (字体) instead of what fontconfig finds.")
    ] = None,
    unmarked: Annotated[
        bool, typer.Option("--unmarked", help="Without 样卡 SPECIMEN: a print proof (打印样张).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Draw card faces as PNG pictures, marked as specimens (卡面预览).

    Example: `sscard face preview print.jsonl --layout gen2 --out faces`

    What is too long for its place gets smaller, then several lines; what still does not fit is an
    error naming the field, and so is a character that the font does not have.

    Ends with 0, or with 2 when a record cannot be drawn as it is.
    """
    from sscard.cli.face_lists import draw

    made = draw(records, layout, out, photos=photos, font=font, specimen=not unmarked)
    _told(as_json, f"图片 pictures: {made}, {out}", {"pictures": made, "folder": str(out)})


@app.command()
def stripe(
    applicants: People,
    out: Annotated[Path, typer.Option(help="Write the encoder's file here (CSV).")],
    bank_accounts: Accounts = None,
    bank_data: Annotated[
        Path | None, typer.Option(help="The bank's data file with its own tracks (个人化数据文件).")
    ] = None,
    bank_data_layout: Annotated[str, typer.Option(help="Layout of --bank-data.")] = "demo",
    bank_keystore: Keystore = None,
    batch: Annotated[
        str, typer.Option(help="Batch number (批次号); that of --bank-data where it has one.")
    ] = "",
    purge_records: Annotated[
        Path | None,
        typer.Option(help="Folder of the purge records (销毁记录).  Without it that of --out."),
    ] = None,
    rules: Annotated[
        str, typer.Option(help="What the bank writes: demo, or a .toml file.")
    ] = "demo",
    profile: ProfileName = "gen2",
    issued: Issued = None,
    as_json: AsJson = False,
) -> None:
    """Write the encoder's file: tracks 1 to 3 of each card (磁条数据).

    Examples:

    `sscard face stripe people.csv --bank-data batch.bdp --out stripes.csv`

    `sscard face stripe people.csv --bank-accounts accounts.csv --batch B1 --purge-records issued
    --out stripes.csv`

    With --bank-data the tracks are the bank's own, compared with the chip's account.  Else they
    are made of the accounts, with service code and discretionary data of the profile.

    The file is a secret of the bank: destroy it after the batch with `sscard face purge`.  A batch
    that a purge record beside --out, or in --purge-records, names is not written again.

    Ends with 0 when everybody has tracks, 1 when some have no card number or account, 2 when a file
    cannot be read or written, or the batch was purged.
    """
    from sscard.cli.face_lists import Sources, write_stripe_file
    from sscard.cli.lists import BankData

    if bank_data is None and bank_accounts is None:
        raise typer.BadParameter("or --bank-data is needed", param_hint="--bank-accounts")
    sources = Sources(applicants, profile, issued, bank_accounts)
    given = BankData(bank_data, bank_data_layout) if bank_data else None
    if given is None and not batch:
        raise typer.BadParameter("is needed with --bank-accounts", param_hint="--batch")
    done = write_stripe_file(
        sources,
        rules,
        out,
        batch,
        purged=purge_records or out.parent,
        bank_data=given,
        keystore=bank_keystore,
    )
    _told(as_json, done.told("磁条 stripes"), done.entries())
    raise typer.Exit(DONE if done.complete else NOT_FOR_EVERYBODY)


@app.command()
def purge(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The encoder's file (磁条数据).")],
    out: Annotated[Path, typer.Option(help="Folder that keeps the purge records (销毁记录).")],
    batch: Annotated[str, typer.Option(help="Batch number, as the file has it (批次号).")],
    bank_keystore: Keystore = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Destroy the encoder's file after its batch, and leave a record of it (销毁磁条数据).

    Example: `sscard face purge stripes.csv --out issued --batch B1 --yes`

    Overwritten once, cut, removed; the record has counts, a hash and a MAC, and follows the record
    before it, as those of `sscard bank-data purge` do.  Stopped halfway, the same command goes on.

    Ends with 0, with 1 when the answer is no, or with 2.
    """
    from sscard.cli.face_lists import destroyed
    from sscard.issuance.bank_data.purge import LIMITS

    if not yes:
        typer.confirm(f"销毁 destroy {file}?", abort=True)
    done = destroyed(file, out, batch, bank_keystore)
    _told(
        as_json,
        f"已销毁 destroyed: {done.records} 张卡 cards, 记录 record {done.record}",
        _purged(done),
    )
    if not as_json:
        for line in LIMITS:
            typer.echo(line, err=True)


def _purged(done: Purge) -> dict[str, Any]:
    return {
        "record": str(done.record),
        "batch": done.batch,
        "records": done.records,
        "sha256": done.sha256,
    }


def _told(as_json: bool, line: str, entries: dict[str, Any]) -> None:
    import json

    typer.echo(json.dumps(entries, ensure_ascii=False, indent=2) if as_json else line)
