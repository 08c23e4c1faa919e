"""The vendor's issuing script, line by line, and the card that it makes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sscard.apdu.command import CommandAPDU
from sscard.dialects.fmcos import FMCOS

if TYPE_CHECKING:
    from tests.cos.fmcos.conftest import Host

VECTORS = Path(__file__).parents[2] / "vectors" / "fmcos-script.toml"
DOCUMENT = tomllib.loads(VECTORS.read_text())


def played(host: Host) -> None:
    for step in DOCUMENT["step"]:
        if "mac" in step:
            answer = host.protected(step["command"], step["mac"])
        else:
            answer = host(step["command"])
        assert answer == step.get("answer", "9000"), step["doing"]


def test_the_script_runs_whole_and_its_card_is_the_manuals(host: Host) -> None:
    assert DOCUMENT["source"]
    played(host)
    for check in DOCUMENT["after"]:
        assert host(check["command"]) == check["answer"], check["doing"]


def test_the_card_survives_power_off(host: Host, make_host: type[Host]) -> None:
    played(host)
    again = make_host(cells=bytes(host.card.nvm.cells))
    for check in DOCUMENT["after"]:
        assert again(check["command"]) == check["answer"], check["doing"]


def test_the_master_keys_open_both_registers(host: Host) -> None:
    played(host)
    assert host("00A40000023F00").endswith("9000")
    assert host.show("FF" * 16) == "9000"
    # The ADF's keys may be changed once the MF's register is 2 or more.
    assert host("00A40000023F01").endswith("9000")
    assert host("80D43F0115 3FF0020001" + "AB" * 16) == "9000"
    host.card.reset()
    assert host("00A40000023F01").endswith("9000")
    assert host("80D43F0115 3FF0020001" + "AB" * 16) == "6982"


def test_the_factory_commands_of_the_script_round_trip() -> None:
    commands = [
        CommandAPDU.parse(bytes.fromhex(step["command"]))
        for step in DOCUMENT["step"]
        if step["command"].startswith("80")
    ]
    assert len(commands) == 27
    for command in commands:
        assert FMCOS.build(FMCOS.parse(command)) == command


@pytest.mark.parametrize("times", [12])
def test_erasing_the_main_file_gives_all_memory_back(host: Host, times: int) -> None:
    left = []
    for _ in range(times):
        steps = DOCUMENT["step"] if not left else DOCUMENT["step"][1:]
        for step in steps:
            assert (
                host.protected(step["command"], step["mac"])
                if "mac" in step
                else host(step["command"])
            ).endswith("9000")
        left.append(host.card.free)
        host.ok("00A40000023F00", "800E000000")
    assert len(set(left)) == 1
