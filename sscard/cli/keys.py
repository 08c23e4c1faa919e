"""``sscard keys``: what the keys of cards are, and where they come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.console import stdout
from sscard.cli.keys_ceremony import app as ceremony
from sscard.cli.keys_issuers import app as issuers
from sscard.cli.keys_serve import client_token, serve
from sscard.cli.keys_store import app as store
from sscard.cli.keys_testca import new_authorities
from sscard.cli.keys_token import app as token

if TYPE_CHECKING:
    from sscard.keys import SocialSecurityStore

app = typer.Typer(help="Keys: where they come from (密钥).", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keys: where they come from (密钥)."""


@app.command()
def explain(
    name: Annotated[str, typer.Argument(help="Name of the key (密钥名): UK1DF01, STK, RKSSSE …")],
    card: Annotated[str, typer.Option(help="Card identification code (卡识别码), 32 digits.")],
    history: Annotated[
        str, typer.Option(help="Historical bytes of the ATR (卡复位信息), 26 digits.")
    ],
    version: Annotated[int, typer.Option(help="Version, or group (组), of the key.")] = 1,
    keystore: Annotated[
        Path | None, typer.Option(help="Social security keys; without it TEST keys.")
    ] = None,
    suite: Annotated[
        str, typer.Option(help="Of the TEST keys: 3des or sm4; a key store says it itself.")
    ] = "3des",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Show how one key of one card is derived, step by step (说明密钥的分散过程).

    Example: `sscard keys explain UK1DF01 --card 639900D15600000500BF7C7A48FB4966 --history
    00814E43238697159900BF7C7A`

    Every step from the root to the card shows its factor, what the factor is made of, and the check
    value (KCV) of the key before and after.  Compare them with what the office of each level has:
    the first that differs is where the keys part.

    The city is in the card identification code, the card's factor in the historical bytes.  Both
    are on every card: `sscard card show` prints them.  No key is ever shown.

    Ends with 0 when the key was explained, 2 when there is no such key, card or key store.
    """
    import json

    from sscard.cli.keys_explained import document, shown
    from sscard.cli.summary import announce_test_keys
    from sscard.keys.explain import explain as explained

    code, historical = _digits(card, "--card"), _digits(history, "--history")
    store = _store(keystore, suite)
    try:
        found = explained(store, name, version, code, historical)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--card, --history") from None
    announce_test_keys(("social security",) if store.test else ())
    if as_json:
        typer.echo(json.dumps(document(found), ensure_ascii=False, indent=2))
    else:
        stdout().print(shown(found))


def _digits(text: str, option: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise typer.BadParameter("these are not hexadecimal digits", param_hint=option) from None


def _store(keystore: Path | None, suite: str) -> SocialSecurityStore:
    from sscard.cli.passphrase import ask
    from sscard.keys import SUITES
    from sscard.keys.stores import load_social_security

    if suite not in SUITES:
        raise typer.BadParameter(f"there are {', '.join(SUITES)}", param_hint="--suite")
    return load_social_security(keystore, SUITES[suite], ask)


app.add_typer(ceremony, name="ceremony")
app.add_typer(issuers, name="issuers")
app.add_typer(store, name="store")
app.add_typer(token, name="token")
app.command("testca")(new_authorities)
app.command("serve")(serve)
app.command("client-token")(client_token)
