"""``sscard check``: judge a list of applicants and say why records go back; nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.ending import DONE, NOT_FOR_EVERYBODY
from sscard.cli.photo_options import Fingerprints, Photos, Rules

if TYPE_CHECKING:
    from sscard.issuance.applicants import Register


def check(
    applicants: Annotated[Path, typer.Argument(metavar="APPLICANTS", help="CSV list (申领名单).")],
    profile: Annotated[str, typer.Option(help="Profile name, or path of a profile file.")] = "gen2",
    bank_accounts: Annotated[
        Path | None,
        typer.Option(help="CSV list of bank accounts (银行账户), by ID number."),
    ] = None,
    photos: Photos = None,
    fingerprints: Fingerprints = None,
    photo_rules: Rules = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Write the returned records (退回名单) to this CSV file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Check a list of applicants without making a card (检查申领名单).

    Example: `sscard check examples/applicants.csv --rejects rejects.csv`

    Ends with 0 when every record is sound, 1 when some go back, 2 when a list or folder cannot be
    read.
    """
    from sscard.cli.lists import Folders, read_register
    from sscard.issuance.rejects import write_rejects
    from sscard.profiles import load_profile

    folders = Folders(photos, fingerprints, photo_rules)
    register, _ = read_register(applicants, load_profile(profile), bank_accounts, folders)
    if rejects is not None:
        target = rejects.resolve()
        if target in (each.resolve() for each in (applicants, bank_accounts) if each):
            raise typer.BadParameter("it is one of the lists to check", param_hint="--rejects")
        if target.exists() and not target.is_file():
            raise typer.BadParameter("it is no regular file", param_hint="--rejects")
        write_rejects(target, register.rejections)
    if as_json:
        _print_json(register)
    else:
        _print_table(register)
    raise typer.Exit(NOT_FOR_EVERYBODY if register.rejections else DONE)


def _print_json(register: Register) -> None:
    import json

    document = {
        "eligible": len(register.applicants),
        "rejected": len(register.rejected_rows),
        "reasons": [
            {
                "row": each.row,
                "code": each.code.value,
                "column": each.column,
                "detail": each.detail._asdict() if each.detail else None,
            }
            for each in register.rejections
        ],
    }
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _print_table(register: Register) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    table = Table(title="退回的记录 returned records", title_justify="left")
    table.add_column("行 row", justify="right")
    table.add_column("代码 code", no_wrap=True)
    table.add_column("原因 reason")
    for each in register.rejections:
        table.add_row(str(each.row), each.code.value, f"{each.reason_zh}\n{each.reason_en}")
    if register.rejections:
        console.print(table)
    console.print(
        f"合格 eligible: {len(register.applicants)}   退回 returned: {len(register.rejected_rows)}"
    )
