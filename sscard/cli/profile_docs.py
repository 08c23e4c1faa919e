"""``sscard profile docs``: the manual of a profile as pages and diagrams."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sscard.cli.supplement_options import IssuerKeys, Supplement


def docs(
    spec: Annotated[
        str,
        typer.Argument(
            metavar="SPEC",
            help="Profile (配置): gen2, gen3+sichuan, or the path of a *.toml.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the manual (输出目录); made if missing.")
    ],
    supplement: Supplement = None,
    issuer_key: IssuerKeys = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Write the manual of a profile, in Chinese and English (生成卡片手册).

    Example: `sscard profile docs gen3 --out manual`

    One page for each language, `index.zh.html` and `index.en.html`, that needs nothing else, and
    every diagram once more as a file in `diagrams`.  Every fact shows its source and mark; what
    no real card may rest on without its issuer's word stands out.  The same profile gives the same
    bytes.

    An earlier manual in the folder is replaced, its diagrams that are no longer needed are removed.
    A folder with any other file in it is left alone.

    Ends with 0, or with 2 when there is no such profile, or the folder is not ours.
    """
    from sscard.cli.declared import Signed, declared
    from sscard.cli.manual_folder import write_manual
    from sscard.profiles.manual import manual

    found = declared(spec, Signed(supplement, tuple(issuer_key or ())))
    written = manual(found.profile, found.layers)
    removed = write_manual(out, written)
    if as_json:
        _print_json(found.profile.name, out, list(written), removed)
        return
    pages = [name for name in written if name.endswith(".html")]
    for name in pages:
        typer.echo(f"已写 wrote {out / name}")
    diagrams = f"{len(written) - len(pages)} 幅图 diagrams"
    typer.echo(f"{diagrams}; 未经确认 unconfirmed: {len(found.profile.unconfirmed())}")


def _print_json(profile: str, out: Path, written: list[str], removed: list[str]) -> None:
    import json

    document = {"profile": profile, "out": str(out), "written": written, "removed": removed}
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
