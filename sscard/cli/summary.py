"""What a run says before and after: TEST keys in red, counts, where to look; JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import typer

from sscard.cli.line_time import LineReport
from sscard.issuance.bank_data.matching import Matched
from sscard.issuance.issue_folder import IssueFolder
from sscard.issuance.issued_csv import Reconciliation
from sscard.issuance.report_data import CardResult, RunReport
from sscard.profiles.not_modelled import Remark


def announce_test_keys(stores: Sequence[str]) -> None:
    """Say in red which stores hold public TEST keys (on stderr); nothing when none does."""
    if stores:
        text = (
            f"测试密钥 TEST KEYS ({', '.join(stores)}): for simulation only, never for real cards"
        )
        typer.secho(text, fg="red", bold=True, err=True)


def warn(found: Reconciliation) -> None:
    """Say what no longer agrees with the ledger (on stderr)."""
    for text, numbers in (
        ("issued.csv 缺少已发放的卡 lacks issued cards (was it edited?)", found.missing),
        ("issued.csv 去掉了未发放的行 lost lines of cards that are not issued", found.dropped),
        (
            "certificates.csv 去掉了未发放的行 lost lines of cards that are not issued",
            found.certificates_dropped,
        ),
        ("cards/ 缺少卡映像 lacks images of issued cards", found.images_missing),
    ):
        if numbers:
            typer.secho(f"{text}: {', '.join(numbers)}", fg="yellow", err=True)


def show_not_modelled(remarks: Sequence[Remark]) -> None:
    """Say what a profile declares and its card does not do yet; nothing when there is nothing."""
    if remarks:
        typer.echo("已声明，未建模 declared, not modelled:")
    for each in remarks:
        typer.echo(f"  {each.zh} {each.en}")


def show_bank_data(matched: Matched, folder: IssueFolder) -> None:
    """What came of the bank's file, and what is done with it when the batch is finished."""
    batch = matched.batch
    typer.echo(
        f"银行数据 bank data: 批次 batch {batch.summary.batch}, {batch.summary.records} 条记录 "
        f"records, {len(matched.returned)} 退回 returned ({folder.bank_returned.name})"
    )
    typer.echo(
        f"批次完成后 after the batch: sscard bank-data purge {batch.path} --out {folder.path}"
    )


def show(
    report: RunReport,
    folder: IssueFolder,
    line: LineReport,
    *,
    as_json: bool,
    table: bool = False,
) -> None:
    """The result on stdout, and what the cards would have cost on a line.

    ``table``: by station and activity, too.
    """
    if as_json:
        document = _document(report, folder) | {"line_time": line.document()}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    _table(report, folder)
    if report.counts.issued_now:
        _line(line, table=table)


def _line(line: LineReport, *, table: bool) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if table:
        console.print(line.table())
        console.print(line.prediction(), soft_wrap=True)
    else:
        console.print(line.sentence(), soft_wrap=True)


def _document(report: RunReport, folder: IssueFolder) -> dict[str, object]:
    return {
        "source": report.source,
        "profile": report.profile_name,
        "profile_sha256": report.profile_sha256.hex(),
        "layers": [layer.entries() for layer in report.layers],
        "complete": report.complete,
        "counts": asdict(report.counts),
        "elapsed_seconds": round(report.elapsed, 3),
        "cards_per_second": round(report.cards_per_second, 2),
        "phase_seconds": {phase.name_en: round(phase.seconds, 3) for phase in report.phases},
        "test_keys": report.test_keys,
        "policies": [policy._asdict() for policy in report.policies],
        "rejected": {each.code: each.count for each in report.rejects},
        "cards": [_card(card) for card in report.cards],
        "not_modelled": [each._asdict() for each in report.not_modelled],
        "left_blank": [each._asdict() for each in report.left_blank],
        "folder": str(folder.path),
    }


def _card(card: CardResult) -> dict[str, object]:
    return {
        "row": card.row,
        "card_number": card.card_number,
        "outcome": card.outcome.name.lower(),
        "detail": card.detail,
        "certificates": card.certificates.entries() if card.certificates else None,
    }


def _certified(report: RunReport) -> list[tuple[str, int, str]]:
    count = report.certified.total()
    return [("其中有证书 with certificates", count, "green")] if count else []


def _table(report: RunReport, folder: IssueFolder) -> None:
    from rich.console import Console
    from rich.table import Table

    counts = report.counts
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    rows = (
        ("合格 eligible", counts.eligible, ""),
        ("本次发放 issued now", counts.issued_now, "green"),
        ("此前已发放 issued before", counts.issued_before, "green"),
        *_certified(report),
        ("退回 returned (rejects.csv)", counts.rejected, "yellow" if counts.rejected else ""),
        ("等待 waiting (see the report)", counts.waiting, "yellow" if counts.waiting else ""),
        ("失败 failed cards", counts.failed, "red" if counts.failed else ""),
        ("作废 spoiled cards", counts.spoiled, "yellow" if counts.spoiled else ""),
    )
    for label, count, style in rows:
        table.add_row(label, str(count), style=style or None)
    console = Console(highlight=False)
    console.print(table)
    rate = f", {report.cards_per_second:.1f} 张/秒 cards/s" if counts.issued_now else ""
    console.print(f"{report.elapsed:.1f} s{rate}")
    show_not_modelled(report.not_modelled)
    for each in report.left_blank:
        console.print(f"留空 left blank: {each.zh} {each.en}", soft_wrap=True)
    console.print(f"报告 report: {folder.report}", soft_wrap=True, markup=False)
