"""``sscard keys ceremony``: master keys made, divided and put together by several people."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sscard.keys.ceremony import Desk, KeySink, Kind
    from sscard.keys.ceremony.components import Component
    from sscard.keys.ceremony.minutes import PartSet
    from sscard.keys.operations import KeyReference

app = typer.Typer(no_args_is_help=True)


def _key_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", name):
        raise typer.BadParameter("1 to 40 letters, digits, dots, dashes, as in UK1DF01 or IMK-AC")
    return name


Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Where the ceremony's record is (仪式文件夹).")
]
Key = Annotated[
    str, typer.Argument(metavar="KEY", callback=_key_name, help="Name of the key (密钥名).")
]
Version = Annotated[int, typer.Option(min=1, max=255, help="Version (版本) of the key.")]
KindOption = Annotated[str, typer.Option(help="3des, sm4, aes128, aes256 or hmac256.")]
Custodians = Annotated[
    list[str] | None,
    typer.Option("--custodian", help="Who holds one (保管人); repeat it.  Default: everybody."),
]
Out = Annotated[Path, typer.Option(help="New folder for the sheets; best in memory (/dev/shm).")]
Keep = Annotated[bool, typer.Option("--keep", help="Do not ask to remove printed sheets.")]
Store = Annotated[
    Path | None, typer.Option(help="Sealed key store (密钥库); without it the key is kept nowhere.")
]
StoreKind = Annotated[str, typer.Option(help="social-security, bank or exchange.")]
Unlisted = Annotated[
    bool, typer.Option("--unlisted", help="Take a name that is not in the key table, unasked.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.callback()
def _group() -> None:
    """Key ceremonies: masters from components and shares (密钥仪式).

    An officer (主持人) leads and signs the record; custodians (保管人) hold components or shares.
    Everybody has a passphrase of their own.  Values and passphrases are typed without echo, or come
    line by line from a pipe; they are never arguments, and never in the record.

    A key whose name is not in the key table is asked about first: whoever looks for UK1DF01 does
    not find UKIDF01.

    *Hold it on a machine without network that is used for nothing else.*
    """


@app.command()
def new(
    folder: Folder,
    title: Annotated[str | None, typer.Option(help="What it is for; asked for if missing.")] = None,
    officer: Annotated[str | None, typer.Option(help="Name of the officer (主持人).")] = None,
    custodian: Annotated[
        list[str] | None, typer.Option(help="Name of a custodian (保管人); repeat it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Open a ceremony: who leads it and who may hold something (开始仪式).

    Example: `sscard keys ceremony new masters --title "Masters 2026" --officer 张主任
    --custodian 李四 --custodian 王五 --custodian 赵六`

    Everybody chooses a passphrase of 12 characters or more, which makes the person's signing key.
    Note the officer's fingerprint: it is what tells this record from a forged one.

    Ends with 0, or with 2 when there is a ceremony in the folder already; 130 after Ctrl-C.
    """
    from sscard.cli.ceremony_opening import open_new
    from sscard.cli.ceremony_talk import interruptible

    with interruptible():
        open_new(folder, title, officer, custodian or [], as_json=as_json)


@app.command()
def generate(
    folder: Folder,
    key: Key,
    out: Out,
    kind: KindOption = "3des",
    version: Version = 1,
    custodian: Custodians = None,
    keep: Keep = False,
    unlisted: Unlisted = False,
    as_json: Json = False,
) -> None:
    """Make a new master as one component for each custodian (生成密钥分量).

    Example: `sscard keys ceremony generate masters UK1DF01 --kind 3des --out /dev/shm/sheets`

    The key is not kept: `combine` puts it together from the printed sheets.  That proves the
    sheets, too.  The record has check values (KCV) only.

    Ends with 0, 2 when it cannot be done, 130 after Ctrl-C; files that are there then stay.
    """
    from sscard.cli.ceremony_desk import desk_at, done, hand_out
    from sscard.cli.ceremony_names import require_listed
    from sscard.keys.ceremony import making
    from sscard.keys.ceremony.kinds import kind_named
    from sscard.keys.ceremony.sheets import require_new

    chosen = kind_named(kind)
    require_new(out)
    require_listed(key, unlisted=unlisted)
    with desk_at(folder) as desk:
        sheets = making.generate(
            desk, _reference(key, version), chosen, custodian or _everybody(desk)
        )
        hand_out(desk, out, sheets, keep=keep)
        kcv = sheets[0].key_kcv or b""
        done(
            {"key": key, "version": version, "kcv": kcv.hex().upper(), "components": len(sheets)},
            f"已生成 made {len(sheets)} components of {key} version {version}, "
            f"KCV {kcv.hex().upper()}",
            as_json=as_json,
        )


