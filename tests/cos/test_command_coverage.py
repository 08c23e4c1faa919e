"""docs/reference/commands.md is whole: no command and no check of decision 6 is without a row.

What must be there is computed from the tables that the card itself uses; only what a handler looks
at behind them is written down here, by handler, so that a new one fails until it is.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from sscard.channel.ssc import SECURE
from sscard.cos import handover
from sscard.cos.dispatch import Row, Table
from sscard.cos.medical import inquiries, load, purchase, states
from sscard.cos.medical.table import FORMS
from sscard.cos.ssse import authentication, blocking, pin, records, table
from sscard.dialects import reference
from sscard.dialects.operations import (
    AuthenticateTransport,
    CreateDirectory,
    CreateFile,
    DeleteInstance,
    EndPreIssue,
    InstallInstance,
    LoadKey,
    ReplaceKey,
    ReplaceMaster,
    SetFci,
    WriteHistorical,
)

FOLDER = Path(__file__).parents[1] / "vectors" / "command-conditions"
DOCUMENTS = {file.stem: tomllib.loads(file.read_text("utf-8")) for file in FOLDER.glob("*.toml")}
CHECKS = {each["name"]: each["answers"] for each in DOCUMENTS["checks"]["check"]}
#: Decision 6, with what stands between its words; a document may declare an order of its own.
ORDER = tuple(CHECKS)
Needs = dict[str, set[str]]

FILE: Needs = {"object": {"6A82", "6986", "6981"}, "right": {"6982"}}
AMOUNTS: Needs = {"object": {"6A82"}}
INIT: Needs = {"object": {"6A82", "9403"}, "right": {"6982"}}
SHOWN: Needs = {"object": {"6A88"}, "challenge": {"6984"}, "data": {"63C"}}
NEEDS: dict[Any, Needs] = {
    authentication.get_challenge: {"length": {"6700"}},
    authentication.external_authenticate: SHOWN,
    authentication.internal_authenticate: {"object": {"6A88"}, "fit": {"6C08"}},
    pin.verify: {"object": {"6A88"}, "right": {"6983"}, "data": {"6A80", "63C"}},
    pin.change: {"object": {"6A88"}, "right": {"6983"}, "fit": {"6700"}, "data": {"6A80", "63C"}},
    pin.change_or_unblock: {"object": {"6A88"}, "right": {"6982"}, "data": {"6A80"}},
    blocking.application_block: {"object": {"6A88"}, "right": {"6982"}},
    blocking.card_block: {"object": {"6A88"}, "right": {"6982"}},
    records.read_record: {**FILE, "record": {"6A83"}, "fit": {"6C"}},
    records.update_record: {
        **FILE,
        "record": {"6A83", "6981"},
        "fit": {"6700"},
        "data": {"6A80"},
    },
    records.read_binary: {**FILE, "fit": {"6B00"}},
    records.update_binary: {**FILE, "fit": {"6B00", "6700"}},
    handover.read_binary: {"object": {"6A82", "6986"}, "right": {"6982"}, "fit": {"6B00"}},
    handover.update_binary: {
        "object": {"6A82", "6986"},
        "right": {"6982", "6985"},
        "fit": {"6B00", "6700"},
        "data": {"6A80"},
    },
    inquiries.get_balance: {"object": {"6A82"}, "right": {"6982"}},
    inquiries.get_transaction_proof: {**AMOUNTS, "record": {"9406"}},
    inquiries.update_starting_day: {**AMOUNTS, "right": {"6982"}, "data": {"6A80"}},
    inquiries.get_starting_day: AMOUNTS,
    load.initialize: {**INIT, "data": {"9402", "6A80"}},
    load.credit: {"data": {"9302", "6A80"}},
    purchase.initialize: {**INIT, "data": {"9402", "9401"}},
    purchase.debit: {"data": {"9302", "6A80"}},
}
#: Beside an optional answer of fixed size, which an Le may not cut (6Cxx).
OPERATIONS: dict[Any, Needs] = {
    AuthenticateTransport: {"challenge": {"6984"}, "data": {"63C"}},
    CreateDirectory: {"object": {"6A81", "6A89"}, "data": {"6A80"}},
    CreateFile: {"object": {"6985", "6A89"}, "record": {"6A84"}, "data": {"6A80"}},
    SetFci: {"object": {"6985", "6A89"}},
    InstallInstance: {"object": {"6985", "6A89"}, "data": {"6A80"}},
    DeleteInstance: {"object": {"6985", "6A88"}},
    WriteHistorical: {},
    LoadKey: {"object": {"6985", "6A89"}, "data": {"6A80"}},
    ReplaceMaster: {"object": {"6985", "6A88"}, "data": {"6A80"}},
    ReplaceKey: {
        "state": {"6985"},
        "object": {"6A88", "6A89"},
        "data": {"6A80"},
        "fit": {"6700"},
    },
    EndPreIssue: {"object": {"6985"}},
}


@dataclass(frozen=True)
class Command:
    """One command of a document with its rows."""

    document: dict[str, Any]
    raw: dict[str, Any]

    @property
    def key(self) -> tuple[Any, ...]:
        """Where it is carried out, class and instruction, and P1 and P2 where they tell it."""
        raw = self.raw
        return (raw["in"], *bytes.fromhex(raw["header"]), raw.get("p1"), raw.get("p2"))

    def rows(self, *wrong: str) -> list[dict[str, Any]]:
        """The rows in which exactly this is wrong."""
        return [row for row in self.raw["rows"] if row.get("wrong", []) == list(wrong)]

    def sent(self, *wrong: str) -> Iterator[tuple[int, int, int, bool]]:
        """P1, P2, length of the data, whether there is an Le."""
        for row in self.rows(*wrong):
            header, *rest = row["send"].split("|")
            sizes = {
                "mac": 4,
                "mac1": 4,
                "mac2": 4,
                "proof": 8,
                "challenge": 8,
                "time": 7,
                "counter": 4,
            }
            data = rest[0] if rest else ""
            size = (
                sum(
                    int(words[1]) if words[0] == "fill" else sizes.get(words[0], 16)
                    for words in map(str.split, re.findall(r"<([^>]+)>", data))
                )
                + len(re.sub(r"<[^>]+>|\s", "", data)) // 2
            )
            header_bytes = bytes.fromhex(header)
            yield header_bytes[2], header_bytes[3], size, len(rest) > 1


COMMANDS = [
    Command(document, command)
    for document in DOCUMENTS.values()
    for command in document.get("command", ())
]
BY_KEY = {command.key: command for command in COMMANDS}
EVERY = DOCUMENTS["every"]["every"]


def missing_answers(command: Command, needs: Needs) -> Iterator[str]:
    for check, answers in needs.items():
        said = [row["sw"] for row in command.rows(check)]
        for answer in sorted(answers):
            if not any(sw.startswith(answer) for sw in said):
                yield f"{check}: {answer}"


def missing_forms(command: Command, form: Row[Any]) -> Iterator[str]:
    """Rows with an illegal P1, an illegal P2, too little, too much, a wrong Le."""
    illegal = list(command.sent("p1p2"))
    if not _any(form.p1) and not any(p1 not in form.p1 for p1, *_ in illegal):
        yield "p1p2: a P1 that is not legal"
    if not _any(form.p2) and not any(p2 not in form.p2 for _, p2, *_ in illegal):
        yield "p1p2: a P2 that is not legal"
    yield from missing_lengths(command, form.lc, form.le)


def missing_lengths(command: Command, lc: Container[int], le: bool | None) -> Iterator[str]:
    lengths = [(size, asked) for *_, size, asked in command.sent("length")]
    legal = [size for size in range(0x10000) if size in lc]
    if legal[0] > 1 and not any(size < legal[0] for size, _ in lengths):
        yield f"length: less than {legal[0]} bytes"
    if legal[0] == 1 and not any(size == 0 for size, _ in lengths):
        yield "length: no data"
    if legal[-1] < 0xFFFF and not any(size > legal[-1] for size, _ in lengths):
        yield f"length: more than {legal[-1]} bytes"
    if le is not None and not any(size in lc and asked is not le for size, asked in lengths):
        yield "length: Le " + ("missing" if le else "present")


def _any(legal: Container[int]) -> bool:
    return all(value in legal for value in range(0x100))


def missing(command: Command | None, needs: Needs, more: Callable[[Command], Any]) -> list[str]:
    if command is None:
        return ["all of it"]
    gaps = [*missing_answers(command, needs), *more(command)]
    if not command.rows():
        gaps.append("a good case")
    if sum(len(row.get("wrong", ())) > 1 for row in command.raw["rows"]) < 2:
        gaps.append("two rows in which two things are wrong at once")
    return gaps


def of_messaging(row: Row[Any], cla: int) -> Needs:
    if cla & SECURE:
        return {"messaging": {"6984", "6988"}}
    # A file may ask for a MAC, which the class without secure messaging does not bring.
    writes = row.handler in (records.update_record, records.update_binary)
    return {"messaging": {"6987"}} if writes else {}


@pytest.mark.parametrize(
    ("place", "rows"), [("MF", table.MAIN), ("SSSE", table.SSSE)], ids=["MAIN", "SSSE"]
)
def test_every_command_of_the_tables(place: str, rows: Table[Any]) -> None:
    gaps = {}
    for (cla, ins), row in rows.items():
        if (ins, 0x00) in FORMS or (ins, 0x01) in FORMS:
            continue
        needs = {**of_messaging(row, cla), **NEEDS[row.handler]}
        if row.handler is authentication.external_authenticate and place == "SSSE":
            needs = {**needs, "right": {"6983"}}  # the PUK; the exchange key counts no failures
        if row.states < frozenset(table.MAIN[0x00, 0x84].states):
            needs["state"] = {"6985"}
        found = missing(
            BY_KEY.get((place, cla, ins, None, None)),
            needs,
            lambda command, row=row: missing_forms(command, row),
        )
        if found:
            gaps[f"{place} {cla:02X} {ins:02X}"] = found
    assert gaps == {}


def steps(handler: Any) -> set[str]:
    """The states of a transaction in which the command of this handler is 6901."""
    step = {load.credit: "CREDIT_FOR_LOAD", purchase.debit: "DEBIT_FOR_PURCHASE"}.get(handler)
    every = {(state, each) for state, each in product(states.State, states.Step)}
    refused = every - states.TRANSITIONS.keys()
    assert {each.name for _, each in refused} == {"CREDIT_FOR_LOAD", "DEBIT_FOR_PURCHASE"}
    return {state.value for state, each in refused if each.name == step}


def test_every_medical_form() -> None:
    gaps = {}
    for (ins, p1), form in FORMS.items():
        row, more = table.SSSE[0xB0, ins], {"length": {"6C"}} if form.answer else {}

        def gap(
            command: Command, ins: int = ins, form: Any = form, row: Row[Any] = row
        ) -> Iterator[str]:
            le = True if form.answer and not form.lc else None if form.answer else False
            yield from missing_lengths(command, (form.lc,), le)
            if not any(p2 not in row.p2 for _, p2, *_ in command.sent("p1p2")):
                yield "p1p2: a P2 that is not legal"
            if not any((ins, p1) not in FORMS for p1, *_ in command.sent("p1p2")):
                yield "p1p2: a P1 that is not legal"
            begun = {each.get("begun") for each in command.rows("transaction")}
            yield from (f"transaction: {each}" for each in steps(form.handler) - begun)

        needs = {**NEEDS[form.handler], **more}
        found = missing(BY_KEY.get(("SSSE", 0xB0, int(ins), p1, None)), needs, gap)
        if found:
            gaps[f"B0 {ins:02X} {p1:02X}"] = found
    assert gaps == {}


def place(row: reference.Row) -> str:
    return "maintenance" if row.issued else "factory"


def test_every_factory_command() -> None:
    gaps = {}
    for row in reference.ROWS:
        needs = dict(OPERATIONS[row.operation])
        if row.operation is not AuthenticateTransport and not row.issued:
            needs["right"] = {"6982"}
        if row.secured:
            needs |= {"challenge": {"6984"}, "messaging": {"6987", "6988"}}
        key = (place(row), row.cla, row.ins, row.p1)
        command = BY_KEY.get((*key, row.p2)) or BY_KEY.get((*key, None))

        def gap(command: Command, row: reference.Row = row) -> Iterator[str]:
            if not command.rows("p1p2"):
                yield "p1p2"
            longest = max(row.lc)
            # Without an upper end an extended command has room for any name or file.
            yield from missing_lengths(command, range(min(row.lc), longest + 1), False)

        found = missing(command, needs, gap)
        if found:
            gaps[row.operation.__name__] = found
    assert gaps == {}


def test_select_and_get_response() -> None:
    """What the card itself carries out stands in no table."""
    select: Needs = {
        "p1p2": {"6A86"},
        "length": {"6700"},
        "object": {"6A82", "9303"},
        "fit": {"6C1E"},
    }
    response: Needs = {
        "p1p2": {"6A86"},
        "length": {"6700"},
        "state": {"6985"},
        "fit": {"6C1E"},
        "instruction": {"6D00"},
    }
    keys = {("card", 0x00, 0xA4): select, ("T=0", 0x00, 0xC0): response}
    gaps = {key: missing(BY_KEY.get((*key, None, None)), keys[key], lambda _: ()) for key in keys}
    assert not any(gaps.values()), gaps


def test_every_command_meets_what_every_command_meets() -> None:
    """Class, channel, instruction and state are asked of each command by its place."""
    needs = {
        "MF": {"class": {"6881", "6E00"}, "instruction": {"6D00"}, "state": {"6A81"}},
        "SSSE": {"class": {"6881", "6E00"}, "instruction": {"6D00"}, "state": {"6A81", "9303"}},
        "card": {"class": {"6881", "6E00"}, "instruction": {"6D00"}, "state": {"6A81"}},
        "factory": {"class": {"6881", "6E00"}, "instruction": {"6D00"}, "state": {"6A81", "6985"}},
        "maintenance": {
            "class": {"6881", "6E00"},
            "instruction": {"6D00"},
            "state": {"6A81", "6985", "9303"},
        },
    }
    assert {command.raw["in"] for command in COMMANDS} == {*needs, "T=0"}
    for place, checks in needs.items():
        rows = [row for row in EVERY if place in row["in"]]
        said = {check: {row["sw"] for row in rows if row["wrong"] == [check]} for check in checks}
        assert said == checks, place
        assert sum(len(row["wrong"]) > 1 for row in rows) >= 3, place


def test_no_row_is_of_a_command_that_the_card_does_not_know() -> None:
    known = {("MF", *key) for key in table.MAIN} | {("SSSE", *key) for key in table.SSSE}
    known |= {(place(row), row.cla, row.ins) for row in reference.ROWS} | {("card", 0x00, 0xA4)}
    there = {command.key[:3] for command in COMMANDS if command.raw["in"] != "T=0"}
    assert there == known
    assert len(BY_KEY) == len(COMMANDS)


ROWS = [
    (f"{command.raw['name']}: {row['when']}", row, command.document.get("order", ORDER))
    for command in COMMANDS
    for row in command.raw["rows"]
] + [(row["when"], row, ORDER) for row in EVERY]


def test_names_are_unique() -> None:
    names = [name for name, *_ in ROWS]
    assert sorted(set(names)) == sorted(names)


def test_the_first_thing_that_is_wrong_answers() -> None:
    """A row lists what is wrong in the order of the checks, and its status word is the first's."""
    for name, row, order in ROWS:
        wrong = row.get("wrong", [])
        places = [order.index(check) for check in wrong]
        assert places == sorted(set(places)), name
        legal = "|".join(CHECKS[wrong[0]] if wrong else ("9000", "61xx"))
        assert re.fullmatch(legal.replace("x", "."), row["sw"]), name


def test_every_row_names_its_clause() -> None:
    form = r"(ssc|pboc) \d|decisions? \d|(LK |BK )?assumed"
    assert [name for name, row, _ in ROWS if not re.match(form, row["clause"])] == []
    assert all(document["source"] for document in DOCUMENTS.values())
