"""``sscard simulate`` as a process: events, orders, several cards, and every way it ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from simulator import PsamCard, VirtualCard
from simulator.tcp import Answer, Request, frames
from sscard.cli import app
from sscard.errors import SscardError

_SECONDS = 10
CHALLENGE = bytes.fromhex("0084000008")


class Running:
    """The command with ``--json``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def until(self, what: str, slot: int = 1) -> dict[str, Any]:
        """The next event of this kind of the slot."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event: dict[str, Any] = json.loads(line)
            if (event["event"], event["slot"]) == (what, slot):
                return event
        raise EOFError(self.process.stderr and self.process.stderr.read())

    def order(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


Simulate = Callable[..., Any]


@pytest.fixture
def simulate(environment: dict[str, str]) -> Simulate:
    @contextmanager
    def start(*arguments: object, module: str = "sscard") -> Iterator[Running]:
        words = ["simulate"] if module == "sscard" else []
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words, *map(str, arguments), "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment,
        )
        with process:
            try:
                yield Running(process)
            finally:
                process.kill()

    return start


def reset(address: str) -> tuple[bytes, socket.socket]:
    """Hello and ATR of the card over TCP, and the connection."""
    host, _, port = address.rpartition(":")
    connection = socket.create_connection((host, int(port)), timeout=_SECONDS)
    messages = frames(connection)
    hello = messages.receive() or b""
    messages.send(bytes((Request.RESET, 0)))
    answer = messages.receive() or b""
    assert (hello[0], answer[0]) == (Answer.DONE, Answer.DONE)
    return answer[1:], connection


def test_cards_over_tcp_pulled_out_and_put_in(simulate: Simulate, tmp_path: Path) -> None:
    image = tmp_path / "a.card"
    VirtualCard.blank("gen2-32k").save(image)
    content = image.read_bytes()
    with simulate("--card", image, "--blank", "gen3", "--tcp", 0, "--tcp", 0) as running:
        first, second = running.until("inserted", 1), running.until("inserted", 2)
        assert first["card"] == "a.card"
        assert "gen3-80k" in second["card"]
        for place in (first["at"], second["at"]):
            answer, connection = reset(place)
            connection.close()
            assert answer.startswith(bytes.fromhex("3B6D0000"))
        _, connection = reset(first["at"])
        running.order("remove 1")
        running.until("removed")
        assert connection.recv(1) == b""
        connection.close()
        running.order("insert 1")
        running.until("inserted")
        reset(first["at"])[1].close()
        running.order("end")
        assert running.process.wait(_SECONDS) == 0
    assert image.read_bytes() == content


def test_a_psam_beside_a_card(simulate: Simulate, tmp_path: Path) -> None:
    """Its slot follows the cards' whatever is said first; a user card is none."""
    user, psam = tmp_path / "user.card", tmp_path / "till.card"
    VirtualCard.blank("gen2-32k").save(user)
    PsamCard.blank("psam-3des-16k").save(psam)
    with simulate("--psam", psam, "--card", user, "--tcp", 0, "--tcp", 0) as running:
        assert running.until("inserted", 1)["card"] == "user.card"
        assert running.until("inserted", 2)["card"] == "till.card"
    with pytest.raises(SscardError, match=r"user.card: the image is of a gen2-32k chip, not of a"):
        CliRunner().invoke(app, ["simulate", "--psam", str(user)], catch_exceptions=False)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_in_order(simulate: Simulate, sign: signal.Signals) -> None:
    with simulate("--blank", "gen2", "--tcp", 0, module="simulator") as running:
        _, connection = reset(running.until("inserted")["at"])
        with connection:
            running.process.send_signal(sign)
            assert running.until("stopped")["slot"] == 1
            assert running.process.wait(_SECONDS) == 0
            assert connection.recv(1) == b""
        assert running.process.stderr.read() == ""


def test_it_counts_commands(simulate: Simulate) -> None:
    with simulate("--blank", "gen2", "--tcp", 0) as running:
        _, connection = reset(running.until("inserted")["at"])
        with connection:
            messages = frames(connection)
            for _ in range(7):
                messages.send(bytes((Request.TRANSMIT,)) + CHALLENGE)
                assert messages.receive()
            assert running.until("rate")["commands"] == 7


def test_it_waits_for_a_reader_and_says_what_it_did_not_understand(simulate: Simulate) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with simulate("--blank", "gen2", "--port", port) as running:
        assert running.until("waiting")["at"] == f"127.0.0.1:{port}"
        for line in ("remove", "remove 2", "shake 1"):
            running.order(line)
        with socket.create_server(("127.0.0.1", port)) as server:
            server.accept()[0].close()
            running.until("disconnected")
        running.order("end")
        assert running.process.wait(_SECONDS) == 0
        assert running.process.stderr.read().count("not understood") == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a card"),
        (["--blank", "gen2", "--protocol", "contactless"], "antenna"),
        (["--blank", "gen3", "--protocol", "t0", "--protocol", "t1"], "--protocol"),
        (["--blank", "gen3", "--port", "1", "--port", "2"], "--port"),
        (["--blank", "gen3", "--blank", "gen3", "--tcp", "0"], "--tcp"),
    ],
)
def test_what_cannot_be_simulated(arguments: list[str], said: str) -> None:
    ended = CliRunner().invoke(app, ["simulate", *arguments])
    assert ended.exit_code == 2
    assert said in ended.output


@pytest.mark.parametrize(
    "arguments", [["--card", "none.card"], ["--blank", "gen2", "--blank", "gen9"]]
)
def test_a_card_that_is_not_there_is_named(
    sscard: Callable[..., subprocess.CompletedProcess[str]], arguments: list[str]
) -> None:
    ended = sscard("simulate", *arguments)
    assert ended.returncode == 2
    assert arguments[-1] in ended.stderr


def test_a_port_that_is_taken(sscard: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ended = sscard("simulate", "--blank", "gen2", "--listen", "--port", port)
    assert ended.returncode == 2
    assert "in use" in ended.stderr
