"""``sscard keys serve`` and ``sscard keys client-token``: a store for other machines."""

from __future__ import annotations

import os
from enum import StrEnum, unique
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sscard.cli.service_options import (
    LISTEN,
    CertificateFile,
    ClientsFile,
    KeyFile,
    ListenAt,
    Plain,
)

if TYPE_CHECKING:
    from sscard.keys.stores.service.clients import Clients
    from sscard.keys.stores.service.served import Served
    from sscard.keys.stores.service.server import KeyService, Listen

_VERSIONS = range(1, 4)


@unique
class Role(StrEnum):
    """What a client is, which says what it may ask for."""

    #: The social security station: the keys of the cards it makes.
    PERSONALIZATION = "personalization"
    #: A terminal or a middleware: operations under card keys, never the keys.
    TERMINAL = "terminal"
    #: The bank's station.
    BANK = "bank"
    #: A station that has cards certified; it asks a CA's service (`sscard ca serve`).
    CERTIFICATES = "certificates"


_OPERATIONS = {
    Role.PERSONALIZATION: ("card_keys", "compute", "kcv", "person_hash"),
    Role.TERMINAL: ("compute", "hsm", "kcv"),
    Role.BANK: ("session_keys", "udk", "sm4_udk", "translate", "transport_mac", "kcv"),
    Role.CERTIFICATES: ("certify",),
}


def serve(
    clients: ClientsFile,
    keystore: Annotated[Path | None, typer.Option(help="Serve social security keys.")] = None,
    bank_keystore: Annotated[Path | None, typer.Option(help="Serve a bank's keys.")] = None,
    exchange_keystore: Annotated[
        Path | None, typer.Option(help="Serve the key of the hand-over area.")
    ] = None,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    listen: ListenAt = LISTEN,
    plain: Plain = False,
) -> None:
    """Serve one key store to other machines, as an office's HSM does (密钥服务).

    Example: `sscard keys serve --keystore office.store --clients clients.toml --certificate
    keys.pem --key keys.key --listen 10.1.2.3:7446`

    Clients are made with `sscard keys client-token`.  Each has a token and rights.  A service has
    one store: social security keys and a bank's are never behind one door.  The log on stderr says
    which client asked for what with which key and what came of it, and never a value.

    The passphrase of a sealed store comes from the environment or is asked for, as always.

    Ends with 0 after Ctrl-C or SIGTERM, when answers under way were given; 2 when it cannot begin:
    store, certificate, clients, address.
    """
    from sscard.keys.stores.service.clients import read_clients

    where = listening(listen, certificate, key, plain=plain)
    known = read_clients(clients)
    offer(_served(keystore, bank_keystore, exchange_keystore), known, where)


def client_token(
    name: Annotated[str, typer.Argument(help="Name of the client (客户名称), as in the log.")],
    role: Annotated[Role, typer.Option(help="What it may ask for.")],
    keys: Annotated[
        str | None,
        typer.Option(
            help="Key names and kinds (external, maintenance …), with commas, or all.  A terminal "
            "needs it; for others it is all."
        ),
    ] = None,
) -> None:
    """Make a token for a client of a key service (客户令牌).

    Example: `sscard keys client-token kiosk-7 --role terminal --keys IRK,external,maintenance`

    The token is shown once: give it to the client, in a file or an environment variable.  The lines
    behind it go into the clients file of the service, which keeps a hash only.

    Ends with 0, or with 2 for a name of another form, and for a word that is neither a kind of key
    nor a key.
    """
    from sscard.keys.stores.service.clients import ALL, client, entry, require_known
    from sscard.keys.stores.service.token import Token, new_text

    if keys is None and role is Role.TERMINAL:
        raise typer.BadParameter("say which keys a terminal may use", param_hint="--keys")
    words = [each.strip() for each in (ALL if keys is None else keys).split(",")]
    text = new_text(os.urandom)
    made = client(name, Token(text), _OPERATIONS[role], words)
    require_known((made,), lambda _: False)
    typer.secho("令牌 token, shown once, for the client only:", err=True)
    typer.echo(text)
    typer.secho("\n客户表 lines for the clients file of the service:", err=True)
    typer.echo(entry(made))


def offer(served: Served, clients: Clients, where: Listen) -> None:
    """Answer these clients until told to stop.  Raises KeyStoreError."""
    import logging

    from sscard.cli.summary import announce_test_keys
    from sscard.keys.stores.service.clients import require_known
    from sscard.keys.stores.service.server import KeyService

    require_known(clients.known, lambda name: _holds(served, name))
    announce_test_keys((served.kind,) if served.test else ())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    _run(KeyService(served, clients), where, served.kind)


def listening(text: str, certificate: Path | None, key: Path | None, *, plain: bool) -> Listen:
    """Where a service listens.  BadParameter for what cannot be, KeyStoreError for its files."""
    from sscard.keys.stores.service import tls
    from sscard.keys.stores.service.server import Listen

    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 0xFFFF:
        raise typer.BadParameter("is HOST:PORT", param_hint="--listen")
    if plain != (certificate is None and key is None) or (certificate is None) != (key is None):
        raise typer.BadParameter("there are --certificate and --key, or --plain")
    context = tls.server_context(certificate, key) if certificate and key else None
    try:
        return Listen(host.strip("[]"), int(port), context)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--listen") from None


def _served(social: Path | None, bank: Path | None, exchange: Path | None) -> Served:
    from sscard.cli.passphrase import ask
    from sscard.keys import TDES_SUITE
    from sscard.keys.stores import load_bank, load_exchange, load_social_security
    from sscard.keys.stores.service import served

    if sum(each is not None for each in (social, bank, exchange)) != 1:
        raise typer.BadParameter("one of --keystore, --bank-keystore, --exchange-keystore")
    if bank:
        return served.ServedBank(load_bank(bank, ask))
    if exchange:
        store = load_exchange(exchange, TDES_SUITE, ask)
        return served.ServedOperations(served.EXCHANGE, store)
    store = load_social_security(social, TDES_SUITE, ask)
    return served.ServedOperations(served.SOCIAL_SECURITY, store)


def _holds(served: Served, name: str) -> bool:
    """Whether the store has a key of this name, in any version; a CA has none."""
    from sscard.keys.operations import KeyNotHeld, KeyReference
    from sscard.keys.stores.service.messages import CheckValue
    from sscard.keys.stores.service.served import CA

    if served.kind == CA:
        return False
    for version in _VERSIONS:
        try:
            served.answer(CheckValue(KeyReference(name, version)))
        except KeyNotHeld:
            continue
        return True
    return False


def _run(service: KeyService, where: Listen, kind: str) -> None:
    import asyncio
    import signal

    def ready(host: str, port: int) -> None:
        typer.secho(f"监听 listening on {host}:{port}, {kind} keys", err=True)

    async def until_told() -> None:
        stop = asyncio.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(each, stop.set)
        await service.run(where, stop, ready)

    asyncio.run(until_told())
