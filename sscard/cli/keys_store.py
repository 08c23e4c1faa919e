"""``sscard keys store``: sealed key stores, made and looked at.  Never a key value."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.console import stdout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sscard.keys.stores.sealed_store import SealedStore
    from sscard.keys.stores.store_file import StoreFile

app = typer.Typer(help="Sealed key stores (密钥库).", no_args_is_help=True)

Store = Annotated[Path, typer.Argument(metavar="STORE", help="Key store file (密钥库文件).")]
KIND = "social-security"
_KINDS = (KIND, "bank", "exchange")


@app.callback()
def _group() -> None:
    """Sealed key stores (密钥库): scrypt and AES-256-GCM.

    A passphrase comes from SSCARD_KEYSTORE_PASSPHRASE (bank: SSCARD_BANK_KEYSTORE_PASSPHRASE,
    exchange: SSCARD_EXCHANGE_KEYSTORE_PASSPHRASE), from the file that the same name with _FILE
    gives, or from the terminal; never from the command line.
    """


@app.command()
def new(
    store: Store,
    kind: Annotated[str, typer.Option(help="social-security, bank or exchange.")] = KIND,
    algorithm: Annotated[str, typer.Option(help="3des or sm4.")] = "3des",
    root_level: Annotated[
        str, typer.Option(help="Level (级别) of its keys: ministry, province or city.")
    ] = "ministry",
    area: Annotated[
        str | None, typer.Option(help="City (6 digits) whose keys they are, below the ministry.")
    ] = None,
    level: Annotated[
        list[str] | None, typer.Option(help="KEY=LEVEL for a key of another level; repeat it.")
    ] = None,
    scheme: Annotated[
        str | None, typer.Option(help="Of a bank's chips: emv-cps-1.1 (default) or visa2.")
    ] = None,
) -> None:
    """Make an empty sealed store (新建密钥库).

    Example: `sscard keys store new office.store --kind social-security --algorithm 3des`

    Its passphrase has 12 characters or more.

    Not everybody has the ministry's roots.  With `--root-level province --area 510000` the keys are
    those of a province, with `--root-level city --area 510100` a city's: cards of others are then
    refused.

    Ends with 0, or with 2 when there is a file already or a word is wrong.
    """
    from sscard.cli.passphrase import ask_new
    from sscard.errors import KeyStoreError
    from sscard.keys import SUITES
    from sscard.keys.stores.root_levels import roots_of
    from sscard.keys.stores.scheme import scheme_of
    from sscard.keys.stores.sealed_store import SealedStore

    if kind not in _KINDS or algorithm not in SUITES:
        raise KeyStoreError(
            f"--kind is one of {', '.join(_KINDS)}, --algorithm one of {', '.join(SUITES)}"
        )
    if store.exists():
        raise KeyStoreError(f"{store}: is there already")
    said = _levels(root_level, area, level or ())
    roots_of({"kind": kind, "keys": {}, **said})  # before anybody types
    if scheme is not None:
        if kind != "bank":
            raise KeyStoreError("--scheme is for --kind bank")
        said["scheme"] = scheme_of({"scheme": scheme}, "--scheme")
    passphrase = ask_new(kind, str(store))
    SealedStore.create(store, kind, SUITES[algorithm], passphrase, os.urandom, said)
    typer.echo(f"已建 made {store}")


@app.command(name="list")
def list_keys(
    store: Store,
    kind: Annotated[str, typer.Option(help="social-security, bank or exchange.")] = KIND,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """List the keys of a store with their check values (列出密钥).

    Example: `sscard keys store list office.store`

    Ends with 0, or with 2 when the store cannot be opened.
    """
    from sscard.cli.passphrase import ask
    from sscard.keys.stores import store_file

    document = store_file.document(store, kind, ask)
    found = store_file.checked(document, str(store))
    if as_json:
        _print_json(found)
    else:
        _print_table(found)


@app.command()
def passphrase(
    store: Store,
    kind: Annotated[str, typer.Option(help="social-security, bank or exchange.")] = KIND,
) -> None:
    """Seal a store under another passphrase, typed twice (修改口令).

    Example: `sscard keys store passphrase office.store`

    The new one has 12 characters or more, and comes from the terminal.

    Ends with 0, or with 2 when the store cannot be opened, there is no terminal, or the passphrase
    is too short; then it is as it was.
    """
    from sscard.cli.passphrase import typed_twice

    sealed = opened(store, kind)
    sealed.checked()  # before anybody types
    sealed.change_passphrase(typed_twice(str(store)))
    typer.echo(f"已改 changed {store}")


@app.command()
def lot(
    store: Store,
    lots: Annotated[Path, typer.Argument(help="Store file that has the lot, as a maker sends it.")],
    name: Annotated[str, typer.Argument(help="Name of the lot (批号).")],
) -> None:
    """Take a chip lot with its transport key from another store (导入芯片批次).

    Example: `sscard keys store lot office.store maker.store LOT-2026-11`

    A lot of cards with a certificate application has that application's master key, too
    (certificate_master).  To a lot that is there without it the same lot brings it.

    Ends with 0, or with 2 when a store cannot be opened or the lot is there already.
    """
    from sscard.cli.passphrase import ask
    from sscard.keys.stores import store_file

    given = store_file.checked(store_file.document(lots, KIND, ask), str(lots))
    if name not in given.lots:
        from sscard.errors import KeyStoreError

        raise KeyStoreError(f"{lots}: no chip lot {name}")
    opened(store, KIND).put_lot(given.lots[name])
    typer.echo(f"已导入 took lot {name}")


def opened(path: Path, kind: str) -> SealedStore:
    """A store to be changed; its passphrase is asked for.  Raises KeyStoreError."""
    from sscard.cli.passphrase import ask
    from sscard.keys.stores.sealed_store import SealedStore

    return SealedStore(path, ask(kind, str(path)), os.urandom)


def _levels(root_level: str, area: str | None, exceptions: Sequence[str]) -> dict[str, object]:
    """What the store is to say of levels; nothing where all keys are the ministry's."""
    named = dict(each.rpartition("=")[::2] for each in exceptions)
    if root_level == "ministry" and area is None and not named:
        return {}
    said: dict[str, object] = {"root_level": root_level, "root_levels": named}
    return said if area is None else {**said, "area": area}


