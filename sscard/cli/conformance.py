"""``sscard conformance``: the cases of LD/T 6001 over any card, and what came of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sscard.cli.ending import INTERRUPTED
from sscard.cli.readers import Image, ReaderName
from sscard.cli.recording import Record

_PROFILE = "Profile of the card: name, or path of a file."


def conformance(
    image: Image = None,
    reader: ReaderName = None,
    profile: Annotated[str, typer.Option(help=_PROFILE)] = "gen2",
    region: Annotated[
        str | None, typer.Option(help="Region on top of the profile (地区), as in `gen3+REGION`.")
    ] = None,
    keystore: Annotated[
        Path | None,
        typer.Option(help="Social security keys; without it TEST keys, for simulated cards only."),
    ] = None,
    psam: Annotated[
        str | None,
        typer.Option(metavar="READER", help="Prove keys with the PSAM in this reader instead."),
    ] = None,
    test_keys: Annotated[
        bool, typer.Option("--test-keys", help="TEST keys and the initial PIN for --reader, too.")
    ] = False,
    ask_pin: Annotated[
        bool,
        typer.Option(
            "--ask-pin", help="Ask for the PIN; else the initial PIN, for simulated cards only."
        ),
    ] = False,
    ask_user_pin: Annotated[
        bool,
        typer.Option("--ask-user-pin", help="Ask for the user PIN of the certificate application."),
    ] = False,
    certificate_answer: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Answer of the CA for this card (JSON): admin PIN, master key."
        ),
    ] = None,
    ca_root: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Root and CAs of certificates, PEM.")
    ] = None,
    preset: Annotated[
        str, typer.Option(help="full, general-test, smoke or assumed (范围).")
    ] = "full",
    group: Annotated[
        list[str] | None, typer.Option(help="Only this group (组), such as SSSE_SAFETY; repeat.")
    ] = None,
    case: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Only cases with such ids (用例); repeat."),
    ] = None,
    destructive: Annotated[
        bool,
        typer.Option("--destructive", help="Also cases that block something for good, at the end."),
    ] = False,
    quirks: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME|FILE", help="What is known of this COS (例外规则); repeat."),
    ] = None,
    contactless: Annotated[
        bool, typer.Option("--contactless", help="By antenna (非接触); else with contacts.")
    ] = False,
    t0: Annotated[
        bool, typer.Option("--t0", help="T=0 as it is on the line, of a simulated card only.")
    ] = False,
    pack: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Application pack (申请材料) of the general test."),
    ] = None,
    new_pack: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write such a pack to fill in, and end.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the report as one HTML page (网页).")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", help="Write JUnit XML for continuous integration.")
    ] = None,
    as_json: Annotated[
        str | None, typer.Option("--json", metavar="FILE|-", help="Write JSON for programs.")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="JOURNAL", help="Keep results here, and go on with those (续做)."),
    ] = None,
    record: Record = None,
    listed: Annotated[
        bool, typer.Option("--list", help="List the cases, run none (列出用例).")
    ] = False,
) -> None:
    """Test whether a card behaves as LD/T 6001 and its profile say (一致性检测).

    Example: `sscard conformance --reader 0 --profile gen3 --keystore ssse.keystore --ask-pin --html
    report.html --junit report.xml --resume card.journal`

    Most cases are made from the profile: each file, each right, each command, each version of each
    key.  A case leaves the card as it was, or says what it could not put back.  Cases that block
    something for good run with --destructive only, after all others.

    A card in a --reader counts wrong tries for good.  So it is shown the PIN only with --ask-pin
    and keys only of a --keystore or --psam that is named, or both with --test-keys; a key that was
    refused once is not shown again.  Of an IMAGE a copy is tested; `sim:FILE` is changed.

    With --resume every result is kept in a journal: the same command goes on with the next case
    after Ctrl-C or a power cut.  Neither the journal nor a report holds PINs, keys or anything of
    the holder.

    Ends with 0 when all cases passed or what deviates is allowed; 1 when one failed, was not
    answered, or could not be prepared; 2 when there is no card, profile or key store to use, or the
    card was gone before the end; 130 after Ctrl-C.
    """
    from sscard.cli import conformance_job
    from sscard.cli.conformance_bench import Means
    from sscard.cli.conformance_output import Outputs

    choice = conformance_job.Choice(
        profile=f"{profile}+{region}" if region else profile,
        preset=preset,
        groups=tuple(group or ()),
        patterns=tuple(case or ()),
        quirks=tuple(quirks or ()),
        pack=pack,
    )
    if new_pack is not None:
        conformance_job.write_pack(choice, new_pack)
        return
    if listed:
        conformance_job.list_cases(choice, as_json)
        return
    means = Means(
        keystore,
        psam,
        test_keys,
        ask_pin,
        contactless,
        destructive,
        ask_user_pin,
        certificate_answer,
        ca_root,
    )
    place = conformance_job.Place(image, reader, record, resume, t0)
    try:
        code = conformance_job.conducted(choice, means, place, Outputs(html, junit, as_json))
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    raise typer.Exit(code)
