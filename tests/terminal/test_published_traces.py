"""Published answers of real cards, taken apart and given to a terminal (pboc 2.2, 6.3)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sscard.apdu import dol, tlv
from sscard.apdu.ctq import CTQ
from sscard.apdu.issuer_data import IssuerApplicationData
from sscard.perso.plan import run
from sscard.terminal.pos import Terminal
from sscard.terminal.pos.card_data import CardData, ProcessingOptions
from sscard.terminal.pos.selection import candidates, contactless_candidates

PATH = Path(__file__).parents[1] / "vectors/debit-traces.toml"
ANSWERS = tomllib.loads(PATH.read_text("utf-8"))["answer"]
RAW = {each["name"]: bytes.fromhex(each["hex"]) for each in ANSWERS}
OK, NOT_FOUND, NO_RECORD = bytes.fromhex("9000"), bytes.fromhex("6A82"), bytes.fromhex("6A83")


def tags(raw: bytes) -> Iterator[str]:
    for tag, value in tlv.parse(raw):
        yield f"{tag:X}"
        if int(f"{tag:X}"[:2], 16) & 0x20:
            yield from tags(value)


@pytest.mark.parametrize("each", ANSWERS, ids=lambda each: each["name"])
def test_its_objects(each: dict[str, str]) -> None:
    raw = RAW[each["name"]]
    assert " ".join(tags(raw)) == each["tags"]
    assert b"".join(tlv.encode(tag, value) for tag, value in tlv.parse(raw)) == raw


class Recorded:
    """Knows some commands, and nothing of all others."""

    def __init__(self, **answers: str) -> None:
        self._answers = {bytes.fromhex(command): RAW[name] for command, name in answers.items()}

    def reset(self) -> bytes:
        return b""

    def transmit(self, command: bytes) -> bytes:
        for begin, answer in self._answers.items():
            if command.startswith(begin):
                return answer + OK
        return NO_RECORD if command[1] == 0xB2 else NOT_FOUND


def test_the_debit_application_in_the_directory() -> None:
    selected = {"00A404000E31": "PSE", "00B2010C": "PSE record 1"}
    (found,) = run(candidates(Terminal()), Recorded(**selected))
    assert (found.name.hex(), found.label, found.priority) == ("a000000333010101", "PBOC DEBIT", 1)


def test_the_debit_application_without_a_directory() -> None:
    application = "debit application, contacts, UICS with DF69"
    (found,) = run(candidates(Terminal()), Recorded(**{"00A4040007A0": application}))
    assert (found.name.hex(), found.label) == ("a000000333010101", "UnionPay Debit")


def test_the_debit_application_over_the_antenna() -> None:
    (found,) = run(contactless_candidates(Terminal()), Recorded(**{"00A404000E32": "PPSE"}))
    assert (found.name.hex(), found.label, found.priority) == ("a000000333010101", "PBOC DEBIT", 1)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("debit application, contacts, e-cash PDOL", 9),
        ("debit application, antenna, PBOC 3.0", 34),
        ("debit application, antenna, DF69", 35),
        ("debit application, contacts, UICS with DF69", 10),
    ],
)
def test_what_it_wants_to_know(name: str, size: int) -> None:
    assert dol.size(tlv.find(RAW[name], 0x6F, 0xA5, 0x9F38) or b"") == size


@pytest.mark.parametrize(
    ("name", "account", "atc", "cvr"),
    [
        ("qPBOC, approved by the card", "6231200000000000217", 0x03, "03900000"),
        ("qPBOC, to the issuer", "6214680000006288", 0xA1, "03A02000"),
        ("qPBOC, approved by an e-cash card", "6217790000000000030", 0x11, "03900000"),
    ],
)
def test_what_a_tap_says(name: str, account: str, atc: int, cvr: str) -> None:
    options: Any = ProcessingOptions.parse(RAW[name])
    said = options.others
    assert CardData(options.aip, said).account == account
    assert int.from_bytes(said[0x9F36], "big") == atc
    assert bytes(IssuerApplicationData.parse(said[0x9F10]).cvr).hex().upper() == cvr
    assert CTQ.parse(said[0x9F6C]) == CTQ(0)