@app.command()
def component(
    folder: Folder,
    key: Key,
    out: Out,
    number: Annotated[int, typer.Option(min=1, help="Its number, from 1.")],
    of: Annotated[int, typer.Option(help="How many components the key will have.")],
    custodian: Annotated[str, typer.Option(help="Who holds it (保管人).")],
    kind: KindOption = "3des",
    version: Version = 1,
    anew: Annotated[
        bool, typer.Option("--anew", help="Give up the set that was begun, and begin another.")
    ] = False,
    keep: Keep = False,
    unlisted: Unlisted = False,
    as_json: Json = False,
) -> None:
    """Make one component of a new master, its custodian alone at the desk (生成一个分量).

    Example: `sscard keys ceremony component masters IRK --number 1 --of 3 --custodian 李四
    --out /dev/shm/sheet`

    No program has two components at once before `combine`.  The first one begins a set.  Is a sheet
    lost, or was the program stopped before it wrote one, then --anew begins the set again.

    Ends with 0, 2 when it cannot be done, 130 after Ctrl-C.
    """
    from sscard.cli.ceremony_desk import desk_at, done, hand_out
    from sscard.cli.ceremony_names import require_listed
    from sscard.keys.ceremony import making
    from sscard.keys.ceremony.kinds import kind_named
    from sscard.keys.ceremony.sheets import require_new

    chosen = kind_named(kind)
    require_new(out)
    require_listed(key, unlisted=unlisted)
    with desk_at(folder) as desk:
        sheet = making.generate_one(
            desk, _reference(key, version), chosen, (number, of), custodian, anew=anew
        )
        hand_out(desk, out, [sheet], keep=keep)
        kcv = sheet.label.kcv.hex().upper() if sheet.label else ""
        done(
            {"key": key, "version": version, "component": number, "of": of, "kcv": kcv},
            f"已生成 made component {number} of {of} of {key} version {version}, its KCV {kcv}",
            as_json=as_json,
        )


@app.command()
def combine(
    folder: Folder,
    key: Key,
    version: Version = 1,
    foreign: Annotated[
        int | None,
        typer.Option(
            min=2, max=16, help="So many components of others (外来分量), with their KCVs."
        ),
    ] = None,
    kind: KindOption = "3des",
    store: Store = None,
    store_kind: StoreKind = "social-security",
    unlisted: Unlisted = False,
    as_json: Json = False,
) -> None:
    """Put a master together from its components and store it (合成密钥).

    Example: `sscard keys ceremony combine masters UK1DF01 --store office.store`

    Each custodian types a component, line by line with the check digits.  A wrong one is named by
    its number and typed again; the others are not lost.  Without --store only the check value is
    shown.  Weak keys and equal halves are refused; where the XOR of 3DES components has not odd
    parity, you are asked whether to set it, which changes neither the key's work nor its KCV.

    Ends with 0, 2 when there is no key of it, 130 after Ctrl-C: then repeat it.
    """
    from sscard.cli.ceremony_desk import desk_at, done, masters_in
    from sscard.cli.ceremony_names import require_listed_in
    from sscard.cli.ceremony_typing import require_kcv, together
    from sscard.keys.ceremony import joining
    from sscard.keys.ceremony.kinds import kind_named

    chosen, reference = kind_named(kind), _reference(key, version)
    require_listed_in(key, store, store_kind, unlisted=unlisted)
    with desk_at(folder) as desk:
        sink = masters_in(store, store_kind)
        parts, made = _typed(desk, reference, chosen, foreign, sink)
        combination = together(key, parts)
        if made is None:
            require_kcv(combination.key.kcv)
        joining.enter_combined(desk, reference, combination, parts, made, sink)
        done(*_joined(reference, combination.key.kcv, stored=sink is not None), as_json=as_json)