def _rows(found: StoreFile) -> list[tuple[str, int, str, str]]:
    return [
        (name, version, f"{type(key).__name__}", key.kcv.hex().upper())
        for (name, version), key in sorted(found.keys.items())
    ]


def _print_json(found: StoreFile) -> None:
    import json

    from sscard.keys.stores.root_levels import entries

    names = ("name", "version", "type", "kcv")
    keys = [dict(zip(names, row, strict=True)) for row in _rows(found)]
    shown = {
        "algorithm": found.suite.name,
        **entries(found.roots),
        "test": found.test,
        "keys": keys,
        "lots": sorted(found.lots),
        "certificate_masters": dict(_certificate_masters(found)),
    }
    typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))


def _print_table(found: StoreFile) -> None:
    from rich.table import Table

    area = f", {found.roots.area}" if found.roots.area else ""
    table = Table(title=f"{found.path} ({found.suite.name}{area})")
    for heading in ("密钥 key", "版本 version", "类型 type", "校验值 KCV", "级别 level"):
        table.add_column(heading)
    for name, version, kind, kcv in _rows(found):
        table.add_row(name, str(version), kind, kcv, str(found.roots.of(name)))
    stdout().print(table)
    typer.echo(f"批次 lots: {', '.join(sorted(found.lots)) or '-'}")
    for name, kcv in _certificate_masters(found):
        typer.echo(f"证书应用主控密钥 certificate master of {name}: {kcv}")


def _certificate_masters(found: StoreFile) -> list[tuple[str, str]]:
    """Names of the lots that have one, and its check value."""
    lots = sorted(found.lots.items())
    masters = [(name, each.certificate_master) for name, each in lots]
    return [(name, key.kcv.hex().upper()) for name, key in masters if key is not None]
