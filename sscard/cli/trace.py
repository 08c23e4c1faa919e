"""``sscard trace``: what an exchange with a card means, and whether another card answers alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from sscard.cli.ending import DONE, NOT_FOR_EVERYBODY

if TYPE_CHECKING:
    from sscard.trace.entries import Entry

_KEYS = "--keystore / --test-keys"
app = typer.Typer(help="Read traces of cards (读懂与回放交互记录).", no_args_is_help=True)

File: TypeAlias = Annotated[
    Path, typer.Argument(metavar="FILE", help="Trace or log, UTF-8 or GBK (记录文件).")
]
Profile: TypeAlias = Annotated[
    str, typer.Option(help="What the card should hold: profile name, or path of a file.")
]
Form: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="json, scriptor, opensc, opensc-debug, pcscd or reader; found out without it.",
    ),
]
Expressions: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--expression",
        metavar="REGEX",
        help="Lines of a log of one's own, with groups named command, response, sw or atr; repeat.",
    ),
]


@app.callback()
def _group() -> None:
    """Read traces of cards (读懂与回放交互记录)."""


@app.command()
def explain(
    file: File,
    profile: Profile = "gen2",
    form: Form = None,
    expression: Expressions = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show PINs and personal data, too (显示敏感数据).")
    ] = False,
    keystore: Annotated[
        Path | None,
        typer.Option(help="With --reveal: check proofs with these social security keys."),
    ] = None,
    exchange_keystore: Annotated[
        Path | None, typer.Option(help="With --keystore: the store of the hand-over area's key.")
    ] = None,
    test_keys: Annotated[
        bool, typer.Option("--test-keys", help="With --reveal: check proofs with TEST keys.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Say what each exchange of a trace means (解释交互记录).

    Example: `sscard trace explain reader.log --profile gen3`

    Reads sscard's own recordings, scriptor, OpenSC's tools and debug log, `pcscd --apdu`, and logs
    of reader drivers with `>` and `<`; `--expression` reads others, for instance
    `--expression 'SEND (?P<command>.*)' --expression 'RECV (?P<response>.*)'`.

    Files, records and elements are named as the profile names them.  Account numbers show their
    first six and last four digits; names, numbers and PINs are stars without `--reveal`.  Lines
    that are no exchange are only counted, because drivers write names there; `--reveal` prints
    them.

    A certificate is told in words when the whole of it has passed by; session keys, which go in
    clear, are stars like PINs.

    `--reveal` with the keys of the card also says of each authentication and MAC whether it is
    right and under which key and version, and of each key that is loaded its type, identifier,
    version and check value, never the key.

    Ends with 0 when the file was read, 2 when it is no trace.
    """
    from sscard.cli.console import stdout
    from sscard.cli.trace_show import document, shown
    from sscard.profiles import load_profile
    from sscard.trace.entries import joined
    from sscard.trace.explainer import Explainer

    declared, keys = load_profile(profile), None
    if keystore is not None or test_keys:
        from sscard.cli.trace_keys import keys_of

        if not reveal or (keystore is not None and test_keys):
            raise typer.BadParameter("one of both, with --reveal", param_hint=_KEYS)
        keys = keys_of(declared, keystore, exchange_keystore)
    entries = joined(_read(file, form, expression))
    explained = Explainer(declared, reveal=reveal, keys=keys).explain(entries)
    if as_json:
        said = [document(each, reveal=reveal) for each in explained]
        typer.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return
    console = stdout()
    for part in shown(explained, reveal=reveal):
        console.print(part)


@app.command()
def replay(
    file: File,
    reader: Annotated[str, typer.Option(metavar="NAME|INDEX|sim:FILE", help="The other card.")],
    profile: Profile = "gen2",
    keystore: Annotated[
        Path | None, typer.Option(help="Social security keys; without it TEST keys.")
    ] = None,
    form: Form = None,
    expression: Expressions = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Say a trace to another card and compare the answers (回放并比较).

    Example: `sscard trace replay reader.log --reader sim:copy.card --profile gen3`

    Only what changes nothing and costs no try is said: selections, reading, challenges, internal
    authentication.  External authentications are computed anew with the key store, for the card's
    new challenge; where it has no such key they are left out, as are PINs, everything with a MAC,
    everything that writes and the transactions of the bank.  Where the card then answers 6982, it
    is not compared.  Answers that chance or keys decide are compared by status and length.

    Without --keystore TEST keys are shown to simulated cards only, and no key to others.

    Ends with 0 when no answer is different, 1 when one is, 2 when the file is no trace or there is
    no card.
    """
    from sscard.cli.trace_replay import replayed

    same = replayed(_read(file, form, expression), reader, profile, keystore, as_json=as_json)
    raise typer.Exit(DONE if same else NOT_FOR_EVERYBODY)


def _read(file: Path, form: str | None, expressions: list[str] | None) -> tuple[Entry, ...]:
    from sscard.errors import MalformedData
    from sscard.trace import formats

    if form is not None and form not in formats.NAMES:
        raise typer.BadParameter(f"one of {', '.join(formats.NAMES)}", param_hint="--format")
    try:
        text = formats.decoded(file.read_bytes())
    except OSError as error:
        raise MalformedData(f"{file}: cannot be read ({error.strerror})") from None
    try:
        if expressions:
            return tuple(formats.by_expressions(*expressions).parse(text))
        return formats.parse(text, form)
    except MalformedData as error:
        raise MalformedData(f"{file}: {error}") from None
