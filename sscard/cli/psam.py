"""``sscard psam``: PSAMs for terminals, made from the same key store as the cards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum, unique
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.readers import ReaderName

if TYPE_CHECKING:
    from sscard.cli.psam_show import Shown
    from sscard.perso.plan import Connection
    from sscard.perso.psam import Proved, PsamOrder

app = typer.Typer(
    help="Make PSAMs for terminals, and look at them (PSAM 卡).", no_args_is_help=True
)


@unique
class SuiteName(StrEnum):
    """What a PSAM computes with."""

    TDES = "3des"
    SM4 = "sm4"


#: The profile whose keys a PSAM gets when none is named.
_PROFILES = {SuiteName.TDES: "gen2", SuiteName.SM4: "gen3"}
_NOT_PROVED = 1


@app.callback()
def _group() -> None:
    """Make PSAMs for terminals, and look at them (PSAM 卡)."""


@app.command()
def make(
    city: Annotated[str, typer.Option(help="The terminals' city, 6 digits (城市代码).")],
    out: Annotated[Path, typer.Option(help="New card image, mode 0600 (输出映像).")],
    suite: Annotated[SuiteName, typer.Option(help="What it computes with.")] = SuiteName.TDES,
    keystore: Annotated[
        Path | None, typer.Option(help="Social security keys; without it TEST keys.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="Whose keys it gets; gen2, with --suite sm4 gen3.")
    ] = None,
    serial: Annotated[
        int, typer.Option(min=0, max=99_999_999, help="Serial number of the PSAM (序列号).")
    ] = 1,
    terminal: Annotated[
        int, typer.Option(min=0, max=999_999, help="Number of the terminal behind its city.")
    ] = 1,
    key_version: Annotated[
        int, typer.Option(min=1, max=3, help="Version of the keys that are not purchase keys.")
    ] = 1,
    valid_from: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Today when it is not given.")
    ] = None,
    valid_to: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Else ten years later.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Make a PSAM from the keys of a key store (制作 PSAM 卡).

    Example: `sscard psam make --city 371000 --keystore keys.toml --suite 3des --out till.card`

    A simulated chip gets its files and then, one CREATE KEY each, the keys of the profile at the
    level that its setting psam_root says: the city's or the province's.  The key store seals each
    for this one PSAM; a key that it holds further down is loaded at that level.  A key store in a
    token or behind a service loads no PSAMs.

    Afterwards every key but the purchase keys is tried against the key store.

    *The image holds root keys in clear, as the chip does: whoever has it can read and write all
    cards of the city.*  Nothing is overwritten.

    Ends with 0 when every key agrees, 1 when one does not, 2 when there is nothing to make it from.
    """
    from sscard.errors import ProfileError, TransportError

    if out.exists():
        raise TransportError(f"{out}: is there already; a PSAM's image is never overwritten")
    begin = valid_from.date() if valid_from else date.today()
    try:
        order = _ordered(
            profile or _PROFILES[suite],
            suite,
            keystore,
            (city, serial, terminal, begin, valid_to.date() if valid_to else _ten_years(begin)),
            key_version,
        )
    except ValueError as error:
        raise ProfileError(str(error)) from None
    proved = _made(order, f"psam-{suite}-16k", out)
    _print_made(order, proved, out, as_json=as_json)
    if any(each.agrees is False for each in proved):
        raise typer.Exit(_NOT_PROVED)


@app.command()
def show(
    image: Annotated[
        Path | None,
        typer.Argument(help="Card image of a PSAM (PSAM 卡映像).", show_default=False),
    ] = None,
    reader: ReaderName = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Show what a PSAM says of itself, and which keys it has (查看 PSAM 卡).

    Example: `sscard psam show till.card`

    With --reader it is the PSAM in a reader, or `sim:FILE`.

    The PSAM is read as a terminal would: its files, and for each key of the specification, whether
    it can be used and at which level it is held.  Purchase keys are not tried, as that would use up
    a number of the terminal's.  The image is never written, and no key is shown.

    Ends with 0 when the PSAM was read, 2 when there is none to use.
    """
    from sscard.cli.psam_show import read
    from sscard.perso.plan import run

    with _opened(image, reader) as (name, card):
        found = run(read(), card)
    _print_shown(found, name, as_json=as_json)


@contextmanager
def _opened(image: Path | None, spec: str | None) -> Iterator[tuple[str, Connection]]:
    """The PSAM and its name.  Raises BadParameter, MalformedData, TransportError."""
    from simulator import PsamCard
    from sscard.cli.readers import one_of_both, reader

    if (image is None) is (spec is None):
        raise one_of_both()
    if image is not None:
        yield image.name, PsamCard.load(image)
        return
    place = reader(spec or "")
    card = place.connect()
    try:
        yield place.name, card
    finally:
        card.close()


def _ordered(
    profile: str,
    suite: SuiteName,
    keystore: Path | None,
    numbers: tuple[str, int, int, date, date],
    version: int,
) -> PsamOrder:
    from sscard.cli.passphrase import ask
    from sscard.cli.summary import announce_test_keys
    from sscard.keys import SUITES
    from sscard.keys.stores import load_social_security
    from sscard.perso.psam import PsamNumbers, prepare
    from sscard.profiles import load_profile
    from sscard.profiles.chips import load_psam_chip

    store = load_social_security(keystore, SUITES[suite], ask)
    announce_test_keys(("social security",) if store.test else ())
    lot = load_psam_chip(f"psam-{suite}-16k").lot
    return prepare(load_profile(profile), PsamNumbers(*numbers), store, lot, key_version=version)


def _made(order: PsamOrder, chip: str, out: Path) -> tuple[Proved, ...]:
    import os

    from simulator import PsamCard
    from sscard.perso import psam
    from sscard.perso.plan import run

    card = PsamCard.blank(chip, lot=order.lot)
    run(psam.make(order, os.urandom), card)
    proved = run(psam.prove(order), card)
    card.save(out)
    return proved


def _ten_years(begin: date) -> date:
    day = 28 if (begin.month, begin.day) == (2, 29) else begin.day
    return begin.replace(year=begin.year + 10, day=day)


def _print_made(order: PsamOrder, proved: tuple[Proved, ...], out: Path, *, as_json: bool) -> None:
    from sscard.cli.psam_show import made_document, made_lines

    if as_json:
        _print_json(made_document(order, proved, out.name))
        return
    for line in made_lines(order, proved, out.name):
        typer.echo(line)


def _print_shown(found: Shown, name: str, *, as_json: bool) -> None:
    from sscard.cli.console import stdout
    from sscard.cli.psam_show import document, table

    if as_json:
        _print_json({"image": name, **document(found)})
        return
    stdout().print(table(found, name))


def _print_json(shown: object) -> None:
    import json

    typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
