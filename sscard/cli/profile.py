"""``sscard profile``: what cards shall contain, and whether it holds."""

from __future__ import annotations

from typing import Annotated

import typer

from sscard.cli.console import stdout
from sscard.cli.ending import DONE, NOT_FOR_EVERYBODY
from sscard.cli.profile_docs import docs
from sscard.cli.profile_supplement import app as supplements
from sscard.cli.supplement_options import IssuerKeys, Supplement

app = typer.Typer(help="Profiles: what cards contain (配置).", no_args_is_help=True)

_SPEC = "Profile (配置): gen2, gen3+sichuan, or the path of a *.toml."
_Spec = Annotated[str, typer.Argument(metavar="SPEC", help=_SPEC)]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.callback()
def _group() -> None:
    """Profiles: what cards contain (配置)."""


@app.command("list")
def list_all(as_json: _Json = False) -> None:
    """List the profiles and overlays that come with sscard (列出随附的配置与叠加层).

    Example: `sscard profile list`

    Overlays of regions and banks lie on a profile: `gen3+sichuan+demo-bank`.  Elements count with
    those inside other ones.  Unconfirmed are the facts that no real card may rest on without its
    issuer's word: `sscard profile show gen3 --assumed` names them.
    """
    from sscard.cli.profile_list import packaged, shown_list

    found = packaged()
    if as_json:
        _print_json(found)
    else:
        console = stdout()
        console.print(shown_list(found, console.width))


@app.command()
def show(
    spec: _Spec,
    place: Annotated[
        str | None,
        typer.Argument(
            metavar="PLACE",
            help="Only this (位置): SSSE, SSSE.STK, SSSE/EF05, SSSE/EF05.card_number, settings.",
        ),
    ] = None,
    assumed: Annotated[
        bool, typer.Option("--assumed", help="Only what rests on assumption (未确认的依据).")
    ] = False,
    supplement: Supplement = None,
    issuer_key: IssuerKeys = None,
    as_json: _Json = False,
) -> None:
    """Show what a profile says: all of it, one place, or what is only assumed (查看配置).

    Example: `sscard profile show gen3`, `sscard profile show gen3 SSSE/EF05`,
    `sscard profile show gen3 --assumed`

    With `--assumed`: every fact with mark 1, I, L or assumed, with what it says and where it is
    from.  A card in production may rest on none of them: the owner of the standard confirms or
    overrides them in a supplement, and with `--supplement` the rest is shown.

    Ends with 0, or with 2 when there is no such profile or place.
    """
    from sscard.cli import profile_show
    from sscard.cli.declared import Signed, declared
    from sscard.profiles.facts import WHOLE

    profile = declared(spec, Signed(supplement, tuple(issuer_key or ()))).profile
    console = stdout()
    if assumed:
        if place is not None:
            raise typer.BadParameter("it shows all places", param_hint="--assumed")
        if as_json:
            _print_json(profile_show.assumed_document(profile))
        else:
            console.print(profile_show.assumed(profile, console.width))
        return
    found = profile_show.found_at(profile, place or WHOLE)
    if as_json:
        _print_json({"profile": profile.name, "parts": profile_show.document(found)})
    elif place is None:
        console.print(profile_show.overview(profile, console.width))
    else:
        console.print(profile_show.detail(found, place, console.width))


@app.command()
def check(
    specs: Annotated[
        list[str], typer.Argument(metavar="SPEC", help=f"{_SPEC} An overlay as well.")
    ],
    as_json: _Json = False,
) -> None:
    """Check profiles and overlays (检查配置): every mistake with file, place and a sentence.

    Example: `sscard profile check gen3+sichuan my-region.toml`

    An overlay alone is checked on each of the profiles that it is for.  Checked are the form of the
    file, the lengths, tags, keys and rights, every example, and whether all of it fits the chip.

    Ends with 0 when everything holds, 1 when there is a mistake.
    """
    from sscard.cli.profile_check import checked

    found = [each for spec in specs for each in checked(spec)]
    if as_json:
        _print_json([each.document() for each in found])
    else:
        for each in found:
            for line in each.lines():
                typer.secho(line, fg="red" if each.mistakes else None)
    raise typer.Exit(NOT_FOR_EVERYBODY if any(each.mistakes for each in found) else DONE)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help=_SPEC)],
    after: Annotated[str, typer.Argument(metavar="B", help=_SPEC)],
    as_json: _Json = False,
) -> None:
    """Show what differs between two profiles, place by place (比较两个配置).

    Example: `sscard profile diff gen2 gen3`

    Settings, directories, keys, files and elements: what is added (+), removed (-) and changed (~),
    each fact before and after.  What is grey is the same on the card and differs in source, mark or
    note only.  The whole of what one profile has alone is in `--json`.

    Ends with 0 when they say the same, 1 when they differ, 2 when one cannot be loaded.
    """
    from sscard.cli.profile_diff import document, shown_differences
    from sscard.profiles import load_profile
    from sscard.profiles.difference import differences
    from sscard.profiles.facts import stated

    old, new = load_profile(before), load_profile(after)
    found, names = differences(old, new), (old.name, new.name)
    if as_json:
        _print_json(document(names, found))
    else:
        stdout().print(shown_differences(names, found, (*stated(old), *stated(new))))
    raise typer.Exit(NOT_FOR_EVERYBODY if found else DONE)


@app.command()
def schema(
    overlay: Annotated[
        bool, typer.Option("--overlay", help="Of overlay files (叠加层) instead.")
    ] = False,
) -> None:
    """Print the JSON schema of profile files, for editors (输出配置文件的 JSON Schema).

    Example: `sscard profile schema > profile.schema.json`

    With `#:schema ./profile.schema.json` as the first line of a profile, the extension Even Better
    TOML of Visual Studio Code, and every editor with Taplo, completes and checks while one writes.
    Whether the parts fit one another is told by `sscard profile check`.
    """
    from sscard.profiles.schema import overlay_schema, profile_schema

    _print_json(overlay_schema() if overlay else profile_schema())


def _print_json(document: object) -> None:
    import json

    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


app.command("docs")(docs)
app.add_typer(supplements, name="supplement")
