"""What docs/key-service.md shows is what is answered, word by word."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from sscard.keys.stores import load_bank, load_social_security
from sscard.keys.stores.service import wire
from sscard.keys.stores.service.clients import OPERATIONS, Clients, client
from sscard.keys.stores.service.conversation import Conversation
from sscard.keys.stores.service.refusals import Code
from sscard.keys.stores.service.served import ServedBank, ServedOperations
from sscard.keys.stores.service.server import Limits
from sscard.keys.stores.service.token import Token, new_text
from sscard.keys.stores.service.union_strings import answer

PAGE = (Path(__file__).parents[3] / "docs" / "key-service.md").read_text("utf-8")
DIALOGS = [
    re.findall(r"^→ (.*)\n← (.*)$", block, re.MULTILINE)
    for block in re.findall(r"^```text\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
]
TERMINAL = new_text(lambda size: bytes(range(size)))
BANK = new_text(lambda size: bytes(range(size, 2 * size)))
CLIENTS = Clients(
    (
        client("kiosk-7", Token(TERMINAL), ["compute", "kcv"], ["IRK", "external"]),
        client("bank-1", Token(BANK), ["session_keys", "udk"], ["all"]),
    )
)


def test_three_dialogs() -> None:
    assert [len(each) for each in DIALOGS] == [6, 3, 2]


@pytest.mark.parametrize("at", [0, 1])
def test_the_protocol(at: int) -> None:
    social = ServedOperations("social-security", load_social_security())
    conversation = Conversation((social, ServedBank(load_bank()))[at], CLIENTS, "192.0.2.7")
    for question, expected in DIALOGS[at]:
        assert conversation.say(question.encode() + b"\n").decode() == expected + "\n"


def test_the_string_forms() -> None:
    for question, expected in DIALOGS[2]:
        assert answer(load_social_security(), question) == expected


def rows(heading: str) -> list[list[str]]:
    table = PAGE[PAGE.index(heading) :].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in table]


def test_every_operation_and_code_is_there() -> None:
    assert {row[0] for row in rows("| operation | members")} == OPERATIONS
    assert [row[0] for row in rows("| code |")] == [*Code]
    ends = [row[0] for row in rows("| code |") if row[2] == "ends"]
    assert ends == ["wrong-token", "wrong-protocol", "malformed", "too-long"]


def test_the_limits() -> None:
    limits = Limits()
    said = [re.findall(r"[\d,]+", row[1])[0].replace(",", "") for row in rows("| limit |")]
    assert [float(each) for each in said] == [
        wire.LONGEST_LINE,
        wire.MOST_KEYS,
        limits.connections,
        limits.greeting,
        limits.line,
        limits.idle,
        limits.farewell,
    ]


def test_the_files_are_toml() -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    clients, store = map(tomllib.loads, blocks)
    assert clients["clients"]["kiosk-7"]["token_sha256"] == Token(TERMINAL).digest.hex()
    assert store["service"]["port"] == 7446


def test_the_hsm_of_the_drivers_steps(capsys: pytest.CaptureFixture[str]) -> None:
    """The first example runs, and prints what stands behind it."""
    block = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[0]
    exec(block, {})
    assert f"# {capsys.readouterr().out}" in block