@app.command()
def split(
    folder: Folder,
    key: Key,
    out: Out,
    threshold: Annotated[
        int | None, typer.Option(help="Shares that recover the key (门限).  Default: all but one.")
    ] = None,
    components: Annotated[
        bool, typer.Option("--components", help="Components, all of them needed, not shares.")
    ] = False,
    version: Version = 1,
    custodian: Custodians = None,
    store: Store = None,
    store_kind: StoreKind = "social-security",
    keep: Keep = False,
    as_json: Json = False,
) -> None:
    """Divide a master among custodians; two of them must agree (导出密钥分片).

    Example: `sscard keys ceremony split masters UK1DF01 --threshold 3 --store office.store
    --out /dev/shm/sheets`

    The key comes out of --store or, without it, from its components, which are typed.  Any
    --threshold of the shares recover it; fewer say nothing of it.  One person cannot agree twice.

    Ends with 0, 2 when it cannot be done, 130 after Ctrl-C.
    """
    from sscard.cli.ceremony_desk import desk_at, done, hand_out, masters_in
    from sscard.cli.ceremony_typing import our_components, together, two_consents
    from sscard.keys.ceremony import exporting
    from sscard.keys.ceremony.label import Form
    from sscard.keys.ceremony.sheets import require_new
    from sscard.keys.ceremony.sink import KeySource, TypedKey

    reference = _reference(key, version)
    require_new(out)
    with desk_at(folder) as desk:
        source: KeySource | None = masters_in(store, store_kind)
        if source is None:
            parts = our_components(desk.minutes.ceremony, _made(desk, reference))
            source = TypedKey(key, version, together(key, parts).key)
        names = custodian or _everybody(desk)
        form = Form.COMPONENT if components else Form.SHARE
        needed = len(names) if components else threshold or max(2, len(names) - 1)
        proposal = exporting.propose(desk, source, reference, form, needed, names)
        sheets = exporting.export(desk, source, two_consents(proposal))
        hand_out(desk, out, sheets, keep=keep)
        kcv = proposal.export.kcv.hex().upper()
        done(
            {"key": key, "version": version, "kcv": kcv, "threshold": needed, "of": len(sheets)},
            f"已导出 divided {key} version {version}, KCV {kcv}: {needed} of {len(sheets)}",
            as_json=as_json,
        )


@app.command()
def recover(
    folder: Folder,
    key: Key,
    version: Version = 1,
    of: Annotated[
        str | None, typer.Option(help="The ceremony (8 digits) that made the shares, if not this.")
    ] = None,
    store: Store = None,
    store_kind: StoreKind = "social-security",
    unlisted: Unlisted = False,
    as_json: Json = False,
) -> None:
    """Recover a master from shares and store it (由分片恢复密钥).

    Example: `sscard keys ceremony recover masters UK1DF01 --store office.store`

    Each custodian types the label of the sheet, then the value line by line.  A share of another
    ceremony or set is refused by its label, before its value is typed.

    Ends with 0, 2 when there is no key of it, 130 after Ctrl-C: then repeat it.
    """
    from sscard.cli.ceremony_desk import desk_at, done, masters_in
    from sscard.cli.ceremony_names import require_listed_in
    from sscard.cli.ceremony_typing import enough_shares
    from sscard.keys.ceremony import joining

    reference = _reference(key, version)
    require_listed_in(key, store, store_kind, unlisted=unlisted)
    with desk_at(folder) as desk:
        sink = masters_in(store, store_kind)
        ceremony = of.upper() if of else desk.minutes.ceremony
        shares = enough_shares(desk, reference, ceremony)
        found = joining.recover(desk, reference, shares, ceremony=ceremony, sink=sink)
        done(*_joined(reference, found.kcv, stored=sink is not None), as_json=as_json)


