"""``sscard card``: what is on a card image, what is renewed there, how it differs from another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.card_blank import blank
from sscard.cli.card_diff import diff
from sscard.cli.card_export import export, import_
from sscard.cli.card_migrate import migrate
from sscard.cli.card_premade import premade
from sscard.cli.console import stdout
from sscard.cli.readers import Image, ReaderName, image_in, opened
from sscard.cli.recording import Record

if TYPE_CHECKING:
    from simulator import MemoryMap
    from sscard.keys import SM4, SocialSecurityStore
    from sscard.perso.node import Node
    from sscard.profiles import Profile
    from sscard.profiles.not_modelled import Remark

app = typer.Typer(
    help="Look at cards, and renew what is on them (查看与更新卡片).", no_args_is_help=True
)


@app.callback()
def _group() -> None:
    """Look at cards, and renew what is on them (查看与更新卡片)."""


@app.command()
def show(
    image: Image = None,
    reader: ReaderName = None,
    record: Record = None,
    profile: Annotated[
        str, typer.Option(help="What the card should hold: profile name, or path of a file.")
    ] = "gen2",
    keystore: Annotated[
        Path | None, typer.Option(help="Social security keys; without it TEST keys.")
    ] = None,
    ask_pin: Annotated[
        bool, typer.Option("--ask-pin", help="Ask for the PIN; else the profile's initial PIN.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Show everything on a card as a tree: directories, files, elements (查看卡片内容).

    Example: `sscard card show issued/cards/T0000001X.card`

    The card is read as a terminal would, through commands only, with the PIN and with read keys
    derived from the key store.  What it refuses says which right is missing.  The image is never
    written: no counter and no try on it changes.  A profile for another chip than the image's is
    refused.

    Certificates are told in words, and whether each is of the key on the card.  Whether master keys
    of the certificate application are still those of blank cards is asked of an image only.

    A card in a --reader counts wrong tries for good.  So it is shown the PIN only with --ask-pin,
    and keys only of a --keystore that is named: what is not its own must not be tried on it.

    *Card images hold the keys and PIN of their card, and the output holds personal data: keep both
    as safe as the card.*  Keys and PIN themselves are never shown.

    Ends with 0 when the card was read or is blocked, 2 when there is no card, profile or key store
    to use.
    """
    from sscard.cli.card_fitting import is_silent, require_fitting, silenced, with_antenna
    from sscard.cli.card_pin import holder_pin
    from sscard.cli.passphrase import ask
    from sscard.cli.summary import announce_test_keys, show_not_modelled
    from sscard.keys import SUITES
    from sscard.keys.stores import load_social_security
    from sscard.perso.inventory import inventory
    from sscard.perso.plan import run
    from sscard.profiles import load_profile

    declared = load_profile(profile)
    with opened(image, reader, record=record) as source:
        require_fitting(source.chip, declared, image or source.name)
        known = image is not None or keystore is not None
        store = load_social_security(keystore, SUITES[declared.suite], ask) if known else None
        announce_test_keys(("social security",) if store and store.test else ())
        pin = holder_pin(declared, asked=ask_pin) if image or ask_pin else None
        blank = _blank_master(declared, store) if image else None
        found = run(inventory(declared, store, pin, _later(declared), blank), source.card)
        if source.simulated is not None:
            found = with_antenna(found, source.simulated)
        if run(is_silent(), source.card):
            found = silenced(found)
    remarks = declared.not_modelled()
    if as_json:
        _print_json(found, source.name, remarks)
    else:
        _print_tree(found, source.name)
        show_not_modelled(remarks)


@app.command("map")
def memory_map(
    image: Image = None,
    reader: ReaderName = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Show how a card's memory is used: what lies where, free space, wear (查看存储分布).

    Example: `sscard card map issued/cards/T0000001X.card`

    Every byte of the memory belongs to one region: journal, system, directory, file, key, data
    grouping or free.  Offsets are hexadecimal, sizes are bytes.  The picture shows how often each
    page was programmed in the life of the card.  The image is never written.

    Keys are named by identifier, type and version.  No key, no PIN and nothing that is stored in
    a file is shown.

    Of a --reader only `sim:FILE` can be shown: no command of a real card gives its memory.

    Ends with 0 when the image was read, 2 when there is none to use.
    """
    from simulator import load_card

    path = image_in(image, reader)
    found = load_card(path).memory_map()
    if as_json:
        _print_map_json(found, path)
    else:
        _print_map(found, path)


app.command()(diff)
app.command()(export)
app.command("import")(import_)
app.command()(migrate)
app.command()(blank)
app.command()(premade)


def _later(profile: Profile) -> Profile | None:
    """What a card of the first generation may have migrated to (ssc 2.8 [S])."""
    from sscard.profiles import load_profile

    return load_profile("gen2") if profile.card_version.startswith("1.0") else None


def _blank_master(profile: Profile, store: SocialSecurityStore | None) -> SM4 | None:
    """What the certificate application of the lot's blank cards has; None where nobody says."""
    from sscard.errors import KeyStoreError
    from sscard.profiles.chips import load_chip

    try:
        return store.lot(load_chip(profile.chip).lot).certificate_master if store else None
    except KeyStoreError:
        return None


def _print_json(found: Node, card: str, remarks: tuple[Remark, ...]) -> None:
    import json

    from sscard.cli.card_tree import document

    shown = {"image": card, **document(found)}
    shown["not_modelled"] = [each._asdict() for each in remarks]
    typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))


def _print_tree(found: Node, card: str) -> None:
    from sscard.cli.card_tree import tree

    console = stdout()
    console.print(tree(found, card, console.width))


def _print_map_json(found: MemoryMap, image: Path) -> None:
    import json

    from sscard.cli.card_map import document

    typer.echo(json.dumps({"image": image.name, **document(found)}, ensure_ascii=False, indent=2))


def _print_map(found: MemoryMap, image: Path) -> None:
    from sscard.cli.card_map import picture

    stdout().print(picture(found, image.name))
