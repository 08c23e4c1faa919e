"""``sscard card migrate``: values of the second generation into a card of the first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.ending import DONE, NOT_FOR_EVERYBODY
from sscard.cli.readers import Image, ReaderName, opened
from sscard.cli.recording import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sscard.perso.migration import Migrated
    from sscard.profiles import Profile
    from sscard.profiles.migration import Redefinition


def migrate(
    *,
    image: Image = None,
    values: Annotated[Path, typer.Option(help="CSV list (名单) with the holder's new values.")],
    row: Annotated[int, typer.Option(help="The holder's row in it; the header is row 1.")],
    reader: ReaderName = None,
    record: Record = None,
    profile: Annotated[
        str, typer.Option(help="What the card was made from: profile name, or path of a file.")
    ] = "gen1",
    to: Annotated[str, typer.Option(help="The profile that defines the new values.")] = "gen2",
    keystore: Annotated[
        Path | None, typer.Option(help="Social security keys; without it TEST keys.")
    ] = None,
    ask_pin: Annotated[
        bool, typer.Option("--ask-pin", help="Ask for the PIN; else the profile's initial PIN.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Write values of the second generation into a card of the first (一代卡迁移).

    Example: `sscard card migrate issued/cards/T0000001X.card --values list.csv --row 2`

    The items that the second generation has defined anew go into the old records, padded with hex
    E; terminals read such a record as the new definition says.  What the list does not say stays as
    it is, and so does the version on the card.  A record that holds its new value already is not
    written again: after a cut run the same command once more.  PIN and keys are tried once, the
    PIN never when it has one try left.

    Ends with 0 when the card holds every value of the list that is for such a record, 1 when some
    have no place on the card, 2 when the card is another person's or of another version, refuses,
    or when there is no image, list, profile or key store to use.
    """
    from sscard.cli.card_fitting import require_fitting
    from sscard.cli.card_pin import holder_pin
    from sscard.cli.passphrase import ask
    from sscard.cli.summary import announce_test_keys
    from sscard.keys import SUITES
    from sscard.keys.stores import load_social_security
    from sscard.perso import migration
    from sscard.perso.plan import run
    from sscard.profiles import load_profile

    first, second = load_profile(profile), load_profile(to)
    with opened(image, reader, record=record) as source:
        require_fitting(source.chip, first, image or source.name)
        wanted = _record(values, second, row)
        store = load_social_security(keystore, SUITES[first.suite], ask)
        announce_test_keys(("social security",) if store.test else ())
        identity = run(migration.identify(first), source.card)
        plan = migration.prepare(first, second, identity, wanted, store)
        pin = holder_pin(first, asked=ask_pin)
        try:
            done = run(migration.migrate(plan, pin), source.card)
        finally:
            source.keep()  # also a card that refused has counted
    if as_json:
        _print_json(done, source.name)
    else:
        _print_list(done)
    raise typer.Exit(NOT_FOR_EVERYBODY if done.left else DONE)


def _record(path: Path, profile: Profile, row: int) -> Mapping[str, object]:
    """The element values in this row.  Raises ApplicantError where it is not there or not sound."""
    from sscard.cli.lists import read_register
    from sscard.errors import ApplicantError

    register, _ = read_register(path, profile, None)
    for applicant in register.applicants:
        if applicant.row == row:
            return applicant.values
    codes = [each.code.value for each in register.rejections if each.row == row]
    why = f"goes back ({', '.join(codes)})" if codes else "is not in the list"
    raise ApplicantError(f"{path.name}: row {row} {why}")


def _print_json(done: Migrated, card: str) -> None:
    import json

    document = {
        "image": card,
        "rewritten": [_described(each) for each in done.rewritten],
        "earlier": [_described(each) for each in done.earlier],
        "left": [{**_described(each), "reason": why} for each, why in done.left],
    }
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _described(item: Redefinition) -> dict[str, str]:
    return {
        "directory": item.directory.name,
        "file": f"{item.file.fid:04X}",
        "tag": f"{item.tag:02X}",
        "element": item.new.name,
    }


def _print_list(done: Migrated) -> None:
    rows = [("已改写 rewritten now", each, "") for each in done.rewritten]
    rows += [("此前已是新值 new before", each, "") for each in done.earlier]
    rows += [("未迁移 left", each, f": {why}") for each, why in done.left]
    for what, item, why in rows:
        typer.echo(f"{what}  {item.subject}  {item.new.zh} {item.new.en}{why}")
    if not rows:
        typer.echo("名单中没有可迁移的数据 the list has no value for such a record")
