"""``sscard keys serve`` and ``sscard keys client-token`` as an office runs them."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sscard.cli import app
from sscard.errors import KeyStoreError
from sscard.keys.stores import load_bank, load_social_security
from sscard.keys.stores.service import tls
from sscard.keys.stores.service.client import RemoteBankStore, RemoteOperations
from sscard.keys.stores.service.clients import entry, read_clients
from sscard.keys.stores.service.connection import Service
from sscard.keys.stores.service.token import Token

ROOT = Path(__file__).parents[3]
STORES = resources.files("sscard.keys.stores")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "120"}


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sscard", "keys", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=ENVIRONMENT,
        check=False,
        timeout=60,
    )


def refused(*arguments: object) -> str:
    """What the command says that cannot begin, in this process: how it ends is ``main``'s work."""
    ended = CliRunner().invoke(app, ["keys", *map(str, arguments)], terminal_width=120)
    if isinstance(ended.exception, KeyStoreError):
        return str(ended.exception)
    assert ended.exit_code == 2
    return " ".join(ended.output.replace("│", " ").split())


class Office:
    """A folder with certificate and clients, and the services that run from it."""

    def __init__(self, folder: Path, certified: Any, clients: Any) -> None:
        self.certified = certified
        self.clients = folder / "clients.toml"
        self.clients.write_text("\n".join(map(entry, clients.known)))
        self.running: list[subprocess.Popen[str]] = []

    def options(self) -> tuple[object, ...]:
        files = ("--certificate", self.certified.certificate, "--key", self.certified.key)
        return ("--clients", self.clients, *files)

    def serve(self, *stores: object, listen: str = "127.0.0.1:0") -> tuple[Any, int]:
        """The process and its port, once it listens."""
        command = ["serve", *stores, *self.options(), "--listen", listen]
        process = subprocess.Popen(
            [sys.executable, "-m", "sscard", "keys", *map(str, command)],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            encoding="utf-8",
            env=ENVIRONMENT,
        )
        self.running.append(process)
        assert process.stderr
        for line in process.stderr:
            found = re.search(r"listening on 127\.0\.0\.1:(\d+)", line)
            if found:
                return process, int(found[1])
        raise AssertionError("it ended")

    def way(self, port: int, token: str) -> Service:
        context = tls.client_context(self.certified.certificate)
        return Service("127.0.0.1", port, Token(token), context, 10.0)


@pytest.fixture
def office(tmp_path: Path, certified: Any, clients: Any) -> Iterator[Office]:
    found = Office(tmp_path, certified, clients)
    yield found
    for process in found.running:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        if process.stderr:
            process.stderr.close()


def test_both_sides(office: Office, tokens: dict[str, str]) -> None:
    social, port = office.serve("--keystore", STORES / "test-ssse-3des.toml")
    bank, bank_port = office.serve("--bank-keystore", STORES / "test-bank.toml")
    remote = RemoteOperations(office.way(port, tokens["station"]), "social-security")
    assert remote.kcv("IRK", 1) == load_social_security().kcv("IRK", 1)
    store = RemoteBankStore(office.way(bank_port, tokens["bank"]))
    assert store.kcv("KMC") == load_bank().kcv("KMC")
    remote.close()
    store.close()
    social.send_signal(signal.SIGTERM)
    bank.send_signal(signal.SIGINT)
    assert (social.wait(10), bank.wait(10)) == (0, 0)
    log = social.stderr.read()
    assert "station-1 hello: ok" in log
    assert "station-1 kcv IRK/1: ok" in log
    assert tokens["station"] not in log


def test_cards_are_made_with_keys_elsewhere(
    office: Office, tokens: dict[str, str], tmp_path: Path
) -> None:
    """``sscard personalize`` with store files that name two services, tokens in the environment."""
    _, port = office.serve("--keystore", STORES / "test-ssse-3des.toml")
    _, bank_port = office.serve("--bank-keystore", STORES / "test-bank.toml")
    lots = f"lots = '{STORES / 'test-ssse-3des.toml'}'\n"
    for kind, at, first in (("social-security", port, lots), ("bank", bank_port, "")):
        (tmp_path / f"{kind}.toml").write_text(
            f'{first}kind = "{kind}"\n[service]\nhost = "127.0.0.1"\nport = {at}\n'
            f"ca = '{office.certified.certificate}'\ntoken_variable = \"{kind[:4].upper()}\"\n"
        )
    people = (ROOT / "examples" / "applicants.csv").read_bytes().splitlines(keepends=True)
    (tmp_path / "people.csv").write_bytes(b"".join(people[:3]))
    stores = ("--keystore", "social-security.toml", "--bank-keystore", "bank.toml")
    options = ("--out", "issued", "--json", *stores)
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-m", "sscard", "personalize", "people.csv", *options],
        capture_output=True,
        encoding="utf-8",
        env={**ENVIRONMENT, "SOCI": tokens["station"], "BANK": tokens["bank"]},
        cwd=tmp_path,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    assert "TEST KEYS (social security, bank, exchange, card issuers)" in ended.stderr
    assert len(list((tmp_path / "issued" / "cards").glob("*.card"))) == 2


