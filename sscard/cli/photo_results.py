"""What came of photos, for people (a table) and programs (a document)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

from sscard.errors import ApplicantError
from sscard.issuance.photo import (
    CardPhoto,
    Inspection,
    Landmarks,
    PhotoRefused,
    PhotoRules,
    Problem,
    fitted,
    inspect,
    load_rules,
    read_photo,
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One file, everything wrong with it, and the card's file when nothing is.

    ``found`` is without its image: there may be thousands of files.
    """

    file: Path
    problems: tuple[Problem, ...]
    found: Inspection
    card: CardPhoto | None


def judged(file: Path, rules: PhotoRules, landmarks: Landmarks | None) -> Judged:
    """Inspect one file and make the card's.  Raises OSError when there is none to read."""
    with file.open("rb"):  # here the caller named it: the system's message is the best one
        found = Inspection()
    try:
        found = inspect(read_photo(file, rules), rules, landmarks)
        card = fitted(found.image, rules) if found.image and not found.problems else None
    except PhotoRefused as refused:
        return Judged(file, refused.problems, replace(found, image=None), None)
    return Judged(file, found.problems, replace(found, image=None), card)


def rules_of(path: Path | None) -> PhotoRules:
    """The shipped rules, or with the figures of a file.  Raises ProfileError."""
    return load_rules(path) if path else PhotoRules()


def landmarks_of(path: Path | None) -> Landmarks | None:
    """The places in a JSON file.  Raises ApplicantError."""
    if path is None:
        return None
    try:
        return Landmarks.of(json.loads(path.read_text(encoding="utf-8")))
    except OSError as failed:
        raise ApplicantError(f"{path}: {failed.strerror}") from failed
    except (ValueError, RecursionError) as failed:
        raise ApplicantError(f"{path}: {failed}") from None


def show(results: Sequence[Judged], *, as_json: bool) -> None:
    """The results on stdout."""
    if as_json:
        document = [_document(each) for each in results]
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _table(results)


def _document(result: Judged) -> dict[str, Any]:
    found = result.found
    return {
        "file": str(result.file),
        "accepted": result.card is not None,
        "problems": [
            {
                "code": each.fault.code.value,
                "fault": each.fault.name,
                "found": each.found,
                "wanted": each.wanted,
                "zh": each.zh,
                "en": each.en,
            }
            for each in result.problems
        ],
        "width": found.frame.width if found.frame else None,
        "height": found.frame.height if found.frame else None,
        "dpi": found.stated.dpi if found.stated else None,
        "quality": found.quality._asdict() if found.quality else None,
        "background": found.background._asdict() if found.background else None,
        "card": _card(result.card) if result.card else None,
    }


def _card(card: CardPhoto) -> dict[str, int]:
    return {
        "bytes": len(card.data),
        "width": card.width,
        "height": card.height,
        "dpi": card.dpi,
        "quality": card.quality,
    }


def _table(results: Sequence[Judged]) -> None:
    from rich.table import Table
    from rich.text import Text

    from sscard.cli.console import stdout

    table = Table()
    table.add_column("文件 file")
    table.add_column("结果 result")
    for each in results:
        lines = [f"{problem.zh}\n{problem.en}" for problem in each.problems]
        style = "yellow" if each.problems else "green"
        text = "\n".join(lines) if lines else f"合格 good: {_summary(each)}"
        table.add_row(Text(_shown(each.file)), Text(text, style=style))
    stdout().print(table)


def _shown(file: Path) -> str:
    """The name; who sends photos names them, so what would steer a terminal is spelled out."""
    name = str(file)
    return name if name.isprintable() else repr(name)[1:-1]


def _summary(result: Judged) -> str:
    card = result.card
    if card is None:
        return ""
    return (
        f"{card.width}×{card.height} px, {card.dpi} DPI, 质量 quality {card.quality}, "
        f"{len(card.data):,} 字节 bytes"
    )
