"""A new ceremony's people, and empty sheets."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from sscard import __version__
from sscard.cli.ceremony_desk import done, now
from sscard.cli.ceremony_talk import ask, new_passphrase, until_right
from sscard.durable import replace_file
from sscard.keys.ceremony.desk import RECORD, Opening, heading_of, open_ceremony
from sscard.keys.ceremony.errors import CeremonyError, WrongEntry
from sscard.keys.ceremony.fields import checked_name
from sscard.keys.ceremony.groups import grouped
from sscard.keys.ceremony.kinds import kind_named
from sscard.keys.ceremony.label import Form
from sscard.keys.ceremony.making import require_total
from sscard.keys.ceremony.people import Person, Signer, enrol, require_new
from sscard.keys.ceremony.record import read
from sscard.keys.ceremony.sheets import Sheet, render
from sscard.keys.operations import KeyReference


def open_new(
    folder: Path,
    title: str | None,
    officer: str | None,
    custodians: Sequence[str],
    *,
    as_json: bool,
) -> None:
    """Ask for what is missing and for passphrases, and begin.  Raises CeremonyError, OSError."""
    if (folder / RECORD).exists():
        raise CeremonyError(f"{folder}: a ceremony was opened here before")
    title = _given(title, "仪式名称 title")
    officer = _given(officer, "主持人 officer")
    names = [checked_name(each) for each in custodians] or _asked_names()
    _require_different([officer, *names])
    leader, signer = _enrolled(officer, [])
    people = [leader]
    for name in names:
        people.append(_enrolled(name, people)[0])
    opening = Opening(title, leader, tuple(people[1:]), f"sscard {__version__}")
    minutes = open_ceremony(folder, opening, signer, now(), os.urandom)
    fingerprint = grouped(leader.fingerprint)
    done(
        {"ceremony": minutes.ceremony, "fingerprint": fingerprint.replace(" ", "")},
        f"已开始 opened ceremony {minutes.ceremony}; officer's fingerprint {fingerprint}",
        as_json=as_json,
    )


def write_blank(
    folder: Path, key: KeyReference, kind: str, custodians: Sequence[str], out: Path
) -> None:
    """Empty sheets, a page for each custodian, in one file.  Raises CeremonyError, OSError."""
    reading = read(folder / RECORD)
    minutes = reading.chain.minutes
    names = custodians or [each.name for each in minutes.custodians]
    minutes.require_custodians(names)
    require_total(len(names))
    word, total = kind_named(kind).word, len(names)
    pages = [
        Sheet(key, word, Form.COMPONENT, number, total, total, name)
        for number, name in enumerate(names, start=1)
    ]
    heading = heading_of(minutes, reading.chain.count, now())
    replace_file(out, render(heading, pages).encode())


def _given(text: str | None, question: str) -> str:
    if text is not None:
        return checked_name(text)
    return until_right(lambda: checked_name(ask(question)))


def _asked_names() -> list[str]:
    names: list[str] = []
    while True:
        text = ask(f"保管人 custodian {len(names) + 1} (空行结束 Enter when all are named)")
        if not text.strip():
            return names
        try:
            names.append(checked_name(text))
        except WrongEntry as wrong:
            raise CeremonyError(str(wrong)) from None


def _require_different(names: Sequence[str]) -> None:
    require_total(len(names) - 1)
    if len(set(names)) < len(names):
        raise CeremonyError("a name is there twice; the officer holds nothing")


def _enrolled(name: str, people: Sequence[Person]) -> tuple[Person, Signer]:
    def question() -> tuple[Person, Signer]:
        chosen = new_passphrase(name)
        require_new(chosen, people)
        return enrol(name, chosen, os.urandom)

    return until_right(question)
