"""Custodian sheets: a page of HTML per custodian, to be printed, sealed and locked away."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from sscard.durable import DRAFT, replace_file, sync_directory
from sscard.keys.ceremony.errors import CeremonyError
from sscard.keys.ceremony.groups import grouped, line_count, written
from sscard.keys.ceremony.kinds import kind_named
from sscard.keys.ceremony.label import Form, Label
from sscard.keys.operations import KeyReference
from sscard.keys.types import NotCopied, Secret

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True)
class Heading(NotCopied):
    """What all sheets of a set have in common."""

    ceremony: str
    title: str
    officer: str
    officer_fingerprint: bytes
    #: The last entry of the record when the sheets were made, by number and hash.
    entry: int
    head: bytes
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Sheet(NotCopied):
    """One custodian's sheet; without a value it is a form to be filled in by hand."""

    key: KeyReference
    kind: str
    form: Form
    number: int
    threshold: int
    total: int
    custodian: str
    label: Label | None = None
    value: Secret | None = field(default=None, repr=False)
    #: The key's check value, where it is known.
    key_kcv: bytes | None = None


def render(heading: Heading, sheets: Sequence[Sheet]) -> str:
    """A page of HTML for each of ``sheets``, in one document that needs nothing else."""
    return _environment().get_template("sheet.html.j2").render(heading=heading, sheets=sheets)


def write_sheets(folder: Path, heading: Heading, sheets: Sequence[Sheet]) -> tuple[Path, ...]:
    """One file for each custodian in a new ``folder``: all are there, or the folder is not.

    Raises CeremonyError when the folder exists, OSError.  The files hold the values.
    """
    require_new(folder)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    draft.mkdir(mode=0o700)
    names = [f"{sheet.form.word}-{sheet.number}.html" for sheet in sheets]
    try:
        for name, sheet in zip(names, sheets, strict=True):
            replace_file(draft / name, render(heading, [sheet]).encode())
        draft.rename(folder)
        sync_directory(folder.parent)
    except BaseException:
        remove_sheets(draft)
        raise
    return tuple(folder / name for name in names)


def require_new(folder: Path) -> None:
    """Raises CeremonyError when there is something at ``folder``: before a key is divided.

    What a killed ceremony left half-written of the same folder is removed.
    """
    if folder.exists():
        raise CeremonyError(f"{folder}: sheets go into a new folder, and this one is there")
    if not folder.parent.is_dir():
        raise CeremonyError(f"{folder.parent}: no such folder")
    for each in folder.parent.iterdir():
        draft = DRAFT.fullmatch(each.name)
        if draft and draft["name"] == folder.name and each.is_dir():
            remove_sheets(each)


def remove_sheets(folder: Path) -> None:
    """Remove sheets and their folder.  A disk may keep what was on it.  Raises OSError."""
    for each in folder.iterdir():
        each.unlink()
    folder.rmdir()
    sync_directory(folder.parent)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    templates = files("sscard.keys.ceremony") / "templates"
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(lambda name: (templates / name).read_text(encoding="utf-8")),
    )
    environment.filters["grouped"] = grouped
    environment.globals["written"] = written
    environment.globals["blank_lines"] = lambda kind: range(
        1, line_count(kind_named(kind).size) + 1
    )
    return environment


def _line_numbers(kind: str) -> range:
    return range(1, line_count(kind_named(kind).size) + 1)
