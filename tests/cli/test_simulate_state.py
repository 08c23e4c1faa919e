"""``sscard simulate`` with --persist, --fault, --realtime, --record; also killed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from simulator import VirtualCard
from simulator.contents import contents
from simulator.tcp import Answer, Request, frames
from sscard.cli import app

_SECONDS = 20
CHALLENGE = bytes.fromhex("0084000008")
WRONG_TRANSPORT_KEY = bytes.fromhex("80E0030010" + "00" * 16)
Simulate = Callable[..., Any]


@pytest.fixture
def simulate(environment: dict[str, str]) -> Simulate:
    """Runs the command with one card behind TCP; gives its process and the card's address."""

    @contextmanager
    def start(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
        command = [sys.executable, "-m", "sscard", "simulate", *map(str, arguments)]
        process = subprocess.Popen(
            [*command, "--tcp", "0", "--protocol", "t1", "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment,
        )
        with process:
            try:
                assert process.stdout is not None
                yield process, json.loads(process.stdout.readline())["at"]
            finally:
                process.kill()

    return start


class Host:
    """A program that is connected to the card."""

    def __init__(self, connection: socket.socket) -> None:
        self.messages = frames(connection)
        self.messages.receive()

    def ask(self, request: Request, body: bytes) -> tuple[int, bytes]:
        self.messages.send(bytes((request,)) + body)
        answer = self.messages.receive() or b"\xff"
        return answer[0], answer[1:]

    def spend_a_try(self) -> None:
        """Reset, and show a wrong transport key."""
        assert self.ask(Request.RESET, b"\1")[0] == Answer.DONE
        self.ask(Request.TRANSMIT, CHALLENGE)
        assert self.ask(Request.TRANSMIT, WRONG_TRANSPORT_KEY)[1][:1] == b"\x63"


@contextmanager
def connected(address: str) -> Iterator[Host]:
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=_SECONDS) as connection:
        yield Host(connection)


def until(process: subprocess.Popen[str], what: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["event"] == what:
            return
    raise EOFError(what)


def tries(image: Path) -> str:
    (system,) = [each for each in contents(VirtualCard.load(image)) if each.place == "system"]
    return system.facts["transport key tries left"]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    VirtualCard.blank("gen3-80k").save(tmp_path / "a.card")
    return tmp_path / "a.card"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_simulator_leaves_each_answered_command(simulate: Simulate, image: Path) -> None:
    for left in ("2 of 3", "1 of 3"):
        with (
            simulate("--card", image, "--persist", "each-command") as (process, address),
            connected(address) as host,
        ):
            host.spend_a_try()
            process.kill()
            process.wait(_SECONDS)
        assert tries(image) == left


def test_without_persist_and_at_power_off(simulate: Simulate, image: Path) -> None:
    for more, left in ((), "3 of 3"), (("--persist", "power-off"), "2 of 3"):
        with simulate("--card", image, *more) as (process, address), connected(address) as host:
            host.spend_a_try()
            assert tries(image) == "3 of 3"
            process.stdin.write("end\n")
            process.stdin.flush()
            assert process.wait(_SECONDS) == 0
        assert tries(image) == left


def test_planned_faults(simulate: Simulate, tmp_path: Path) -> None:
    scenario = tmp_path / "faults.toml"
    scenario.write_text(
        '[[fault]]\nkind = "wrong-byte"\nresponse = 1\nbyte = -1\nmask = 1\n'
        '[[fault]]\nkind = "removed"\ncommand = 2\n',
        encoding="utf-8",
    )
    with simulate("--blank", "gen3", "--fault", scenario) as (process, address):
        with connected(address) as host:
            host.ask(Request.RESET, b"\1")
            assert host.ask(Request.TRANSMIT, CHALLENGE)[1][-2:].hex() == "9001"
            assert host.ask(Request.TRANSMIT, CHALLENGE)[0] != Answer.DONE
        until(process, "removed")
        process.stdin.write("insert 1\n")
        process.stdin.flush()
        until(process, "inserted")
        with connected(address) as host:
            assert host.ask(Request.RESET, b"\1")[0] == Answer.DONE
            assert len(host.ask(Request.TRANSMIT, CHALLENGE)[1]) == 10


def test_what_cannot_be_simulated(tmp_path: Path) -> None:
    kept = ["simulate", "--blank", "gen3", "--persist", "each-command"]
    assert "no image to write" in CliRunner().invoke(app, kept).output
    unread = ["simulate", "--blank", "gen3", "--fault", str(tmp_path / "none.toml")]
    assert "cannot be read" in str(CliRunner().invoke(app, unread).exception)


def test_a_recorded_card_in_real_time(simulate: Simulate, tmp_path: Path) -> None:
    trace = tmp_path / "a.trace"
    words = ("--realtime", "--line", "contact:clock=5", "--record", trace)
    with simulate("--blank", "gen3", *words) as (process, address):
        with connected(address) as host:
            host.spend_a_try()
            host.ask(Request.TRANSMIT, bytes.fromhex("0020000003123456"))
        said = [json.loads(line) for line in trace.read_text("utf-8").splitlines()]
        process.kill()  # what was said is in the file already
    assert [next(iter(each)) for each in said] == ["sscard-trace", "power_up", *["command"] * 3]
    assert said[-1]["command"] == "0020000003000000"
    etu = 372 / 5e6
    assert said[2]["seconds"] >= (5 + 4 + 10 + 4) * 11 * etu, "T=1: prologue and LRC both ways"
    explained = CliRunner().invoke(app, ["trace", "explain", str(trace), "--profile", "gen3"])
    assert "63C2 失败，剩余2次" in explained.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--line", "contact"], "it is for --realtime"),
        (["--realtime", "--line", "contact", "--line", "contact"], "one with contacts"),
        (["--realtime", "--line", "contact:TA1=97"], "ATR offers"),
        (["--realtime", "--line", "contact:t=1"], "--protocol"),
        (["--record", "a", "--record", "b"], "2 times for 1 cards"),
    ],
)
def test_what_has_no_meaning(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(app, ["simulate", "--blank", "gen3", *words])
    assert ended.exit_code == 2
    assert said in ended.output
    assert not list(tmp_path.iterdir())
