"""``sscard keys token``: PKCS#11 tokens made, filled and looked at.  Never a key value."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.console import stdout

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sscard.keys import KeyReference
    from sscard.keys.stores.pkcs11.masters import Held
    from sscard.keys.stores.pkcs11.pins import TokenPin
    from sscard.keys.stores.pkcs11.settings import TokenSettings
    from sscard.keys.stores.store_file import StoreFile

#: The security officer's PIN, where nobody is to type it.
SO_PIN_VARIABLE = "SSCARD_TOKEN_SO_PIN"
app = typer.Typer(no_args_is_help=True)

Settings = Annotated[
    Path, typer.Argument(metavar="TOKEN", help="File that names module and token (令牌配置).")
]


@app.callback()
def _group() -> None:
    """PKCS#11 tokens and HSMs that hold master keys (密码令牌).

    TOKEN is a TOML file, also for --keystore, --bank-keystore and --exchange-keystore: kind, lots
    (a key store file with the chip lots), and in [pkcs11] module (a library), token (a label) and
    pin-variable or pin-file.  With neither of these the PIN is typed.  Where the keys are not the
    ministry's, root_level and area beside kind say so (docs/keys.md).

    A PIN is tried once, and a stored one never when only one try is left.
    """


@app.command()
def init(token: Settings) -> None:
    """Give an empty token its label and its PINs (初始化令牌).

    Example: `sscard keys token init token.toml`

    The security officer's PIN is in SSCARD_TOKEN_SO_PIN, or typed twice.  A token that is in use is
    never touched; one that got its label and no PIN yet is gone on with by its own officer.

    Ends with 0, or with 2 when there is no empty token, or one of this label already.
    """
    from sscard.keys.stores.pkcs11.initialize import initialize
    from sscard.keys.stores.pkcs11.pins import PinSource
    from sscard.keys.stores.pkcs11.settings import read_settings

    settings = read_settings(token)
    officer = PinSource(variable=SO_PIN_VARIABLE if SO_PIN_VARIABLE in os.environ else None)
    so_pin = officer.read(f"新安全员口令 new PIN of token {settings.label}'s officer", _twice)
    pin = settings.pin.read(f"新 PIN 口令 new PIN of token {settings.label}", _twice)
    initialize(settings, so_pin, pin)
    typer.echo(f"已初始化 initialized token {settings.label}")


@app.command()
def generate(token: Settings) -> None:
    """Make every master key that the token lacks inside it (在令牌内生成主密钥).

    Example: `sscard keys token generate token.toml`

    Nobody ever sees these keys, and there is no copy but the token's own backup.  The keys are
    those of the declared table, or the bank's, or the exchange key, as the kind says.  Stopped
    halfway, the same command goes on.  A city's own 3DES key of authentication codes is not made
    here: tokens do not make MACs with it alone, so it is brought in.

    Ends with 0, or with 2 when the token cannot be used.
    """
    from sscard.keys import SUITES
    from sscard.keys.stores.pkcs11.login import logged_in
    from sscard.keys.stores.pkcs11.masters import (
        declared,
        declared_sm4,
        needs_left_half,
        require_house,
    )
    from sscard.keys.stores.pkcs11.masters import generate as generated
    from sscard.keys.stores.pkcs11.opening import with_sm4
    from sscard.keys.stores.pkcs11.pins import ask_on_terminal
    from sscard.keys.stores.pkcs11.settings import read_settings

    settings = read_settings(token)
    suite, roots = SUITES[settings.mechanisms.suite], settings.roots
    wanted = tuple(
        each for each in declared(settings.kind) if not needs_left_half(each, suite, roots)
    )
    with logged_in(settings, ask_on_terminal) as opened:
        require_house(opened, settings.kind)
        made = generated(opened, wanted)
        sm4 = with_sm4(opened, settings)
        if sm4 is not None:
            of_sm4 = declared_sm4(settings.kind)
            made, wanted = (*made, *generated(sm4, of_sm4)), (*wanted, *of_sm4)
    _tell("已生成 generated", made, len(wanted))


@app.command("import")
def bring_in(
    token: Settings,
    store: Annotated[
        Path | None, typer.Option("--from", help="Key store file; without it TEST keys.")
    ] = None,
) -> None:
    """Bring the keys of a store file into the token (导入主密钥).

    Example: `sscard keys token import token.toml --from ceremony.store`

    A token with TEST keys says so from then on: `--production` refuses it.  Each key's check value
    is computed by the token and compared.

    Ends with 0, or with 2 when store or token cannot be used, or the token has another key of the
    same name and version.
    """
    from sscard.keys.stores.pkcs11 import masters
    from sscard.keys.stores.pkcs11.login import logged_in
    from sscard.keys.stores.pkcs11.opening import with_sm4
    from sscard.keys.stores.pkcs11.pins import ask_on_terminal
    from sscard.keys.stores.pkcs11.settings import read_settings

    settings = read_settings(token)
    file = _store(settings, store)
    masters.require_levels(settings.roots, file.roots, (name for name, _ in file.keys))
    with logged_in(settings, ask_on_terminal) as opened:
        masters.require_house(opened, settings.kind)
        came, left = masters.bring_in_store(
            opened, with_sm4(opened, settings), file, kind=settings.kind, roots=settings.roots
        )
    _tell("已导入 imported", came, len(file.keys) - len(left))
    if left:
        names = ", ".join(name for name, _ in sorted(left))
        typer.echo(
            f"未导入 left out: {names}: 令牌无 SM4 算法编号 no numbers for SM4 in [pkcs11.sm4]",
            err=True,
        )


@app.command("list")
def list_keys(
    token: Settings,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """List the keys in the token with their check values (列出密钥).

    Example: `sscard keys token list token.toml`

    Ends with 0, or with 2 when the token cannot be used.
    """
    import json

    from sscard.keys.stores.pkcs11.login import log_in
    from sscard.keys.stores.pkcs11.masters import held
    from sscard.keys.stores.pkcs11.opening import with_sm4
    from sscard.keys.stores.pkcs11.pins import ask_on_terminal
    from sscard.keys.stores.pkcs11.settings import read_settings

    settings = read_settings(token)
    opened = log_in(settings, ask_on_terminal)
    found = held(opened, with_sm4(opened, settings))
    rows, test = [_row(each) for each in found], opened.marked_test
    if as_json:
        shown = {"token": opened.label, "test": test, "keys": rows}
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        _print_table(f"{opened.label}{' TEST' if test else ''}", rows)


def _store(settings: TokenSettings, path: Path | None) -> StoreFile:
    """The keys to bring in, in plain form: this is the one moment when they are outside.

    Raises KeyStoreError.
    """
    from importlib import resources

    from sscard.cli.passphrase import ask
    from sscard.keys.stores import store_file

    suite = settings.mechanisms.suite
    names = {"social-security": f"test-ssse-{suite}", "bank": "test-bank"}
    name = names.get(settings.kind, f"test-exchange-{suite}")
    source = path or resources.files("sscard.keys.stores") / f"{name}.toml"
    return store_file.checked(store_file.document(source, settings.kind, ask), str(source))


def _twice(what: str) -> TokenPin:
    from sscard.errors import KeyStoreError
    from sscard.keys.stores.pkcs11.pins import TokenPin

    if not sys.stdin.isatty():
        raise KeyStoreError(f"{what}: there is no terminal to type it at")
    return TokenPin(typer.prompt(what, hide_input=True, confirmation_prompt=True, err=True))


def _tell(done: str, changed: Sequence[KeyReference], wanted: int) -> None:
    typer.echo(f"{done} {len(changed)}; {wanted - len(changed)} 已有 were there")


def _row(each: Held) -> dict[str, object]:
    return {
        "name": each.reference.name,
        "version": each.reference.version,
        "kcv": each.kcv.hex().upper() if each.kcv else None,
        "made": "in the token" if each.local else "imported",
    }


def _print_table(title: str, rows: Iterable[dict[str, object]]) -> None:
    from rich.table import Table

    table = Table(title=title)
    for heading in ("密钥 key", "版本 version", "校验值 KCV", "来源 made"):
        table.add_column(heading)
    for row in rows:
        table.add_row(*("-" if cell is None else str(cell) for cell in row.values()))
    stdout().print(table)
