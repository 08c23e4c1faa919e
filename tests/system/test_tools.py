"""What OpenSC's and pcsc-tools' programs see of a simulated card; the service and its absence."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ATR = "3B6D00000081544C868684000000000000"
NO_SERVICE = "PC/SC服务未运行（Linux：启动pcscd） the PC/SC service does not run"


@pytest.fixture(scope="module")
def card(pcscd: Any) -> Any:
    """A blank card in the first reader, on T=0."""
    with pcscd.simulated("--blank", "gen3"):
        yield pcscd


def test_opensc_lists_the_reader(card: Any) -> None:
    lines = card.run("opensc-tool", "--list-readers").stdout.splitlines()
    assert [line.split()[:2] for line in lines[2:]] == [["0", "Yes"], ["1", "No"]]


def test_opensc_reads_the_atr(card: Any) -> None:
    done = card.run("opensc-tool", "--reader", "0", "--atr")
    assert done.stdout.strip().replace(":", "").upper() == ATR


def test_opensc_sends_commands(card: Any) -> None:
    commands = ("0084000008", "00A4040008A000000333010101", "00A4040007D2760000850101")
    sent = [word for each in commands for word in ("--send-apdu", each)]
    done = card.run("opensc-tool", "--reader", "0", *sent)
    received = re.findall(r"Received \(SW1=0x(\w\w), SW2=0x(\w\w)\)", done.stdout)
    assert ["".join(each) for each in received] == ["9000", "9000", "6A82"]


def test_pcsc_scan_names_the_reader_and_takes_the_atr_apart(card: Any) -> None:
    done = card.run("pcsc_scan", "-t", "1")
    assert "Virtual PCD 00 00" in done.stdout
    assert "Card inserted" in done.stdout
    spaced = " ".join(re.findall("..", ATR))
    assert spaced in done.stdout
    assert "K: 13 (historical bytes)" in done.stdout


def test_sscard_says_what_the_atr_says(card: Any) -> None:
    listed, shown = card.each(("reader", "list", "--json"), ("reader", "list"))
    first, second = json.loads(listed.out)
    assert (first["index"], first["state"], first["atr"]) == (0, "present", ATR)
    parts = [each["identifier"] for each in first["meaning"]]
    assert parts == ["T1-T2", "T3-T5", "T6-T7", "T8-T9", "TA-TD"]
    assert (second["name"], second["state"], second["atr"]) == ("Virtual PCD 00 01", "empty", "")
    assert f"Virtual PCD 00 00  有卡 card     {ATR}" in shown.out
    assert "T1-T2 芯片提供方注册号 registered chip provider 0081" in shown.out


def test_a_reader_that_cannot_be_used(card: Any) -> None:
    wanted = {
        "7": "no reader 7; 现有 there are: 0 Virtual PCD 00 00, 1 Virtual PCD 00 01",
        "virtual": "several readers have 'virtual'",
        "ACR122": "no reader has 'ACR122'",
        "1": "Virtual PCD 00 01: 读卡器中无卡 no card is in the reader",
    }
    done = card.each(*(("card", "show", "--reader", name) for name in wanted))
    assert [each.code for each in done] == [2] * len(wanted)
    for each, message in zip(done, wanted.values(), strict=True):
        assert message in each.err


def test_a_real_card_has_no_map(card: Any) -> None:
    (done,) = card.each(("card", "map", "--reader", "0"))
    assert done.code == 2
    assert "no command gives the memory of a card in a reader" in done.err


def test_no_reader(new_pcscd: Callable[..., Any], tmp_path: Path) -> None:
    with new_pcscd("--config", str(tmp_path)) as empty:
        listed, shown = empty.each(("reader", "list"), ("card", "show", "--reader", "0"))
    assert (listed.code, listed.out) == (0, "未连接读卡器 no reader is connected\n")
    assert (shown.code, shown.out) == (2, "")
    assert "第0号读卡器不存在 no reader 0; 未连接读卡器 none is connected" in shown.err


def test_no_service(tools: None, tmp_path: Path) -> None:
    nobody = {**os.environ, "PCSCLITE_CSOCK_NAME": str(tmp_path / "nobody"), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "sscard", "reader", "list"]
    done = subprocess.run(command, env=nobody, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert NO_SERVICE in done.stderr
