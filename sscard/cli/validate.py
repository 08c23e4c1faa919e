"""``sscard validate``: is this card what its record and its profile say?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sscard.cli.ending import DONE
from sscard.cli.readers import Image, ReaderName
from sscard.cli.recording import Record

_DIFFERS = 1


def validate(
    image: Image = None,
    reader: ReaderName = None,
    data: Annotated[
        Path | None, typer.Option(metavar="RECORD", help="The card's record (数据记录), JSON.")
    ] = None,
    profile: Annotated[
        str, typer.Option(help="What the card should hold: profile name, or path of a file.")
    ] = "gen2",
    region: Annotated[
        str | None, typer.Option(help="Region on top of the profile (地区), as in `gen3+REGION`.")
    ] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Print a record to fill in, and end (数据样例).")
    ] = False,
    keystore: Annotated[
        Path | None,
        typer.Option(help="Social security keys; without it TEST keys, for simulated cards only."),
    ] = None,
    bank_keystore: Annotated[
        Path | None, typer.Option(help="Bank keys (银行密钥), shown by a transaction; likewise.")
    ] = None,
    ca_keys: Annotated[
        Path | None, typer.Option(help="CA keys that certificates must lead to; likewise.")
    ] = None,
    test_keys: Annotated[
        bool, typer.Option("--test-keys", help="TEST keys and the initial PINs for --reader, too.")
    ] = False,
    ask_pin: Annotated[
        bool, typer.Option("--ask-pin", help="Ask for the PIN; else the profile's initial PIN.")
    ] = False,
    ask_user_pin: Annotated[
        bool,
        typer.Option("--ask-user-pin", help="Ask for the user PIN of the certificate application."),
    ] = False,
    ca_root: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Root and CAs of the holder's certificates, PEM."),
    ] = None,
    record: Record = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the report as one HTML page (网页).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Personal values in page and JSON; else masked.")
    ] = False,
) -> None:
    """Validate one personalized card against its record (个人化校验).

    Example: `sscard validate --reader 0 --profile gen3 --data record.json --keystore ssse.keystore
    --ask-pin --html validation.html`

    Element by element, what is read is compared with what record and profile say; keys of every
    version are proven by authentication; the hand-over area must be closed; of the financial side,
    directory, records and FCI are compared with the record's account, certificates must lead to the
    CA keys, and bank keys are shown by a declined transaction.  The certificates of the card's own
    keys must name card and holder, and lead to --ca-root.  What cannot be proven without harm is
    said to be so.

    Nothing on the card is changed but the counter of its transactions.  Each key is shown once, and
    none if the card's own proof is not of this key store; the PIN only where two tries are left.  A
    card in a --reader is shown the PIN only with --ask-pin, and keys only of stores that are named,
    or both with --test-keys.  Of an IMAGE a copy is used.

    *The record holds personal data.*  Nothing that is printed or logged has a personal value unless
    --reveal asks for it.

    Ends with 0 when everything that could be proven agrees, 1 when something differs, 2 when there
    is no card, record, profile or key store to use.
    """
    from sscard.cli.validate_run import Means, Output, printed_template, run

    spec = f"{profile}+{region}" if region else profile
    if template:
        printed_template(spec)
        return
    if data is None:
        raise typer.BadParameter("the card's record is needed", param_hint="--data")
    means = Means(
        keystore,
        bank_keystore,
        ca_keys,
        test_keys=test_keys,
        ask_pin=ask_pin,
        ask_user_pin=ask_user_pin,
        ca_root=ca_root,
    )
    output = Output(html, as_json=as_json, unmasked=reveal)
    agrees = run(spec, data, (image, reader, record), means, output)
    raise typer.Exit(DONE if agrees else _DIFFERS)
