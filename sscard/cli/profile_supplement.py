"""``sscard profile supplement``: the owner's signed word on what public sources leave open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.ending import DONE, NOT_FOR_EVERYBODY

if TYPE_CHECKING:
    from sscard.cli.supplements import Outcome

app = typer.Typer(help="Signed supplements of a profile (补充文件).", no_args_is_help=True)

_File = Annotated[Path, typer.Argument(metavar="FILE", help="Supplement (补充文件), *.toml.")]
_Spec = Annotated[
    str | None,
    typer.Option("--profile", help="Profile spec; default: the one that the supplement names."),
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.callback()
def _group() -> None:
    """Signed supplements of a profile (补充文件): its owner confirms or overrides facts.

    Production refuses facts that rest on assumption, inference or a single source.  Make a draft,
    read every entry, sign it, and give it to `sscard personalize --production --supplement FILE
    --issuer-key PUBLIC.pem`.
    """


@app.command()
def draft(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="gen3, gen3+sichuan, or a path.")],
    out: Annotated[Path, typer.Option(help="Write the draft to this file (a new one).")],
) -> None:
    """Write a draft that lists every unconfirmed fact of a profile (生成草稿).

    Example: `sscard profile supplement draft gen3+sichuan --out sichuan.toml`

    Each entry has the present value, mark, source and note in front of it.  Keep what is so; what
    is otherwise, take away and write as an override; then fill in the issuer.

    Ends with 0, or with 2 when there is no such profile, or the file is there already.
    """
    from sscard.cli.supplements import write_draft

    count = write_draft(spec, out)
    typer.echo(f"已写 wrote {out}: {count} 项待确认 facts to confirm")


@app.command()
def sign(
    file: _File,
    key: Annotated[Path, typer.Option(help="Private Ed25519 key in PEM (签名私钥).")],
    profile: _Spec = None,
    as_json: _Json = False,
) -> None:
    """Sign a supplement; the signature is written beside it, as FILE.sig (签名).

    Example: `sscard profile supplement sign sichuan.toml --key private.pem`

    A key is made with `openssl genpkey -algorithm ed25519 -aes256 -out private.pem`, its public
    half with `openssl pkey -in private.pem -pubout -out public.pem`.  A passphrase comes from
    SSCARD_ISSUER_KEY_PASSPHRASE, from the file that SSCARD_ISSUER_KEY_PASSPHRASE_FILE names, or
    from the terminal; never from the command line.  The same signature is made by
    `openssl pkeyutl -sign -rawin -inkey private.pem -in FILE -out FILE.sig`.

    Nothing is signed that does not hold for the profile.  Ends with 0; with 1 when it is signed and
    facts are left that production refuses; with 2 when it is refused.
    """
    from sscard.cli.supplements import signed

    _tell(signed(file, key, profile), as_json=as_json)


@app.command()
def check(
    file: _File,
    issuer_key: Annotated[
        list[Path],
        typer.Option(help="Public key in PEM of an issuer you trust (公钥); repeatable."),
    ],
    profile: _Spec = None,
    as_json: _Json = False,
) -> None:
    """Check signature, profile and every place of a supplement (核验).

    Example: `sscard profile supplement check sichuan.toml --issuer-key public.pem`

    Ends with 0 when it holds and confirms all that production asks for; with 1 when it holds and
    facts are left that production refuses; with 2 when it does not hold.
    """
    from sscard.cli.supplements import checked

    _tell(checked(file, issuer_key, profile), as_json=as_json)


def _tell(outcome: Outcome, *, as_json: bool) -> None:
    from sscard.cli.supplements import as_document, as_lines

    if as_json:
        import json

        typer.echo(json.dumps(as_document(outcome), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(as_lines(outcome)))
    raise typer.Exit(NOT_FOR_EVERYBODY if outcome.left else DONE)
