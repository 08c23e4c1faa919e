"""``sscard list``: lists between office, factory, integrator and bank, checked and converted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sscard.cli.ending import CONFIGURATION
from sscard.cli.lists_made import make, sheet

if TYPE_CHECKING:
    from sscard.issuance.exchange import Checked, ListLayout
    from sscard.keys.stores.sealed_file import Passphrase

app = typer.Typer(help="Lists between the parties (数据交换清单).", no_args_is_help=True)
app.command()(make)
app.command()(sheet)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The list (清单文件).")]
LayoutName = Annotated[
    str, typer.Option("--layout", help="Name of a layout, or path of a layout file (布局).")
]
Trusted = Annotated[
    list[Path] | None,
    typer.Option(
        "--trusted", help="Public Ed25519 key in PEM; the seal must be its (公钥); repeatable."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


class Table(StrEnum):
    """What a list is converted to."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


@app.callback()
def _group() -> None:
    """Lists between office, factory, integrator and bank (数据交换清单).

    Their forms differ per region; a layout says how one is made.  Messages name line, field and
    reason, never a value.
    """


@app.command()
def layouts(as_json: AsJson = False) -> None:
    """Name the layouts that come with sscard (列出布局).

    Example: `sscard list layouts`

    Ends with 0.  A layout of one's own is a TOML file like those in `sscard/issuance/exchange`.
    """
    from sscard.issuance.exchange import load_list_layout, packaged_layouts

    found = [load_list_layout(name) for name in packaged_layouts()]
    if as_json:
        _print_json([_described(each) for each in found])
        return
    from rich.table import Table as Shown

    from sscard.cli.console import stdout

    table = Shown("布局 layout", "清单 list", "格式 form", "名称 title", "来源 mark")
    for each in found:
        form = f"{each.shape.form}, {each.encoding}"
        table.add_row(each.name, each.kind, form, each.title_zh, each.mark)
    stdout().print(table)


@app.command()
def check(file: File, layout: LayoutName, trusted: Trusted = None, as_json: AsJson = False) -> None:
    """Read a list from end to end and tell everything that is wrong (检查清单).

    Example: `sscard list check answer.txt --layout city-bank-return`

    Ends with 0 when nothing is wrong; with 2 when something is, or when the list cannot be read.
    With --trusted also when FILE.seal is not that of this list by one of these keys.
    """
    from sscard.issuance.exchange import load_list_layout

    found = _checked(file, load_list_layout(layout), trusted)
    if as_json:
        _print_json(_outcome(found))
    elif found.sound:
        typer.echo(f"完好 sound: {found.count} 条记录 records, SHA-256 {found.sha256.hex()}")
    else:
        _tell_findings(found)
    if not found.sound:
        raise typer.Exit(CONFIGURATION)


@app.command()
def convert(
    file: File,
    layout: LayoutName,
    out: Annotated[Path, typer.Option(help="The file to write (输出文件).")],
    to: Annotated[Table, typer.Option(help="Its form (输出格式).")] = Table.CSV,
    trusted: Trusted = None,
) -> None:
    """Write a sound list as a table for people, or as JSON for programs (转换清单).

    Example: `sscard list convert answer.txt --layout city-bank-return --to xlsx --out answer.xlsx`

    Cells that a spreadsheet could take for formulas get an apostrophe in front (csv, xlsx).  The
    table holds what the list holds: personal data.  xlsx needs the extra `xlsx`.  Ends with 0, or
    with 2 when something is wrong with the list; nothing is written then.
    """
    from sscard.durable import new_file
    from sscard.issuance.exchange import load_list_layout, tables

    found = _checked(file, load_list_layout(layout), trusted)
    found.require_sound()
    write = {
        Table.CSV: tables.write_csv,
        Table.XLSX: tables.write_xlsx,
        Table.JSON: tables.write_json,
    }[to]
    with new_file(out.resolve()) as stream:
        write(stream, found.layout, found.records())
    typer.echo(f"已写 wrote {out}: {found.count} 条记录 records")


@app.command()
def seal(
    file: File,
    layout: LayoutName,
    key: Annotated[Path, typer.Option(help="Private Ed25519 key in PEM (签名私钥).")],
) -> None:
    """Sign a sound list; the seal is written beside it, as FILE.seal (封签).

    Example: `sscard list seal order.txt --layout city-card-making --key private.pem`

    Keys and passphrases are those of `sscard profile supplement sign`.  Ends with 0, or with 2 when
    something is wrong with list or key; nothing is written then.
    """
    from sscard.issuance.exchange import check_list, load_list_layout, seal_signed
    from sscard.keys import ed25519

    found = check_list(file, load_list_layout(layout))
    found.require_sound()
    with _naming(key):
        pem = _pem(key)
        passphrase = _ask(key) if ed25519.is_sealed(pem) else None
        seal_signed(file.resolve(), found.layout.name, found, pem, passphrase)
    typer.echo(f"已签 sealed: {file}.seal")


