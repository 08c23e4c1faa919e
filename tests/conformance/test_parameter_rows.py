"""Each command with each wrong parameter: are all there, and is each of them wrong?"""

from __future__ import annotations

from collections import defaultdict

import pytest

from sscard.conformance import packaged
from sscard.conformance.expansions import EXPANSIONS
from sscard.profiles import load_profile

#: The commands of the specification, but for GET RESPONSE, which T=0 has of its own (ssc 5.1, 5.2).
COMMANDS = {
    "SELECT",
    "READ RECORD",
    "UPDATE RECORD",
    "READ BINARY",
    "UPDATE BINARY",
    "VERIFY",
    "CHANGE PIN",
    "PIN CHANGE/UNBLOCK",
    "GET CHALLENGE",
    "INTERNAL AUTHENTICATE",
    "EXTERNAL AUTHENTICATE",
    "APPLICATION BLOCK",
    "CARD BLOCK",
    "INIT FOR LOAD",
    "CREDIT FOR LOAD",
    "INIT FOR PURCHASE",
    "DEBIT FOR PURCHASE",
    "GET BALANCE",
    "GET TRANSACTION PROOF",
    "UPDATE STARTING DAY",
    "GET STARTING DAY",
}
ROWS = list(EXPANSIONS["parameters"](load_profile("gen2")))


def test_every_command_of_the_specification_is_there() -> None:
    there = {str(row["command"]) for row in ROWS} - {"SELECT by FID", "instruction"}
    assert there == COMMANDS


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_tried_with_a_wrong_header_and_a_wrong_length(command: str) -> None:
    slugs = {str(row["slug"]) for row in ROWS if row["command"] == command}
    assert any(slug.startswith(("p1-", "p2-")) for slug in slugs) or command in _ANY_HEADER
    assert slugs & {"short", "long", "bare", "extra"}
    assert slugs & {"no-le", "with-le", "low-le", "bare"}


#: P1 and P2 that it does not know are those of its neighbour (INIT FOR …, … STARTING DAY).
_ANY_HEADER = {"UPDATE STARTING DAY"}


def test_no_wrong_form_is_the_right_one() -> None:
    right = {
        each["name"]: (each["header"], each["data"], each["le"])
        for each in packaged.document("tables/commands.toml").document["command"]
    }
    tried = defaultdict(list)
    for row in ROWS:
        (step,) = row["tried"]  # type: ignore[misc]
        tried[str(row["command"])].append(dict(step))
    for name, (header, data, le) in right.items():
        sent = {"send": header if data else header + le}
        sent |= {"body": data} if data else {}
        sent |= {"ne": int(le, 16)} if data and le else {}
        assert all({**step, "sw": ""} != {**sent, "sw": ""} for step in tried[name])


def test_nothing_harmful_is_tried_outside_destructive_runs() -> None:
    harmful = {str(row["command"]) for row in ROWS if row["harmful"]}
    assert harmful == {"APPLICATION BLOCK", "CARD BLOCK"}
