"""``sscard ca again``: a card that was made anew gets certificates for its new key."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from sscard.cli.ca_store import Store


def again(
    store: Store,
    card: Annotated[
        str, typer.Argument(metavar="CARD", help="Card identification code (卡识别码), 32 digits.")
    ],
) -> None:
    """Let a card have certificates for one more key (重新签发).

    Example: `sscard ca again office.ca 510100D15600000500BF7C7A48FB4966`

    A CA certifies one key of a card and refuses another: it may be somebody else's.  A card that
    was made anew on purpose has a new key.  Said here, its next request is answered, by file, over
    the service or in the line; what was said is a line of the register.

    Ends with 0, also where nothing had to be changed; 2 for a store that cannot be opened and for a
    word that is no card identification code.
    """
    from sscard.cli.passphrase import ask
    from sscard.issuance.ca.load import load_issuing

    if not re.fullmatch("[0-9A-Fa-f]{32}", card):
        raise typer.BadParameter("is 32 hexadecimal digits", param_hint="CARD")
    if load_issuing(store, ask).register.allow(card.upper()):
        typer.echo(f"可再签发 may have one more key: {card.upper()}")
    else:
        typer.echo("没有改变 nothing changed: 下一密钥可签发 its next key is certified anyway")
