"""``sscard script``: offline scripts for production machines, made, checked and tried."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.ending import DONE, NOT_FOR_EVERYBODY
from sscard.cli.readers import Count, ReaderName, Wait
from sscard.cli.recording import Record
from sscard.cli.supplement_options import IssuerKeys, Supplement

if TYPE_CHECKING:
    from sscard.perso.script import Script

app = typer.Typer(help="Offline scripts for production machines (脱机脚本).", no_args_is_help=True)

_Script = Annotated[Path, typer.Argument(metavar="SCRIPT", help="Offline script (脱机脚本).")]
_Keystore = Annotated[Path | None, typer.Option(help="Social security keys; without it TEST keys.")]


@app.callback()
def _group() -> None:
    """Offline scripts for production machines (脱机脚本)."""


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="Write the script to this file.")],
    profile: Annotated[str, typer.Option(help="Profile name, or path of a profile file.")] = "gen2",
    keystore: _Keystore = None,
    production: Annotated[
        bool, typer.Option("--production", help="Refuse TEST keys and unconfirmed facts.")
    ] = False,
    supplement: Supplement = None,
    issuer_key: IssuerKeys = None,
) -> None:
    """Write what the social-security station does as a script (导出脱机脚本).

    Example: `sscard script export --profile gen2 --out gen2.script`

    The script is for every card of the profile.  Keys, PIN and personal data are in it by name
    only; of the key store it holds what the lot's blank chips answer to reset.

    Scripts for real cards are exported with --production: machines ask nothing.

    Ends with 0 when the script was written, 2 when there is no profile or key store to use, or
    --production refuses them.
    """
    from sscard.cli.declared import Signed
    from sscard.cli.script_cards import exported, written
    from sscard.durable import replace_file
    from sscard.perso.script import format_script

    signed = Signed(supplement, tuple(issuer_key or ()))
    script = exported(profile, keystore, signed, production=production)
    with written(out):
        replace_file(out.resolve(), format_script(script).encode("utf-8"))
    _describe(script)


@app.command()
def check(script: _Script) -> None:
    """Read a script and say what is wrong with it (检查脱机脚本).

    Example: `sscard script check gen2.script`

    Whether it is for the profile in use is seen by `script run`, before the first command.

    Ends with 0 when it can be read and nothing in it is certain to fail, 2 with the place of what
    cannot be read or run.
    """
    _describe(_load(script))


@app.command()
def run(
    script: _Script,
    applicants: Annotated[Path, typer.Argument(metavar="APPLICANTS", help="CSV list (申领名单).")],
    profile: Annotated[
        str | None,
        typer.Option(help="Profile name, or path of a profile file; default: the script's."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Keep the semi-finished cards in this directory.")
    ] = None,
    keystore: _Keystore = None,
    exchange_keystore: Annotated[
        Path | None, typer.Option(help="Key of the hand-over area; without it a TEST key.")
    ] = None,
    supplement: Supplement = None,
    issuer_key: IssuerKeys = None,
    reader: ReaderName = None,
    record: Record = None,
    wait: Wait = 60,
    count: Count = None,
) -> None:
    """Try a script on blank chips, one for each person of a list (试运行脱机脚本).

    Example: `sscard script run gen2.script examples/applicants.csv`

    The profile is the one that the script names; with --profile another, which must have the name
    and suite that the script's header says.  This is a rehearsal: card numbers and serials count
    from 1, there is no ledger and no bank side.  The first card that does not answer as the script
    expects ends it.  The chips are simulated, or with --reader cards that are put in one after the
    other.

    *Card images in --out hold the keys and PIN of their card: they are readable by their owner
    only.*

    Ends with 0 when everybody has a card, 1 when records of the list go back, 2 when the script
    cannot be run or a card answered otherwise.
    """
    from sscard.cli.chips import at_reader
    from sscard.cli.declared import Signed
    from sscard.cli.script_cards import Rehearsal

    stores, signed = (keystore, exchange_keystore), Signed(supplement, tuple(issuer_key or ()))
    if reader is not None and out is not None:
        raise typer.BadParameter("there are no images of cards in a reader", param_hint="--out")
    rehearsal = Rehearsal.of(_load(script), applicants, profile, stores, signed)
    made = rehearsal.make(out, at_reader(reader, wait, record), count)
    returned = len(rehearsal.register.rejected_rows)
    typer.echo(f"已写卡 cards written: {made}   退回 returned: {returned}")
    raise typer.Exit(NOT_FOR_EVERYBODY if returned else DONE)


def _load(path: Path) -> Script:
    from sscard.perso.script import ScriptError, check, parse_script

    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ScriptError(f"{path}: not a text in UTF-8") from None
    except OSError as error:
        raise ScriptError(f"{path}: cannot be read ({error.strerror})") from None
    script = parse_script(text)
    check(script)
    return script


def _describe(script: Script) -> None:
    from sscard.perso.script import names, required

    needed = len(required(script))
    typer.echo(
        f"脚本 script: profile {script.profile}, dialect {script.dialect}, suite {script.suite}\n"
        f"每卡数据 values of each card: {needed} required, "
        f"{len(names(script.block)) - needed} where it has them"
    )
