"""TLS of a key service: version 1.3 only, a certificate on the server's side."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path

from sscard.errors import KeyStoreError


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """For a service with this certificate chain and private key, both PEM.

    Raises KeyStoreError naming the files.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError:
        raise KeyStoreError(f"{certificate}, {key}: no certificate and its private key") from None
    except OSError as error:
        raise KeyStoreError(f"{certificate}, {key}: {error.strerror}") from None
    return context


def client_context(authority: Path) -> ssl.SSLContext:
    """For clients that trust certificates under the ones in this file, PEM, and no others.

    Raises KeyStoreError naming the file.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(authority)
    except ssl.SSLError:
        raise KeyStoreError(f"{authority}: no certificates") from None
    except OSError as error:
        raise KeyStoreError(f"{authority}: {error.strerror}") from None
    return context


def is_loopback(address: str) -> bool:
    """Whether what is sent to this IP address stays on the machine."""
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False
