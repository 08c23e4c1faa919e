"""Key services on this machine, with a certificate made for the test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sscard.errors import KeyStoreError
from sscard.keys import SUITES
from sscard.keys.stores import load_bank, load_social_security
from sscard.keys.stores.service import served, tls
from sscard.keys.stores.service.client import RemoteBankStore, RemoteOperations
from sscard.keys.stores.service.clients import Client, Clients, client
from sscard.keys.stores.service.connection import Service
from sscard.keys.stores.service.server import KeyService, Limits, Listen
from sscard.keys.stores.service.token import Token

TOKEN = "sscard-key-token-of-the-station"
TERMINAL = "sscard-key-token-of-a-terminal"
BANK = "sscard-key-token-of-the-bank"


class Certified:
    """A certificate for a name or address on this machine, and its private key, as files."""

    def __init__(self, folder: Path, names: tuple[str, ...] = ("localhost", "127.0.0.1")) -> None:
        self.certificate, self.key = folder / "certificate.pem", folder / "private.key"
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "key service")])
        now = datetime.now(UTC)
        built = (
            x509.CertificateBuilder(subject, subject, key.public_key(), serial_number=1)
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName([*map(_name, names)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
        self.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )


def _name(text: str) -> x509.GeneralName:
    if text[0].isdigit():
        return x509.IPAddress(ip_address(text))
    return x509.DNSName(text)


class Running:
    """A service in a thread."""

    def __init__(self, service: KeyService, listen: Listen) -> None:
        self.service = service
        self._listen = listen
        self._ready = threading.Event()
        self._failed: KeyStoreError | None = None
        self._thread = threading.Thread(target=self._work)
        self._thread.start()
        self._ready.wait(10)
        if self._failed:
            raise self._failed

    def stop(self) -> None:
        """End it and wait for its end."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _work(self) -> None:
        try:
            asyncio.run(self._run())
        except KeyStoreError as error:
            self._failed = error
        finally:
            self._ready.set()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self.service.run(self._listen, self._stop, self._told)

    def _told(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._ready.set()


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return Certified(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def make_certified() -> type[Certified]:
    return Certified


@pytest.fixture(scope="session")
def station() -> Client:
    """A personalization station: everything but the bank's."""
    operations = ("card_keys", "compute", "kcv", "person_hash")
    return client("station-1", Token(TOKEN), operations, ["all"])


@pytest.fixture(scope="session")
def clients(station: Client) -> Clients:
    terminal = client("kiosk-7", Token(TERMINAL), ("compute", "kcv"), ["IRK", "external"])
    bank = client(
        "bank-1",
        Token(BANK),
        ("session_keys", "udk", "sm4_udk", "translate", "transport_mac", "kcv"),
        ["all"],
    )
    return Clients((station, terminal, bank))


@pytest.fixture(scope="session")
def start(certified: Certified, clients: Clients) -> Iterator[Callable[..., Running]]:
    """Starts a service: ``start(served)``; it ends with the test session."""
    all_: list[Running] = []

    def make(
        what: Any,
        *,
        limits: Limits | None = None,
        known: Clients = clients,
        plain: bool = False,
        port: int = 0,
        own: Certified = certified,
    ) -> Running:
        context = None if plain else tls.server_context(own.certificate, own.key)
        listen = Listen("127.0.0.1", port, context)
        all_.append(Running(KeyService(what, known, limits), listen))
        return all_[-1]

    yield make
    for each in all_:
        each.stop()


@pytest.fixture(scope="session")
def way(certified: Certified) -> Callable[..., Service]:
    """How to reach a service: ``way(running, token=…)``."""

    def make(running: Any, token: str = TOKEN, **changes: Any) -> Service:
        context = tls.client_context(certified.certificate)
        values = {"context": context, "timeout": 10.0, **changes}
        return Service("127.0.0.1", running.port, Token(token), **values)

    return make


@pytest.fixture(scope="session", params=sorted(SUITES))
def suite_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def social(start: Callable[..., Running]) -> Running:
    """The TEST keys of 3DES cards."""
    return start(served.ServedOperations("social-security", load_social_security()))


@pytest.fixture(scope="session")
def bank(start: Callable[..., Running]) -> Running:
    return start(served.ServedBank(load_bank()))


@pytest.fixture
def operations(social: Running, way: Callable[..., Service]) -> Iterator[RemoteOperations]:
    """The station's way to them."""
    remote = RemoteOperations(way(social), "social-security")
    yield remote
    remote.close()


@pytest.fixture
def bank_store(bank: Running, way: Callable[..., Service]) -> Iterator[RemoteBankStore]:
    remote = RemoteBankStore(way(bank, BANK))
    yield remote
    remote.close()


@pytest.fixture(scope="session")
def tokens() -> dict[str, str]:
    return {"station": TOKEN, "terminal": TERMINAL, "bank": BANK}
