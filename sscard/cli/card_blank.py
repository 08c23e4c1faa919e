"""``sscard card blank``: a simulated card as its maker delivers it, in an image."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def blank(
    profile: Annotated[
        str, typer.Argument(metavar="PROFILE", help="Whose chip: profile name, or path of a file.")
    ],
    out: Annotated[Path, typer.Option(help="Write the card image (卡映像) here.")],
    keystore: Annotated[
        Path | None,
        typer.Option(help="Social security keys with the lot's transport key; without it TEST."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Make a simulated blank card (空白卡) to put into a reader.

    Example: `sscard card blank gen2 --out blank.card`, then `sscard personalize
    examples/applicants.csv --reader sim:blank.card --count 1 --out issued`

    The chip is the one that the profile is for, of its lot, as its maker delivers it: empty, with
    the transport key of the lot, the payment system environment and a debit application.

    *Card images hold the keys of their card: they are readable by their owner only.*

    Ends with 0 when the image was written, 2 when there is no such profile or key store, or the
    file is there already.
    """
    from simulator import VirtualCard
    from sscard.cli.passphrase import ask
    from sscard.errors import TransportError
    from sscard.keys import SUITES
    from sscard.keys.stores import load_social_security
    from sscard.profiles import load_profile
    from sscard.profiles.chips import load_chip

    if out.exists() and not force:
        raise TransportError(f"{out}: 文件已存在 is there already; --force replaces it")
    chip = load_chip(load_profile(profile).chip)
    store = load_social_security(keystore, SUITES[chip.suite], ask)
    card = VirtualCard.blank(chip, lot=store.lot(chip.lot))
    if force:
        card.save(out)
    else:
        card.create(out)
    typer.echo(f"空白卡 blank card: {out} ({chip.name}, {chip.lot})")