@app.command()
def sheets(
    folder: Folder,
    key: Key,
    out: Annotated[Path, typer.Option(help="HTML file to write.")],
    kind: KindOption = "3des",
    version: Version = 1,
    custodian: Custodians = None,
) -> None:
    """Write empty component sheets, to be filled in by hand (空白保管单).

    Example: `sscard keys ceremony sheets masters IRK --out blank.html`

    For components that an HSM shows or another office sends.  Nothing secret is in them.

    Ends with 0, 2 when there is no ceremony.
    """
    from sscard.cli.ceremony_opening import write_blank

    write_blank(folder, _reference(key, version), kind, custodian or (), out)
    typer.echo(f"已写 wrote {out}")


@app.command()
def verify(
    folder: Folder,
    officer: Annotated[
        str | None, typer.Option(help="Fingerprint the officer's key must have (指纹).")
    ] = None,
    head: Annotated[
        str | None, typer.Option(help="Hash of an entry that must be there, as on a sheet.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify the record and show it (验证仪式记录).

    Example: `sscard keys ceremony verify masters --officer "A939 D308 710E A876 7FA8 6DA4 D553
    7F5D"`

    Finds every change: lines edited, taken out, put in or moved, another key, missing consents.
    Lines cut off at the end of a record that is not closed show only with --head; another officer's
    record shows only with --officer.

    Ends with 0 when the record is sound, 2 when it is not.
    """
    from sscard.cli import ceremony_minutes
    from sscard.keys.ceremony.desk import RECORD
    from sscard.keys.ceremony.record import read

    reading = read(folder / RECORD)
    ceremony_minutes.require(reading, officer, head)
    ceremony_minutes.show(reading, as_json=as_json)


@app.command()
def close(folder: Folder, as_json: Json = False) -> None:
    """Say in the record that nothing follows (结束仪式).

    Example: `sscard keys ceremony close masters`

    From then on lines that are cut off are missed.  Keys that were put together for a store and
    never got there are named.

    Ends with 0, 2 when it is closed already.
    """
    from sscard.cli.ceremony_desk import desk_at, done

    with desk_at(folder) as desk:
        desk.close()
        head = desk.record.head.hex().upper()
        done(
            {"ceremony": desk.minutes.ceremony, "head": head},
            f"已结束 closed; hash of the last entry: {head}",
            as_json=as_json,
        )


def _reference(key: str, version: int) -> KeyReference:
    from sscard.keys.operations import KeyReference

    return KeyReference(key, version)


def _everybody(desk: Desk) -> list[str]:
    return [each.name for each in desk.minutes.custodians]


def _made(desk: Desk, reference: KeyReference) -> PartSet:
    from sscard.keys.ceremony import CeremonyError

    made = desk.minutes.components_of(reference)
    if made is None:
        raise CeremonyError(
            f"ceremony {desk.minutes.ceremony} made no components of {reference.name} version "
            f"{reference.version}; with components of others say combine --foreign and how many"
        )
    return made


def _typed(
    desk: Desk,
    reference: KeyReference,
    kind: Kind,
    foreign: int | None,
    sink: KeySink | None,
) -> tuple[tuple[Component, ...], PartSet | None]:
    from sscard.cli.ceremony_typing import our_components, their_components
    from sscard.keys.ceremony import joining
    from sscard.keys.ceremony.kinds import kind_named

    if foreign is not None:
        joining.require_place(sink, reference, kind.type)
        return their_components(kind, foreign), None
    made = _made(desk, reference)
    joining.require_place(sink, reference, kind_named(made.kind).type)
    if made.kcv:  # before anybody types
        joining.require_room(sink, reference, made.kcv)
    return our_components(desk.minutes.ceremony, made), made


def _joined(reference: KeyReference, kcv: bytes, *, stored: bool) -> tuple[dict[str, object], str]:
    name, version = reference
    document = {"key": name, "version": version, "kcv": kcv.hex().upper(), "stored": stored}
    told = "已入库 stored" if stored else "未入库 not stored"
    return document, f"{name} version {version}, KCV {kcv.hex().upper()}: {told}"