def test_killed_in_the_middle_and_started_again(office: Office, tokens: dict[str, str]) -> None:
    store = ("--keystore", STORES / "test-ssse-3des.toml")
    first, port = office.serve(*store)
    remote = RemoteOperations(office.way(port, tokens["station"]), "social-security")
    before = remote.kcv("IRK", 1)
    first.kill()
    first.wait(10)
    with pytest.raises(KeyStoreError, match="no connection: Connection refused"):
        remote.kcv("IRK", 1)
    office.serve(*store, listen=f"127.0.0.1:{port}")
    assert remote.kcv("IRK", 1) == before
    remote.close()


def test_a_token_for_a_new_client(office: Office) -> None:
    made = run("client-token", "kiosk-8", "--role", "terminal", "--keys", "IRK, external ")
    assert made.returncode == 0
    token, _, lines = made.stdout.partition("\n")
    tomllib.loads(lines)
    with office.clients.open("a") as file:
        file.write("\n" + lines)
    client = read_clients(office.clients).of(Token(token))
    assert client
    assert (client.name, client.operations, client.keys) == (
        "kiosk-8",
        {"compute", "hsm", "kcv"},
        {"IRK", "external"},
    )
    assert token not in office.clients.read_text()
    station = run("client-token", "kiosk-8", "--role", "personalization").stdout
    assert token not in station
    assert 'keys = ["all"]' in station
    assert "a client's name" in refused("client-token", "kiosk 8", "--role", "bank")
    assert "'king'" in refused("client-token", "kiosk-8", "--role", "king")


def test_no_rights_by_forgetting_or_misspelling() -> None:
    terminal = ("client-token", "kiosk-8", "--role", "terminal")
    assert "--role" in refused("client-token", "kiosk-8")
    assert "which keys a terminal may use" in refused(*terminal)
    for words, wrong in (("IRK,exernal", "exernal"), ("IRK,", ""), ("irk", "irk"), ("", "")):
        assert f"client kiosk-8: '{wrong}' is neither a kind" in refused(*terminal, "--keys", words)
    assert run(*terminal, "--keys", "card-authentication-code,UK4DF03-local").returncode == 0


def test_a_service_refuses_rights_that_are_misspelled(office: Office, tmp_path: Path) -> None:
    known, store = office.clients.read_text(), tmp_path / "own.toml"
    text = (STORES / "test-ssse-3des.toml").read_text("utf-8")
    store.write_text(text.replace("[keys]", '[keys]\nOWN = ["0123456789ABCDEF1032547698BADCFE"]'))
    try:
        office.clients.write_text(known.replace('"external"', '"exernal"'))
        said = refused("serve", "--keystore", store, *office.options())
        assert "client kiosk-7: 'exernal' is neither a kind of key nor a key" in said
        office.clients.write_text(known.replace('"external"', '"OWN"'))
        assert "'OWN' is neither" in refused("serve", *SOCIAL, *office.options())
        office.serve("--keystore", store)  # listens: the store has the key
    finally:
        office.clients.write_text(known)


SOCIAL = ("--keystore", str(STORES / "test-ssse-3des.toml"))
BANK = ("--bank-keystore", str(STORES / "test-bank.toml"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "one of --keystore"),
        ((*SOCIAL, *BANK), "one of --keystore"),
        (("--keystore", str(STORES / "test-bank.toml")), "no social-security key store"),
        (("--keystore", "none.store"), "none.store: No such file"),
        ((*SOCIAL, "--plain"), "or --plain"),
        ((*SOCIAL, "--listen", "7446"), "HOST:PORT"),
        ((*SOCIAL, "--listen", "localhost:x"), "HOST:PORT"),
        ((*SOCIAL, "--listen", "192.0.2.1:7446"), "cannot listen on 192.0.2.1:7446"),
    ],
)
def test_what_cannot_begin(office: Office, arguments: tuple[str, ...], said: str) -> None:
    assert said in refused("serve", *arguments, *office.options())


def test_how_it_ends_that_cannot_begin(office: Office) -> None:
    ended = run("serve", "--keystore", "none.store", *office.options())
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "错误 error: none.store: No such file or directory\n"


def test_without_certificate_or_clients(office: Office, tmp_path: Path) -> None:
    clients = ("--clients", office.clients)
    for arguments, said in (
        ((*SOCIAL, *clients), "--certificate and --key, or --plain"),
        ((*SOCIAL, *clients, "--key", office.certified.key), "--certificate and --key"),
        ((*SOCIAL, *clients, "--plain", "--listen", "0.0.0.0:0"), "loopback address only"),
        ((*SOCIAL, "--clients", tmp_path / "none", "--plain"), "none: No such file"),
        (SOCIAL, "--clients"),
    ):
        assert said in refused("serve", *arguments)


def test_an_address_that_is_taken(office: Office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        said = refused("serve", *SOCIAL, *office.options(), "--listen", where)
    assert said == f"cannot listen on {where}: Address already in use"


@pytest.mark.parametrize("command", ["serve", "client-token"])
def test_help_has_an_example_and_exit_codes(command: str, office: Callable[..., Any]) -> None:
    text = CliRunner().invoke(app, ["keys", command, "--help"]).output
    assert f"Example: sscard keys {command}" in text
    assert "Ends with 0" in text
