"""``sscard personalize``: from a list of people to verified cards, ledger and report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sscard.cli.ending import DONE, INTERRUPTED, NOT_FOR_EVERYBODY
from sscard.cli.photo_options import Fingerprints, Photos, Rules
from sscard.cli.readers import Count, ReaderName, Wait
from sscard.cli.recording import Record
from sscard.cli.supplement_options import IssuerKeys, Supplement

_LONGEST_BATCH = 32  # as in the ledger, which is not imported for --help


def _batch(batch: str) -> str:
    if not batch or len(batch) > _LONGEST_BATCH or not batch.isprintable():
        raise typer.BadParameter(f"1 to {_LONGEST_BATCH} printable characters")
    return batch


def personalize(
    applicants: Annotated[Path, typer.Argument(metavar="APPLICANTS", help="CSV list (申领名单).")],
    out: Annotated[
        Path, typer.Option(help="Directory of the ledger, cards and lists; one run at a time.")
    ],
    profile: Annotated[str, typer.Option(help="Profile name, or path of a profile file.")] = "gen2",
    bank_accounts: Annotated[
        Path | None,
        typer.Option(
            help="CSV list of bank accounts (银行账户), matched by ID number; "
            "without it the test bank allocates accounts marked TEST."
        ),
    ] = None,
    bank_data: Annotated[
        Path | None,
        typer.Option(
            help="The bank's data-preparation file (个人化数据文件): its data groupings go onto "
            "the cards as they are, each record to the person it names."
        ),
    ] = None,
    bank_data_layout: Annotated[
        str, typer.Option(help="Name of that file's layout, or path of a layout file (布局).")
    ] = "demo",
    photos: Photos = None,
    fingerprints: Fingerprints = None,
    photo_rules: Rules = None,
    batch: Annotated[
        str,
        typer.Option(
            callback=_batch, help="Batch number (批次号) of people whose record has none."
        ),
    ] = "TEST",
    keystore: Annotated[
        Path | None, typer.Option(help="Social security keys; without it TEST keys.")
    ] = None,
    bank_keystore: Annotated[
        Path | None, typer.Option(help="Bank keys; without it TEST keys.")
    ] = None,
    exchange_keystore: Annotated[
        Path | None, typer.Option(help="Key of the hand-over area; without it a TEST key.")
    ] = None,
    card_issuers: Annotated[
        Path | None,
        typer.Option(
            help="Who signs cards (发卡行签名): certificates and keys; without it TEST issuers."
        ),
    ] = None,
    certificates: Annotated[
        bool,
        typer.Option(
            "--certificates",
            help="Let cards make their keys and write certificates of a CA (数字证书).",
        ),
    ] = False,
    ca: Annotated[
        Path | None,
        typer.Option(
            help="The CA (证书机构): its store, a service file, or a folder of requests and "
            "answers; without it the TEST CA."
        ),
    ] = None,
    production: Annotated[
        bool,
        typer.Option("--production", help="Refuse TEST keys, test accounts, unconfirmed facts."),
    ] = False,
    supplement: Supplement = None,
    issuer_key: IssuerKeys = None,
    give_up_waiting: Annotated[
        bool,
        typer.Option(
            "--give-up-waiting",
            help="Spoil and replace half-done cards that were begun with another profile version, "
            "or with certificates that this run does not write.",
        ),
    ] = False,
    line: Annotated[
        str | None,
        typer.Option(
            help="Say what the cards would take on a line (线路时间): contact:TA1=97,clock=5 or "
            "contactless:rate=848.  TA1 is what blank chips offer.",
        ),
    ] = None,
    stations: Annotated[
        int, typer.Option(min=1, help="With --line: this many places that make cards.")
    ] = 1,
    reader: ReaderName = None,
    record: Record = None,
    wait: Wait = 60,
    only: Annotated[
        int | None,
        typer.Option(metavar="ROW", help="Only the person in this row, header: 1."),
    ] = None,
    count: Count = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON summary for programs, no progress.")
    ] = False,
) -> None:
    """Make verified cards for a list of people, on simulated chips or in a reader (制卡).

    Example: `sscard personalize examples/applicants.csv --profile gen2 --out issued`

    Writes ledger.sqlite, issued.csv, rejects.csv, cards/*.card and report.html to --out, and keeps
    the lists of every run under runs/.  Run it again after any interruption: people who have a card
    are skipped, half-done cards go on.  Ctrl-C finishes the card in the machine first.

    With --bank-data everything of the bank's side comes from the bank's file; secrets go from its
    transport key to the card's session inside the key store.  Records that find nobody are named in
    bank-returned.csv.  When all cards are made, `sscard bank-data purge` destroys the file.

    With --certificates the card makes its signature key, the CA answers with both certificates, and
    certificates.csv lists them without names.  A card whose answer is not there yet waits, and goes
    on in a later run; so does a card that was interrupted, with the key that it has.

    Example: `sscard personalize list.csv --profile gen3 --certificates --out issued`

    With --reader the cards are those that somebody puts into that reader, one for each person: a
    blank card of the lot is waited for, goes through both stations and the audit, and the next is
    asked for.  No number is taken before its card is there.  cards/*.card are then no images but
    notes of which card it is.

    *Card images hold the keys and PIN of their card: they are readable by their owner only.*

    Ends with 0 when every eligible person (with --count: everybody up to the last new card) has an
    audited card, 1 when some cards failed or wait,
    2 when the line had to stop or could not begin, 130 after Ctrl-C.
    """
    from sscard.cli.chips import at_reader
    from sscard.cli.declared import Signed
    from sscard.cli.lists import BankData, Folders
    from sscard.cli.run import Options, Selection, issue_all
    from sscard.transport.line import LineOptions

    if ca is not None and not certificates:
        raise typer.BadParameter("it is for --certificates", param_hint="--ca")
    options = Options(
        applicants=applicants,
        out=out,
        profile=profile,
        bank_accounts=bank_accounts,
        batch=batch,
        stores=(keystore, bank_keystore, exchange_keystore),
        card_issuers=card_issuers,
        certificates=certificates,
        ca=ca,
        production=production,
        give_up_waiting=give_up_waiting,
        as_json=as_json,
        signed=Signed(supplement, tuple(issuer_key or ())),
        folders=Folders(photos, fingerprints, photo_rules),
        bank_data=BankData(bank_data, bank_data_layout) if bank_data else None,
        line=LineOptions.parse(line) if line else None,
        stations=stations,
        selection=Selection(only, count),
        at=at_reader(reader, wait, record),
    )
    try:
        complete = issue_all(options)
    except KeyboardInterrupt:
        text = "已中断 interrupted: nothing is lost; run the same command again to go on"
        typer.secho(text, err=True)
        raise typer.Exit(INTERRUPTED) from None
    raise typer.Exit(DONE if complete else NOT_FOR_EVERYBODY)
