"""``sscard keys ceremony verify``: what the record says, as a table or for programs."""

from __future__ import annotations

import json
import re

import typer
from rich.markup import escape
from rich.table import Table

from sscard.cli.console import stdout
from sscard.keys.ceremony.entry import Entry
from sscard.keys.ceremony.errors import RecordDamaged
from sscard.keys.ceremony.groups import grouped
from sscard.keys.ceremony.record import Reading
from sscard.keys.ceremony.steps import (
    Closed,
    Combined,
    Exported,
    Made,
    Mended,
    Opened,
    Recovered,
    Stored,
)


def require(reading: Reading, officer: str | None, head: str | None) -> None:
    """Raises RecordDamaged when the record is not the officer's, or lines are gone at its end."""
    found = reading.chain.minutes.officer.fingerprint
    if officer is not None and _digits(officer) != found.hex():
        raise RecordDamaged(f"another officer's record: the fingerprint is {grouped(found)}")
    if head is not None and _digits(head) not in {each.hash.hex() for each in reading.entries}:
        raise RecordDamaged("no entry has this hash: lines are gone, or it is another record")


def show(reading: Reading, *, as_json: bool) -> None:
    """The record on stdout."""
    if as_json:
        typer.echo(json.dumps(_document(reading), ensure_ascii=False, indent=2))
        return
    console = stdout()
    console.print(_table(reading))
    minutes = reading.chain.minutes
    console.print(f"主持人公钥指纹 officer's fingerprint: {grouped(minutes.officer.fingerprint)}")
    console.print(f"末条散列 hash of the last entry: {minutes.head.hex().upper()}")
    for key, kcv in minutes.pending.items():
        console.print(
            f"未入库 not yet in its store: {key.name} version {key.version}, "
            f"KCV {kcv.hex().upper()}: repeat the step",
            style="yellow",
        )
    if reading.torn:
        console.print(
            f"末行未写完 the last line is torn ({reading.torn} bytes, of a crash): it does not "
            "count, and the next step cuts it",
            style="yellow",
        )
    if not minutes.closed:
        console.print("仪式未结束 not closed: lines cut off at the end would not be missed here")


def _table(reading: Reading) -> Table:
    minutes = reading.chain.minutes
    table = Table(title=escape(f"{minutes.ceremony} {minutes.title}"), title_justify="left")
    table.add_column("条 no.", justify="right")
    table.add_column("时间 time", no_wrap=True)
    table.add_column("主持人 officer")
    table.add_column("内容 what", overflow="fold")
    for each in reading.entries:
        time = f"{each.time:%Y-%m-%d %H:%M:%S}"
        table.add_row(str(each.number), time, escape(each.who), escape(_told(each)))
    return table


def _told(entry: Entry) -> str:
    step = entry.step
    match step:
        case Opened():
            names = ", ".join(each.name for each in step.custodians)
            return f"开始 opened; custodians {names}"
        case Made():
            holders = ", ".join(f"{p.number} {p.custodian} {_kcv(p.kcv)}" for p in step.parts)
            return f"生成分量 made {_key(step)}, set {step.set_number:02}: {holders}"
        case Exported():
            return _told_export(step)
        case Combined() | Recovered():
            return _told_joined(step)
        case Stored():
            return f"入库 stored {_key(step)}"
        case Mended():
            return f"截去残行 cut a torn line of {step.bytes_cut} bytes"
        case Closed():
            left = ", ".join(f"{name} version {version}" for name, version in step.not_stored)
            return "结束 closed" + (f"; not stored: {left}" if left else "")


def _told_export(step: Exported) -> str:
    export = step.export
    agreed = ", ".join(each.custodian for each in step.consents)
    return (
        f"导出 exported {export.key} version {export.version} KCV {_kcv(export.kcv)}, "
        f"set {step.set_number:02}: {export.threshold} of {len(export.custodians)} "
        f"{export.form.word}s, {', '.join(export.custodians)}; agreed: {agreed}"
    )


def _told_joined(step: Combined | Recovered) -> str:
    if isinstance(step, Recovered):
        numbers = ", ".join(map(str, step.shares))
        return f"恢复 recovered {_key(step)} from shares {numbers} of {step.ceremony}"
    parity = "; parity bits set" if step.parity_set else ""
    source = f"set {step.set_number:02}" if step.set_number else "components of others"
    return f"合成 combined {_key(step)} from {source}{parity}"


def _key(step: Made | Combined | Recovered | Stored) -> str:
    kcv = f" KCV {_kcv(step.kcv)}" if step.kcv else ""
    return f"{step.key} version {step.version}{kcv}"


def _kcv(value: bytes) -> str:
    return value.hex().upper()


def _digits(text: str) -> str:
    return re.sub(r"[\s-]", "", text).lower()


def _document(reading: Reading) -> dict[str, object]:
    minutes = reading.chain.minutes
    return {
        "ceremony": minutes.ceremony,
        "title": minutes.title,
        "officer": minutes.officer.name,
        "fingerprint": minutes.officer.fingerprint.hex().upper(),
        "head": minutes.head.hex().upper(),
        "closed": minutes.closed,
        "torn_bytes": reading.torn,
        "pending": [
            {"key": key.name, "version": key.version, "kcv": _kcv(kcv)}
            for key, kcv in minutes.pending.items()
        ],
        "entries": [each.model_dump(mode="json") for each in reading.entries],
    }
