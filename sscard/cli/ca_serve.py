"""``sscard ca serve``: a CA at work over the network."""

from __future__ import annotations

from sscard.cli.ca_options import Authority
from sscard.cli.keys_serve import listening, offer
from sscard.cli.service_options import (
    LISTEN,
    CertificateFile,
    ClientsFile,
    KeyFile,
    ListenAt,
    Plain,
)


def serve(
    clients: ClientsFile,
    ca: Authority = None,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    listen: ListenAt = LISTEN,
    plain: Plain = False,
) -> None:
    """Serve a CA to stations on other machines (证书服务).

    Example: `sscard ca serve --ca office.ca --clients clients.toml --certificate ca-service.pem
    --key ca-service.key --listen 10.1.2.3:7447`

    It is the service of `sscard keys serve` with a CA behind it, and nothing else: tokens, rights,
    TLS and limits are the same (docs/key-service.md).  Clients are made with `sscard keys
    client-token NAME --role certificates`.  The log on stderr says who asked and what came of it:
    no card, no name, no value.

    Ends with 0 after Ctrl-C or SIGTERM, when answers under way were given; 2 when it cannot begin:
    store, register, certificate, clients, address.
    """
    from sscard.cli.passphrase import ask
    from sscard.issuance.ca.load import load_issuing, packaged_authority
    from sscard.issuance.ca.served import ServedAuthority
    from sscard.keys.stores.service.clients import read_clients

    where = listening(listen, certificate, key, plain=plain)
    known = read_clients(clients)
    authority = packaged_authority() if ca is None else load_issuing(ca, ask)
    offer(ServedAuthority(authority), known, where)