@app.command()
def enclose(
    file: File,
    receiver: Annotated[Path, typer.Option(help="The receiver's RSA certificate in PEM (证书).")],
    out: Annotated[Path, typer.Option(help="The envelope to write (数字信封).")],
) -> None:
    """Encipher a list for its receiver: CMS enveloped data, AES-256 (加密).

    Example: `sscard list enclose unit.txt --receiver office.pem --out unit.p7m`

    `openssl cms -decrypt -inform DER` opens it, too.  Ends with 0, or with 2.
    """
    from sscard.durable import replace_file
    from sscard.issuance.exchange.envelope import LARGEST
    from sscard.issuance.exchange.envelope import enclose as enclosed
    from sscard.issuance.exchange.opening import read_whole

    with _naming(receiver):
        envelope = enclosed(read_whole(file, LARGEST), _pem(receiver))
    replace_file(out.resolve(), envelope)
    typer.echo(f"已加密 enclosed: {out}")


@app.command()
def disclose(
    file: File,
    receiver: Annotated[Path, typer.Option(help="The receiver's RSA certificate in PEM (证书).")],
    key: Annotated[Path, typer.Option(help="Its private key in PEM (私钥).")],
    out: Annotated[Path, typer.Option(help="The list to write (清单).")],
) -> None:
    """Open an enciphered list (解密).

    Example: `sscard list disclose unit.p7m --receiver office.pem --key key.pem --out unit.txt`

    A passphrase comes from where `sscard list seal` has it from.  Check list and seal behind: an
    envelope says nothing of its sender.  Ends with 0, or with 2; nothing is written then.
    """
    from sscard.durable import replace_file

    content = content_of(file, receiver, key)
    replace_file(out.resolve(), content)
    typer.echo(f"已解密 disclosed: {out}")


def content_of(file: Path, receiver: Path, key: Path) -> bytes:
    """What is in an envelope for the holder of this certificate and key.

    Raises ListError, and KeyStoreError naming the file.
    """
    from sscard.issuance.exchange.envelope import LARGEST_ENVELOPE
    from sscard.issuance.exchange.envelope import disclose as disclosed
    from sscard.issuance.exchange.opening import read_whole
    from sscard.keys import ed25519
    from sscard.keys.receiver import receiver_key

    with _naming(key):
        pem = _pem(key)
        private = receiver_key(pem, _ask(key) if ed25519.is_sealed(pem) else None)
    with _naming(receiver):
        envelope = read_whole(file, LARGEST_ENVELOPE)
        return disclosed(envelope, _pem(receiver), private, name=file.name)


def signing_key(path: Path) -> tuple[bytes, Passphrase | None]:
    """A private key in PEM, and what opens it where it is sealed.  Raises KeyStoreError."""
    from sscard.keys import ed25519

    with _naming(path):
        pem = _pem(path)
        return pem, _ask(path) if ed25519.is_sealed(pem) else None


def _pem(path: Path) -> bytes:
    from sscard.errors import KeyStoreError

    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyStoreError(f"cannot be read ({error.strerror})") from None


def _ask(key: Path) -> Passphrase:
    from sscard.cli.passphrase import ask_issuer

    return ask_issuer(str(key))


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """What is wrong with a key names its file."""
    from sscard.errors import KeyStoreError

    try:
        yield
    except KeyStoreError as error:
        raise KeyStoreError(f"{path}: {error}") from None


def _checked(file: Path, layout: ListLayout, trusted: list[Path] | None) -> Checked:
    """The list, its seal looked at first where keys are given."""
    from sscard.issuance.exchange import check_list, read_seal
    from sscard.profiles.supplements.files import issuer_key

    found = check_list(file, layout)
    if trusted:
        said = read_seal(file)
        said.require_signed([issuer_key(each) for each in trusted])
        said.require_of(found)
    return found


def _tell_findings(found: Checked) -> None:
    for each in found.findings:
        typer.echo(f"{found.source.name}: {each}")
    typer.echo(f"共 {found.total} 处错误 findings; {found.count} 条记录 records; 未采用 not used")


def _described(layout: ListLayout) -> dict[str, Any]:
    return {
        "name": layout.name,
        "list": layout.kind,
        "form": layout.shape.form,
        "encoding": layout.encoding,
        "title_zh": layout.title_zh,
        "title_en": layout.title_en,
        "source": layout.source,
        "mark": layout.mark,
        "fields": [each.name for each in layout.fields],
    }


def _outcome(found: Checked) -> dict[str, Any]:
    return {
        "layout": found.layout.name,
        "sound": found.sound,
        "records": found.count,
        "sha256": found.sha256.hex(),
        "total": found.total,
        "findings": [
            {
                "line": each.line,
                "field": each.name,
                "code": each.code.value,
                "zh": each.code.zh,
                "en": each.code.en,
                "detail": each.detail,
            }
            for each in found.findings
        ],
    }


def _print_json(document: Any) -> None:
    import json

    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
