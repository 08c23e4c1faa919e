"""What the certificate application does, from the tables of ``sscard.cos.pki``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from sscard.apdu.iso7816 import INS
from sscard.apdu.pki import PkiINS
from sscard.cos.dispatch import Row, Table
from sscard.cos.pki import states
from sscard.cos.pki.memory import CONTAINERS
from sscard.cos.pki.standing import Standing
from sscard.cos.pki.table import DDF, FORMS, tables
from sscard.profiles.chips import load_chip
from tables.card import form
from tables.markdown import table, words

_CHIP = "gen3-80k"
_CONDITIONS = Path(__file__).parents[2] / "tests" / "vectors" / "certificate-conditions.toml"
_FORMS = {
    (PkiINS.EXPORT_PUBLIC_KEY, 0x00): "EXPORT PUBLIC KEY, choose",
    (PkiINS.EXPORT_PUBLIC_KEY, 0x80): "EXPORT PUBLIC KEY, fetch",
    (PkiINS.IMPORT_KEY, 0x00): "IMPORT KEY, public",
    (PkiINS.IMPORT_KEY, 0x01): "IMPORT KEY, private",
}
_MEANING = {
    states.PairEvent.GENERATE: "GENERATE KEY PAIR",
    states.PairEvent.IMPORT_PUBLIC: "IMPORT KEY, another public one",
    states.PairEvent.IMPORT_PRIVATE: "IMPORT KEY, private",
}


def commands_certificates() -> str:
    """What both directories answer, and what the ADF alone."""
    adf = tables(load_chip(_CHIP).certificates.signing)[True]
    more = {key: row for key, row in adf.items() if key not in DDF}
    return f"Both directories:\n\n{_commands(DDF)}\nThe ADF also:\n\n{_commands(more)}"


def pair_life() -> str:
    """Transitions of the two key pairs."""
    rows = [
        (pair.value, _state(before), _MEANING[event], _state(after))
        for (pair, before, event), after in states.PAIRS.items()
    ]
    return table(("pair", "state", "event", "next state"), rows)


def master_life() -> str:
    """Transitions of a directory's master key."""
    rows = [(_state(a), "REPLACE MASTER", _state(b)) for a, b in states.MASTERS.items()]
    return table(("state", "event", "next state"), rows)


def certificate_rights() -> str:
    """What must have been shown for what."""
    rows = [
        (act.value, " and ".join(sorted(each.value for each in proofs)))
        for act, proofs in states.rights(load_chip(_CHIP).certificates.writing).items()
    ]
    return table(("act", "what must have been shown"), rows)


def certificate_files() -> str:
    """The files by pair."""
    rows = [(each.pair.value, *(f"`{fid:04X}`" for fid in each[1:])) for each in CONTAINERS]
    return table(("pair", "public key", "private key", "certificate"), rows)


def certificate_settings() -> str:
    """What a chip file can say, as shipped."""
    settings = load_chip(_CHIP).certificates
    rows = [(f"`{each.name}`", f"`{getattr(settings, each.name)}`") for each in fields(settings)]
    return table(("setting", "shipped"), rows)


def certificate_conditions() -> str:
    """What each command answers under which condition; a test sends every row."""
    document = tomllib.loads(_CONDITIONS.read_text(encoding="utf-8"))
    return "\n".join(
        f"### {each['name']} {each['zh']}{_header(each)}\n\n{_conditions(each['rows'])}"
        for each in document["command"]
    )


def _header(command: Mapping[str, Any]) -> str:
    return f" `{command['header']}`" if command["header"] else ""


def _conditions(rows: Iterable[Mapping[str, Any]]) -> str:
    found = [
        (
            each["when"],
            each.get("wrong", ""),
            each.get("card", "blank"),
            ", ".join(each.get("shown", ())),
            f"`{each['sw']}`",
            each["clause"],
        )
        for each in rows
    ]
    return table(("condition", "wrong", "card", "shown", "answer", "source"), found)


def _state(state: states.PairState | states.MasterState) -> str:
    return f"{state.name} (`{state.value:02X}`)"


def _commands(commands: Table[Standing]) -> str:
    rows = []
    for (cla, ins), row in commands.items():
        inner = [(p1, p2, each) for (other, p1, p2), each in FORMS.items() if other == ins]
        if cla == 0x00 or not inner:
            rows.append(form(cla, ins, row, _name(cla, ins)))
        for p1, p2, each in inner if cla else ():
            one = Row(each.handler, (p1,), (p2,), (each.lc,), each.le)
            rows.append(form(cla, ins, one, _FORMS[PkiINS(ins), p2]))
    return table(("header", "command", "P1", "P2", "data bytes", "Le", "meaning"), rows)


def _name(cla: int, ins: int) -> str:
    named = PkiINS(ins) if cla and ins in set(PkiINS) else INS(ins)
    return words(named.name)
